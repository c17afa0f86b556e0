#include "catalog/export/clip_selection.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/store/connection.h"
#include "tests/support/pruned_run.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class ClipSelectionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempDir;
    ExportCatalogSpec spec;
    spec.parts = {"train", "test"};
    spec.people_per_part = 3;
    spec.methods = {"mesh_swap", "fsgan"};
    spec.n_frames = 6;
    catalog_ = new ExportCatalog(folder_->path(), spec);
  }

  static void TearDownTestSuite() {
    delete catalog_;
    delete folder_;
  }

  static Selection select(const DatasetSpec& spec) {
    return select_clips(catalog_->database(), spec);
  }

  static std::int64_t count(const Selection& selection, const std::string& part,
                            const std::string& label, const std::string& method = "") {
    return std::count_if(selection.clips.begin(), selection.clips.end(), [&](const auto& clip) {
      return clip.part == part && clip.label == label && (method.empty() || clip.method == method);
    });
  }

  static TempDir* folder_;
  static ExportCatalog* catalog_;
};

TempDir* ClipSelectionTest::folder_ = nullptr;
ExportCatalog* ClipSelectionTest::catalog_ = nullptr;

TEST_F(ClipSelectionTest, FakesOfOneTargetShareOneControl) {
  const Selection selection = select(small_spec());
  EXPECT_EQ(count(selection, "train", "fake"), 6);
  EXPECT_EQ(count(selection, "train", "real_control"), 3);
  EXPECT_EQ(count(selection, "test", "fake"), 6);
  EXPECT_TRUE(selection.conflicts.empty());
  for (const SelectedClip& clip : selection.clips) {
    const bool has_control =
        std::any_of(selection.clips.begin(), selection.clips.end(),
                    [&clip](const SelectedClip& other) { return other.key == clip.control_key; });
    EXPECT_EQ(has_control, clip.label == "fake");
  }
}

TEST_F(ClipSelectionTest, WhatHangsOnMediaThatCannotBeUsedIsLeftOut) {
  Connection& connection = catalog_->database().connection();
  connection.exec(
      "UPDATE media SET probe_error='is a fake of this catalog' WHERE media_id=(SELECT "
      "target_media "
      "FROM pair WHERE part='train' ORDER BY pair_id LIMIT 1)");
  const Selection selection = select(small_spec());
  connection.exec("UPDATE media SET probe_error=NULL");
  EXPECT_LE(count(selection, "train", "fake"), 4) << "fakes onto it, and from it";
  EXPECT_LE(count(selection, "train", "real_control"), 2) << "its control would count as real";
  EXPECT_EQ(count(selection, "test", "fake"), 6);
}

TEST(ClipSelection, FakesOfAPrunedRunAreLeftOutAsPruned) {
  const TempDir folder;
  ExportCatalogSpec spec;
  spec.parts = {"train"};
  spec.methods = {"mesh_swap", "fsgan"};
  spec.n_frames = 6;
  ExportCatalog catalog(folder.path(), spec);
  const std::string pruned = RunStore(catalog.database()).runs().front().run_id;
  prune_run(catalog.database(), pruned);
  // The clip itself may be shared and stay; what belongs to it is gone all the same.
  catalog.database().connection().exec(
      "UPDATE blob SET state='present' WHERE sha256 IN(SELECT sha256 FROM artifact WHERE "
      "kind='fake_video')");
  const Selection selection = select_clips(catalog.database(), small_spec());
  EXPECT_EQ(selection.left_out.at("pruned or erased"), 2);
  for (const SelectedClip& clip : selection.clips) {
    EXPECT_NE(clip.method, "mesh_swap");
  }
}

TEST_F(ClipSelectionTest, IsSortedByUniqueKeys) {
  const Selection selection = select(small_spec());
  EXPECT_TRUE(std::is_sorted(selection.clips.begin(), selection.clips.end(),
                             [](const auto& a, const auto& b) { return a.key < b.key; }));
  EXPECT_EQ(selection.clips.front().key, selection.clips.front().stream_sha256.hex().substr(0, 16));
}

TEST_F(ClipSelectionTest, FiltersByMethodAndPart) {
  DatasetSpec spec = small_spec();
  spec.select.methods = {"fsgan"};
  spec.select.parts = {"test"};
  const Selection selection = select(spec);
  EXPECT_EQ(count(selection, "test", "fake", "fsgan"), 3);
  EXPECT_EQ(count(selection, "test", "fake"), 3);
  EXPECT_EQ(count(selection, "test", "real_control"), 3);
  EXPECT_EQ(selection.clips.size(), 6U);
  EXPECT_EQ(selection.left_out.at("part not selected"), 3);
}

TEST_F(ClipSelectionTest, SqlReplacesTheFilter) {
  DatasetSpec spec = small_spec();
  spec.select.methods = {"fsgan"};
  spec.select.sql =
      "SELECT artifact_id FROM artifact JOIN job USING(job_id) WHERE kind='fake_video' AND "
      "method='mesh_swap' LIMIT 2";
  EXPECT_EQ(select(spec).clips.size(), 4U);
}

TEST_F(ClipSelectionTest, SqlOfOtherShapesIsRefused) {
  DatasetSpec spec = small_spec();
  spec.select.sql = "SELECT kind FROM artifact";
  EXPECT_THAT(message_of([&] { (void)select(spec); }), HasSubstr("must hold artifact ids"));
  spec.select.sql = "DELETE FROM artifact";
  EXPECT_THROW((void)select(spec), Error);
  spec.select.sql = "SELECT artifact_id FROM artifact WHERE 0";
  EXPECT_THAT(message_of([&] { (void)select(spec); }), HasSubstr("nothing to export"));
}

TEST_F(ClipSelectionTest, AMixTakesTheLargestSetWithItsShares) {
  DatasetSpec spec = small_spec();
  spec.mix = {{"mesh_swap", 0.75}, {"fsgan", 0.25}};
  const Selection selection = select(spec);
  EXPECT_EQ(count(selection, "train", "fake", "mesh_swap"), 3);
  EXPECT_EQ(count(selection, "train", "fake", "fsgan"), 1);
  EXPECT_EQ(selection.left_out.at("more than mix or max_fakes_per_part allow"), 4);
}

TEST_F(ClipSelectionTest, AMixThatCannotBeMetIsRefused) {
  DatasetSpec spec = small_spec();
  spec.mix = {{"mesh_swap", 0.9}, {"fsgan", 0.1}};
  EXPECT_THAT(message_of([&] { (void)select(spec); }),
              HasSubstr("too few fakes of 'mesh_swap' (3) for the share of 'fsgan'"));
}

TEST_F(ClipSelectionTest, ACapDrawsBySeed) {
  DatasetSpec spec = small_spec();
  spec.max_fakes_per_part = 2;
  const auto keys = [&] {
    std::vector<std::string> list;
    for (const SelectedClip& clip : select(spec).clips) {
      list.push_back(clip.key);
    }
    return list;
  };
  const std::vector<std::string> first = keys();
  EXPECT_EQ(count(select(spec), "train", "fake"), 2);
  EXPECT_EQ(first, keys());
  spec.seed = 2;
  EXPECT_NE(first, keys());
}

TEST_F(ClipSelectionTest, AnUnknownSplitIsRefused) {
  DatasetSpec spec = small_spec();
  spec.split = "other";
  EXPECT_THAT(message_of([&] { (void)select(spec); }), HasSubstr("no split 'other'"));
}

/// One of two faces is fake, in some frames only; the item says which and when.
TEST(SeveralFaces, AreSelectedBySqlAndLabelledEach) {
  const TempDir folder;
  ExportCatalogSpec shape;
  shape.parts = {"train"};
  shape.n_frames = 8;
  shape.shows_another = true;
  ExportCatalog catalog(folder.path(), shape);
  DatasetSpec spec = small_spec();
  spec.select.sql = "SELECT artifact_id FROM face_label GROUP BY artifact_id HAVING count(*) > 1";
  const Selection selection = select_clips(catalog.database(), spec);
  ASSERT_EQ(selection.clips.size(), 4U);  // two fakes and their controls
  const SigningKey key = SigningKey::generate();
  ItemLoader loader(catalog.database(), catalog.blobs(), catalog.roots(), key);
  for (const SelectedClip& clip : selection.clips) {
    const auto faces =
        nlohmann::json::parse(item_json(loader.load(clip.artifact, clip.part)))["faces"];
    ASSERT_EQ(faces.size(), 2U);
    const bool is_fake = clip.label == "fake";
    EXPECT_EQ(faces[0]["label"], is_fake ? "fake" : "real");
    EXPECT_EQ(faces[0]["fake_spans"].dump(), is_fake ? "[[1,5]]" : "[]");
    EXPECT_EQ(faces[0]["source_key"].get<std::string>().empty(), !is_fake);
    EXPECT_EQ(faces[1]["label"], "real");
    EXPECT_EQ(faces[1]["fake_spans"].dump(), "[]");
    EXPECT_EQ(faces[1]["source_key"], "");
  }
  (void)export_into(catalog, folder.path() / "out", spec);
  EXPECT_EQ(faults_of(folder.path() / "out" / "faces-1.0.0", catalog.keys()), "");
}

}  // namespace
}  // namespace changeling
