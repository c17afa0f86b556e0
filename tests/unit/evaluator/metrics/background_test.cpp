// ssim_bg and psnr_bg: oracles are a naive loop over windows and the psnr filter of the FFmpeg CLI.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <ATen/ATen.h>
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

class Background : public ::testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Metric> metric() const {
    return std::string(GetParam()) == "ssim_bg" ? make_ssim_bg() : make_psnr_bg();
  }

  double perfect() const { return std::string(GetParam()) == "ssim_bg" ? 1 : 100; }
};

INSTANTIATE_TEST_SUITE_P(Metrics, Background, ::testing::Values("ssim_bg", "psnr_bg"),
                         [](const auto& param_info) { return std::string(param_info.param); });

TEST_P(Background, IdenticalPicturesAreExactlyPerfect) {
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

TEST_P(Background, FallsWithGrowingNoise) {
  double last = perfect();
  for (const double amplitude : {1.0, 4.0, 12.0, 30.0, 80.0}) {
    const double value = score_pictures(*metric(), add_noise(target(), amplitude), target(),
                                        empty_alpha(kWidth, kHeight))
                             .value;
    EXPECT_LT(value, last) << amplitude;
    last = value;
  }
}

TEST_P(Background, IsSymmetricInFakeAndTarget) {
  const Frame noisy = add_noise(target(), 20);
  const Frame alpha = box_alpha(kWidth, kHeight, 0, 0, 10, 10);
  EXPECT_EQ(score_pictures(*metric(), noisy, target(), alpha).value,
            score_pictures(*metric(), target(), noisy, alpha).value);
}

TEST_P(Background, InvalidInputGivesAStatus) {
  const Frame clean = target();
  const Frame smaller = textured_frame(kWidth - 2, kHeight);
  const Frame alpha = empty_alpha(kWidth, kHeight);
  EXPECT_EQ(score_pictures(*metric(), smaller, clean, alpha).status, SampleStatus::kDecodeError);
  EXPECT_EQ(score_pictures(*metric(), clean, clean, empty_alpha(kWidth, kHeight - 1)).status,
            SampleStatus::kDecodeError);
  EXPECT_EQ(score_pictures(*metric(), clean, clean, clean).status, SampleStatus::kDecodeError);
  const Frame everywhere = box_alpha(kWidth, kHeight, 0, 0, kWidth, kHeight);
  EXPECT_EQ(score_pictures(*metric(), clean, clean, everywhere).status, SampleStatus::kSkipped);
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

}  // namespace
}  // namespace changeling
