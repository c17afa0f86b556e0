#include "catalog/export/renditions.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/export/export_item.h"
#include "catalog/signing/sign_clips.h"
#include "catalog/signing/signature_check.h"
#include "catalog/store/dataset_store.h"
#include "catalog/verify/verify_catalog.h"
#include "common/media/video_reader.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;

DatasetSpec ladder_spec(std::vector<std::string> ladder) {
  DatasetSpec spec = small_spec();
  spec.ladder = std::move(ladder);
  spec.profiles = {{"tiny", "SIZE:24 FPS:10 GNC:1-3 X264:30"}};
  return spec;
}

std::map<std::string, json> items_of(const std::filesystem::path& folder) {
  std::map<std::string, json> items;
  std::string text = read_file(folder / "items.jsonl");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const json item = json::parse(text.substr(at, end - at));
    items[item.at("key")] = item;
    at = end + 1;
  }
  return items;
}

class RenditionsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = new TempDir;
    ExportCatalogSpec spec;
    spec.trims = 2;
    catalog_ = new ExportCatalog(base_->path(), spec);
    result_ = new ExportResult(
        export_into(*catalog_, base_->path() / "out", ladder_spec({"as_made", "c40", "tiny"})));
  }

  static void TearDownTestSuite() {
    delete result_;
    delete catalog_;
    delete base_;
  }

  static TempDir* base_;
  static ExportCatalog* catalog_;
  static ExportResult* result_;
  TempDir folder_;
};

TempDir* RenditionsTest::base_ = nullptr;
ExportCatalog* RenditionsTest::catalog_ = nullptr;
ExportResult* RenditionsTest::result_ = nullptr;

TEST_F(RenditionsTest, EachFakeAndControlComesOnEveryRung) {
  ASSERT_TRUE(result_->is_written);
  EXPECT_EQ(result_->rendered, 6 * 2);
  std::map<std::string, int> counts;
  for (const auto& [key, item] : items_of(result_->folder)) {
    ++counts[item.at("label").get<std::string>() + " " + item.at("profile").get<std::string>()];
  }
  for (const char* profile : {"c23", "c40", "tiny"}) {
    EXPECT_EQ(counts["fake " + std::string(profile)], 6) << profile;
    EXPECT_EQ(counts["real_control " + std::string(profile)], 6) << profile;
  }
}

TEST_F(RenditionsTest, TheExportVerifies) {
  EXPECT_EQ(faults_of(result_->folder, catalog_->keys()), "");
}

TEST_F(RenditionsTest, AreSignedAndCheckedLikeTheClipsTheyComeFrom) {
  const auto check = [] {
    return check_signatures(catalog_->database(), catalog_->blobs(), catalog_->keys());
  };
  (void)sign_clips(catalog_->database(), catalog_->blobs(), catalog_->keys().signing_key(), {});
  const SignatureReport good = check();
  EXPECT_EQ(good.clips, 36);  // 6 fakes and 6 controls, as made and on two rungs
  EXPECT_TRUE(good.faults.empty()) << good.faults.front().clip << ": " << good.faults.front().text;

  const std::vector<SelectedClip> tiny =
      select_clips(catalog_->database(), ladder_spec({"tiny"})).clips;
  ASSERT_FALSE(tiny.empty());
  const ArtifactRow row = DatasetStore(catalog_->database()).clip(tiny.front().artifact).artifact;
  const std::filesystem::path file = catalog_->blobs().path(row.sha256);
  const std::string bytes = read_file(file);
  std::string changed = bytes;
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
  write_file_atomically(file, changed);
  const SignatureReport bad = check();
  write_file_atomically(file, bytes);
  ASSERT_FALSE(bad.faults.empty());
  EXPECT_EQ(bad.faults.front().kind, SignatureFaultKind::kChangedClip);
}

TEST_F(RenditionsTest, FakeAndControlHaveOneRecipeAndOneKindOfStream) {
  const std::map<std::string, json> items = items_of(result_->folder);
  int pairs = 0;
  for (const auto& [key, fake] : items) {
    if (fake.at("label") != "fake") {
      continue;
    }
    const json& control = items.at(fake.at("control_key"));
    for (const char* member : {"profile", "recipe", "n_frames", "fps", "width_px", "height_px"}) {
      EXPECT_EQ(fake.at(member), control.at(member)) << key << " " << member;
    }
    EXPECT_EQ(fake.at("recipe").is_null(), fake.at("profile") == "c23");
    ++pairs;
  }
  EXPECT_EQ(pairs, 18);
}

TEST_F(RenditionsTest, TheItemTellsItsOwnShapeSpansMasksAndSurvival) {
  for (const auto& [key, item] : items_of(result_->folder)) {
    if (item.at("label") != "fake" || item.at("profile") != "tiny") {
      continue;
    }
    EXPECT_EQ(item.at("width_px"), 32);
    EXPECT_EQ(item.at("height_px"), 24);
    EXPECT_EQ(item.at("n_frames"), 4);  // 10 of 25 frames a second, of 10 frames
    // Parents 0, 2, 5, 7: the first and the last two of ten are not swapped.
    EXPECT_EQ(item.at("spans"), json::parse(R"([[0,0,"passthrough"],[1,3,"swapped"]])"));
    EXPECT_EQ(item.at("manipulated_frames"), 3);
    EXPECT_EQ(item.at("faces").at(0).at("fake_spans"), json::parse("[[1,3]]"));
    EXPECT_TRUE(item.at("masks").contains("alpha"));
    EXPECT_TRUE(item.at("masks").contains("changed"));
    EXPECT_TRUE(item.at("masks").contains("survivor_tiny"));
    EXPECT_GT(item.at("mask_survival"), 0.2);
    EXPECT_LE(item.at("mask_survival"), 1);
    EXPECT_EQ(item.at("recipe").at("parent_profile"), "c23");
    const int level = item.at("recipe").at("steps").at(2).at("level");
    EXPECT_TRUE(level >= 1 && level <= 3);
  }
}

TEST_F(RenditionsTest, FacesFollowTheGeometry) {
  const SigningKey secret = catalog_->keys().signing_key();
  ItemLoader loader(catalog_->database(), catalog_->blobs(), catalog_->roots(), secret);
  const Selection selection = select_clips(catalog_->database(), ladder_spec({"as_made", "tiny"}));
  std::map<std::int64_t, FaceTrack> made, tiny;
  for (const SelectedClip& clip : selection.clips) {
    if (clip.label == "fake") {
      const ExportItem item = loader.load(clip.artifact, clip.part);
      (clip.is_rendition ? tiny : made)[clip.job->value] = loader.first_face(item);
    }
  }
  ASSERT_EQ(tiny.size(), 6U);
  for (const auto& [job, track] : tiny) {
    ASSERT_EQ(track.observations.size(), 4U);
    const FaceObservation* parent = made.at(job).find(5);
    ASSERT_NE(parent, nullptr);
    EXPECT_NEAR(track.observations[2].landmarks[30].x, parent->landmarks[30].x / 2, 1e-3);
    EXPECT_NEAR(track.observations[2].landmarks[30].y, parent->landmarks[30].y / 2, 1e-3);
  }
}

TEST_F(RenditionsTest, AreMadeOnceAndSpareTheStoresOtherReaders) {
  const RunStore runs(catalog_->database());
  const std::string generate = runs.runs().front().run_id;
  for (const ArtifactRow& row : runs.run_artifacts(generate)) {
    EXPECT_EQ(row.profile, "c23");
  }
  DatasetSpec spec = ladder_spec({"c40", "tiny"});
  spec.version = "2.0.0";
  const ExportResult again = export_into(*catalog_, folder_.path(), spec);
  EXPECT_EQ(again.rendered, 0);
  EXPECT_TRUE(again.is_written);
  EXPECT_EQ(again.counts.at("train").at("fake"), 2 * 2);
}

TEST_F(RenditionsTest, TheCatalogVerifiesWithThem) {
  const VerifyReport report =
      verify_catalog(catalog_->database(), catalog_->blobs(), catalog_->roots());
  EXPECT_EQ(report.faults, std::vector<std::string>{});
  EXPECT_GT(report.mask_frames, 6 * 2 * 2 * 10);
}

TEST_F(RenditionsTest, EqualClipsGiveEqualBytesInAnotherCatalog) {
  ExportCatalogSpec spec;
  spec.trims = 2;
  ExportCatalog other(folder_.path(), spec);
  const ExportResult result = export_into(other, folder_.path() / "out", ladder_spec({"tiny"}));
  const std::map<std::string, json> known = items_of(result_->folder);
  for (const auto& [key, item] : items_of(result.folder)) {
    ASSERT_THAT(known, Contains(Key(key)));
    EXPECT_EQ(known.at(key).at("sha256"), item.at("sha256"));
    EXPECT_EQ(known.at(key).at("recipe"), item.at("recipe"));
  }
}

TEST_F(RenditionsTest, OneThatFailsLeavesNoFile) {
  ExportCatalog catalog(folder_.path());
  for (const ArtifactRow& row : RunStore(catalog.database()).artifacts(JobId{1})) {
    if (row.kind == "mask_changed") {
      write_file_atomically(catalog.blobs().path(row.sha256), "no video");
    }
  }
  EXPECT_EQ(kind_thrown_by(
                [&] { (void)export_into(catalog, folder_.path() / "out", ladder_spec({"c40"})); }),
            ErrorKind::kInput);
  EXPECT_TRUE(std::filesystem::is_empty(catalog.blobs().staging()));
}

TEST_F(RenditionsTest, AnotherDefinitionOfAProfileIsRefused) {
  DatasetSpec spec = ladder_spec({"tiny"});
  spec.version = "2.0.0";
  spec.profiles["tiny"] = "X264:45";
  EXPECT_THAT(message_of([&] { (void)export_into(*catalog_, folder_.path(), spec); }),
              HasSubstr("choose a new name"));
}

TEST(LadderSpec, RefusesUnknownAndRedefinedProfiles) {
  DatasetSpec spec = ladder_spec({"nowhere"});
  EXPECT_THAT(message_of([&] { spec.check(); }), HasSubstr("unknown profile 'nowhere'"));
  spec = ladder_spec({"c40"});
  spec.profiles = {{"c40", "X264:45"}};
  EXPECT_THAT(message_of([&] { spec.check(); }), HasSubstr("may not redefine 'c40'"));
  spec.profiles = {{"mine", "GB:1"}};
  EXPECT_THAT(message_of([&] { spec.check(); }), HasSubstr("end with a codec"));
}

TEST(LadderSpec, StandsInTheStoredTextOnlyWhereThereIsOne) {
  EXPECT_EQ(small_spec().to_json().find("ladder"), std::string::npos);
  const DatasetSpec spec = DatasetSpec::from_json(ladder_spec({"tiny"}).to_json());
  EXPECT_EQ(spec.ladder, std::vector<std::string>{"tiny"});
  EXPECT_EQ(spec.ladder_profiles().at(0).text(), "SIZE:24 FPS:10 GNC:1-3 X264:30");
}

}  // namespace
}  // namespace changeling
