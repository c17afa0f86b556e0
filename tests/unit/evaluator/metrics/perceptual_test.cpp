// Perceptual distances of features that no network made; by the real one: square_meter_test.
#include <cstdint>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/face/early_features.h"
#include "common/tensor/frame_tensor.h"
#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

constexpr int kSize = kEarlyFeaturesPx;  // the crop is the whole picture

Frame target() {
  return textured_frame(kSize, kSize);
}

Frame alpha() {
  return box_alpha(kSize, kSize, 50, 40, 90, 100);
}

/// Per layer the picture's colours of unit length in the middle of each place's field.
SquareMeasurement colors_of(const Frame& picture) {
  SquareMeasurement square;
  square.found = true;
  const at::Tensor colors = to_tensor(picture).to(at::kFloat);
  for (const FeatureLayer& layer : kEarlyLayers) {
    const std::int64_t middle = layer.first + layer.field / 2;
    const std::int64_t end = middle + layer.stride * (layer.positions - 1) + 1;
    const at::Tensor chosen =
        colors.slice(0, middle, end, layer.stride).slice(1, middle, end, layer.stride);
    square.features.push_back(chosen / chosen.norm(2, 2, true));
  }
  return square;
}

/// Every place of every layer has the same unit vector.
SquareMeasurement flat() {
  SquareMeasurement square;
  square.found = true;
  for (const FeatureLayer& layer : kEarlyLayers) {
    at::Tensor features = at::zeros({layer.positions, layer.positions, layer.channels});
    features.select(2, 0).fill_(1);
    square.features.push_back(features);
  }
  return square;
}

/// The same but for one place, which has an orthogonal vector: a squared distance of 2.
SquareMeasurement flat_but(std::size_t layer, std::int64_t row, std::int64_t column) {
  SquareMeasurement square = flat();
  square.features[layer][row][column][0] = 0;
  square.features[layer][row][column][1] = 1;
  return square;
}

struct Squares {
  SquareMeasurement fake, target, control;
};

Sample score(const Metric& metric, const Squares& squares, const Frame& mask = alpha()) {
  const Frame picture = target();
  FrameMemo memo;
  FrameSample frame;
  frame.fake = &picture;
  frame.target = &picture;
  frame.control = &picture;
  frame.alpha = &mask;
  frame.fake_square = squares.fake;
  frame.target_square = squares.target;
  frame.control_square = squares.control;
  frame.memo = &memo;
  return score_one(metric, frame);
}

bool is_touched(int x, int y) {
  return x >= 50 - 8 && x < 90 + 8 && y >= 40 - 8 && y < 100 + 8;
}

bool is_on_ring(int x, int y) {
  const bool is_eroded = x >= 50 + 8 && x < 90 - 8 && y >= 40 + 8 && y < 100 - 8;
  return is_touched(x, y) && !is_eroded;
}

/// Whether no pixel that the place sees is touched.
bool is_outside(const FeatureLayer& layer, int row, int column) {
  for (int v = 0; v < layer.field; ++v) {
    for (int u = 0; u < layer.field; ++u) {
      if (is_touched(layer.stride * column + layer.first + u,
                     layer.stride * row + layer.first + v)) {
        return false;
      }
    }
  }
  return true;
}

bool has_its_middle_on_ring(const FeatureLayer& layer, int row, int column) {
  const int middle = layer.first + layer.field / 2;
  return is_on_ring(layer.stride * column + middle, layer.stride * row + middle);
}

template <typename Choice>
int count(const FeatureLayer& layer, const Choice& is_chosen) {
  int n = 0;
  for (int row = 0; row < layer.positions; ++row) {
    for (int column = 0; column < layer.positions; ++column) {
      n += is_chosen(layer, row, column) ? 1 : 0;
    }
  }
  return n;
}

TEST(PerceptualDistance, OfEqualPicturesIsExactlyZero) {
  const SquareMeasurement square = colors_of(target());
  for (const auto& metric :
       {make_pdist_iv3n_bg(), make_pdist_iv3n_ring(), make_pdist_iv3n_bg_excess()}) {
    const Sample sample = score(*metric, {square, square, square});
    EXPECT_EQ(sample.status, SampleStatus::kOk);
    EXPECT_EQ(sample.value, 0);
  }
}

TEST(PerceptualDistance, MatchesHandComputedValuePlaceByPlace) {
  for (std::size_t l = 0; l < kEarlyLayers.size(); ++l) {
    const FeatureLayer& layer = kEarlyLayers.at(l);
    const int n_outside = count(layer, is_outside);
    const int n_ring = count(layer, has_its_middle_on_ring);
    ASSERT_GT(n_outside, 10);
    ASSERT_GT(n_ring, 10);
    const int step = layer.positions / 10;  // meets every region and most of their borders
    for (int row = 0; row < layer.positions; row += step) {
      for (int column = 0; column < layer.positions; column += step) {
        const Squares squares = {flat_but(l, row, column), flat(), flat()};
        const double outside = is_outside(layer, row, column) ? 2.0 / n_outside : 0;
        const double ring = has_its_middle_on_ring(layer, row, column) ? 2.0 / n_ring : 0;
        ASSERT_EQ(score(*make_pdist_iv3n_bg(), squares).value, outside)
            << l << row << " " << column;
        ASSERT_EQ(score(*make_pdist_iv3n_ring(), squares).value, ring) << l << row << " " << column;
      }
    }
  }
}

TEST(PerceptualDistance, LayersAreSummedAndTheExcessIsADifference) {
  SquareMeasurement orthogonal = flat();
  for (at::Tensor& features : orthogonal.features) {
    features.select(2, 0).fill_(0);
    features.select(2, 1).fill_(1);
  }
  EXPECT_EQ(score(*make_pdist_iv3n_bg(), {orthogonal, flat(), flat()}).value, 4);
  EXPECT_EQ(score(*make_pdist_iv3n_ring(), {orthogonal, flat(), flat()}).value, 4);
  EXPECT_EQ(score(*make_pdist_iv3n_bg_excess(), {orthogonal, flat(), flat()}).value, 4);
  EXPECT_EQ(score(*make_pdist_iv3n_bg_excess(), {flat(), flat(), orthogonal}).value, -4);
  EXPECT_EQ(score(*make_pdist_iv3n_bg_excess(), {orthogonal, flat(), orthogonal}).value, 0);
}

TEST(PerceptualDistance, GrowsWithNoiseAndIsSymmetric) {
  const SquareMeasurement real = colors_of(target());
  for (const auto& metric : {make_pdist_iv3n_bg(), make_pdist_iv3n_ring()}) {
    double last = 0;
    for (const double amplitude : {5.0, 15.0, 40.0}) {
      const SquareMeasurement noisy = colors_of(add_noise(target(), amplitude));
      const double value = score(*metric, {noisy, real, real}).value;
      EXPECT_GT(value, last) << amplitude;
      EXPECT_EQ(value, score(*metric, {real, noisy, real}).value);
      last = value;
    }
  }
}

TEST(PerceptualDistance, InvalidInputGivesAStatus) {
  const SquareMeasurement square = flat();
  const std::unique_ptr<Metric> background = make_pdist_iv3n_bg();
  const std::unique_ptr<Metric> ring = make_pdist_iv3n_ring();
  const std::unique_ptr<Metric> excess = make_pdist_iv3n_bg_excess();
  EXPECT_EQ(score(*background, {{}, square, square}).status, SampleStatus::kNoFace);
  EXPECT_EQ(score(*ring, {square, {}, square}).status, SampleStatus::kNoFace);
  EXPECT_EQ(score(*excess, {square, square, {}}).status, SampleStatus::kNoFace);
  EXPECT_EQ(score(*background, {square, square, {}}).status, SampleStatus::kOk);
  const Squares all = {square, square, square};
  EXPECT_EQ(score(*ring, all, empty_alpha(kSize, kSize)).status, SampleStatus::kSkipped);
  EXPECT_EQ(score(*background, all, empty_alpha(kSize, kSize)).value, 0);
  const Frame everywhere = box_alpha(kSize, kSize, 0, 0, kSize, kSize);
  EXPECT_EQ(score(*background, all, everywhere).status, SampleStatus::kSkipped);
  EXPECT_EQ(score(*excess, all, everywhere).status, SampleStatus::kSkipped);
  EXPECT_EQ(score(*background, all, empty_alpha(kSize, kSize - 1)).status,
            SampleStatus::kDecodeError);
}

TEST(PerceptualDistance, VersionTwoIsLocked) {
  const Squares squares = {colors_of(add_noise(target(), 20)), colors_of(target()),
                           colors_of(add_noise(target(), 8))};
  EXPECT_NEAR(score(*make_pdist_iv3n_bg(), squares).value, 0.0122363258, 1e-8);
  EXPECT_NEAR(score(*make_pdist_iv3n_bg_excess(), squares).value, 0.0102683599, 1e-8);
  EXPECT_NEAR(score(*make_pdist_iv3n_ring(), squares).value, 0.0122349238, 1e-8);
  EXPECT_EQ(make_pdist_iv3n_bg()->info().version, 2);
}

}  // namespace
}  // namespace changeling
