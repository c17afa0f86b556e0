#include "catalog/signing/signature_check.h"

#include <map>
#include <optional>
#include <set>

#include "catalog/signing/claim.h"
#include "catalog/signing/manifest.h"
#include "catalog/signing/sign_clips.h"
#include "catalog/store/signature_store.h"
#include "common/base/error.h"
#include "common/base/label_tags.h"
#include "common/media/video_reader.h"
#include "common/media/xmp_box.h"

namespace changeling {
namespace {

using Kind = SignatureFaultKind;

/// What is wrong with one clip; nullopt = nothing.
struct Finding {
  Kind kind;
  std::string text;
};

class SignatureCheck {
 public:
  SignatureCheck(Database& database, const BlobStore& blobs, const KeyRing& keys)
      : database_(database), blobs_(blobs), keys_(keys), store_(database) {}

  SignatureReport run(const KeepGoing& keep_going) {
    const std::int64_t total = store_.count_clips();
    bool goes_on = true;
    store_.for_each_clip({}, [&](const SignableClip& clip) {
      if (!goes_on) {
        return;
      }
      ++report_.clips;
      if (std::optional<Finding> finding = guarded(clip)) {
        report_.faults.push_back(
            {finding->kind,
             "job " + std::to_string(clip.artifact.job_id->value) + " " + clip.artifact.kind,
             finding->text});
      }
      goes_on = !keep_going || keep_going(report_.clips, total);
    });
    for (const std::string& id : strangers_) {
      report_.notes.push_back("key " + id + " is recorded in the catalog but not in '" +
                              keys_.folder().string() +
                              "': its signatures prove only that nothing was changed since");
    }
    return std::move(report_);
  }

 private:
  std::optional<Finding> guarded(const SignableClip& clip) {
    if (!clip.manifest) {
      return clip.is_sidecar_purged
                 ? std::nullopt
                 : std::optional(Finding{Kind::kMissingManifest,
                                         "has no signed manifest (run 'changeling catalog sign')"});
    }
    Manifest manifest;
    try {
      manifest = parse_manifest(clip.manifest->document);
    } catch (const Error& error) {
      return Finding{Kind::kDamagedManifest, error.what()};
    }
    if (std::optional<Finding> finding = check_key(manifest, *clip.manifest)) {
      return finding;
    }
    try {
      if (!clip.is_sidecar_purged && clip_claim(sidecar_of(database_, blobs_, clip.artifact),
                                                clip.artifact) != manifest.claim) {
        return Finding{Kind::kWrongClaim, "the claim differs from what catalog and sidecar say"};
      }
    } catch (const Error& error) {
      return Finding{Kind::kWrongClaim, error.what()};
    }
    try {
      return check_clip(claim_facts(manifest.claim), clip.artifact);
    } catch (const Error& error) {
      return Finding{Kind::kChangedClip, error.what()};
    }
  }

  std::optional<Finding> check_key(const Manifest& manifest, const ManifestRow& row) {
    const std::string& id = manifest.key_id;
    const std::optional<SigningKeyRow> key = find_key(id);
    if (!key) {
      return Finding{Kind::kUnknownKey, "is signed by " + id + ", which the catalog does not know"};
    }
    const std::optional<std::string> reason =
        key->revoked_at ? key->revoke_reason : keys_.revocation(id);
    if (reason) {
      return Finding{Kind::kRevokedKey, "is signed by " + id + ", which is revoked: " + *reason};
    }
    if (row.signed_at < key->valid_from || (key->retired_at && row.signed_at > *key->retired_at)) {
      return Finding{Kind::kExpiredKey,
                     "is signed on " + row.signed_at + ", when key " + id + " was not valid"};
    }
    if (!is_signed_by(manifest, VerifyingKey::from_pem(key->public_pem))) {
      return Finding{Kind::kBadSignature, "the signature is not of key " + id};
    }
    return std::nullopt;
  }

  std::optional<SigningKeyRow> find_key(const std::string& id) {
    const auto known = known_keys_.find(id);
    if (known != known_keys_.end()) {
      return known->second;
    }
    std::optional<SigningKeyRow> key = store_.find_key(id);
    if (key && !keys_.find(id)) {
      strangers_.insert(id);
    }
    return known_keys_.emplace(id, std::move(key)).first->second;
  }

  [[nodiscard]] std::optional<Finding> check_clip(const ClaimFacts& facts,
                                                  const ArtifactRow& clip) const {
    const std::filesystem::path file = blobs_.path(clip.sha256);
    if (!std::filesystem::is_regular_file(file)) {
      return Finding{Kind::kChangedClip, "the file is missing"};
    }
    if (sha256_file(file) != facts.sha256) {
      return Finding{Kind::kChangedClip, "the file's bytes are not the signed ones"};
    }
    std::map<std::string, std::string> tags;
    for (const auto& [key, value] : read_container_tags(file)) {
      tags[key] = value.substr(0, value.find_last_not_of(' ') + 1);
    }
    for (const auto& [tag, expected] : {std::pair(kLabelTag, std::string(to_string(facts.label))),
                                        std::pair(kSourceTypeTag, facts.digital_source_type)}) {
      if (tags[tag] != expected) {
        return Finding{Kind::kWrongTag, std::string("tag ") + tag + " is '" + tags[tag] +
                                            "', the claim says '" + expected + "'"};
      }
    }
    const std::optional<std::string> term = read_xmp_source_type(file);
    if (clip.profile != "lossless" && term != facts.digital_source_type) {
      return Finding{Kind::kWrongXmp, "XMP names the source type '" + term.value_or("(none)") +
                                          "', the claim says '" + facts.digital_source_type + "'"};
    }
    return std::nullopt;
  }

  Database& database_;
  const BlobStore& blobs_;
  const KeyRing& keys_;
  SignatureStore store_;
  std::map<std::string, std::optional<SigningKeyRow>> known_keys_;
  std::set<std::string> strangers_;
  SignatureReport report_;
};

}  // namespace

std::string_view to_string(SignatureFaultKind kind) {
  switch (kind) {
    case Kind::kMissingManifest:
      return "missing_manifest";
    case Kind::kDamagedManifest:
      return "damaged_manifest";
    case Kind::kUnknownKey:
      return "unknown_key";
    case Kind::kRevokedKey:
      return "revoked_key";
    case Kind::kExpiredKey:
      return "expired_key";
    case Kind::kBadSignature:
      return "bad_signature";
    case Kind::kWrongClaim:
      return "wrong_claim";
    case Kind::kChangedClip:
      return "changed_clip";
    case Kind::kWrongTag:
      return "wrong_tag";
    case Kind::kWrongXmp:
      break;
  }
  return "wrong_xmp";
}

SignatureReport check_signatures(Database& database, const BlobStore& blobs, const KeyRing& keys,
                                 const KeepGoing& keep_going) {
  return SignatureCheck(database, blobs, keys).run(keep_going);
}

}  // namespace changeling
