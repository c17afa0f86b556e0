// The real models on a photograph; skipped where `script/bootstrap` has not fetched them.
#include "evaluator/run/square_meter.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/face/early_features.h"
#include "common/face/face_box.h"
#include "common/media/image_codec.h"
#include "common/quality/brisque.h"
#include "common/tensor/frame_tensor.h"
#include "evaluator/metrics/mask_region.h"
#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

const std::filesystem::path kBrisqueFolder = "/usr/share/opencv4/quality";

std::filesystem::path models() {
  const char* folder = std::getenv("CHANGELING_ASSETS_DIR");
  return (folder != nullptr ? std::filesystem::path(folder)
                            : std::filesystem::path(CHANGELING_SOURCE_DIR) / "assets") /
         "models";
}

/// Points on the ellipse of the photograph's face; only their box counts.
Landmarks face() {
  Landmarks points;
  for (int i = 0; i < 68; ++i) {
    const double angle = 2 * 3.14159265358979 * i / 68;
    points.push_back({static_cast<float>(225 + 65 * std::cos(angle)),
                      static_cast<float>(130 + 75 * std::sin(angle))});
  }
  return points;
}

class SquareMeterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(models() / "feat_iv3n.safetensors") ||
        !exist(brisque_files(kBrisqueFolder))) {
      GTEST_SKIP() << "feat_iv3n or BRISQUE's files are missing (run script/bootstrap)";
    }
    meter_ = make_model_square_meter(models(), kBrisqueFolder);
  }

  static Frame photo() {
    return read_image(std::filesystem::path(CHANGELING_SOURCE_DIR) / "tests/data/astronaut.png");
  }

  static Frame mask(const Frame& picture) {
    return box_alpha(picture.width_px(), picture.height_px(), 175, 70, 275, 200);
  }

  SquareMeasurement square(const Frame& picture) {
    return meter_->measure({picture, face(), {true, true}});
  }

  double score(const Metric& metric, const Frame& fake, const Frame& target, const Frame& control) {
    const Frame alpha = mask(target);
    FrameSample frame;
    frame.fake = &fake;
    frame.target = &target;
    frame.control = &control;
    frame.alpha = &alpha;
    frame.fake_square = square(fake);
    frame.target_square = square(target);
    frame.control_square = square(control);
    const Sample sample = score_one(metric, frame);
    EXPECT_EQ(sample.status, SampleStatus::kOk);
    return sample.value;
  }

  std::unique_ptr<SquareMeter> meter_;
};

/// `inside` where alpha dilated by 8 px reaches, else `outside`.
Frame pasted(const Frame& inside, const Frame& outside, const Frame& alpha) {
  return to_frame(
      at::where(dilated_swap_area(alpha).gt(0).unsqueeze(2), to_tensor(inside), to_tensor(outside))
          .contiguous());
}

TEST_F(SquareMeterTest, BackgroundDistanceIsThatOfPicturesWithTheTargetPastedInside) {
  const Frame target = photo();
  const Frame fake = add_noise(box_blur(target, 1), 20);
  const Frame only_outside = pasted(target, fake, mask(target));
  const Frame only_inside = pasted(fake, target, mask(target));
  const std::unique_ptr<Metric> background = make_pdist_iv3n_bg();
  const double value = score(*background, fake, target, target);
  EXPECT_GT(value, 0.01);
  EXPECT_NEAR(score(*background, only_outside, target, target), value, 1e-9);
  EXPECT_NEAR(score(*background, only_inside, target, target), 0, 1e-9);
  EXPECT_GT(score(*make_pdist_iv3n_ring(), only_inside, target, target), 0.01);
}

TEST_F(SquareMeterTest, DistancesGrowWithDistortionAndTheExcessIsAgainstTheControl) {
  const Frame target = photo();
  const Frame control = add_noise(target, 6);
  for (const auto& metric : {make_pdist_iv3n_bg(), make_pdist_iv3n_ring()}) {
    EXPECT_EQ(score(*metric, target, target, control), 0);
    double last = 0;
    for (const double amplitude : {6.0, 15.0, 40.0}) {
      const double value = score(*metric, add_noise(target, amplitude), target, control);
      EXPECT_GT(value, last) << metric->info().name << " " << amplitude;
      last = value;
    }
  }
  const std::unique_ptr<Metric> excess = make_pdist_iv3n_bg_excess();
  EXPECT_EQ(score(*excess, control, target, control), 0);
  EXPECT_GT(score(*excess, add_noise(target, 15), target, control), 0);
}

TEST_F(SquareMeterTest, BrisqueLooksAtTheSquareOfTheFaceBox) {
  const Frame picture = photo();
  const BBox box = face_box(face());
  const float side = 1.2F * box.height;
  ASSERT_GT(box.height, box.width);
  const PointF center = box.center();
  const Brisque model(brisque_files(kBrisqueFolder));
  EXPECT_EQ(*square(picture).brisque,
            *model.score(picture, {center.x - side / 2, center.y - side / 2, side, side}));
}

TEST_F(SquareMeterTest, MeasuresOnlyWhatIsWanted) {
  EXPECT_TRUE(meter_->measure({photo(), face(), {true, false}}).features.empty());
  EXPECT_FALSE(meter_->measure({photo(), face(), {false, true}}).brisque.has_value());
  const std::unique_ptr<SquareMeter> without = make_model_square_meter(models(), {});
  EXPECT_FALSE(without->measure({photo(), face(), {true, true}}).brisque.has_value());
}

TEST_F(SquareMeterTest, MissingFilesAreModelErrors) {
  for (const auto& [nets, brisque] :
       {std::pair(models() / "nowhere", kBrisqueFolder), std::pair(models(), models())}) {
    try {
      (void)make_model_square_meter(nets, brisque);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
    }
  }
}

TEST_F(SquareMeterTest, FeaturesAreUnitVectorsOfWhatTheirFieldSees) {
  const Frame picture = textured_frame(kEarlyFeaturesPx, kEarlyFeaturesPx);
  const EarlyFeatures net(models() / "feat_iv3n.safetensors");
  const std::vector<at::Tensor> before = net.measure(picture, {});
  std::vector<std::uint8_t> pixels(picture.data(), picture.data() + picture.size_bytes());
  constexpr int kX = 61;
  constexpr int kY = 40;
  for (int c = 0; c < 3; ++c) {
    std::uint8_t& value = pixels[static_cast<std::size_t>(3 * (kY * kEarlyFeaturesPx + kX) + c)];
    value = static_cast<std::uint8_t>(255 - value);
  }
  const std::vector<at::Tensor> after =
      net.measure(Frame(kEarlyFeaturesPx, kEarlyFeaturesPx, PixelFormat::kRgb24, pixels), {});
  for (std::size_t l = 0; l < kEarlyLayers.size(); ++l) {
    const FeatureLayer& layer = kEarlyLayers.at(l);
    ASSERT_EQ(before[l].sizes(),
              (at::IntArrayRef{layer.positions, layer.positions, layer.channels}));
    EXPECT_LT((before[l].norm(2, 2) - 1).abs().max().item<double>(), 1e-5);
    const at::Tensor change = (before[l] - after[l]).abs().amax(2);
    const auto sees = [&](int position, int pixel) {
      const int from = layer.stride * position + layer.first;
      return pixel >= from && pixel < from + layer.field;
    };
    int changed = 0;
    for (int row = 0; row < layer.positions; ++row) {
      for (int column = 0; column < layer.positions; ++column) {
        const bool is_changed = change[row][column].item<float>() > 1e-5F;
        changed += is_changed ? 1 : 0;
        EXPECT_TRUE(!is_changed || (sees(row, kY) && sees(column, kX)))
            << layer.value << " " << row << " " << column;
      }
    }
    EXPECT_GT(changed, 0) << layer.value;
  }
}

TEST_F(SquareMeterTest, VersionTwoIsLocked) {
  const Frame target = photo();
  const Frame fake = add_noise(box_blur(target, 1), 10);
  EXPECT_NEAR(score(*make_pdist_iv3n_bg(), fake, target, target), 0.0451857, 1e-5);
  EXPECT_NEAR(score(*make_pdist_iv3n_ring(), fake, target, target), 0.0397536, 1e-5);
}

}  // namespace
}  // namespace changeling
