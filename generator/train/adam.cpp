#include "generator/train/adam.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"

namespace changeling {
namespace {

bool ends_with(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

at::Tensor moment(const TensorMap& state, const std::string& name, const at::Tensor& like) {
  const auto found = state.find(name);
  if (found == state.end() || found->second.sizes() != like.sizes()) {
    throw Error(ErrorKind::kModel,
                "the checkpoint has no moment '" + name + "' of the right shape");
  }
  return found->second.to(like.device()).clone();
}

}  // namespace

std::vector<std::string> trainable_names(const NetInfo& info) {
  std::vector<std::string> names;
  for (const TensorSpec& spec : tensor_layout(info)) {
    if (!ends_with(spec.name, ".running_mean") && !ends_with(spec.name, ".running_var")) {
      names.push_back(spec.name);
    }
  }
  return names;
}

Adam::Adam(NetWeights& net, std::vector<std::string> names, const AdamOptions& options)
    : options_(options) {
  for (std::string& name : names) {
    at::Tensor& value = net.tensors.at(name);
    value.set_requires_grad(true);
    slots_.push_back({std::move(name), value,
                      at::zeros_like(value, at::TensorOptions().requires_grad(false)),
                      at::zeros_like(value, at::TensorOptions().requires_grad(false))});
  }
}

void Adam::zero_gradients() {
  for (Slot& slot : slots_) {
    slot.value.mutable_grad() = at::Tensor();
  }
}

void Adam::step(double learning_rate) {
  const c10::NoGradGuard no_grad;
  at::Tensor sum;
  for (const Slot& slot : slots_) {
    if (slot.value.grad().defined()) {
      const at::Tensor total = slot.value.grad().sum();
      sum = sum.defined() ? sum + total : total;
    }
  }
  CHANGELING_REQUIRE(sum.defined() && std::isfinite(sum.item<double>()),
                     "training diverged: a gradient is not finite");
  ++steps_;
  const double correct_mean = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correct_square = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  for (Slot& slot : slots_) {
    const at::Tensor gradient = slot.value.grad();
    if (!gradient.defined()) {
      continue;
    }
    slot.mean.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
    slot.square.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
    const at::Tensor scale = (slot.square / correct_square).sqrt_().add_(options_.epsilon);
    slot.value.addcdiv_(slot.mean, scale, -learning_rate / correct_mean);
  }
}

void Adam::restart() {
  for (Slot& slot : slots_) {
    slot.mean.zero_();
    slot.square.zero_();
  }
  steps_ = 0;
}

TensorMap Adam::state() const {
  TensorMap state;
  for (const Slot& slot : slots_) {
    state["m." + slot.name] = slot.mean;
    state["v." + slot.name] = slot.square;
  }
  return state;
}

void Adam::restore(const TensorMap& state, std::int64_t steps) {
  for (Slot& slot : slots_) {
    slot.mean = moment(state, "m." + slot.name, slot.value);
    slot.square = moment(state, "v." + slot.name, slot.value);
  }
  steps_ = steps;
}

}  // namespace changeling
