// evaluator/detectors/detector.h: baseline detectors of face crops: what fits and what scores.
// Layer 5, Torch only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

namespace changeling {

enum class DetectorKind {
  kMesoInception,  ///< MesoInception-4 (Afchar et al. 2018), 28 k weights
  kXception,       ///< Xception (Chollet 2017), 20.8 M weights at full width
  kSpectrum,  ///< logistic regression on the radial log power spectrum (after Durall et al. 2020)
};

[[nodiscard]] std::string_view to_string(DetectorKind kind);
/// Throws Error(kConfig) for another word.
[[nodiscard]] DetectorKind detector_kind(std::string_view word);

/// Face crops with their truth. CPU, immutable.
struct CropSet {
  at::Tensor images;               ///< uint8 (N,R,R,3) RGB
  std::vector<bool> is_fake;       ///< N
  std::vector<std::int64_t> clip;  ///< N: crops of one clip share a number

  [[nodiscard]] std::int64_t size() const { return images.defined() ? images.size(0) : 0; }
};

/// Immutable. One caller at a time.
class Detector {
 public:
  virtual ~Detector() = default;

  [[nodiscard]] virtual DetectorKind kind() const = 0;
  /// Side of the crops that it takes, px.
  [[nodiscard]] virtual int resolution_px() const = 0;
  /// uint8 (N,R,R,3) -> N probabilities of "fake". The score of a crop hangs on nothing else but
  /// rounding.
  [[nodiscard]] virtual std::vector<double> score(const at::Tensor& images) const = 0;
  /// A safetensors file; read_detector gives it back.
  [[nodiscard]] virtual std::string serialize() const = 0;
};

struct DetectorFitOptions {
  DetectorKind kind = DetectorKind::kMesoInception;
  int width = 0;  ///< of the network: channels of the first block; 0 = full size (1; xception: 32)
  std::int64_t steps = 1000;
  int batch = 16;
  double learning_rate = 1e-3;
  std::int64_t validate_every = 100;
  std::uint64_t seed = 1;
};

struct DetectorFit {
  std::unique_ptr<Detector> detector;
  std::int64_t steps = 0;     ///< of the weights that were kept
  double validation = 0;      ///< log loss of the validation clips; 0 without any
  bool was_selected = false;  ///< by validation clips; else the last weights
};

struct DetectorFitHooks {
  std::function<bool()> stop_requested;                             ///< between steps
  std::function<void(std::int64_t step, double loss)> on_progress;  ///< after each step
};

/// Fits on `train`; chooses the step with the least log loss over the clips of `validation`, which
/// may be empty. Both classes are drawn equally often, then a clip, then one of its crops, mirrored
/// half of the time. On one CPU and thread count the bits follow from crops and options. Throws
/// Error(kInput) when a class is missing, Error(kConfig) for a size that the network cannot have,
/// Error(kCancelled) when stopped.
[[nodiscard]] DetectorFit fit_detector(const CropSet& train, const CropSet& validation,
                                       const DetectorFitOptions& options,
                                       const DetectorFitHooks& hooks = {});

/// Throws Error(kModel) naming `where` for bytes that serialize did not make.
[[nodiscard]] std::unique_ptr<Detector> read_detector(const std::string& bytes,
                                                      const std::string& where);

}  // namespace changeling
