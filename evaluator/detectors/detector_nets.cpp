#include "evaluator/detectors/detector_nets.h"

#include <utility>

#include <torch/nn.h>

#include "common/base/error.h"

namespace changeling {
namespace {

namespace nn = torch::nn;

constexpr int kSideUnit = 32;  // five halvings

nn::Conv2d conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
                std::int64_t dilation = 1, std::int64_t groups = 1, bool has_bias = false) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel)
                        .stride(stride)
                        .padding(dilation * (kernel / 2))
                        .dilation(dilation)
                        .groups(groups)
                        .bias(has_bias));
}

/// Four branches side by side: 1x1; 3x3; 3x3 with dilation 2; with dilation 3.
class InceptionBlock : public nn::Module {
 public:
  InceptionBlock(std::int64_t in, const std::vector<std::int64_t>& out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::string name = std::to_string(i);
      reduce_.push_back(register_module("reduce" + name, conv(in, out[i], 1, 1, 1, 1, true)));
      if (i > 0) {
        spread_.push_back(register_module(
            "spread" + name, conv(out[i], out[i], 3, 1, static_cast<std::int64_t>(i), 1, true)));
      }
      channels_ += out[i];
    }
    norm_ = register_module("norm", nn::BatchNorm2d(channels_));
  }

  [[nodiscard]] std::int64_t channels() const { return channels_; }

  at::Tensor forward(const at::Tensor& x) {
    std::vector<at::Tensor> parts;
    for (std::size_t i = 0; i < reduce_.size(); ++i) {
      at::Tensor y = at::relu(reduce_[i]->forward(x));
      parts.push_back(i == 0 ? y : at::relu(spread_[i - 1]->forward(y)));
    }
    return at::max_pool2d(norm_->forward(at::cat(parts, 1)), {2, 2});
  }

 private:
  std::vector<nn::Conv2d> reduce_, spread_;
  nn::BatchNorm2d norm_{nullptr};
  std::int64_t channels_ = 0;
};

/// MesoInception-4 (arXiv 1809.00888) with its official branch widths, `width` times as wide.
class MesoInception : public nn::Module {
 public:
  MesoInception(std::int64_t width, std::int64_t side) {
    using Widths = std::vector<std::int64_t>;
    const std::int64_t w = width, deep = 16 * w;
    first_ = register_module("block1",
                             std::make_shared<InceptionBlock>(3, Widths{w, 4 * w, 4 * w, 2 * w}));
    second_ = register_module(
        "block2",
        std::make_shared<InceptionBlock>(first_->channels(), Widths{2 * w, 4 * w, 4 * w, 2 * w}));
    conv3_ = register_module("conv3", conv(second_->channels(), deep, 5, 1, 1, 1, true));
    norm3_ = register_module("norm3", nn::BatchNorm2d(deep));
    conv4_ = register_module("conv4", conv(deep, deep, 5, 1, 1, 1, true));
    norm4_ = register_module("norm4", nn::BatchNorm2d(deep));
    dense_ = register_module("dense", nn::Linear(deep * (side / 32) * (side / 32), 16));
    logit_ = register_module("logit", nn::Linear(16, 1));
  }

  at::Tensor forward(const at::Tensor& images) {
    at::Tensor x = second_->forward(first_->forward(images));
    x = at::max_pool2d(norm3_->forward(at::relu(conv3_->forward(x))), {2, 2});
    x = at::max_pool2d(norm4_->forward(at::relu(conv4_->forward(x))), {4, 4});
    x = at::dropout(x.flatten(1), 0.5, is_training());
    x = at::dropout(at::leaky_relu(dense_->forward(x), 0.1), 0.5, is_training());
    return logit_->forward(x).flatten();
  }

 private:
  std::shared_ptr<InceptionBlock> first_, second_;
  nn::Conv2d conv3_{nullptr}, conv4_{nullptr};
  nn::BatchNorm2d norm3_{nullptr}, norm4_{nullptr};
  nn::Linear dense_{nullptr}, logit_{nullptr};
};

/// Depthwise 3x3, pointwise 1x1, batch norm.
class SeparableConv : public nn::Module {
 public:
  SeparableConv(std::int64_t in, std::int64_t out) {
    depth_ = register_module("depth", conv(in, in, 3, 1, 1, in));
    point_ = register_module("point", conv(in, out, 1));
    norm_ = register_module("norm", nn::BatchNorm2d(out));
  }

  at::Tensor forward(const at::Tensor& x) {
    return norm_->forward(point_->forward(depth_->forward(x)));
  }

 private:
  nn::Conv2d depth_{nullptr}, point_{nullptr};
  nn::BatchNorm2d norm_{nullptr};
};

/// ReLU and separable convolution for each width, then pooling, beside a shortcut.
class XceptionBlock : public nn::Module {
 public:
  XceptionBlock(std::int64_t in, const std::vector<std::int64_t>& out, bool halves,
                bool begins_with_relu = true)
      : halves_(halves), begins_with_relu_(begins_with_relu) {
    std::int64_t channels = in;
    for (const std::int64_t width : out) {
      convs_.push_back(register_module("sep" + std::to_string(convs_.size()),
                                       std::make_shared<SeparableConv>(channels, width)));
      channels = width;
    }
    if (halves) {
      skip_ = register_module("skip", conv(in, channels, 1, 2));
      skip_norm_ = register_module("skip_norm", nn::BatchNorm2d(channels));
    }
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = x;
    for (std::size_t i = 0; i < convs_.size(); ++i) {
      y = convs_[i]->forward(i > 0 || begins_with_relu_ ? at::relu(y) : y);
    }
    return halves_
               ? at::max_pool2d(y, {3, 3}, {2, 2}, {1, 1}) + skip_norm_->forward(skip_->forward(x))
               : y + x;
  }

 private:
  bool halves_, begins_with_relu_;
  std::vector<std::shared_ptr<SeparableConv>> convs_;
  nn::Conv2d skip_{nullptr};
  nn::BatchNorm2d skip_norm_{nullptr};
};

/// Xception (arXiv 1610.02357): widths of the paper times `width` / 32.
class Xception : public nn::Module {
 public:
  explicit Xception(std::int64_t width) {
    const auto scaled = [width](std::int64_t channels) { return channels * width / 32; };
    conv1_ = register_module("conv1", conv(3, scaled(32), 3, 2));
    norm1_ = register_module("norm1", nn::BatchNorm2d(scaled(32)));
    conv2_ = register_module("conv2", conv(scaled(32), scaled(64), 3));
    norm2_ = register_module("norm2", nn::BatchNorm2d(scaled(64)));
    add({scaled(64), {scaled(128), scaled(128)}, true, false});
    add({scaled(128), {scaled(256), scaled(256)}, true, true});
    const std::int64_t middle = scaled(728);
    add({scaled(256), {middle, middle}, true, true});
    for (int i = 0; i < 8; ++i) {
      add({middle, {middle, middle, middle}, false, true});
    }
    add({middle, {middle, scaled(1024)}, true, true});
    exit1_ = register_module("exit1", std::make_shared<SeparableConv>(scaled(1024), scaled(1536)));
    exit2_ = register_module("exit2", std::make_shared<SeparableConv>(scaled(1536), scaled(2048)));
    logit_ = register_module("logit", nn::Linear(scaled(2048), 1));
  }

  at::Tensor forward(const at::Tensor& images) {
    at::Tensor x = at::relu(norm1_->forward(conv1_->forward(images)));
    x = at::relu(norm2_->forward(conv2_->forward(x)));
    for (const std::shared_ptr<XceptionBlock>& block : blocks_) {
      x = block->forward(x);
    }
    x = at::relu(exit2_->forward(at::relu(exit1_->forward(x))));
    return logit_->forward(x.mean(at::IntArrayRef({2, 3}))).flatten();
  }

 private:
  struct Plan {
    std::int64_t in;
    std::vector<std::int64_t> out;
    bool halves, begins_with_relu;
  };

  void add(const Plan& plan) {
    blocks_.push_back(register_module(
        "block" + std::to_string(blocks_.size() + 1),
        std::make_shared<XceptionBlock>(plan.in, plan.out, plan.halves, plan.begins_with_relu)));
  }

  nn::Conv2d conv1_{nullptr}, conv2_{nullptr};
  nn::BatchNorm2d norm1_{nullptr}, norm2_{nullptr};
  std::vector<std::shared_ptr<XceptionBlock>> blocks_;
  std::shared_ptr<SeparableConv> exit1_, exit2_;
  nn::Linear logit_{nullptr};
};

/// A LibTorch module as a DetectorNet.
template <typename Module>
class ModuleNet : public DetectorNet {
 public:
  explicit ModuleNet(std::shared_ptr<Module> module) : module_(std::move(module)) {}

  at::Tensor forward(const at::Tensor& images) override { return module_->forward(images); }

  void set_training(bool is_training) override { module_->train(is_training); }

  [[nodiscard]] std::vector<at::Tensor> parameters() const override {
    return module_->parameters();
  }

  [[nodiscard]] std::map<std::string, at::Tensor> tensors() const override {
    std::map<std::string, at::Tensor> tensors;
    for (const auto& item : module_->named_parameters()) {
      tensors[item.key()] = item.value();
    }
    for (const auto& item : module_->named_buffers()) {
      if (item.value().is_floating_point()) {  // not the count of batches
        tensors[item.key()] = item.value();
      }
    }
    return tensors;
  }

 private:
  std::shared_ptr<Module> module_;
};

template <typename Module>
std::shared_ptr<DetectorNet> wrapped(std::shared_ptr<Module> module) {
  return std::make_shared<ModuleNet<Module>>(std::move(module));
}

}  // namespace

int full_width(DetectorKind kind) {
  return kind == DetectorKind::kXception ? 32 : 1;
}

std::shared_ptr<DetectorNet> make_detector_net(DetectorKind kind, int width, int resolution_px) {
  if (resolution_px < kSideUnit || resolution_px % kSideUnit != 0) {
    throw Error(ErrorKind::kConfig, "a detector's crops have sides that are multiples of 32 px");
  }
  if (kind == DetectorKind::kMesoInception) {
    if (width < 1 || width > 16) {
      throw Error(ErrorKind::kConfig, "the width of mesoinception lies in 1..16");
    }
    return wrapped(std::make_shared<MesoInception>(width, resolution_px));
  }
  CHANGELING_REQUIRE(kind == DetectorKind::kXception, "no network of that kind");
  if (width < 4 || width > 64 || width % 4 != 0) {
    throw Error(ErrorKind::kConfig, "the width of xception is a multiple of 4 in 4..64");
  }
  return wrapped(std::make_shared<Xception>(width));
}

}  // namespace changeling
