#include "catalog/export/export_run.h"

#include <algorithm>
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

using ExportRunTest = ExportSuite;

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

TEST_F(ExportRunTest, FilesTellNoTimesApart) {
  const fs::file_time_type time = fs::last_write_time(result_->folder / "dataset.json");
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(result_->folder)) {
    EXPECT_EQ(entry.last_write_time(), time) << entry.path();
  }
  EXPECT_EQ(fs::last_write_time(result_->folder), time);
}

TEST(PublicExport, AFrozenVersionDoesNotStayOpenWhenItsInputsAreNot) {
  const TempDir folder;
  ExportCatalog catalog(folder.path());
  (void)export_into(catalog, folder / "a", small_spec());
  catalog.database().connection().exec("UPDATE corpus SET redistributable=0");
  EXPECT_THAT(message_of([&] { (void)export_into(catalog, folder / "b", small_spec()); }),
              HasSubstr("was frozen as public, its inputs are internal now"));
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
