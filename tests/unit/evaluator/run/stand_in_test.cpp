#include "evaluator/run/stand_in.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

constexpr int kWidth = 64;
constexpr int kHeight = 48;

Frame picture(int brightness, bool is_alpha = false) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      if (is_alpha) {
        pixels.push_back(x >= 16 && x < 32 ? (y < 24 ? 255 : 128) : 0);
      } else {
        pixels.insert(pixels.end(), 3, static_cast<std::uint8_t>(brightness + x));
      }
    }
  }
  return Frame(kWidth, kHeight, is_alpha ? PixelFormat::kGray8 : PixelFormat::kRgb24,
               std::move(pixels));
}

Landmarks square(float left, float top, float side) {
  return {{left, top}, {left + side, top}, {left, top + side}, {left + side, top + side}};
}

int red(const Frame& frame, int x, int y) {
  return frame.data()[3 * (y * frame.width_px() + x)];
}

TEST(PasteFace, EqualLandmarksMixByAlpha) {
  const Landmarks points = square(10, 10, 20);
  const Frame pasted = paste_face(picture(100), points, picture(0), points, picture(0, true));
  EXPECT_EQ(red(pasted, 20, 10), 120);
  EXPECT_EQ(red(pasted, 20, 30), 70);  // (128 * 120 + 127 * 20) / 255 = 70.2
  EXPECT_EQ(red(pasted, 40, 10), 40);  // outside alpha the target's
  EXPECT_EQ(red(pasted, 15, 47), 15);
}

TEST(PasteFace, DonorIsMovedOntoTheTargetsLandmarks) {
  // Twice the size, 4 px to the right: what the donor has at x = 10 comes to x = 20.
  const Frame pasted =
      paste_face(picture(100), square(5, 5, 10), picture(0), square(10, 10, 20), picture(0, true));
  EXPECT_NEAR(red(pasted, 20, 10), 110, 1);
  EXPECT_NEAR(red(pasted, 30, 10), 115, 1);
}

/// Twelve frames whose brightness tells their number, one person.
class StandInTest : public ::testing::Test {
 protected:
  StandInTest() {
    std::vector<Frame> frames;
    for (int i = 0; i < 12; ++i) {
      frames.push_back(picture(10 * i));
    }
    write_lossless(folder_ / "clip.mkv", frames);
    clip_.n_frames = 8;
    clip_.target = person(4, 11);
    clip_.source = person(0, 5);
  }

  PersonClip person(std::int64_t first, std::int64_t last) const {
    PersonClip person;
    person.file = folder_ / "clip.mkv";
    person.track = steady_track(0, 11);
    person.first_frame = first;
    person.last_frame = last;
    return person;
  }

  /// Number of the frame that a baseline shows inside the mask at each of the asked frames.
  std::vector<int> shown(Baseline baseline, const std::vector<std::int64_t>& frames) {
    const std::unique_ptr<StandIn> stand_in = make_stand_in(baseline, clip_, frames);
    std::vector<int> numbers;
    for (const std::int64_t frame : frames) {
      FramePictures others;
      others.target = picture(10 * static_cast<int>(frame + 4));
      others.control = picture(200);
      others.alpha = picture(0, true);
      const std::optional<Frame> result = stand_in->picture(frame, others);
      numbers.push_back(result ? (red(*result, 20, 10) - 20) / 10 : -1);
    }
    return numbers;
  }

  TempDir folder_;
  ClipPair clip_;
};

TEST_F(StandInTest, CopiesOfTheTargetAndOfItsControl) {
  EXPECT_EQ(shown(Baseline::kCopyTarget, {0, 3}), (std::vector<int>{4, 7}));
  EXPECT_EQ(shown(Baseline::kReencode, {0, 3}), (std::vector<int>{20, 20}));
}

TEST_F(StandInTest, SelfSwapShowsTheTargetHalfAClipLater) {
  EXPECT_EQ(shown(Baseline::kSelfSwap, {0, 1, 3, 4, 5, 7}), (std::vector<int>{8, 9, 11, 4, 5, 7}));
}

TEST_F(StandInTest, CopySourceFollowsTheSourceAndStaysOnItsLastFrame) {
  EXPECT_EQ(shown(Baseline::kCopySource, {0, 2, 5, 6, 7}), (std::vector<int>{0, 2, 5, 5, 5}));
}

TEST_F(StandInTest, FrameWithoutAFaceStaysTheTargets) {
  clip_.source.track = steady_track(0, 1);
  EXPECT_EQ(shown(Baseline::kCopySource, {0, 2, 3}), (std::vector<int>{0, 6, 7}));
}

TEST_F(StandInTest, SelfSwapHasItsTargetAsSource) {
  EXPECT_EQ(baseline_clip(clip_, Baseline::kSelfSwap).source.first_frame, 4);
  EXPECT_EQ(baseline_clip(clip_, Baseline::kCopySource).source.first_frame, 0);
}

}  // namespace
}  // namespace changeling
