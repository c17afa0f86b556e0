#include "catalog/export/export_run.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "catalog/signing/manifest.h"
#include "catalog/store/connection.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/run_store.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;

std::map<std::string, std::string> files_below(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder)] = read_file(entry.path());
    }
  }
  return files;
}

void replace_in(const fs::path& file, const std::string& from, const std::string& to) {
  std::string text = read_file(file);
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  write_file_atomically(file, text.replace(at, from.size(), to));
}

class ExportRunTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = new TempDir;
    catalog_ = new ExportCatalog(base_->path());
    result_ = new ExportResult(export_into(*catalog_, base_->path() / "out", small_spec()));
  }

  static void TearDownTestSuite() {
    delete result_;
    delete catalog_;
    delete base_;
  }

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

  static TempDir* base_;
  static ExportCatalog* catalog_;
  static ExportResult* result_;
  TempDir copy_;
};

TempDir* ExportRunTest::base_ = nullptr;
ExportCatalog* ExportRunTest::catalog_ = nullptr;
ExportResult* ExportRunTest::result_ = nullptr;

TEST_F(ExportRunTest, IsSound) {
  const ExportVerifyReport report = verify_export(result_->folder, catalog_->keys());
  EXPECT_EQ(report.faults, std::vector<std::string>{});
  EXPECT_EQ(report.items, 12);
  EXPECT_TRUE(report.key_is_known);
  EXPECT_EQ(result_->counts.at("val").at("fake"), 2);
  EXPECT_EQ(result_->access, AccessClass::kPublic);
}

TEST_F(ExportRunTest, AVerificationTellsHowFarItIsAndStops) {
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

TEST_F(ExportRunTest, SignaturesOfStrangersAreCheckedAndReported) {
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

TEST_F(ExportRunTest, EqualVersionsAreEqualByteForByte) {
  const ExportResult again = export_into(*catalog_, copy_.path(), small_spec());
  EXPECT_TRUE(again.version_existed);
  EXPECT_EQ(files_below(again.folder), files_below(result_->folder));
}

TEST_F(ExportRunTest, AReplacedKeyDoesNotChangeAFrozenVersion) {
  fs::copy(catalog_->keys().folder(), copy_.path() / "keys");
  KeyRing keys(copy_.path() / "keys");
  keys.make(true);
  ExportRequest request;
  request.spec = small_spec();
  request.out = copy_.path();
  const ExportResult again =
      run_export(catalog_->database(), catalog_->blobs(), catalog_->roots(), keys, request);
  EXPECT_EQ(files_below(again.folder), files_below(result_->folder));
}

TEST_F(ExportRunTest, NoPersonOrPathLeavesTheCatalog) {
  for (const auto& [name, bytes] : files_below(result_->folder)) {
    EXPECT_EQ(bytes.find("person-"), std::string::npos) << name;
    EXPECT_EQ(bytes.find("clip-"), std::string::npos) << name;
    EXPECT_EQ(bytes.find(base_->path().string()), std::string::npos) << name;
  }
}

TEST_F(ExportRunTest, RunsAreFrozenByTheirWholeIds) {
  const std::string run = RunStore(catalog_->database()).find_generate_run("latest").run_id;
  DatasetSpec spec = small_spec();
  spec.name = "whole_ids";
  spec.formats = {"webdataset"};
  spec.select.runs = {"latest", run.substr(0, 8)};
  (void)export_into(*catalog_, copy_.path(), spec);
  const auto version = DatasetStore(catalog_->database()).find_version("whole_ids", "1.0.0");
  ASSERT_TRUE(version);
  EXPECT_THAT(DatasetSpec::from_json(version->spec_json).select.runs, testing::Each(run));
  spec.select.runs = {"nowhere"};
  EXPECT_THAT(message_of([&] { (void)export_into(*catalog_, copy_.path(), spec); }),
              HasSubstr("no generate run 'nowhere'"));
}

TEST_F(ExportRunTest, ADryRunStoresNothing) {
  ExportRequest request;
  request.spec = small_spec("9.0.0");
  request.out = copy_.path();
  request.dry_run = true;
  const ExportResult result = run_export(catalog_->database(), catalog_->blobs(), catalog_->roots(),
                                         catalog_->keys(), request);
  EXPECT_FALSE(result.is_written);
  EXPECT_TRUE(fs::is_empty(copy_.path()));
  EXPECT_EQ(result.merkle_root, result_->merkle_root);
}

ExportCatalogSpec one_part() {
  ExportCatalogSpec spec;
  spec.parts = {"train"};
  spec.n_frames = 6;
  return spec;
}

TEST(FrozenVersion, KeepsTheLatestRunOfItsFreeze) {
  const TempDir folder;
  ExportCatalog catalog(folder.path(), one_part());
  DatasetSpec spec = small_spec();
  spec.select.runs = {"latest"};
  const ExportResult first = export_into(catalog, folder.path() / "first", spec);
  RunRow run = new_run("generate");
  run.config_json = run.env_json = "{}";
  (void)RunStore(catalog.database()).begin(run);
  const ExportResult again = export_into(catalog, folder.path() / "again", spec);
  EXPECT_TRUE(again.version_existed);
  EXPECT_EQ(files_below(again.folder), files_below(first.folder));
  spec.version = "1.0.1";
  EXPECT_THAT(message_of([&] { (void)export_into(catalog, folder.path() / "next", spec); }),
              HasSubstr("no clip fits export.select"))
      << "another version takes the run of today, which has made nothing yet";
}

TEST(FrozenVersion, IsRefusedWhereAMediumOfItIsOfNoUseAnyMore) {
  const TempDir folder;
  ExportCatalog catalog(folder.path(), one_part());
  const ExportResult first = export_into(catalog, folder.path() / "first", small_spec());
  ASSERT_TRUE(first.is_written);
  EXPECT_FALSE(first.version_existed);
  Query(catalog.database().connection(),
        "UPDATE media SET probe_error='is a fake of this catalog' WHERE media_id=?")
      .run(catalog.media().front());
  const ExportResult again = export_into(catalog, folder.path() / "again", small_spec());
  EXPECT_TRUE(again.version_existed);
  EXPECT_FALSE(again.is_written);
  EXPECT_THAT(again.refusals, testing::Not(testing::IsEmpty()));
  EXPECT_THAT(again.refusals, testing::Each(testing::Field(&GateFinding::check, "unusable")));
  EXPECT_THAT(again.refusals.front().offender, HasSubstr("is a fake of this catalog"));
  EXPECT_FALSE(fs::exists(folder.path() / "again/faces-1.0.0"));
}

TEST(PublicExport, IsRefusedWhereAnInputIsClosed) {
  const TempDir folder;
  ExportCatalogSpec closed;
  closed.parts = {"train"};
  closed.redistributable = false;
  ExportCatalog catalog(folder.path(), closed);
  DatasetSpec spec = small_spec();
  spec.is_public = true;
  const fs::path out = folder.path() / "out";
  const ExportResult refused = export_into(catalog, out, spec);
  EXPECT_EQ(refused.access, AccessClass::kInternal);
  EXPECT_THAT(refused.refusals,
              Contains(Field(&GateFinding::offender, HasSubstr("is not redistributable"))));
  EXPECT_FALSE(refused.is_written);
  EXPECT_FALSE(fs::exists(out / "faces-1.0.0"));
  EXPECT_FALSE(DatasetStore(catalog.database()).find_version("faces", "1.0.0"));

  spec.is_public = false;
  const ExportResult written = export_into(catalog, out, spec);
  EXPECT_TRUE(written.is_written);
  EXPECT_TRUE(written.refusals.empty()) << "closed inputs close a public set only";
}

TEST_F(ExportRunTest, AStoppedExportLeavesNoFolder) {
  ExportRequest request;
  request.spec = small_spec();
  request.out = copy_.path();
  request.progress = [](std::int64_t done, std::int64_t) { return done < 3; };
  EXPECT_THROW((void)run_export(catalog_->database(), catalog_->blobs(), catalog_->roots(),
                                catalog_->keys(), request),
               Error);
  EXPECT_TRUE(fs::is_empty(copy_.path()));
}

TEST_F(ExportRunTest, TellsHowFarChecksAndFilesAre) {
  ExportRequest request;
  request.spec = small_spec();
  request.out = copy_.path();
  std::vector<std::int64_t> checked, written;
  std::int64_t clips = 0, items = 0;
  request.checking = [&](std::int64_t done, std::int64_t total) {
    EXPECT_TRUE(written.empty()) << "nothing is written before it is checked";
    checked.push_back(done);
    clips = total;
    return true;
  };
  request.progress = [&](std::int64_t done, std::int64_t total) {
    written.push_back(done);
    items = total;
    return true;
  };
  const ExportResult result = run_export(catalog_->database(), catalog_->blobs(), catalog_->roots(),
                                         catalog_->keys(), request);
  EXPECT_TRUE(result.is_written);
  const auto n = static_cast<std::int64_t>(lines_of(result.folder / "items.jsonl").size());
  EXPECT_EQ(clips, n);
  EXPECT_EQ(items, 3 * n) << "two formats and the list of items";
  ASSERT_EQ(checked.size(), static_cast<std::size_t>(clips));
  ASSERT_EQ(written.size(), static_cast<std::size_t>(items));
  EXPECT_EQ(checked.back(), clips);
  EXPECT_EQ(written.back(), items);
  EXPECT_TRUE(std::is_sorted(written.begin(), written.end()));
}

TEST_F(ExportRunTest, ChecksThatAreStoppedFreezeNothing) {
  const TempDir folder;
  ExportCatalog catalog(folder.path());
  ExportRequest request;
  request.spec = small_spec();
  request.out = folder / "out";
  request.checking = [](std::int64_t done, std::int64_t) { return done < 2; };
  EXPECT_EQ(kind_thrown_by([&] {
              (void)run_export(catalog.database(), catalog.blobs(), catalog.roots(), catalog.keys(),
                               request);
            }),
            ErrorKind::kCancelled);
  EXPECT_FALSE(DatasetStore(catalog.database()).find_version("faces", "1.0.0"));
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(ExportRunTest, ProbesSayHowFarTheyAreAndCanBeStopped) {
  const TempDir folder;
  ExportCatalogSpec people;
  people.parts = {"train"};
  people.people_per_part = kLeastProbePeople;
  ExportCatalog catalog(folder.path(), people);
  ExportRequest request;
  request.spec = small_spec();
  request.out = folder / "out";
  std::int64_t last = 0, steps = 0;
  request.probing = [&](std::int64_t done, std::int64_t total) {
    EXPECT_GT(done, last);
    last = done;
    steps = total;
    return done < kProbeSteps - 2;  // in the shuffles of the first one that has something to tell
  };
  EXPECT_EQ(kind_thrown_by([&] {
              (void)run_export(catalog.database(), catalog.blobs(), catalog.roots(), catalog.keys(),
                               request);
            }),
            ErrorKind::kCancelled);
  EXPECT_GE(last, kProbeSteps - 2);
  EXPECT_EQ(steps, 4 * kProbeSteps);
  EXPECT_FALSE(DatasetStore(catalog.database()).find_version("faces", "1.0.0"));
}

TEST_F(ExportRunTest, AFolderThatIsThereIsNotTouched) {
  EXPECT_THAT(message_of([&] { export_into(*catalog_, base_->path() / "out", small_spec()); }),
              HasSubstr("exists already"));
}

TEST_F(ExportRunTest, VerifyCatchesAFlippedBitInAShard) {
  const fs::path folder = copy();
  std::fstream file(first_tar(folder), std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(3000);
  const int byte = file.get();
  file.seekp(3000);
  file.put(static_cast<char>(byte ^ 1));
  file.close();
  EXPECT_THAT(faults_of(folder, catalog_->keys()), HasSubstr("was changed"));
}

TEST_F(ExportRunTest, VerifyCatchesARenamedFile) {
  const fs::path folder = copy();
  const fs::path tar = first_tar(folder);
  fs::rename(tar, tar.parent_path() / "other.tar");
  const std::string faults = faults_of(folder, catalog_->keys());
  EXPECT_THAT(faults, HasSubstr(tar.filename().string() + "' is missing"));
  EXPECT_THAT(faults, HasSubstr("other.tar' is not part of the export"));
}

TEST_F(ExportRunTest, VerifyCatchesASwappedLabelEvenUnderNewDigests) {
  const fs::path folder = copy();
  replace_in(folder / "videofolder/train/metadata.jsonl", "\"label\":1", "\"label\":0");
  list_anew(folder);
  const std::string faults = faults_of(folder, catalog_->keys());
  EXPECT_THAT(faults, HasSubstr("is labelled 0, items.jsonl says fake"));
  EXPECT_THAT(faults, HasSubstr("SHA256SUMS is another list"));
}

TEST_F(ExportRunTest, VerifyCatchesAFakeThatIsCalledReal) {
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

TEST_F(ExportRunTest, FilesTellNoTimesApart) {
  const fs::file_time_type time = fs::last_write_time(result_->folder / "dataset.json");
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(result_->folder)) {
    EXPECT_EQ(entry.last_write_time(), time) << entry.path();
  }
  EXPECT_EQ(fs::last_write_time(result_->folder), time);
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

TEST(PublicExport, AFrozenVersionDoesNotStayOpenWhenItsInputsAreNot) {
  const TempDir folder;
  ExportCatalog catalog(folder.path());
  (void)export_into(catalog, folder / "a", small_spec());
  catalog.database().connection().exec("UPDATE corpus SET redistributable=0");
  EXPECT_THAT(message_of([&] { (void)export_into(catalog, folder / "b", small_spec()); }),
              HasSubstr("was frozen as public, its inputs are internal now"));
}

TEST_F(ExportRunTest, VerifyCatchesAMovedPersonEvenUnderNewDigests) {
  const fs::path folder = copy();
  replace_in(folder / "items.jsonl", "\"part\":\"test\"", "\"part\":\"train\"");
  list_anew(folder);
  const std::string faults = faults_of(folder, catalog_->keys());
  EXPECT_THAT(faults, HasSubstr("differ from the Merkle root"));
  EXPECT_THAT(faults, HasSubstr("split: "));
  EXPECT_THAT(faults, HasSubstr("items.jsonl says train"));
}

TEST_F(ExportRunTest, EveryItemHasAManifestByTheSetsKey) {
  const std::vector<std::string> items = lines_of(result_->folder / "items.jsonl");
  const std::vector<std::string> manifests = lines_of(result_->folder / "manifests.jsonl");
  ASSERT_EQ(items.size(), manifests.size());
  const VerifyingKey key = catalog_->keys().signing_key().verifying_key();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Manifest manifest = parse_manifest(manifests[i]);
    EXPECT_TRUE(is_signed_by(manifest, key));
    EXPECT_EQ(json::parse(manifest.claim).at("title"), json::parse(items[i]).at("key"));
  }
}

TEST_F(ExportRunTest, VerifyNamesEveryFaultOfAManifest) {
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

TEST_F(ExportRunTest, VerifyRefusesASetOfARevokedKey) {
  fs::copy(catalog_->keys().folder(), copy_.path() / "keys");
  KeyRing keys(copy_.path() / "keys");
  keys.revoke(keys.current_id(), "stolen");
  EXPECT_THAT(faults_of(result_->folder, keys), HasSubstr("revoked_key: is signed by"));
}

TEST_F(ExportRunTest, VerifyCatchesAForgedRoot) {
  const fs::path folder = copy();
  replace_in(folder / "dataset.json", "\"access_class\":\"public\"", "\"access_class\":\"gated\"");
  EXPECT_THAT(faults_of(folder, catalog_->keys()), HasSubstr("the signature is not of key"));
}

TEST_F(ExportRunTest, ShardsHoldSortedSamplesAndControlsStayWithTheirFakes) {
  DatasetSpec spec = small_spec("1.0.1");
  spec.shard_bytes = 1;
  spec.formats = {"webdataset"};
  const ExportResult result = export_into(*catalog_, copy_.path(), spec);
  EXPECT_EQ(faults_of(result.folder, catalog_->keys()), "");
  const json index = json::parse(read_file(result.folder / "webdataset/index.json"));
  EXPECT_EQ(index.size(), 6U) << "one control and its fake fill a shard";
  for (const json& shard : index) {
    EXPECT_EQ(shard.at("samples"), 2);
    EXPECT_EQ(shard.at("sha256"),
              sha256_file(result.folder / "webdataset" / shard.at("tar").get<std::string>()).hex());
  }
}

TEST(ExportFormat, UnknownNamesAreRefused) {
  EXPECT_THAT(message_of([] { (void)find_format("zip"); }), HasSubstr("there are: webdataset"));
}

}  // namespace
}  // namespace changeling
