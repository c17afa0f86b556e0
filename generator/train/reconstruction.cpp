#include "generator/train/reconstruction.h"

#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace changeling {
namespace {

void add(StepOutput& output, const char* name, const at::Tensor& value) {
  output.loss = output.loss.defined() ? output.loss + value : value;
  output.terms.push_back({name, value.detach()});
}

}  // namespace

StepOutput reconstruction(const at::Tensor& made, const at::Tensor& truth,
                          const at::Tensor& landmarks, const ReconstructionWeights& weights,
                          const PerceptualNet* perception, const at::Tensor& weight) {
  StepOutput output;
  add(output, "pixel", weights.pixel * pixel_loss(made, truth, weight));
  if (weights.gradient > 0) {
    add(output, "gradient", weights.gradient * gradient_loss(made, truth, weight));
  }
  if (weights.perceptual > 0 && perception != nullptr) {
    std::vector<FeatureTap> goal;
    {
      const c10::NoGradGuard no_grad;
      goal = perception->features(truth, landmarks);
    }
    add(output, "perceptual",
        weights.perceptual * perceptual_loss(perception->features(made, landmarks), goal));
  }
  output.made = made;
  output.real = truth;
  return output;
}

}  // namespace changeling
