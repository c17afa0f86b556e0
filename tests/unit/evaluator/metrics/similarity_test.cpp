// SSIM and PSNR, whole frames, background and ring: oracles are a naive loop over windows and the
// psnr filter of the FFmpeg CLI.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "evaluator/metrics/mask_region.h"
#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

constexpr int kWidth = 61;
constexpr int kHeight = 47;

Frame target() {
  return textured_frame(kWidth, kHeight);
}

double luma_at(const Frame& frame, int x, int y) {
  const std::uint8_t* p = frame.data() + 3 * (y * frame.width_px() + x);
  return 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
}

bool near_alpha(const Frame& alpha, int x, int y) {
  for (int v = std::max(0, y - 8); v <= std::min(alpha.height_px() - 1, y + 8); ++v) {
    for (int u = std::max(0, x - 8); u <= std::min(alpha.width_px() - 1, x + 8); ++u) {
      if (alpha.data()[v * alpha.width_px() + u] > 0) {
        return true;
      }
    }
  }
  return false;
}

/// SSIM of the 11x11 window whose upper left corner is (x, y), from the definition.
double naive_window(const Frame& a, const Frame& b, int x, int y) {
  double sum = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  for (int v = 0; v < 11; ++v) {
    for (int u = 0; u < 11; ++u) {
      const double weight =
          std::exp(-((u - 5.0) * (u - 5.0) + (v - 5.0) * (v - 5.0)) / (2 * 1.5 * 1.5));
      const double p = luma_at(a, x + u, y + v);
      const double q = luma_at(b, x + u, y + v);
      sum += weight;
      ma += weight * p;
      mb += weight * q;
      aa += weight * p * p;
      bb += weight * q * q;
      ab += weight * p * q;
    }
  }
  ma /= sum;
  mb /= sum;
  const double va = aa / sum - ma * ma;
  const double vb = bb / sum - mb * mb;
  const double cov = ab / sum - ma * mb;
  return (2 * ma * mb + 6.5025) * (2 * cov + 58.5225) /
         ((ma * ma + mb * mb + 6.5025) * (va + vb + 58.5225));
}

double naive_ssim(const Frame& a, const Frame& b, const Frame& alpha) {
  double total = 0;
  int windows = 0;
  for (int y = 0; y + 11 <= a.height_px(); ++y) {
    for (int x = 0; x + 11 <= a.width_px(); ++x) {
      bool inside = true;
      for (int v = 0; v < 11 && inside; ++v) {
        for (int u = 0; u < 11 && inside; ++u) {
          inside = !near_alpha(alpha, x + u, y + v);
        }
      }
      if (inside) {
        total += naive_window(a, b, x, y);
        ++windows;
      }
    }
  }
  return total / windows;
}

/// `average:` of FFmpeg's psnr filter over two raw RGB pictures.
double ffmpeg_psnr(const Frame& a, const Frame& b) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const std::string stem = (folder / ("changeling_psnr_" + std::to_string(::getpid()))).string();
  for (const auto& [frame, name] :
       {std::pair{&a, stem + "_a.rgb"}, std::pair{&b, stem + "_b.rgb"}}) {
    std::ofstream(name, std::ios::binary)
        .write(reinterpret_cast<const char*>(frame->data()),
               static_cast<std::streamsize>(frame->size_bytes()));
  }
  const std::string input = " -f rawvideo -pix_fmt rgb24 -s " + std::to_string(a.width_px()) + "x" +
                            std::to_string(a.height_px()) + " -i ";
  const std::string command = "ffmpeg -hide_banner -nostdin" + input + stem + "_a.rgb" + input +
                              stem + "_b.rgb -lavfi psnr -f null - 2>&1";
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 512> line{};
  while (pipe != nullptr && std::fgets(line.data(), line.size(), pipe) != nullptr) {
    output += line.data();
  }
  const int status = pipe != nullptr ? ::pclose(pipe) : -1;
  std::filesystem::remove(stem + "_a.rgb");
  std::filesystem::remove(stem + "_b.rgb");
  const std::size_t at = output.rfind("average:");
  CHANGELING_REQUIRE(status == 0 && at != std::string::npos, "ffmpeg failed: " + output);
  return std::strtod(output.c_str() + at + 8, nullptr);
}

/// A metric of fake and target, and its value for equal pictures.
struct Similarity {
  const char* name;
  std::unique_ptr<Metric> (*make)();
  double perfect;
};

std::string name_of(const ::testing::TestParamInfo<Similarity>& similarity) {
  return similarity.param.name;
}

class PictureSimilarity : public ::testing::TestWithParam<Similarity> {
 protected:
  std::unique_ptr<Metric> metric() const { return GetParam().make(); }

  double perfect() const { return GetParam().perfect; }
};

class Background : public PictureSimilarity {};

class Ring : public PictureSimilarity {};

constexpr Similarity kSsimBg{"ssim_bg", make_ssim_bg, 1};
constexpr Similarity kPsnrBg{"psnr_bg", make_psnr_bg, 100};
constexpr Similarity kSsimRing{"ssim_ring", make_ssim_ring, 1};
constexpr Similarity kPsnrRing{"psnr_ring", make_psnr_ring, 100};
constexpr Similarity kSsimFull{"ssim_full", make_ssim_full, 1};

INSTANTIATE_TEST_SUITE_P(Metrics, PictureSimilarity,
                         ::testing::Values(kSsimBg, kPsnrBg, kSsimRing, kPsnrRing, kSsimFull),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Metrics, Background, ::testing::Values(kSsimBg, kPsnrBg), name_of);
INSTANTIATE_TEST_SUITE_P(Metrics, Ring, ::testing::Values(kSsimRing, kPsnrRing), name_of);

TEST_P(PictureSimilarity, IdenticalPicturesAreExactlyPerfect) {
  const Sample sample =
      score_pictures(*metric(), target(), target(), box_alpha(kWidth, kHeight, 20, 15, 30, 25));
  EXPECT_EQ(sample.status, SampleStatus::kOk);
  EXPECT_EQ(sample.value, perfect());
}

TEST_P(Background, DifferencesUnderTheMaskDoNotCount) {
  const Frame alpha = box_alpha(kWidth, kHeight, 20, 15, 30, 25);
  const Frame clean = target();
  std::vector<std::uint8_t> pixels(clean.data(), clean.data() + clean.size_bytes());
  for (int y = 7; y < 33; ++y) {  // the mask and 8 px around it
    for (int x = 12; x < 38; ++x) {
      pixels[static_cast<std::size_t>(3 * (y * kWidth + x))] ^= 0xFF;
    }
  }
  const Frame fake(kWidth, kHeight, PixelFormat::kRgb24, pixels);
  EXPECT_EQ(score_pictures(*metric(), fake, clean, alpha).value, perfect());
  pixels[static_cast<std::size_t>(3 * (7 * kWidth + 11))] ^= 0xFF;  // one column further
  const Frame leaking(kWidth, kHeight, PixelFormat::kRgb24, pixels);
  EXPECT_LT(score_pictures(*metric(), leaking, clean, alpha).value, perfect());
}

TEST_P(PictureSimilarity, FallsWithGrowingNoise) {
  double last = perfect();
  for (const double amplitude : {1.0, 4.0, 12.0, 30.0, 80.0}) {
    const double value = score_pictures(*metric(), add_noise(target(), amplitude), target(),
                                        box_alpha(kWidth, kHeight, 25, 20, 31, 24))
                             .value;
    EXPECT_LT(value, last) << amplitude;
    last = value;
  }
}

TEST_P(PictureSimilarity, IsSymmetricInFakeAndTarget) {
  const Frame noisy = add_noise(target(), 20);
  const Frame alpha = box_alpha(kWidth, kHeight, 0, 0, 10, 10);
  EXPECT_EQ(score_pictures(*metric(), noisy, target(), alpha).value,
            score_pictures(*metric(), target(), noisy, alpha).value);
}

TEST_P(PictureSimilarity, SameInputGivesTheSameBits) {
  const Frame noisy = add_noise(target(), 20);
  const Frame alpha = box_alpha(kWidth, kHeight, 25, 20, 31, 24);
  const double first = score_pictures(*metric(), noisy, target(), alpha).value;
  at::set_num_threads(1);
  const double second = score_pictures(*metric(), noisy, target(), alpha).value;
  at::set_num_threads(2);
  EXPECT_EQ(first, second);
  EXPECT_EQ(first, score_pictures(*metric(), noisy, target(), alpha).value);
}

TEST_P(PictureSimilarity, InvalidInputGivesAStatus) {
  const Frame clean = target();
  const Frame smaller = textured_frame(kWidth - 2, kHeight);
  const Frame alpha = empty_alpha(kWidth, kHeight);
  EXPECT_EQ(score_pictures(*metric(), smaller, clean, alpha).status, SampleStatus::kDecodeError);
  EXPECT_EQ(score_pictures(*metric(), clean, clean, empty_alpha(kWidth, kHeight - 1)).status,
            SampleStatus::kDecodeError);
  EXPECT_EQ(score_pictures(*metric(), clean, clean, clean).status, SampleStatus::kDecodeError);
}

TEST_P(Background, MaskOverTheWholeFrameLeavesNothing) {
  const Frame clean = target();
  const Frame everywhere = box_alpha(kWidth, kHeight, 0, 0, kWidth, kHeight);
  EXPECT_EQ(score_pictures(*metric(), clean, clean, everywhere).status, SampleStatus::kSkipped);
}

TEST_P(Ring, FrameWithoutSwapOrWithoutBorderHasNoRing) {
  const Frame clean = target();
  EXPECT_EQ(score_pictures(*metric(), clean, clean, empty_alpha(kWidth, kHeight)).status,
            SampleStatus::kSkipped);
  const Frame everywhere = box_alpha(kWidth, kHeight, 0, 0, kWidth, kHeight);
  EXPECT_EQ(score_pictures(*metric(), clean, clean, everywhere).status, SampleStatus::kSkipped);
}

TEST(PsnrRing, CountsPixelsWithin8PxOfTheBorderOnly) {
  const Frame alpha = box_alpha(kWidth, kHeight, 10, 10, 40, 40);
  const auto value_with_change_at = [&](int x, int y) {
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(3 * kWidth * kHeight), 90);
    const Frame clean(kWidth, kHeight, PixelFormat::kRgb24, pixels);
    pixels[static_cast<std::size_t>(3 * (y * kWidth + x))] = 190;
    const Frame fake(kWidth, kHeight, PixelFormat::kRgb24, pixels);
    return score_pictures(*make_psnr_ring(), fake, clean, alpha).value;
  };
  EXPECT_EQ(value_with_change_at(1, 20), 100);   // 9 px outside
  EXPECT_LT(value_with_change_at(2, 20), 100);   // 8 px outside
  EXPECT_LT(value_with_change_at(17, 20), 100);  // the eighth pixel inside
  EXPECT_EQ(value_with_change_at(18, 20), 100);
}

TEST(PsnrRing, MatchesHandComputedValue) {
  // Every byte of the ring differs by 5: 10 log10(255^2 / 25).
  const Sample sample =
      score_pictures(*make_psnr_ring(), constant_frame(40, 40, 105), constant_frame(40, 40, 100),
                     box_alpha(40, 40, 10, 10, 30, 30));
  EXPECT_NEAR(sample.value, 34.15140352195873, 1e-10);
}

TEST(PsnrRing, VersionOneIsLocked) {
  const Frame alpha = box_alpha(kWidth, kHeight, 20, 15, 44, 40);
  EXPECT_NEAR(score_pictures(*make_psnr_ring(), add_noise(target(), 25), target(), alpha).value,
              24.900155, 1e-5);
  EXPECT_EQ(make_psnr_ring()->info().version, 1);
}

TEST(SsimRing, MatchesNaiveLoopOverCentres) {
  const Frame noisy = add_noise(target(), 25);
  double total = 0;
  int windows = 0;
  for (int y = 5; y + 5 < kHeight; ++y) {
    for (int x = 5; x + 5 < kWidth; ++x) {
      // A box on columns 20..43 and rows 15..39: distance to it, and depth inside it.
      const bool dilated = x >= 12 && x < 52 && y >= 7 && y < 48;
      const bool eroded = x >= 28 && x < 36 && y >= 23 && y < 32;
      if (dilated && !eroded) {
        total += naive_window(noisy, target(), x - 5, y - 5);
        ++windows;
      }
    }
  }
  const Frame alpha = box_alpha(kWidth, kHeight, 20, 15, 44, 40);
  EXPECT_NEAR(score_pictures(*make_ssim_ring(), noisy, target(), alpha).value, total / windows,
              1e-10);
}

TEST(SsimRing, VersionOneIsLocked) {
  const Frame alpha = box_alpha(kWidth, kHeight, 20, 15, 44, 40);
  EXPECT_NEAR(score_pictures(*make_ssim_ring(), add_noise(target(), 25), target(), alpha).value,
              0.689516, 1e-6);
  EXPECT_EQ(make_ssim_ring()->info().version, 1);
}

TEST(SsimFull, IsTheBackgroundOfAFrameWithoutSwap) {
  const Frame noisy = add_noise(target(), 25);
  const Frame alpha = box_alpha(kWidth, kHeight, 20, 15, 44, 40);
  EXPECT_EQ(score_pictures(*make_ssim_full(), noisy, target(), alpha).value,
            score_pictures(*make_ssim_bg(), noisy, target(), empty_alpha(kWidth, kHeight)).value);
}

TEST(SsimFull, MatchesNaiveLoopOverWindows) {
  const Frame noisy = add_noise(target(), 25);
  EXPECT_NEAR(
      score_pictures(*make_ssim_full(), noisy, target(), box_alpha(kWidth, kHeight, 0, 0, 9, 9))
          .value,
      naive_ssim(noisy, target(), empty_alpha(kWidth, kHeight)), 1e-10);
}

TEST(SsimFull, VersionOneIsLocked) {
  EXPECT_NEAR(score_pictures(*make_ssim_full(), add_noise(target(), 25), target(),
                             empty_alpha(kWidth, kHeight))
                  .value,
              0.690156, 1e-6);
  EXPECT_EQ(make_ssim_full()->info().version, 1);
}

TEST(FrameMemo, SharedMapsChangeNoValue) {
  const Frame fake = add_noise(target(), 25);
  const Frame control = add_noise(target(), 5);
  const Frame clean = target();
  const Frame alpha = box_alpha(kWidth, kHeight, 25, 20, 31, 24);
  FrameMemo memo;
  FrameSample frame;
  frame.fake = &fake;
  frame.control = &control;
  frame.target = &clean;
  frame.alpha = &alpha;
  for (const auto& make : {make_ssim_full, make_ssim_bg, make_ssim_ring, make_ssim_bg_excess}) {
    frame.memo = nullptr;
    const double alone = score_one(*make(), frame).value;
    frame.memo = &memo;
    EXPECT_EQ(score_one(*make(), frame).value, alone);
    EXPECT_EQ(score_one(*make(), frame).value, alone);
  }
  EXPECT_TRUE(memo.ssim_fake.defined());
}

class Excess : public PictureSimilarity {};

INSTANTIATE_TEST_SUITE_P(Metrics, Excess,
                         ::testing::Values(Similarity{"ssim_bg_excess", make_ssim_bg_excess, 0},
                                           Similarity{"psnr_bg_excess", make_psnr_bg_excess, 0}),
                         name_of);

TEST_P(Excess, FakeEqualToItsControlIsExactlyZero) {
  const Frame noisy = add_noise(target(), 20);
  EXPECT_EQ(score_against_control(*metric(), noisy, noisy, target(),
                                  box_alpha(kWidth, kHeight, 25, 20, 31, 24))
                .value,
            0);
}

TEST_P(Excess, IsTheDifferenceOfTheTwoBackgrounds) {
  const std::unique_ptr<Metric> plain =
      std::string(GetParam().name) == "ssim_bg_excess" ? make_ssim_bg() : make_psnr_bg();
  const Frame fake = add_noise(target(), 30);
  const Frame control = add_noise(target(), 10);
  const Frame alpha = box_alpha(kWidth, kHeight, 25, 20, 31, 24);
  const double expected = score_pictures(*plain, fake, target(), alpha).value -
                          score_pictures(*plain, control, target(), alpha).value;
  EXPECT_EQ(score_against_control(*metric(), fake, control, target(), alpha).value, expected);
  EXPECT_EQ(score_against_control(*metric(), control, fake, target(), alpha).value, -expected);
}

TEST_P(Excess, FallsWithGrowingNoise) {
  const Frame control = add_noise(target(), 2);
  double last = 0;
  for (const double amplitude : {5.0, 12.0, 30.0}) {
    const double value = score_against_control(*metric(), add_noise(target(), amplitude), control,
                                               target(), empty_alpha(kWidth, kHeight))
                             .value;
    EXPECT_LT(value, last) << amplitude;
    last = value;
  }
}

TEST_P(Excess, InvalidInputGivesAStatus) {
  const Frame clean = target();
  const Frame smaller = textured_frame(kWidth - 2, kHeight);
  const Frame alpha = empty_alpha(kWidth, kHeight);
  EXPECT_EQ(score_pictures(*metric(), clean, clean, alpha).status, SampleStatus::kDecodeError);
  EXPECT_EQ(score_against_control(*metric(), clean, smaller, clean, alpha).status,
            SampleStatus::kDecodeError);
  const Frame everywhere = box_alpha(kWidth, kHeight, 0, 0, kWidth, kHeight);
  EXPECT_EQ(score_against_control(*metric(), clean, clean, clean, everywhere).status,
            SampleStatus::kSkipped);
}

TEST(BackgroundExcess, VersionOneIsLocked) {
  const Frame fake = add_noise(target(), 25);
  const Frame control = add_noise(target(), 5);
  const Frame alpha = box_alpha(kWidth, kHeight, 25, 20, 31, 24);
  EXPECT_NEAR(score_against_control(*make_ssim_bg_excess(), fake, control, target(), alpha).value,
              -0.281588, 1e-6);
  EXPECT_NEAR(score_against_control(*make_psnr_bg_excess(), fake, control, target(), alpha).value,
              -13.896911, 1e-5);
  EXPECT_EQ(make_ssim_bg_excess()->info().version, 1);
  EXPECT_EQ(make_psnr_bg_excess()->info().version, 1);
}

TEST(SsimBg, MatchesNaiveLoopOverWindows) {
  const Frame noisy = add_noise(target(), 25);
  for (const Frame& alpha :
       {empty_alpha(kWidth, kHeight), box_alpha(kWidth, kHeight, 25, 20, 31, 24)}) {
    EXPECT_NEAR(score_pictures(*make_ssim_bg(), noisy, target(), alpha).value,
                naive_ssim(noisy, target(), alpha), 1e-10);
  }
}

TEST(SsimBg, MatchesHandComputedValueOfFlatPictures) {
  // Without variance only the luminance term is left: (2 * 100 * 120 + C1) / (100^2 + 120^2 + C1).
  const double expected = (2.0 * 100 * 120 + 6.5025) / (100.0 * 100 + 120.0 * 120 + 6.5025);
  const Sample sample = score_pictures(*make_ssim_bg(), constant_frame(20, 20, 120),
                                       constant_frame(20, 20, 100), empty_alpha(20, 20));
  EXPECT_NEAR(sample.value, expected, 1e-9);
}

TEST(SsimBg, PictureSmallerThanTheWindowIsSkipped) {
  const Frame small = constant_frame(10, 40, 5);
  EXPECT_EQ(score_pictures(*make_ssim_bg(), small, small, empty_alpha(10, 40)).status,
            SampleStatus::kSkipped);
}

TEST(SsimBg, VersionOneIsLocked) {
  const Frame alpha = box_alpha(kWidth, kHeight, 25, 20, 31, 24);
  EXPECT_NEAR(score_pictures(*make_ssim_bg(), add_noise(target(), 25), target(), alpha).value,
              0.699285, 1e-6);
  EXPECT_EQ(make_ssim_bg()->info().version, 1);
}

TEST(PsnrBg, MatchesHandComputedValue) {
  // Every byte differs by 5: 10 log10(255^2 / 25).
  const Sample sample = score_pictures(*make_psnr_bg(), constant_frame(9, 9, 105),
                                       constant_frame(9, 9, 100), empty_alpha(9, 9));
  EXPECT_NEAR(sample.value, 34.15140352195873, 1e-10);
}

TEST(PsnrBg, MatchesTheFfmpegFilterOnWholeFrames) {
  if (std::system("command -v ffmpeg > /dev/null") != 0) {
    GTEST_SKIP() << "no ffmpeg, as on a GPU machine";
  }
  for (const double amplitude : {3.0, 40.0}) {
    const Frame noisy = add_noise(target(), amplitude);
    EXPECT_NEAR(
        score_pictures(*make_psnr_bg(), noisy, target(), empty_alpha(kWidth, kHeight)).value,
        ffmpeg_psnr(noisy, target()), 1e-5);
  }
}

TEST(PsnrBg, NoDifferenceScoresAboveIdentity) {
  const Frame clean = textured_frame(400, 300);
  std::vector<std::uint8_t> pixels(clean.data(), clean.data() + clean.size_bytes());
  pixels[0] ^= 1;  // 103.7 dB without the ceiling
  const Frame fake(400, 300, PixelFormat::kRgb24, std::move(pixels));
  EXPECT_EQ(score_pictures(*make_psnr_bg(), fake, clean, empty_alpha(400, 300)).value, 100);
}

TEST(PsnrBg, VersionOneIsLocked) {
  const Frame alpha = box_alpha(kWidth, kHeight, 25, 20, 31, 24);
  EXPECT_NEAR(score_pictures(*make_psnr_bg(), add_noise(target(), 25), target(), alpha).value,
              24.944794, 1e-5);
  EXPECT_EQ(make_psnr_bg()->info().version, 1);
}

TEST(DilatedSwapArea, GrowsByTheMarginAndStopsAtTheBorder) {
  const at::Tensor area = dilated_swap_area(box_alpha(40, 30, 0, 10, 1, 11));
  EXPECT_EQ(area.sum().item<float>(), 9 * 17);
  EXPECT_EQ(area[10][8].item<float>(), 1);
  EXPECT_EQ(area[10][9].item<float>(), 0);
  EXPECT_EQ(area[2][0].item<float>(), 1);
  EXPECT_EQ(area[1][0].item<float>(), 0);
}

TEST(SeamRing, StopsWhereTheFrameCutsTheMask) {
  const Frame alpha = box_alpha(40, 30, 0, 0, 20, 30);
  const at::Tensor ring = seam_ring(dilated_swap_area(alpha), alpha);
  EXPECT_EQ(ring[15][11].item<int>(), 0);
  EXPECT_EQ(ring[15][12].item<int>(), 1);
  EXPECT_EQ(ring[15][27].item<int>(), 1);
  EXPECT_EQ(ring[15][28].item<int>(), 0);
  EXPECT_EQ(ring[0][5].item<int>(), 0);  // no seam along the frame's edge
  EXPECT_EQ(ring.sum().item<int>(), 16 * 30);
}

}  // namespace
}  // namespace changeling
