// generator/train/recipe.h: one network's training problem: what a batch is and what its loss is.
// Layer 6, Torch only.
#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "common/base/rng.h"
#include "common/nets/net_weights.h"
#include "common/nets/networks.h"

namespace changeling {

/// How a training step is computed.
struct StepMode {
  bool base_only = false;               ///< the coarse level alone, at half the resolution
  Compute compute = Compute::kFloat32;  ///< of the convolutions; weights and losses stay float32
  /// kEval: normalised by the running statistics, which stay: for crops too few and too alike to
  /// have statistics of their own.
  Mode network = Mode::kTrain;
  double done_share = 0;  ///< of the training's steps, for weights that grow, 0..1
};

/// A part of the loss, as the curves show it.
struct LossTerm {
  std::string name;
  at::Tensor value;  ///< scalar, weighted, no gradient needed
};

struct StepOutput {
  at::Tensor loss;              ///< scalar, without the adversarial term
  std::vector<LossTerm> terms;  ///< the same ones in every step
  at::Tensor made;              ///< (B,3,R,R) what a discriminator judges; undefined = no adversary
  at::Tensor real;              ///< (B,3,R,R) what it should look like
  double prepare_seconds = 0;   ///< waited for crops: drawn, gathered, varied, on the device
  double input_seconds = 0;     ///< spent by the stages before this network on its input
};

/// Holds the data. Draws nothing but what the given generator says, so that a step depends on its
/// number alone and a resumed run goes on as if it had never stopped. One thread.
class Recipe {
 public:
  virtual ~Recipe() = default;

  /// What the trained weights say about themselves.
  [[nodiscard]] virtual NetInfo net_info() const = 0;

  [[nodiscard]] virtual StepOutput train_step(const NetWeights& net, int batch, CounterRng& rng,
                                              const StepMode& mode) const = 0;

  /// Loss on the validation part, lower is better; the same crops every time.
  [[nodiscard]] virtual double validate(const NetWeights& net) const = 0;

  /// What the network does now, for a person: uint8 (H,W,3), fixed validation crops.
  [[nodiscard]] virtual at::Tensor picture(const NetWeights& net) const = 0;
};

/// Where the weights lie.
[[nodiscard]] c10::Device device_of(const NetWeights& net);

/// The weights in memory of their own on `device`, without gradients.
[[nodiscard]] NetWeights copy_of(const NetWeights& net, c10::Device device);

/// Rows of equally sized images (B,3,R,R) in [-1,1] -> one uint8 (rows * R, B * R, 3) picture.
[[nodiscard]] at::Tensor picture_grid(const std::vector<at::Tensor>& rows);

}  // namespace changeling
