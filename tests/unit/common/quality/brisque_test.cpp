// BRISQUE by the files of Debian's opencv-data; skipped where they are missing.
#include "common/quality/brisque.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>
#include <opencv2/quality/qualitybrisque.hpp>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

const std::filesystem::path kFolder = "/usr/share/opencv4/quality";

/// Noise of many scales, coarse ones stronger, as in photographs; the three channels differ.
Frame natural_picture(int width, int height) {
  cv::Mat sum(height, width, CV_32FC3, cv::Scalar(120, 110, 100));
  CounterRng rng(5);
  for (int cell = 1; cell <= 64; cell *= 2) {
    cv::Mat coarse(height / cell + 2, width / cell + 2, CV_32FC3);
    for (auto pixel = coarse.begin<cv::Vec3f>(); pixel != coarse.end<cv::Vec3f>(); ++pixel) {
      for (int c = 0; c < 3; ++c) {
        (*pixel)[c] = static_cast<float>(2 * rng.uniform() - 1);
      }
    }
    cv::Mat fine;
    cv::resize(coarse, fine, sum.size(), 0, 0, cv::INTER_CUBIC);
    sum += fine * (4 * std::sqrt(static_cast<double>(cell)));
  }
  cv::Mat bytes;
  sum.convertTo(bytes, CV_8UC3);
  return Frame(width, height, PixelFormat::kRgb24, {bytes.datastart, bytes.dataend});
}

cv::Mat to_mat(const Frame& frame) {
  return cv::Mat(frame.height_px(), frame.width_px(), CV_8UC3,
                 const_cast<std::uint8_t*>(frame.data()))
      .clone();
}

Frame to_frame(const cv::Mat& rgb) {
  return Frame(rgb.cols, rgb.rows, PixelFormat::kRgb24, {rgb.datastart, rgb.dataend});
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

ErrorKind error_of(const BrisqueFiles& files) {
  return kind_thrown_by([&] { const Brisque model(files); });
}

class BrisqueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!exist(brisque_files(kFolder))) {
      GTEST_SKIP() << "no BRISQUE files in " << kFolder << " (Debian package opencv-data)";
    }
    model_.emplace(brisque_files(kFolder));
  }

  double score(const Frame& picture) {
    return *model_->score(picture, {0, 0, static_cast<float>(picture.width_px()),
                                    static_cast<float>(picture.height_px())});
  }

  std::optional<Brisque> model_;
};

/// What OpenCV says of a part of a picture.
double oracle(const Frame& picture, const cv::Rect& region, int shrunk_px = 0) {
  cv::Mat bgr;
  cv::cvtColor(to_mat(picture)(region), bgr, cv::COLOR_RGB2BGR);
  cv::Mat grey;
  cv::cvtColor(bgr, grey, cv::COLOR_BGR2GRAY);
  if (shrunk_px > 0) {
    cv::resize(grey, grey, cv::Size(shrunk_px, shrunk_px), 0, 0, cv::INTER_AREA);
  }
  return cv::quality::QualityBRISQUE::compute(shrunk_px > 0 ? grey : bgr,
                                              (kFolder / "brisque_model_live.yml").string(),
                                              (kFolder / "brisque_range_live.yml").string())[0];
}

TEST_F(BrisqueTest, IsOpenCvsValueOfTheRegion) {
  const Frame picture = natural_picture(200, 150);
  EXPECT_EQ(*model_->score(picture, {20.4F, 30.6F, 100, 90}), oracle(picture, {20, 31, 100, 90}));
}

TEST_F(BrisqueTest, RegionsAreCutAtThePicturesBorder) {
  const Frame picture = natural_picture(200, 150);
  EXPECT_EQ(*model_->score(picture, {-40, -10, 120, 400}), oracle(picture, {0, 0, 80, 150}));
  EXPECT_EQ(*model_->score(picture, {120, 60, 500, 500}), oracle(picture, {120, 60, 80, 90}));
}

TEST_F(BrisqueTest, LargeRegionsAreShrunkByAreas) {
  const Frame picture = natural_picture(700, 620);
  EXPECT_EQ(*model_->score(picture, {60, 0, 600, 600}), oracle(picture, {60, 0, 600, 600}, 256));
  EXPECT_NE(*model_->score(picture, {60, 0, 600, 600}), oracle(picture, {60, 0, 600, 600}));
}

TEST_F(BrisqueTest, IsTheSameBitsOnAnyNumberOfThreads) {
  const Frame picture = natural_picture(700, 620);
  const int threads = cv::getNumThreads();
  cv::setNumThreads(1);
  const double alone = score(picture);
  cv::setNumThreads(3);
  EXPECT_EQ(score(picture), alone);
  cv::setNumThreads(threads);
}

TEST_F(BrisqueTest, GrowsWithBlurAndWithNoise) {
  const cv::Mat picture = to_mat(natural_picture(160, 160));
  double last = score(to_frame(picture));
  EXPECT_LT(last, 40);
  for (const double sigma : {0.8, 1.3, 2.0}) {
    cv::Mat blurred;
    cv::GaussianBlur(picture, blurred, {0, 0}, sigma);
    const double value = score(to_frame(blurred));
    EXPECT_GT(value, last) << "blur of " << sigma;
    last = value;
  }
  last = score(to_frame(picture));
  cv::RNG rng(7);
  cv::Mat unit(picture.size(), CV_32FC3);
  rng.fill(unit, cv::RNG::NORMAL, 0, 1);
  for (const double sigma : {15.0, 30.0, 60.0}) {
    cv::Mat noisy;
    cv::add(picture, unit * sigma, noisy, cv::noArray(), CV_8UC3);
    const double value = score(to_frame(noisy));
    EXPECT_GT(value, last) << "noise of " << sigma;
    last = value;
  }
}

TEST_F(BrisqueTest, RegionsOfTooFewPixelsHaveNoScore) {
  const Frame picture = natural_picture(100, 80);
  EXPECT_TRUE(model_->score(picture, {0, 0, 32, 32}).has_value());
  EXPECT_FALSE(model_->score(picture, {0, 0, 31, 60}).has_value());
  EXPECT_FALSE(model_->score(picture, {90, 70, 50, 50}).has_value());
  EXPECT_FALSE(model_->score(picture, {500, 500, 50, 50}).has_value());
}

TEST_F(BrisqueTest, FlatPicturesAreTheWorst) {
  EXPECT_EQ(score(Frame(64, 64, PixelFormat::kRgb24, std::vector<std::uint8_t>(64 * 64 * 3, 90))),
            100);
}

TEST_F(BrisqueTest, MissingAndDamagedFilesAreModelErrors) {
  const TempDir folder;
  const BrisqueFiles good = brisque_files(kFolder);
  EXPECT_EQ(error_of(brisque_files(folder.path())), ErrorKind::kModel);
  EXPECT_THROW((void)digest_of(brisque_files(folder.path())), Error);
  EXPECT_EQ(error_of({good.range, good.model}), ErrorKind::kModel);
  const std::filesystem::path bad = folder / "bad.yml";
  for (const char* text : {"", "%YAML:1.0\n---\n", "no yaml: [", "%YAML:1.0\n---\nrange: 3\n",
                           "%YAML:1.0\n---\nrange: !!opencv-matrix\n   rows: 1\n   cols: 2\n"
                           "   dt: f\n   data: [ 1., 2. ]\n"}) {
    write(bad, text);
    EXPECT_EQ(error_of({bad, good.range}), ErrorKind::kModel) << text;
    EXPECT_EQ(error_of({good.model, bad}), ErrorKind::kModel) << text;
  }
}

TEST_F(BrisqueTest, DigestChangesWithEitherFile) {
  const TempDir folder;
  const BrisqueFiles good = brisque_files(kFolder);
  write(folder / "a.yml", "a");
  EXPECT_NE(digest_of({good.model, folder / "a.yml"}), digest_of(good));
  EXPECT_NE(digest_of({folder / "a.yml", good.range}), digest_of(good));
}

TEST_F(BrisqueTest, ValueOfOpenCv4IsLocked) {
  // By opencv-data 4.6.0; another number wants version 2 of the metrics.
  EXPECT_NEAR(score(natural_picture(160, 160)), 20.05476, 1e-4);
}

}  // namespace
}  // namespace changeling
