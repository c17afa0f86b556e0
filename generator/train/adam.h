// generator/train/adam.h: Adam on named tensors. Layer 6, Torch only.
// LibTorch has one, but its state is keyed by addresses and laid out differently in 1.13 and 2.x; a
// checkpoint must mean the same in both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/nets/net_weights.h"

namespace changeling {

struct AdamOptions {
  double beta1 = 0.5;  ///< FSGAN's; the usual 0.9 suits nets without an adversary
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// Adam (Kingma, Ba 2015, algorithm 1) without weight decay.
class Adam {
 public:
  /// `names` of `net` are trained; they become leaves that collect gradients.
  Adam(NetWeights& net, std::vector<std::string> names, const AdamOptions& options);

  void zero_gradients();
  /// One step along the gradients; tensors without one stay. Throws Error(kInternal) when a
  /// gradient is not finite, before anything changed.
  void step(double learning_rate);

  /// Forgets all moments, as a new training stage does.
  void restart();

  /// First and second moments, "m.<name>" and "v.<name>".
  [[nodiscard]] TensorMap state() const;
  /// Throws Error(kModel) when a moment is missing or has another shape.
  void restore(const TensorMap& state, std::int64_t steps);

  [[nodiscard]] std::int64_t steps() const { return steps_; }

 private:
  struct Slot {
    std::string name;
    at::Tensor value;
    at::Tensor mean;
    at::Tensor square;
  };

  AdamOptions options_;
  std::vector<Slot> slots_;
  std::int64_t steps_ = 0;
};

/// The tensors of `info` that gradients change: all but running statistics.
[[nodiscard]] std::vector<std::string> trainable_names(const NetInfo& info);

}  // namespace changeling
