#include "catalog/export/export_verify.h"

#include <fstream>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/signing/manifest.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;

void replace_in(const fs::path& file, const std::string& from, const std::string& to) {
  std::string text = read_file(file);
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  write_file_atomically(file, text.replace(at, from.size(), to));
}

class ExportVerifyTest : public ExportSuite {
 protected:
  /// The export of the suite, to be changed by a test.
  fs::path copy() {
    fs::copy(result_->folder, copy_.path() / "copy", fs::copy_options::recursive);
    return copy_.path() / "copy";
  }

  /// As somebody would who hides a change: new digests, but no key.
  static void list_anew(const fs::path& folder) {
    std::string sums;
    std::ifstream lines(folder / "SHA256SUMS");
    std::string line;
    while (std::getline(lines, line)) {
      const std::string name = line.substr(66);
      sums += sha256_file(folder / name).hex() + "  " + name + "\n";
    }
    write_file_atomically(folder / "SHA256SUMS", sums);
  }

  static fs::path first_tar(const fs::path& folder) {
    const json index = json::parse(read_file(folder / "webdataset/index.json"));
    return folder / "webdataset" / index.at(0).at("tar").get<std::string>();
  }
};

TEST_F(ExportVerifyTest, FindsNoFaultInASoundExport) {
  const ExportVerifyReport report = verify_export(result_->folder, catalog_->keys());
  EXPECT_EQ(report.faults, std::vector<std::string>{});
  EXPECT_EQ(report.items, 12);
  EXPECT_TRUE(report.key_is_known);
  EXPECT_EQ(result_->counts.at("val").at("fake"), 2);
  EXPECT_EQ(result_->access, AccessClass::kPublic);
}

TEST_F(ExportVerifyTest, TellsHowFarItIsAndStops) {
  std::vector<std::int64_t> done;
  std::int64_t files = 0;
  const ExportVerifyReport whole =
      verify_export(result_->folder, catalog_->keys(), [&](std::int64_t n, std::int64_t total) {
        done.push_back(n);
        files = total;
        return true;
      });
  EXPECT_EQ(files, whole.files);
  ASSERT_EQ(done.size(), static_cast<std::size_t>(files));
  EXPECT_EQ(done.back(), files);
  const ExportVerifyReport stopped = verify_export(
      result_->folder, catalog_->keys(), [](std::int64_t n, std::int64_t) { return n < 2; });
  EXPECT_EQ(stopped.files, 2);
  EXPECT_EQ(stopped.faults, std::vector<std::string>{}) << "what nobody looked at is no fault";
}

TEST_F(ExportVerifyTest, SignaturesOfStrangersAreCheckedAndReported) {
  const ExportVerifyReport report = verify_export(result_->folder, KeyRing(copy_.path() / "none"));
  EXPECT_TRUE(report.faults.empty());
  EXPECT_FALSE(report.key_is_known);
}

TEST(ExportVerify, FormatsThatAreNoNamesAreAFault) {
  TempDir folder;
  write_file_atomically(folder / "dataset.json",
                        R"({"name":"a","version":"1.0.0","key_id":"k","formats":[7]})");
  const ExportVerifyReport report = verify_export(folder.path(), KeyRing(folder / "none"));
  EXPECT_THAT(report.faults, testing::Contains(HasSubstr("formats: ")));
}

/// A copy of such a value overflows the stack.
TEST(ExportVerify, DeepListsOfAFormatAreAFault) {
  TempDir folder;
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  write_file_atomically(
      folder / "dataset.json",
      R"({"name":"a","version":"1.0.0","key_id":"k","formats":["deepfakebench","videofolder"]})");
  write_file_atomically(folder / "deepfakebench/a.json", R"({"a":)" + deep + "}");
  write_file_atomically(folder / "videofolder/train/metadata.jsonl",
                        R"({"file_name":"fake/a.mp4","label":1,"mask_path":)" + deep + "}\n");
  const ExportVerifyReport report = verify_export(folder.path(), KeyRing(folder / "none"));
  EXPECT_THAT(report.faults, testing::Contains(HasSubstr("deepfakebench: ")));
  EXPECT_THAT(report.faults, testing::Contains(HasSubstr("videofolder: ")));
}

TEST_F(ExportVerifyTest, CatchesAFlippedBitInAShard) {
  const fs::path folder = copy();
  std::fstream file(first_tar(folder), std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(3000);
  const int byte = file.get();
  file.seekp(3000);
  file.put(static_cast<char>(byte ^ 1));
  file.close();
  EXPECT_THAT(faults_of(folder, catalog_->keys()), HasSubstr("was changed"));
}

TEST_F(ExportVerifyTest, CatchesARenamedFile) {
  const fs::path folder = copy();
  const fs::path tar = first_tar(folder);
  fs::rename(tar, tar.parent_path() / "other.tar");
  const std::string faults = faults_of(folder, catalog_->keys());
  EXPECT_THAT(faults, HasSubstr(tar.filename().string() + "' is missing"));
  EXPECT_THAT(faults, HasSubstr("other.tar' is not part of the export"));
}

TEST_F(ExportVerifyTest, CatchesASwappedLabelEvenUnderNewDigests) {
  const fs::path folder = copy();
  replace_in(folder / "videofolder/train/metadata.jsonl", "\"label\":1", "\"label\":0");
  list_anew(folder);
  const std::string faults = faults_of(folder, catalog_->keys());
  EXPECT_THAT(faults, HasSubstr("is labelled 0, items.jsonl says fake"));
  EXPECT_THAT(faults, HasSubstr("SHA256SUMS is another list"));
}

TEST_F(ExportVerifyTest, CatchesAFakeThatIsCalledReal) {
  const fs::path folder = copy();
  const std::string label = R"("label":"fake","label_number":1)";
  replace_in(folder / "items.jsonl", label, R"("label":"real","label_number":0)");
  list_anew(folder);
  const std::string faults = faults_of(folder, catalog_->keys());
  EXPECT_THAT(faults,
              ContainsRegex("'videofolder/.*mp4' of item .* is labelled 'fake' in the file"));
  EXPECT_THAT(faults, ContainsRegex("webdataset: the clip of item .* is labelled 'fake' in the "
                                    "file, items.jsonl says real"));
}

TEST(ExportVerify, CatchesTermsThatDifferFromTheManifests) {
  const TempDir folder;
  ExportCatalogSpec bound;
  bound.licence = "CC-BY-NC-4.0";
  bound.redistributable = false;
  ExportCatalog catalog(folder.path(), bound);
  const fs::path out = export_into(catalog, folder / "out", small_spec()).folder;
  EXPECT_EQ(faults_of(out, catalog.keys()), "");
  replace_in(out / "items.jsonl", R"("access_class":"internal")", R"("access_class":"public")");
  EXPECT_THAT(faults_of(out, catalog.keys()),
              ContainsRegex("wrong_terms: .*items.jsonl says 'public', but target of 'faces@1' is "
                            "not redistributable"));
  replace_in(out / "items.jsonl", R"("licence":["CC-BY-NC-4.0"])", R"("licence":["CC0-1.0"])");
  EXPECT_THAT(faults_of(out, catalog.keys()),
              HasSubstr("does not name the licence 'CC-BY-NC-4.0'"));
}

TEST_F(ExportVerifyTest, CatchesAMovedPersonEvenUnderNewDigests) {
  const fs::path folder = copy();
  replace_in(folder / "items.jsonl", "\"part\":\"test\"", "\"part\":\"train\"");
  list_anew(folder);
  const std::string faults = faults_of(folder, catalog_->keys());
  EXPECT_THAT(faults, HasSubstr("differ from the Merkle root"));
  EXPECT_THAT(faults, HasSubstr("split: "));
  EXPECT_THAT(faults, HasSubstr("items.jsonl says train"));
}

TEST_F(ExportVerifyTest, NamesEveryFaultOfAManifest) {
  const std::vector<std::string> good = lines_of(result_->folder / "manifests.jsonl");
  const std::string key = json::parse(good[0]).at("claim").at("title").get<std::string>();
  const fs::path folder = copy();
  const auto faults_with = [&](const std::string& first, const std::string& more = "") {
    std::string text = first;
    for (std::size_t i = 1; i < good.size(); ++i) {
      text += good[i] + "\n";
    }
    write_file_atomically(folder / "manifests.jsonl", text + more);
    list_anew(folder);
    return faults_of(folder, catalog_->keys());
  };
  EXPECT_THAT(faults_with(""), HasSubstr("missing_manifest: " + key));
  EXPECT_THAT(faults_with("{}\n"), HasSubstr("damaged_manifest: line 1"));
  EXPECT_THAT(faults_with(good[0] + "\n", good[0] + "\n"), HasSubstr("wrong_claim: " + key));
  std::string flipped = good[0];
  const std::size_t at = flipped.find("\"signature\":\"") + 13;
  flipped[at] = flipped[at] == '0' ? '1' : '0';
  EXPECT_THAT(faults_with(flipped + "\n"), HasSubstr("bad_signature: " + key));
  const std::string claim = parse_manifest(good[0]).claim;
  EXPECT_THAT(faults_with(make_manifest(claim, SigningKey::generate()) + "\n"),
              HasSubstr("unknown_key: " + key));
  json lie = json::parse(claim);
  lie.at("assertions")[1].at("data").at("value") = sha256("other").hex();
  EXPECT_THAT(faults_with(make_manifest(lie.dump(), catalog_->keys().signing_key()) + "\n"),
              HasSubstr("wrong_claim: " + key));
  fs::remove(folder / "manifests.jsonl");
  EXPECT_THAT(faults_of(folder, catalog_->keys()),
              HasSubstr("manifests.jsonl: the file is missing"));
}

TEST_F(ExportVerifyTest, RefusesASetOfARevokedKey) {
  fs::copy(catalog_->keys().folder(), copy_.path() / "keys");
  KeyRing keys(copy_.path() / "keys");
  keys.revoke(keys.current_id(), "stolen");
  EXPECT_THAT(faults_of(result_->folder, keys), HasSubstr("revoked_key: is signed by"));
}

TEST_F(ExportVerifyTest, CatchesAForgedRoot) {
  const fs::path folder = copy();
  replace_in(folder / "dataset.json", "\"access_class\":\"public\"", "\"access_class\":\"gated\"");
  EXPECT_THAT(faults_of(folder, catalog_->keys()), HasSubstr("the signature is not of key"));
}

}  // namespace
}  // namespace changeling
