#include "tests/gpu/swap_loop.h"

#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/cuda.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/nets/landmark_context.h"
#include "common/nets/layer_counter.h"
#include "common/nets/networks.h"
#include "common/packs/frame_pack.h"
#include "common/tensor/pyramid.h"
#include "tests/support/lively_weights.h"

namespace changeling {
namespace {

constexpr int kLandmarks = 68;

NetWeights lively_weights(const NetInfo& info, std::uint64_t seed) {
  NetWeights net = random_net_weights(info, seed);
  make_lively(net);
  return net;
}

NetWeights make_ms_res_unet(const std::string& role, int in, int landmarks, const LoopSize& size,
                            std::uint64_t seed) {
  NetInfo info;
  info.role = role;
  info.in = in;
  info.ngf = size.ngf;
  info.flat = {2, 2, 2, 2};
  info.landmarks = landmarks;
  info.resolution_px = size.resolution_px;
  info.licence = "none";
  return lively_weights(info, seed);
}

NetWeights make_seg_unet(const LoopSize& size, std::uint64_t seed) {
  NetInfo info;
  info.kind = NetKind::kSegUnet;
  info.role = "segmentation";
  info.ngf = size.ngf / 2;
  info.resolution_px = size.resolution_px;
  info.licence = "none";
  return lively_weights(info, seed);
}

class RivalRunner : public NetRunner {
 public:
  RivalRunner(const NetWeights& weights, c10::Device device, bool bfloat16)
      : net_(to_device(weights, device)), device_(device), bfloat16_(bfloat16) {}

  [[nodiscard]] const NetInfo& info() const override { return net_.info; }

  [[nodiscard]] at::Tensor run(const at::Tensor& input) const override {
    const c10::NoGradGuard no_grad;
    const int levels = net_.info.kind == NetKind::kMsResUnetV2 ? 2 : 1;
    const Compute compute = bfloat16_ ? Compute::kBFloat16 : Compute::kFloat32;
    return at::cat(run_network(net_, make_pyramid(input, levels), Mode::kEval, compute), 1);
  }

  [[nodiscard]] at::Tensor run(const at::Tensor& images, const at::Tensor& landmarks,
                               const at::Tensor& context) const override {
    const at::Tensor maps = landmark_maps(landmarks, static_cast<int>(images.size(3)));
    return run(at::cat({images, maps.index_select(0, context)}, 1));
  }

 private:
  NetWeights net_;
  c10::Device device_;
  bool bfloat16_;
};

at::Tensor seeded(std::vector<std::int64_t> shape, std::uint64_t seed) {
  CounterRng rng(seed);
  at::Tensor tensor = at::empty(shape);
  float* values = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    values[i] = static_cast<float>(rng.uniform());
  }
  return tensor;
}

/// (3,S,S): large patches of colour and some noise, so that neither convolutions nor rounding see
/// constants.
at::Tensor random_picture(int resolution_px, std::uint64_t seed) {
  const at::Tensor patches = at::upsample_bilinear2d(seeded({1, 3, 8, 8}, seed) * 2 - 1,
                                                     {resolution_px, resolution_px}, false)[0];
  return (patches + (seeded({3, resolution_px, resolution_px}, seed + 1) - 0.5) * 0.2).clamp(-1, 1);
}

at::Tensor reenact(const LoopNets& nets, const LoopInput& input) {
  const std::int64_t frames = input.target.size(0);
  const at::Tensor rows_of_frames = at::arange(frames, input.target.options().dtype(at::kLong));
  std::vector<at::Tensor> views;
  if (nets.joins_views) {
    const at::Tensor all = nets.reenactment->run(input.views.flatten(0, 1), input.landmarks,
                                                 rows_of_frames.repeat_interleave(kViews));
    views = all.reshape(input.views.sizes()).unbind(1);
  } else {
    for (int k = 0; k < kViews; ++k) {
      views.push_back(
          nets.reenactment->run(input.views.select(1, k), input.landmarks, rows_of_frames));
    }
  }
  at::Tensor sum = at::zeros_like(input.target);
  for (int k = 0; k < kViews; ++k) {
    sum = sum + views[static_cast<std::size_t>(k)] *
                    input.view_weights.select(1, k).reshape({frames, 1, 1, 1});
  }
  return sum;
}

/// The share of the face class: soft, because argmax of random weights is one class everywhere.
at::Tensor face_mask(const NetRunner& segmentation, const at::Tensor& images) {
  return segmentation.run(images).softmax(1).narrow(1, 1, 1);
}

}  // namespace

LoopWeights make_loop_weights(const LoopSize& size) {
  return {make_ms_res_unet("reenactment", 3 + kLandmarks, kLandmarks, size, 1),
          make_seg_unet(size, 2), make_ms_res_unet("inpainting", 4, 0, size, 3),
          make_ms_res_unet("blending", 7, 0, size, 4)};
}

double macs_per_frame(const LoopWeights& weights, int resolution_px) {
  const auto macs = [&](const NetWeights& net) {
    return static_cast<double>(mac_count(net.info, resolution_px));
  };
  return kViews * macs(weights.reenactment) + 2 * macs(weights.segmentation) +
         macs(weights.inpainting) + macs(weights.blending);
}

LoopNets make_loop_nets(const LoopWeights& weights, const MakeRunner& make, bool joins_views) {
  return {make(weights.reenactment), make(weights.segmentation), make(weights.inpainting),
          make(weights.blending), joins_views};
}

std::unique_ptr<NetRunner> make_rival_runner(const NetWeights& weights, c10::Device device,
                                             bool bfloat16) {
  return std::make_unique<RivalRunner>(weights, device, bfloat16);
}

LoopInput random_input(int frames, int resolution_px, std::uint64_t seed, c10::Device device) {
  std::vector<at::Tensor> views;
  std::vector<at::Tensor> weights;
  std::vector<at::Tensor> targets;
  std::vector<at::Tensor> landmarks;
  for (int i = 0; i < frames; ++i) {
    const std::uint64_t frame_seed = seed + 1000 * static_cast<std::uint64_t>(i);
    for (int k = 0; k < kViews; ++k) {
      views.push_back(
          random_picture(resolution_px, frame_seed + 10 * static_cast<std::uint64_t>(k)));
    }
    targets.push_back(random_picture(resolution_px, frame_seed + 100));
    landmarks.push_back(seeded({kLandmarks, 2}, frame_seed + 200));
    const at::Tensor weight = seeded({kViews}, frame_seed + 300) + 0.1;
    weights.push_back(weight / weight.sum());
  }
  const std::vector<std::int64_t> shape = {frames, kViews, 3, resolution_px, resolution_px};
  return {at::stack(views).reshape(shape).to(device), at::stack(weights).to(device),
          at::stack(targets).to(device), at::stack(landmarks).to(device)};
}

LoopInput input_of_pack(const std::filesystem::path& path, int frames, c10::Device device) {
  const FramePack pack = read_frame_pack(path);
  if (pack.layout.landmarks != kLandmarks) {
    throw Error(ErrorKind::kInput, "'" + path.string() + "' has " +
                                       std::to_string(pack.layout.landmarks) +
                                       " landmarks, the networks take 68");
  }
  const std::int64_t n = pack.frame_count();
  const std::int64_t side = pack.layout.resolution_px;
  // from_blob takes no pointer to const; the data is only read.
  const at::Tensor bytes =
      at::from_blob(const_cast<char*>(pack.pixels.data()), {n, side, side, 3}, at::kByte);
  const at::Tensor points =
      at::from_blob(const_cast<float*>(pack.landmarks.data()), {n, kLandmarks, 2}, at::kFloat);
  const at::Tensor images = bytes.permute({0, 3, 1, 2}).to(at::kFloat) / 127.5 - 1;
  const at::Tensor row = at::arange(frames, at::kLong);
  const at::Tensor view_rows = (row.unsqueeze(1) * 5 + at::arange(1, kViews + 1)).remainder(n);
  const at::Tensor views = images.index_select(0, view_rows.flatten());
  return {views.reshape({frames, kViews, 3, side, side}).to(device),
          at::full({frames, kViews}, 1.0 / kViews).to(device),
          images.index_select(0, row.remainder(n)).to(device),
          points.index_select(0, row.remainder(n)).to(device)};
}

LoopInput rows(const LoopInput& input, std::int64_t first, std::int64_t count) {
  return {input.views.narrow(0, first, count), input.view_weights.narrow(0, first, count),
          input.target.narrow(0, first, count), input.landmarks.narrow(0, first, count)};
}

at::Tensor run_loop(const LoopNets& nets, const LoopInput& input) {
  const c10::NoGradGuard no_grad;
  const at::Tensor target_mask = face_mask(*nets.segmentation, input.target);
  const at::Tensor reenacted = reenact(nets, input);
  const at::Tensor reenacted_mask = face_mask(*nets.segmentation, reenacted);
  const at::Tensor face = reenacted * reenacted_mask - (1 - reenacted_mask);
  const at::Tensor completed = nets.inpainting->run(at::cat({face, target_mask}, 1));
  const at::Tensor transfer = completed * target_mask + input.target * (1 - target_mask);
  const at::Tensor blended = nets.blending->run(at::cat({transfer, input.target, target_mask}, 1));
  return blended * target_mask + input.target * (1 - target_mask);
}

at::Tensor to_bytes(const at::Tensor& images) {
  return ((images + 1) * 127.5).clamp(0, 255).round().to(at::kByte);
}

void synchronize(c10::Device device) {
  if (device.is_cuda()) {
    torch::cuda::synchronize(device.index());
  }
}

}  // namespace changeling
