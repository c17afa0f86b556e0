#include "catalog/signing/signature_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/signing/manifest.h"
#include "catalog/signing/sign_clips.h"
#include "catalog/store/audit_log.h"
#include "catalog/store/connection.h"
#include "catalog/store/erasure.h"
#include "catalog/store/signature_store.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/export_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using Kind = SignatureFaultKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Two people, two fakes, two controls; signed.
class SignatureCheckTest : public testing::Test {
 protected:
  SignatureCheckTest() : catalog_(folder_.path(), small()) { sign(); }

  static ExportCatalogSpec small() {
    ExportCatalogSpec spec;
    spec.parts = {"train"};
    return spec;
  }

  SignSummary sign() {
    KeyRing keys = catalog_.keys();
    return sign_clips(catalog_.database(), catalog_.blobs(), keys.signing_key(), {});
  }

  SignatureReport check() {
    return check_signatures(catalog_.database(), catalog_.blobs(), catalog_.keys());
  }

  /// The faults as kinds.
  std::vector<std::string> kinds() {
    std::vector<std::string> kinds;
    for (const SignatureFault& fault : check().faults) {
      kinds.emplace_back(to_string(fault.kind));
    }
    return kinds;
  }

  Connection& sql() { return catalog_.database().connection(); }

  /// The first fake.
  ArtifactRow first_fake() {
    std::optional<ArtifactRow> found;
    SignatureStore(catalog_.database()).for_each_clip({}, [&](const SignableClip& clip) {
      if (!found && clip.artifact.kind == "fake_video") {
        found = clip.artifact;
      }
    });
    return *found;
  }

  std::string document_of(ArtifactId id) {
    return sql().get_text("SELECT document FROM manifest WHERE artifact_id=" +
                          std::to_string(id.value) + " ORDER BY revision DESC LIMIT 1");
  }

  /// What somebody with the file open could do.
  void replace_document(ArtifactId id, const std::string& document) {
    sql().exec("DROP TRIGGER IF EXISTS manifest_u");
    Query(sql(), "UPDATE manifest SET document=? WHERE artifact_id=?").run(document, id);
  }

  /// Replaces the last such bytes of a clip's file, its length kept.
  void edit_file(const ArtifactRow& clip, const std::string& from, const std::string& to) {
    const fs::path file = catalog_.blobs().path(clip.sha256);
    std::string bytes = read_file(file);
    const std::size_t at = bytes.rfind(from);
    ASSERT_NE(at, std::string::npos);
    ASSERT_EQ(from.size(), to.size());
    fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
    write_file_atomically(file, bytes.replace(at, to.size(), to));
  }

  /// Signs a claim of the caller's with the catalog's own key.
  void sign_claim(const ArtifactRow& clip, const std::string& from, const std::string& to) {
    std::string claim = parse_manifest(document_of(clip.id)).claim;
    const std::size_t at = claim.find(from);
    ASSERT_NE(at, std::string::npos);
    replace_document(
        clip.id, make_manifest(claim.replace(at, from.size(), to), catalog_.keys().signing_key()));
  }

  TempDir folder_;
  ExportCatalog catalog_;
};

TEST_F(SignatureCheckTest, ASignedCatalogHasNoFault) {
  const SignatureReport report = check();
  EXPECT_THAT(report.faults, IsEmpty());
  EXPECT_THAT(report.notes, IsEmpty());
  EXPECT_EQ(report.clips, 4);
  const SignSummary again = sign();
  EXPECT_EQ(again.signed_clips, 0);
  EXPECT_EQ(again.known, 4);
  EXPECT_THAT(AuditLog(catalog_.database()).verify(), IsEmpty());
}

TEST_F(SignatureCheckTest, TheSameClipsAndKeyGiveTheSameManifests) {
  TempDir other_folder;
  ExportCatalog other(other_folder.path(), small());
  sign_clips(other.database(), other.blobs(), catalog_.keys().signing_key(), {});
  const char* all = "SELECT group_concat(document,char(10)) FROM manifest ORDER BY artifact_id";
  EXPECT_EQ(other.database().connection().get_text(all), sql().get_text(all));
}

TEST_F(SignatureCheckTest, FindsAClipWithoutManifest) {
  sql().exec("DROP TRIGGER manifest_d");
  Query(sql(), "DELETE FROM manifest WHERE artifact_id=?").run(first_fake().id);
  const SignatureReport report = check();
  ASSERT_EQ(report.faults.size(), 1U);
  EXPECT_EQ(report.faults[0].kind, Kind::kMissingManifest);
  EXPECT_THAT(report.faults[0].clip, HasSubstr("fake_video"));
  EXPECT_EQ(sign().signed_clips, 1);
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(SignatureCheckTest, FindsAFlippedBitInTheClip) {
  const ArtifactRow clip = first_fake();
  const fs::path file = catalog_.blobs().path(clip.sha256);
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  write_file_atomically(file, bytes);
  EXPECT_THAT(kinds(), ElementsAre("changed_clip"));
  fs::remove(file);
  EXPECT_THAT(kinds(), ElementsAre("changed_clip"));
}

TEST_F(SignatureCheckTest, FindsAFlippedBitInManifestAndSignature) {
  const ArtifactRow clip = first_fake();
  const std::string document = document_of(clip.id);
  std::string label = document;
  label.replace(label.find("\"label\":\"fake\""), 14, "\"label\":\"real\"");
  replace_document(clip.id, label);
  EXPECT_THAT(kinds(), ElementsAre("bad_signature"));
  std::string signature = document;
  const std::size_t at = signature.find("\"signature\":\"") + 13;
  signature[at] = signature[at] == '0' ? '1' : '0';
  replace_document(clip.id, signature);
  EXPECT_THAT(kinds(), ElementsAre("bad_signature"));
  replace_document(clip.id, document.substr(1));
  EXPECT_THAT(kinds(), ElementsAre("damaged_manifest"));
}

TEST_F(SignatureCheckTest, FindsAnUnknownSigner) {
  const ArtifactRow clip = first_fake();
  const std::string claim = parse_manifest(document_of(clip.id)).claim;
  replace_document(clip.id, make_manifest(claim, SigningKey::generate()));
  EXPECT_THAT(kinds(), ElementsAre("unknown_key"));
}

TEST_F(SignatureCheckTest, FindsAClaimThatContradictsTheCatalogThoughItIsSigned) {
  sign_claim(first_fake(), "\"c2pa.edited\"", "\"c2pa.opened\"");
  EXPECT_THAT(kinds(), ElementsAre("wrong_claim"));
}

TEST_F(SignatureCheckTest, ARevokedKeyCountsForNothingUntilTheClipsAreSignedAnew) {
  KeyRing keys = catalog_.keys();
  const SigningKey first = keys.signing_key();
  keys.revoke(first.verifying_key().id(), "stolen");
  EXPECT_THAT(kinds(), ElementsAre("revoked_key", "revoked_key", "revoked_key", "revoked_key"))
      << "the key folder alone says so";
  SignatureStore(catalog_.database()).revoke_key(first.verifying_key(), "stolen");
  EXPECT_EQ(check().faults.size(), 4U);
  const std::string before = document_of(first_fake().id);
  keys.make(true);
  EXPECT_EQ(sign().signed_clips, 4);
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(parse_manifest(document_of(first_fake().id)).previous, sha256(before));
  EXPECT_THROW(sign_clips(catalog_.database(), catalog_.blobs(), first, {}), Error);
}

TEST_F(SignatureCheckTest, ARotatedKeyStaysGoodForWhatItSignedAndForNothingLater) {
  KeyRing keys = catalog_.keys();
  const std::string id = keys.signing_key().verifying_key().id();
  SignatureStore(catalog_.database()).retire_key(id);
  EXPECT_THAT(kinds(), IsEmpty());
  sql().exec("DROP TRIGGER manifest_u");
  Query(sql(), "UPDATE manifest SET signed_at='9999-01-01' WHERE artifact_id=?")
      .run(first_fake().id);
  EXPECT_THAT(kinds(), ElementsAre("expired_key"));
}

TEST_F(SignatureCheckTest, FindsTagsAndXmpThatContradictTheClaim) {
  // A writer that labels files wrongly: bytes, row and signature agree, the file's own label not.
  const auto edited = [&](const std::string& from, const std::string& to) {
    const TempDir folder;
    ExportCatalog other(folder.path(), small());
    std::swap(catalog_, other);
    const ArtifactRow clip = first_fake();
    edit_file(clip, from, to);
    const fs::path file = catalog_.blobs().path(clip.sha256);
    BlobStore blobs(objects_folder(catalog_.file()));
    const BlobRow blob = blobs.put_bytes(read_file(file), "video/mp4");
    sql().exec("DROP TRIGGER artifact_u");
    Query(sql(), "INSERT INTO blob VALUES(?,?,'video/mp4','present','t')")
        .run(blob.sha256, blob.bytes);
    Query(sql(), "UPDATE artifact SET sha256=? WHERE artifact_id=?").run(blob.sha256, clip.id);
    sign();
    const std::vector<std::string> found = kinds();
    std::swap(catalog_, other);
    return found;
  };
  EXPECT_THAT(edited("compositeCapture</", "trainedAlgorithm</"), ElementsAre("wrong_xmp"));
  EXPECT_THAT(edited("Iptc4xmpExt:DigitalSourceType></rdf", "Iptc4xmpExt:DigitalSourceTypo></rdf"),
              ElementsAre("wrong_xmp"));
  EXPECT_THAT(edited("compositeCapture  ", "trainedAlgorithm  "), ElementsAre("wrong_tag"));
}

TEST_F(SignatureCheckTest, TellsHowManyClipsOfAllAreDoneAndStopsWhenAsked) {
  const std::int64_t all = check().clips;
  std::vector<std::int64_t> told;
  const SignatureReport report =
      check_signatures(catalog_.database(), catalog_.blobs(), catalog_.keys(),
                       [&](std::int64_t done, std::int64_t total) {
                         EXPECT_EQ(total, all);
                         told.push_back(done);
                         return done < 2;
                       });
  EXPECT_THAT(told, ElementsAre(1, 2));
  EXPECT_EQ(report.clips, 2);
}

TEST_F(SignatureCheckTest, SaysWhichSignersOnlyTheCatalogVouchesFor) {
  const TempDir empty;
  const SignatureReport report =
      check_signatures(catalog_.database(), catalog_.blobs(), KeyRing(empty.path()));
  EXPECT_THAT(report.faults, IsEmpty());
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("is recorded in the catalog but not in")));
}

TEST_F(SignatureCheckTest, DoesNotSignAClipWhoseBytesChanged) {
  const TempDir folder;
  ExportCatalog fresh(folder.path(), small());
  ArtifactRow clip;
  SignatureStore(fresh.database()).for_each_clip({}, [&](const SignableClip& c) {
    clip = c.artifact;
  });
  const fs::path file = fresh.blobs().path(clip.sha256);
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  write_file_atomically(file, read_file(file) + "x");
  SignRequest request;
  request.checks_files = true;
  const SignSummary summary =
      sign_clips(fresh.database(), fresh.blobs(), fresh.keys().signing_key(), request);
  EXPECT_EQ(summary.signed_clips, 3);
  EXPECT_THAT(summary.refusals, ElementsAre(HasSubstr("the bytes differ from the digest")));
}

TEST_F(SignatureCheckTest, ForgettingAPersonRemovesTheirManifests) {
  ErasureRequest request;
  request.corpus = "faces";
  request.ext_id = "person-0";
  request.reason = "asked";
  (void)forget_subject(catalog_.database(), catalog_.blobs(), request);
  EXPECT_EQ(sql().get_int("SELECT count(*) FROM manifest JOIN artifact USING(artifact_id) JOIN "
                          "blob USING(sha256) WHERE state='purged'"),
            0);
  EXPECT_LT(sql().get_int("SELECT count(*) FROM manifest"), 4);
  EXPECT_THAT(kinds(), IsEmpty());
}

}  // namespace
}  // namespace changeling
