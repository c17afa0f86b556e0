// evaluator/detectors/detector_nets.h: the networks of detectors. Layer 5, internal to detectors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "evaluator/detectors/detector.h"

namespace changeling {

/// A network that turns float (N,3,R,R) in [-1,1] into N logits of "fake".
class DetectorNet {
 public:
  virtual ~DetectorNet() = default;

  [[nodiscard]] virtual at::Tensor forward(const at::Tensor& images) = 0;
  /// Batch statistics and dropout, or running statistics.
  virtual void set_training(bool is_training) = 0;
  [[nodiscard]] virtual std::vector<at::Tensor> parameters() const = 0;
  /// Weights and running statistics by name; they share the network's memory.
  [[nodiscard]] virtual std::map<std::string, at::Tensor> tensors() const = 0;
};

/// `width` as in DetectorFitOptions, 0 not allowed; sides are multiples of 32. Weights come from
/// LibTorch's generator. Throws Error(kConfig).
[[nodiscard]] std::shared_ptr<DetectorNet> make_detector_net(DetectorKind kind, int width,
                                                             int resolution_px);

/// What width 0 stands for.
[[nodiscard]] int full_width(DetectorKind kind);

}  // namespace changeling
