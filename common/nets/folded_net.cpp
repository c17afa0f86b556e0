#include "common/nets/folded_net.h"

#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/nets/architectures.h"
#include "common/nets/batch_exact.h"
#include "common/nets/landmark_context.h"
#include "common/nets/reflection_pad.h"
#include "common/tensor/channels_last.h"
#include "common/tensor/pyramid.h"

namespace changeling {
namespace {

using Op = PlanStep::Op;

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
constexpr double kNormEpsilon = 1e-5;
constexpr std::int64_t kTensorCoreUnit = 8;  ///< channels that tensor cores take at once

const at::Tensor& tensor(const NetWeights& weights, const std::string& name) {
  const auto found = weights.tensors.find(name);
  CHANGELING_REQUIRE(found != weights.tensors.end(), "no tensor '" + name + "'");
  return found->second;
}

struct Convolution {
  at::Tensor weight;
  at::Tensor bias;
};

/// W' = W gamma / sqrt(var + eps), b' = beta + (b - mean) gamma / sqrt(var + eps), in double.
Convolution fold(const ConvLayer& layer, const NetWeights& weights) {
  at::Tensor weight = tensor(weights, layer.conv + ".weight").to(at::kCPU, at::kDouble);
  at::Tensor bias = layer.has_bias ? tensor(weights, layer.conv + ".bias").to(at::kCPU, at::kDouble)
                                   : at::zeros({layer.out}, weight.options());
  if (!layer.norm.empty()) {
    const auto part = [&](const char* suffix) {
      return tensor(weights, layer.norm + suffix).to(at::kCPU, at::kDouble);
    };
    const at::Tensor scale = part(".weight") / (part(".running_var") + kNormEpsilon).sqrt();
    weight = weight * scale.view({-1, 1, 1, 1});
    bias = part(".bias") + (bias - part(".running_mean")) * scale;
  }
  return {weight.to(at::kFloat), bias.to(at::kFloat)};
}

/// 3x3 filters (O,I,3,3) as the 1x1 filters that make their nine products (channels_last.h).
at::Tensor product_filters(const at::Tensor& weight) {
  return weight.permute({2, 3, 0, 1}).reshape({9 * weight.size(0), weight.size(1), 1, 1});
}

/// Up to a multiple of what tensor cores take. oneDNN is faster without.
std::int64_t missing_channels(std::int64_t channels) {
  return (kTensorCoreUnit - channels % kTensorCoreUnit) % kTensorCoreUnit;
}

at::Tensor padded(const at::Tensor& x, std::int64_t pad) {
  return pad == 0 ? x : reflection_pad_by_lines(x, pad);
}

/// What ends a layer, into a window of the padded output: that spares a pass over memory.
void join_into(at::Tensor& window, const at::Tensor& x, const LayerEnd& end) {
  switch (end.join) {
    case Join::kCopy:
      window.copy_(x);
      break;
    case Join::kRelu:
      at::clamp_min_out(window, x, 0);
      break;
    case Join::kAddThenRelu:
      at::add_out(window, x, end.other).clamp_min_(0);
      break;
    case Join::kReluThenAdd:
      at::add_out(window, at::relu(x), end.other);
      break;
  }
}

at::Tensor finish_with_libtorch(const at::Tensor& x, const LayerEnd& end) {
  if (end.join == Join::kCopy && end.pad == 0) {
    return x;
  }
  return reflection_pad_by_lines(x, end.pad,
                                 [&](at::Tensor& window) { join_into(window, x, end); });
}

}  // namespace

/// One pass over the plan.
class FoldedNet::Run {
 public:
  Run(const FoldedNet& net, const std::vector<at::Tensor>& contexts)
      : net_(net), contexts_(contexts), values_(net.plan_.pads.size()) {}

  at::Tensor operator()(const at::Tensor& images) {
    const Pyramid levels = make_pyramid(images, net_.levels_, net_.pyramid_);
    std::vector<at::Tensor> heads;
    for (std::size_t i = 0; i < net_.plan_.steps.size(); ++i) {
      const PlanStep& step = net_.plan_.steps[i];
      at::Tensor made = step.op == Op::kEnter
                            ? enter(levels.levels[static_cast<std::size_t>(step.level)], step)
                            : make(step, net_.filters_[i]);
      if (step.op == Op::kHead) {
        heads.push_back(made);
      } else {
        values_[static_cast<std::size_t>(step.output)] = std::move(made);
      }
      for (const int value : step.done) {
        values_[static_cast<std::size_t>(value)].reset();
      }
    }
    return heads.size() == 1 ? heads.front() : at::cat(heads, 1);
  }

 private:
  [[nodiscard]] bool own() const { return net_.options_.kernels == LayerKernels::kOwn; }

  [[nodiscard]] int pad_of(int value) const {
    return net_.plan_.pads[static_cast<std::size_t>(value)];
  }

  /// The value with `pad` reflected pixels on each side; it may carry more.
  [[nodiscard]] at::Tensor value(int number, int pad) const {
    const at::Tensor& x = values_[static_cast<std::size_t>(number)];
    return pad == pad_of(number) ? x : inside(x, pad_of(number) - pad);
  }

  [[nodiscard]] at::Tensor enter(const at::Tensor& level, const PlanStep& step) const {
    at::Tensor x = level;
    if (!own()) {
      x = at::constant_pad_nd(x, {0, 0, 0, 0, 0, missing_channels(x.size(1))});
    }
    const at::Tensor last =
        at::empty(x.sizes(), x.options().dtype(net_.options_.dtype), kChannelsLast);
    last.copy_(x);
    return finish(last, {Join::kCopy, {}, {}, pad_of(step.output)});
  }

  [[nodiscard]] at::Tensor finish(const at::Tensor& x, const LayerEnd& end) const {
    return own() ? finish_layer(x, end) : finish_with_libtorch(x, end);
  }

  [[nodiscard]] at::Tensor make(const PlanStep& step, const Filters& filters) const {
    switch (step.op) {
      case Op::kUpsampledConv:
        return upsampled_conv(step, filters);
      case Op::kAlignedConv:
        return aligned_conv(step, filters);
      case Op::kMaxPool:
        return at::max_pool2d(value(step.input, 0), {2, 2}, {2, 2});
      case Op::kConcat:
        return at::cat({value(step.input, 0), value(step.other, 0)}, 1);
      case Op::kHead:
        return head(step, filters);
      default:
        return finish(convolved(step, filters), end_of(step, filters));
    }
  }

  [[nodiscard]] at::Tensor convolved(const PlanStep& step, const Filters& filters) const {
    const bool reflected = step.conv.padding_kind == Padding::kReflection;
    ConvolutionShape shape;
    shape.stride = {step.conv.stride, step.conv.stride};
    if (!reflected) {
      shape.padding = {step.conv.padding, step.conv.padding};
    }
    return convolve(value(step.input, reflected ? static_cast<int>(step.conv.padding) : 0),
                    filters.weight, own() ? at::Tensor() : filters.bias, shape);
  }

  [[nodiscard]] LayerEnd end_of(const PlanStep& step, const Filters& filters) const {
    LayerEnd end = {step.join, own() ? filters.bias : at::Tensor(), {}, pad_of(step.output)};
    if (step.other >= 0) {
      end.other = value(step.other, 0);
    } else if (step.level >= 0 && !contexts_.empty()) {
      end.join = Join::kAddThenRelu;
      end.other = contexts_[static_cast<std::size_t>(step.level)];
    }
    return end;
  }

  [[nodiscard]] at::Tensor upsampled_conv(const PlanStep& step, const Filters& filters) const {
    const at::Tensor x = value(step.input, 0);
    if (own()) {
      return finish_upsampled_layer(convolve(x, filters.weight, {}, {}), end_of(step, filters));
    }
    const at::Tensor large = at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, false);
    return finish(convolve(padded(large, 1), filters.weight, filters.bias, {}),
                  end_of(step, filters));
  }

  [[nodiscard]] at::Tensor aligned_conv(const PlanStep& step, const Filters& filters) const {
    const at::Tensor x = finish(
        convolve(value(step.input, 0), filters.weight, own() ? at::Tensor() : filters.bias, {}),
        end_of(step, filters));
    return own() ? upsample_aligned(x)
                 : at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, true);
  }

  [[nodiscard]] at::Tensor head(const PlanStep& step, const Filters& filters) const {
    at::Tensor x = convolved(step, filters).to(at::kFloat);
    if (own()) {
      x = x + filters.bias.view({1, -1, 1, 1});
    }
    return (step.conv.activation == Activation::kTanh ? at::tanh(x) : x).contiguous();
  }

  const FoldedNet& net_;
  const std::vector<at::Tensor>& contexts_;
  std::vector<at::Tensor> values_;
};

FoldedNet::FoldedNet(const NetWeights& weights, const FoldedNetOptions& options)
    : kind_(weights.info.kind),
      options_(options),
      plan_(plan_network(weights.info)),
      levels_(input_level_count(weights.info.kind)),
      pyramid_(weights.info.pyramid),
      landmarks_(weights.info.landmarks),
      map_filters_(static_cast<std::size_t>(landmarks_ > 0 ? levels_ : 0)) {
  for (const PlanStep& step : plan_.steps) {
    filters_.push_back(step.conv.conv.empty() ? Filters() : prepare(step, weights));
  }
  if (kind_ != NetKind::kMsResUnetV1) {
    for (const at::Tensor& filters : map_filters_) {
      sparse_.emplace_back(filters);
    }
  }
}

FoldedNet::Filters FoldedNet::prepare(const PlanStep& step, const NetWeights& weights) {
  Convolution folded = fold(step.conv, weights);
  if (step.level >= 0 && landmarks_ > 0) {
    const std::int64_t images = folded.weight.size(1) - landmarks_;
    map_filters_[static_cast<std::size_t>(step.level)] =
        folded.weight.narrow(1, images, landmarks_).contiguous().to(options_.device);
    folded.weight = folded.weight.narrow(1, 0, images);
  }
  const bool own = options_.kernels == LayerKernels::kOwn;
  if (own && step.op == Op::kUpsampledConv) {
    folded.weight = product_filters(folded.weight);
  }
  if (!own && step.level >= 0) {
    folded.weight = at::constant_pad_nd(folded.weight,
                                        {0, 0, 0, 0, 0, missing_channels(folded.weight.size(1))});
  }
  const at::TensorOptions stored =
      at::TensorOptions().device(options_.device).dtype(options_.dtype);
  return {folded.weight.to(stored).contiguous(kChannelsLast),
          folded.bias.to(own ? stored.dtype(at::kFloat) : stored)};
}

std::vector<at::Tensor> FoldedNet::contexts(const at::Tensor& landmarks, int resolution_px) const {
  std::vector<at::Tensor> contexts;
  for (std::size_t level = 0; level < map_filters_.size(); ++level) {
    const int side_px = resolution_px >> level;
    contexts.push_back(sparse_.empty()
                           ? context_of_maps(landmark_maps_of(kind_, landmarks, side_px), level)
                           : sparse_[level].make(landmarks, side_px, options_.dtype));
  }
  return contexts;
}

std::vector<at::Tensor> FoldedNet::contexts_of_maps(const at::Tensor& maps) const {
  std::vector<at::Tensor> contexts;
  const Pyramid levels = make_pyramid(maps, levels_, pyramid_);
  for (std::size_t level = 0; level < map_filters_.size(); ++level) {
    contexts.push_back(context_of_maps(levels.levels[level], level));
  }
  return contexts;
}

at::Tensor FoldedNet::context_of_maps(const at::Tensor& maps, std::size_t level) const {
  const at::Tensor context =
      convolve(maps.is_cpu() ? at::reflection_pad2d(maps, {3, 3, 3, 3}) : padded(maps, 3),
               map_filters_[level], {}, {});
  return context.to(options_.dtype).contiguous(kChannelsLast);
}

at::Tensor FoldedNet::run(const at::Tensor& images, const std::vector<at::Tensor>& contexts) const {
  CHANGELING_REQUIRE(contexts.size() == map_filters_.size(), "a context for each input level");
  return Run(*this, contexts)(images);
}

}  // namespace changeling
