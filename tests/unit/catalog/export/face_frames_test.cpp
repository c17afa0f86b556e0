#include "catalog/export/face_frames.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

/// Clips of 46 frames that begin at frame 4 of their targets.
struct LongClips {
  LongClips()
      : catalog(folder.path(), shape()),
        key(catalog.keys().signing_key()),
        loader(catalog.database(), catalog.blobs(), catalog.roots(), key),
        spec(small_spec()),
        set(spec, loader, {}) {}

  static ExportCatalogSpec shape() {
    ExportCatalogSpec shape;
    shape.parts = {"train"};
    shape.n_frames = 50;
    shape.trims = 4;
    shape.width_px = 128;
    shape.height_px = 96;
    return shape;
  }

  TempDir folder;
  ExportCatalog catalog;
  SigningKey key;
  ItemLoader loader;
  DatasetSpec spec;
  ExportSet set;
};

class FaceFramesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { clips_ = new LongClips; }

  static void TearDownTestSuite() { delete clips_; }

  static ExportItem item(const std::string& label) {
    const Selection selection = select_clips(clips_->catalog.database(), clips_->spec);
    const auto clip = std::find_if(selection.clips.begin(), selection.clips.end(),
                                   [&label](const auto& c) { return c.label == label; });
    return clips_->loader.load(clip->artifact, clip->part);
  }

  static LongClips* clips_;
};

LongClips* FaceFramesTest::clips_ = nullptr;

TEST(FacesOfAnItem, StayThoseOfItsJobAfterAnotherAnalysis) {
  LongClips clips;
  const Selection selection = select_clips(clips.catalog.database(), clips.spec);
  const SelectedClip& clip = selection.clips.front();
  const ExportItem before = clips.loader.load(clip.artifact, clip.part);
  clips.catalog.analyse_again();
  const ExportItem after = clips.loader.load(clip.artifact, clip.part);
  ASSERT_EQ(before.faces.size(), 1U);
  EXPECT_EQ(item_json(after), item_json(before));
  EXPECT_EQ(after.faces.at(0).boxes_sha256, before.faces.at(0).boxes_sha256);
}

TEST_F(FaceFramesTest, TakesExactly32OfALongClipInOrder) {
  for (const char* label : {"fake", "real_control"}) {
    const std::vector<FaceFrame> frames = face_frames(clips_->set, item(label));
    ASSERT_THAT(frames, SizeIs(32)) << label;
    for (std::size_t i = 1; i < frames.size(); ++i) {
      EXPECT_LT(frames[i - 1].frame_index, frames[i].frame_index);
    }
  }
}

TEST_F(FaceFramesTest, CountsFramesInTheClipNotInItsTarget) {
  const ExportItem control = item("real_control");
  EXPECT_EQ(control.n_frames, 46);
  EXPECT_EQ(clips_->set.first_face(control).observations.front().frame_index, -4);
  EXPECT_GE(face_frames(clips_->set, control).front().frame_index, 0);
  EXPECT_LT(face_frames(clips_->set, control).back().frame_index, 46);
}

TEST_F(FaceFramesTest, PutsTheFaceWhereTheTemplateSays) {
  for (const FaceFrame& frame : face_frames(clips_->set, item("fake"))) {
    EXPECT_EQ(frame.picture.width_px(), 256);
    PointF eye, mouth;
    for (std::size_t i = 36; i < 42; ++i) {
      eye = {eye.x + frame.landmarks[i].x / 6, eye.y + frame.landmarks[i].y / 6};
    }
    mouth = {(frame.landmarks[48].x + frame.landmarks[54].x) / 2,
             (frame.landmarks[48].y + frame.landmarks[54].y) / 2};
    EXPECT_NEAR(eye.x, (38.29 / 112 + 0.15) / 1.3 * 256, 12);
    EXPECT_NEAR(eye.y, (51.70 / 112 + 0.15) / 1.3 * 256, 12);
    EXPECT_NEAR(mouth.y, (92.28 / 112 + 0.15) / 1.3 * 256, 12);
  }
}

TEST_F(FaceFramesTest, MasksCoverTheFaceOfTheFakeAlone) {
  for (const FaceFrame& frame : face_frames(clips_->set, item("fake"))) {
    ASSERT_TRUE(frame.mask);
    const std::uint8_t* pixels = frame.mask->data();
    const std::size_t size = frame.mask->size_bytes();
    EXPECT_TRUE(std::all_of(pixels, pixels + size,
                            [](std::uint8_t value) { return value == 0 || value == 255; }));
    const auto changed = std::count(pixels, pixels + size, 255);
    EXPECT_GT(changed, 256 * 256 / 10);
    EXPECT_LT(changed, 256 * 256 * 9 / 10);
    EXPECT_EQ(pixels[0], 0) << "the corner is background";
  }
  EXPECT_FALSE(face_frames(clips_->set, item("real_control")).front().mask);
}

TEST_F(FaceFramesTest, AnItemWithoutAFaceIsRefused) {
  ExportItem faceless = item("real_control");
  faceless.faces.clear();
  EXPECT_THAT(message_of([&] { (void)face_frames(clips_->set, faceless); }),
              HasSubstr("no frame with an analysed face"));
}

TEST_F(FaceFramesTest, AControlGoesWithTheFakeOfItsJob) {
  const auto entry = [](const char* key, const char* control_key, std::int64_t job) {
    return SetEntry{ArtifactId{1}, key, "train", "", control_key, 1, JobId{job}};
  };
  const std::vector<SetEntry> entries = {entry("a", "shared", 1), entry("b", "shared", 2),
                                         entry("c", "shared", 3), entry("shared", "", 2),
                                         entry("d", "alone", 4),  entry("e", "alone", 5),
                                         entry("alone", "", 9)};
  const ExportSet set(clips_->spec, clips_->loader, entries);
  EXPECT_EQ(set.fake_of("shared")->key, "b") << "the others may show another person's face";
  EXPECT_EQ(set.fake_of("alone")->key, "d");
  EXPECT_EQ(set.fake_of("a"), nullptr);
}

TEST_F(FaceFramesTest, TheForeheadLiesAboveTheJaw) {
  const FaceFrame frame = face_frames(clips_->set, item("fake")).front();
  const std::vector<PointF> points = with_forehead(frame.landmarks);
  ASSERT_THAT(points, SizeIs(81));
  for (std::size_t i = 68; i < 81; ++i) {
    EXPECT_LT(points[i].y, frame.landmarks[0].y);
    EXPECT_GT(points[i].x, frame.landmarks[0].x);
    EXPECT_LT(points[i].x, frame.landmarks[16].x);
  }
}

}  // namespace
}  // namespace changeling
