// The detector that sees nothing but how much of each spatial frequency a crop holds.
#include <algorithm>
#include <cmath>
#include <utility>

#include <torch/types.h>

#include "common/base/error.h"
#include "common/nets/tensor_file.h"
#include "common/statistics/logistic.h"
#include "evaluator/detectors/detector_parts.h"

namespace changeling {
namespace {

constexpr const char* kResolution = "resolution_px";
constexpr int kRings = 32;
constexpr double kFloor = 1e-6;  // of the power: a flat crop has a finite logarithm

/// For each of the (R, R/2+1) frequencies its ring; kRings = beyond the Nyquist circle.
at::Tensor ring_numbers(std::int64_t side) {
  at::Tensor rings = at::empty({side, side / 2 + 1}, at::kLong);
  auto* out = rings.data_ptr<std::int64_t>();
  for (std::int64_t v = 0; v < side; ++v) {
    const auto y = static_cast<double>(std::min(v, side - v));
    for (std::int64_t u = 0; u <= side / 2; ++u) {
      const double radius = std::hypot(static_cast<double>(u), y) / (static_cast<double>(side) / 2);
      *out++ = radius > 1
                   ? kRings
                   : std::min<std::int64_t>(kRings - 1, static_cast<std::int64_t>(radius * kRings));
    }
  }
  return rings.flatten();
}

/// uint8 (N,R,R,3) -> (N,kRings) double: mean log power of the luma in each ring, windowed by Hann.
at::Tensor ring_powers(const at::Tensor& images) {
  const std::int64_t side = images.size(1);
  const at::Tensor weights = at::tensor({0.299, 0.587, 0.114}, at::kDouble);
  const at::Tensor luma = images.to(at::kDouble).matmul(weights) / 255;
  const at::Tensor window = at::hann_window(side, at::kDouble);
  const at::Tensor centered = luma - luma.mean(at::IntArrayRef({1, 2}), true);
  const at::Tensor spectrum =
      at::fft_rfft2(centered * window.unsqueeze(0) * window.unsqueeze(1)).abs().square();
  const at::Tensor logs = at::log(spectrum + kFloor).flatten(1);
  const at::Tensor rings = ring_numbers(side);
  const at::Tensor sums =
      at::zeros({logs.size(0), kRings + 1}, at::kDouble).index_add(1, rings, logs);
  const at::Tensor counts = at::bincount(rings, {}, kRings + 1).clamp_min(1).to(at::kDouble);
  return (sums / counts).slice(1, 0, kRings).contiguous();
}

std::vector<std::vector<double>> rows_of(const at::Tensor& features) {
  std::vector<std::vector<double>> rows;
  const double* values = features.data_ptr<double>();
  for (std::int64_t i = 0; i < features.size(0); ++i) {
    rows.emplace_back(values + i * kRings, values + (i + 1) * kRings);
  }
  return rows;
}

class SpectrumDetector : public Detector {
 public:
  SpectrumDetector(int resolution_px, LogisticModel model)
      : resolution_px_(resolution_px), model_(std::move(model)) {}

  [[nodiscard]] DetectorKind kind() const override { return DetectorKind::kSpectrum; }

  [[nodiscard]] int resolution_px() const override { return resolution_px_; }

  [[nodiscard]] std::vector<double> score(const at::Tensor& images) const override {
    std::vector<double> scores;
    for (const std::vector<double>& row : rows_of(ring_powers(images))) {
      scores.push_back(model_.predict(row));
    }
    return scores;
  }

  [[nodiscard]] std::string serialize() const override {
    const auto tensor = [](const std::vector<double>& values) {
      return at::tensor(values, at::kDouble);
    };
    return detector_file(kind(), {{kResolution, resolution_px_}},
                         {{"mean", tensor(model_.mean)},
                          {"scale", tensor(model_.scale)},
                          {"weights", tensor(model_.weights)},
                          {"bias", tensor({model_.bias})}});
  }

 private:
  int resolution_px_;
  LogisticModel model_;
};

}  // namespace

DetectorFit fit_spectrum(const CropSet& train, const CropSet& validation) {
  const CropDrawer both_classes(train);
  std::vector<LabelledFeatures> items;
  const std::vector<std::vector<double>> rows = rows_of(ring_powers(train.images));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    items.push_back({rows[i], train.is_fake[i], train.clip[i]});
  }
  const SpectrumDetector fitted(static_cast<int>(train.images.size(1)), fit_logistic(items));
  DetectorFit fit;
  fit.steps = 1;
  fit.detector = read_detector(fitted.serialize(), "training");  // as rounded as what is stored
  fit.validation =
      validation.size() > 0 ? clip_log_loss(validation, fit.detector->score(validation.images)) : 0;
  return fit;
}

std::unique_ptr<Detector> read_spectrum(const SafetensorsFile& file, const std::string& where) {
  const auto values = [&](const std::string& name, std::int64_t count) {
    for (const TensorView& view : file.tensors()) {
      if (view.name == name && view.shape == std::vector<std::int64_t>{count}) {
        const at::Tensor tensor = to_tensor(view).to(at::kDouble).contiguous();
        if (at::isfinite(tensor).all().item<bool>()) {
          return std::vector<double>(tensor.data_ptr<double>(), tensor.data_ptr<double>() + count);
        }
      }
    }
    throw Error(ErrorKind::kModel,
                "detector '" + where + "': tensor '" + name + "' is missing or of no use");
  };
  LogisticModel model;
  model.mean = values("mean", kRings);
  model.scale = values("scale", kRings);
  model.weights = values("weights", kRings);
  model.bias = values("bias", 1).front();
  return std::make_unique<SpectrumDetector>(metadata_int(file, kResolution, where),
                                            std::move(model));
}

}  // namespace changeling
