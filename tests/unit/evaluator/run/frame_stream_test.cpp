#include "evaluator/run/frame_stream.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

class FrameStreamTest : public ::testing::Test {
 protected:
  FrameStreamTest() {
    ClipSpec spec;
    spec.n_frames = 20;
    write_clip(file_, spec);
    VideoReader reader(file_);
    all_ = reader.next_batch(20)->frames;
  }

  TempDir folder_;
  std::filesystem::path file_ = folder_ / "clip.mp4";
  std::vector<Frame> all_;
};

TEST_F(FrameStreamTest, ReturnsTheChosenFramesInOrder) {
  FrameStream stream(file_, {0, 1, 7, 8, 19});
  for (const std::size_t index : {0U, 1U, 7U, 8U, 19U}) {
    const std::optional<Frame> frame = stream.next();
    ASSERT_TRUE(frame.has_value()) << index;
    EXPECT_TRUE(*frame == all_[index]) << index;
  }
}

TEST_F(FrameStreamTest, FramesPastTheEndAreAbsent) {
  FrameStream stream(file_, {18, 20, 33});
  EXPECT_TRUE(stream.next().has_value());
  EXPECT_FALSE(stream.next().has_value());
  EXPECT_FALSE(stream.next().has_value());
}

TEST_F(FrameStreamTest, AskingForMoreThanWasChosenIsRefused) {
  FrameStream stream(file_, {3});
  (void)stream.next();
  EXPECT_THROW((void)stream.next(), Error);
}

TEST(ToMask, TakesTheFirstChannel) {
  const Frame mask = to_mask(Frame(2, 1, PixelFormat::kRgb24, {7, 1, 1, 255, 0, 0}));
  EXPECT_TRUE(mask == Frame(2, 1, PixelFormat::kGray8, {7, 255}));
}

}  // namespace
}  // namespace changeling
