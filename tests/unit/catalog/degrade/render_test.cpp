#include "catalog/degrade/render.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/degrade/frame_steps.h"
#include "common/base/error.h"
#include "common/media/video_reader.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

constexpr int kFrames = 10;

class RenderTest : public testing::Test {
 protected:
  ClipSpec clip() const {
    ClipSpec spec;
    spec.width_px = 96;
    spec.height_px = 64;
    spec.n_frames = kFrames;
    spec.seed = 3;
    return spec;
  }

  /// A lossless parent; `paint` changes a frame.
  std::filesystem::path parent(const std::string& name, bool is_painted = false) {
    LabeledVideoWriter::Settings settings;
    settings.width_px = 96;
    settings.height_px = 64;
    settings.encode.codec = "ffv1";
    settings.show_as(shown_);
    LabeledVideoWriter writer(folder_.path() / name, settings, Provenance(Label::kReal));
    for (int i = 0; i < kFrames; ++i) {
      const Frame frame = draw_frame(clip(), i);
      writer.write(is_painted ? painted(frame) : frame, i / 25.0);
    }
    return writer.finish().path;
  }

  std::filesystem::path alpha() {
    LabeledVideoWriter::Settings settings;
    settings.width_px = 96;
    settings.height_px = 64;
    settings.content = StreamContent::kMask;
    settings.encode.codec = "ffv1";
    settings.show_as(shown_);
    LabeledVideoWriter writer(folder_.path() / "alpha.mkv", settings, Provenance(Label::kFake));
    for (int i = 0; i < kFrames; ++i) {
      std::vector<std::uint8_t> pixels(96 * 64, 0);
      for (int y = 16; y < 48; ++y) {
        std::fill_n(pixels.begin() + y * 96 + 32, 32, std::uint8_t{255});
      }
      writer.write(Frame(96, 64, PixelFormat::kGray8, pixels), i / 25.0);
    }
    return writer.finish().path;
  }

  /// 60 levels brighter where alpha is set.
  static Frame painted(const Frame& frame) {
    std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
    for (int y = 16; y < 48; ++y) {
      for (int i = (y * 96 + 32) * 3; i < (y * 96 + 64) * 3; ++i) {
        const auto at = static_cast<std::size_t>(i);
        pixels[at] = static_cast<std::uint8_t>(std::min(255, pixels[at] + 60));
      }
    }
    return {96, 64, PixelFormat::kRgb24, std::move(pixels)};
  }

  RenderJob job(const std::filesystem::path& in, const std::string& steps,
                const std::string& out) const {
    RenderJob result;
    result.parent = in;
    result.out = folder_.path() / out;
    result.steps = DegradationProfile::parse("test", steps).draw(1);
    result.shape = change_of({96, 64, {25, 1}, kFrames}, result.steps);
    return result;
  }

  static std::vector<Frame> frames_of(const std::filesystem::path& file) {
    return VideoReader(file).next_batch(1000)->frames;
  }

  TempDir folder_;
  VideoInfo shown_;  ///< of what parents and masks show
};

struct RecipeCase {
  const char* name;
  const char* steps;
  const char* codec;
};

class RenderRecipe : public RenderTest, public testing::WithParamInterface<RecipeCase> {};

TEST_P(RenderRecipe, GivesEqualBytesAndEqualStreamsToFakeAndControl) {
  const std::filesystem::path control = parent("control.mkv");
  const std::filesystem::path fake = parent("fake.mkv", true);
  const WrittenVideo once = render_clip(job(fake, GetParam().steps, "fake-1.mp4"));
  const WrittenVideo twice = render_clip(job(fake, GetParam().steps, "fake-2.mp4"));
  const WrittenVideo other = render_clip(job(control, GetParam().steps, "control.mp4"));
  EXPECT_EQ(once.sha256, twice.sha256);
  EXPECT_NE(once.stream_sha256, other.stream_sha256);
  const VideoProbe a = probe_video(once.path);
  const VideoProbe b = probe_video(other.path);
  EXPECT_EQ(a.info.codec, GetParam().codec);
  EXPECT_EQ(a.info.codec, b.info.codec);
  EXPECT_EQ(a.info.width_px, b.info.width_px);
  EXPECT_EQ(a.info.height_px, b.info.height_px);
  EXPECT_EQ(a.info.pixel_format, b.info.pixel_format);
  EXPECT_EQ(a.info.frame_rate.numerator, b.info.frame_rate.numerator);
  EXPECT_EQ(a.frame_count_from_index, b.frame_count_from_index);
  EXPECT_EQ(a.frame_count_from_index, once.n_frames);
  EXPECT_FALSE(a.is_vfr);
  EXPECT_FALSE(a.info.has_audio);
  EXPECT_EQ(a.decode_error_count, 0);
  std::size_t leftovers = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    leftovers += entry.path().string().find(".0.mp4") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(leftovers, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, RenderRecipe,
    testing::Values(RecipeCase{"H264", "X264:23", "h264"}, RecipeCase{"H265", "X265:28", "hevc"},
                    RecipeCase{"Av1", "AV1:35", "av1"},
                    RecipeCase{"Rate", "FPS:15 X264:23", "h264"},
                    RecipeCase{"Social", "SIZE:48 X264:28 X264:28", "h264"},
                    RecipeCase{"Mixed", "CS:2 CC:2 BW:2 GNC:2 GB:2 PX:1 JPEG:8 X264:30", "h264"}),
    [](const auto& test) { return test.param.name; });

TEST_F(RenderTest, PixelsThatAreNotSquareStaySo) {
  shown_.pixel_aspect = {4, 3};
  const RenderJob twice = job(parent("wide.mkv"), "X264:23 X265:30", "out.mp4");
  EXPECT_EQ(VideoReader(render_clip(twice).path).info().pixel_aspect.numerator, 4);
  const RenderJob mask = job(alpha(), "SIZE:32 X264:23", "mask.mkv");
  EXPECT_EQ(VideoReader(render_mask(mask).path).info().pixel_aspect.numerator, 4);
}

TEST_F(RenderTest, ARateKeepsTheFramesThatItsShapeNames) {
  const RenderJob rate = job(parent("parent.mkv"), "FPS:10 X264:0", "out.mp4");
  const std::vector<Frame> kept = frames_of(render_clip(rate).path);
  ASSERT_EQ(kept.size(), 4U);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const int expected = static_cast<int>(rate.shape.parent_frame(static_cast<std::int64_t>(i)));
    const Frame original = draw_frame(clip(), expected);
    double error = 0;
    for (std::size_t k = 0; k < original.size_bytes(); ++k) {
      error += std::abs(int{kept[i].data()[k]} - int{original.data()[k]});
    }
    EXPECT_LT(error / static_cast<double>(original.size_bytes()), 6) << i;  // chroma is halved
  }
}

TEST_F(RenderTest, ALowerRateOfAVariableOneKeepsWhatIsShownAtEachTime) {
  RenderJob rate = job(parent("parent.mkv"), "SIZE:48 X264:0 FPS:10 X264:0", "out.mp4");
  // Frame 3 stands still for half a second.
  std::vector<double> times;
  for (int i = 0; i < kFrames; ++i) {
    times.push_back(i / 25.0 + (i > 3 ? 0.5 : 0));
  }
  rate.shape = change_of(rate.shape.from, rate.steps, times);
  EXPECT_EQ(rate.shape.picks, (std::vector<std::int64_t>{0, 2, 3, 3, 3, 3, 3, 5, 7}));
  const std::vector<Frame> kept = frames_of(render_clip(rate).path);
  ASSERT_EQ(kept.size(), rate.shape.picks.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Frame original =
        resize_smooth(draw_frame(clip(), static_cast<int>(rate.shape.picks[i])), 72, 48);
    double error = 0;
    for (std::size_t k = 0; k < original.size_bytes(); ++k) {
      error += std::abs(int{kept[i].data()[k]} - int{original.data()[k]});
    }
    EXPECT_LT(error / static_cast<double>(original.size_bytes()), 6) << i;
  }
}

TEST_F(RenderTest, MasksFollowTheGeometryAndNothingElse) {
  const std::filesystem::path in = alpha();
  const RenderJob small = job(in, "GB:5 GNC:5 SIZE:32 FPS:10 X264:40", "mask.mkv");
  const std::vector<Frame> masks = frames_of(render_mask(small).path);
  ASSERT_EQ(masks.size(), 4U);
  EXPECT_EQ(masks[0].width_px(), 48);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 48; ++x) {
      const bool is_inside = y >= 8 && y < 24 && x >= 16 && x < 32;
      EXPECT_EQ(masks[3].data()[3 * (y * 48 + x)], is_inside ? 255 : 0);
    }
  }
  const RenderJob noisy = job(in, "GB:5 GNC:5 X264:40", "same.mkv");
  EXPECT_EQ(frames_of(render_mask(noisy).path), frames_of(in));
}

TEST_F(RenderTest, SurvivorsAreAllOfALosslessSwapAndNoneOfNoSwap) {
  const std::filesystem::path control =
      render_clip(job(parent("control.mkv"), "X264:10", "c.mp4")).path;
  const std::filesystem::path fake =
      render_clip(job(parent("fake.mkv", true), "X264:10", "f.mp4")).path;
  const ClipShape shape = {96, 64, {25, 1}, kFrames};
  const std::filesystem::path mask = alpha();
  const Survivors some = find_survivors(fake, control, mask, folder_.path() / "s.mkv", shape,
                                        Provenance(Label::kFake));
  EXPECT_GT(some.survival, 0.97);
  EXPECT_EQ(some.mask.n_frames, kFrames);
  const Survivors none = find_survivors(control, control, mask, folder_.path() / "n.mkv", shape,
                                        Provenance(Label::kFake));
  EXPECT_EQ(none.survival, 0);
}

TEST_F(RenderTest, AParentThatEndsEarlyIsAnError) {
  RenderJob longer = job(parent("parent.mkv"), "X264:23", "out.mp4");
  longer.shape.from.n_frames = kFrames + 1;
  EXPECT_THROW((void)render_clip(longer), Error);
  EXPECT_FALSE(std::filesystem::exists(longer.out));
}

}  // namespace
}  // namespace changeling
