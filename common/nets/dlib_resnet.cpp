#include "common/nets/dlib_resnet.h"

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "common/base/error.h"
#include "common/nets/batch_exact.h"
#include "common/nets/tensor_file.h"
#include "common/weights/imported_model.h"

namespace changeling {
namespace {

// Subtracted from R, G, B before the division by 255.
constexpr std::array<float, 3> kMeanRgb = {122.782F, 117.001F, 104.298F};
constexpr std::int64_t kChipSize = 150;

/// A convolution with bias; dlib's per-channel scale and shift are folded in.
struct Layer {
  at::Tensor weight;
  at::Tensor bias;
};

struct Block {
  Layer conv1;
  Layer conv2;
  bool is_down = false;
};

/// In order of execution; "down" blocks halve the size.
constexpr std::array<const char*, 14> kBlocks = {
    "conv32_1",     "conv32_2",  "conv32_3",     "conv64_down",     "conv64_1",
    "conv64_2",     "conv64_3",  "conv128_down", "conv128_1",       "conv128_2",
    "conv256_down", "conv256_1", "conv256_2",    "conv256_down_out"};

at::Tensor apply(const Layer& layer, const at::Tensor& x, std::int64_t stride,
                 std::int64_t padding) {
  ConvolutionShape shape;
  shape.stride = {stride, stride};
  shape.padding = {padding, padding};
  return convolve(x, layer.weight, layer.bias, shape);
}

at::Tensor run_block(const Block& block, const at::Tensor& x) {
  if (!block.is_down) {
    const at::Tensor inner = at::relu(apply(block.conv1, x, 1, 1));
    return at::relu(apply(block.conv2, inner, 1, 1) + x);
  }
  at::Tensor out = apply(block.conv2, at::relu(apply(block.conv1, x, 2, 0)), 1, 1);
  at::Tensor shortcut = at::avg_pool2d(x, {2, 2}, {2, 2});
  // The filters lose a row and a column of odd maps; zeros at the bottom and right replace them.
  out = at::constant_pad_nd(out,
                            {0, shortcut.size(3) - out.size(3), 0, shortcut.size(2) - out.size(2)});
  shortcut = at::constant_pad_nd(shortcut, {0, 0, 0, 0, 0, out.size(1) - shortcut.size(1)});
  return at::relu(out + shortcut);
}

}  // namespace

struct DlibResNet::State {
  ModelOrigin origin;
  c10::Device device = c10::kCPU;
  Layer stem;
  std::vector<Block> blocks;
  at::Tensor fc;
  at::Tensor mean;

  State(const std::filesystem::path& safetensors, c10::Device where);
};

DlibResNet::State::State(const std::filesystem::path& safetensors, c10::Device where)
    : device(where) {
  const c10::InferenceMode normal_tensors(false);
  const ImportedModel model = ImportedModel::open(safetensors);
  origin = model.origin();
  const auto take = [&](const std::string& name) {
    const TensorView* view = model.file().find(name);
    if (view == nullptr || view->dtype != DType::kF32) {
      throw Error(ErrorKind::kModel, "model '" + origin.id + "' (" + safetensors.string() +
                                         "): no float tensor '" + name + "'");
    }
    return to_tensor(*view);
  };
  const auto layer = [&](const std::string& name) {
    const at::Tensor scale = take(name + "/scale/weights");
    return Layer{(take(name + "/conv/filters") * scale.view({-1, 1, 1, 1})).to(device),
                 (take(name + "/conv/bias") * scale + take(name + "/scale/biases")).to(device)};
  };
  stem = layer("conv32_down");
  for (const std::string name : kBlocks) {
    blocks.push_back(
        {layer(name + "/conv1"), layer(name + "/conv2"), name.find("_down") != std::string::npos});
  }
  fc = take("fc").to(device);
  mean = at::tensor(at::ArrayRef<float>(kMeanRgb)).view({1, 3, 1, 1}).to(device);
}

DlibResNet::DlibResNet(const std::filesystem::path& safetensors, c10::Device device)
    : state_(std::make_unique<State>(safetensors, device)) {}

DlibResNet::~DlibResNet() = default;
DlibResNet::DlibResNet(DlibResNet&&) noexcept = default;
DlibResNet& DlibResNet::operator=(DlibResNet&&) noexcept = default;

at::Tensor DlibResNet::run(const at::Tensor& chips) const {
  CHANGELING_REQUIRE(chips.dim() == 4 && chips.size(0) > 0 && chips.size(1) == 3 &&
                         chips.size(2) == kChipSize && chips.size(3) == kChipSize,
                     "chips must be (N,3,150,150)");
  at::Tensor x = (chips - state_->mean) / 255;
  x = at::relu(apply(state_->stem, x, 2, 0));
  x = at::max_pool2d(x, {3, 3}, {2, 2});
  for (const Block& block : state_->blocks) {
    x = run_block(block, x);
  }
  return dense(x.mean(at::IntArrayRef({2, 3})), state_->fc, {});
}

const Digest& DlibResNet::source_sha256() const {
  return state_->origin.source_sha256;
}

}  // namespace changeling
