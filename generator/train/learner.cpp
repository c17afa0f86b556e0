#include "generator/train/learner.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"

namespace changeling {
namespace {

/// Drops every gradient history; the memory is shared.
TensorMap detached(const TensorMap& tensors) {
  TensorMap result;
  for (const auto& [name, tensor] : tensors) {
    result[name] = tensor.detach();
  }
  return result;
}

}  // namespace

Learner::Learner(const NetWeights& initial, const FitOptions& options)
    : net_(copy_of(initial, options.device)),
      adam_(net_, trainable_names(net_.info), options.adam) {}

void Learner::save(Checkpoint& checkpoint, const std::string& name) const {
  add_with_prefix(checkpoint.tensors, name + ".", detached(net_.tensors));
  add_with_prefix(checkpoint.tensors, name + "_adam.", adam_.state());
}

void Learner::load(const Checkpoint& checkpoint, const std::string& name) {
  const c10::NoGradGuard no_grad;
  const TensorMap stored = with_prefix_removed(checkpoint.tensors, name + ".");
  for (auto& [key, tensor] : net_.tensors) {
    const auto found = stored.find(key);
    if (found == stored.end() || found->second.sizes() != tensor.sizes()) {
      throw Error(ErrorKind::kModel,
                  "the checkpoint has no tensor '" + key + "' of the right shape");
    }
    tensor.copy_(found->second);
  }
  adam_.restore(with_prefix_removed(checkpoint.tensors, name + "_adam."),
                checkpoint.optimizer_steps);
}

}  // namespace changeling
