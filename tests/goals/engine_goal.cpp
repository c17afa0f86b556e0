// Goals P1, P1b, P3, P6, P7, P8 and P11: engine_goal NAME [PYTHON SWAP_LOOP_PY]. Exit 0: holds; 4:
// does not; 3: cannot be measured here.
#include <cstring>
#include <exception>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "common/nets/batch_exact.h"
#include "common/nets/inference_engine.h"
#include "common/nets/landmark_context.h"
#include "common/nets/layer_counter.h"
#include "common/nets/sparse_context.h"
#include "common/tensor/device.h"
#include "tests/goals/engine_goals.h"
#include "tests/support/cpu_peak.h"
#include "tests/support/net_fill.h"

namespace changeling {
namespace {

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

at::Tensor noise(at::IntArrayRef sizes, std::uint64_t seed) {
  return at::randn(sizes, at::detail::createCPUGenerator(seed));
}

at::Tensor uniform(at::IntArrayRef sizes, std::uint64_t seed) {
  return at::rand(sizes, at::detail::createCPUGenerator(seed));
}

/// A stride-1 or -2 convolution of the full-size networks, padded before.
struct ConvShape {
  int in;
  int out;
  int side;  ///< of the output
  int stride;
};

constexpr int kConvBatch = 8;  ///< the engine's largest bucket

/// GFLOP per CPU second of a 3x3 convolution, bfloat16 as the engine runs it.
double conv_gflops(const ConvShape& shape, const at::Tensor& input, const at::Tensor& weight) {
  ConvolutionShape how;
  how.stride = {shape.stride, shape.stride};
  const double seconds = cpu_seconds_of([&] { (void)convolve(input, weight, {}, how); });
  return 2e-9 * 9 * static_cast<double>(input.size(0)) * shape.in * shape.out * shape.side *
         shape.side / seconds;
}

}  // namespace

int goal_p6() {
  if (!has_bfloat16(c10::kCPU)) {
    return cannot_measure("P6", kNoBFloat16);
  }
  constexpr int kSide = 256;
  const NetInfo info = ms_res_unet_info(101, 128);
  const NetWeights net = filled_weights(info);
  const at::Tensor images = uniform({1, 3, kSide, kSide}, 1) * 2 - 1;
  const at::Tensor landmarks = uniform({1, info.landmarks, 2}, 2);
  const at::Tensor context = at::zeros({1}, at::TensorOptions().dtype(at::kLong));
  EngineOptions options;
  options.precision = Precision::kBFloat16;
  const auto engine = make_engine(net, options);
  const auto eager = make_eager_runner(net);
  at::Tensor fast = engine->run(images, landmarks, context);
  at::Tensor slow = eager->run(images, landmarks, context);
  const double psnr = 10 * std::log10(4 / (fast - slow).square().mean().item<double>());
  const Duel cost =
      duel([&] { return cpu_seconds_of([&] { fast = engine->run(images, landmarks, context); }); },
           [&] { return cpu_seconds_of([&] { slow = eager->run(images, landmarks, context); }); });
  return verdict(
      "P6", cost.ratio >= 2.5 && psnr >= 40,
      fmt::format("G_r, ngf 128, 98 landmarks, {0} px, batch 1, one thread: {1:.2f}x (at "
                  "least 2.5x), {2:.2f} against {3:.2f} CPU s, {4:.1f} dB",
                  kSide, cost.ratio, cost.ours, cost.theirs, psnr));
}

int goal_p7() {
  if (!has_bfloat16(c10::kCPU)) {
    return cannot_measure("P7", kNoBFloat16);
  }
  const c10::InferenceMode inference;
  double worst = 1e9;
  double best = 0;
  double peak = 0;
  for (const ConvShape& shape : {ConvShape{512, 512, 64, 1},
                                 {1024, 1024, 32, 1},
                                 {256, 256, 128, 1},
                                 {128, 128, 256, 1},
                                 {256, 512, 64, 2},
                                 {512, 1024, 32, 2}}) {
    const int side = shape.side * shape.stride + 2;
    const at::Tensor input =
        noise({kConvBatch, shape.in, side, side}, 1).to(at::kBFloat16).contiguous(kLast);
    const at::Tensor weight =
        (noise({shape.out, shape.in, 3, 3}, 2) * 0.02).to(at::kBFloat16).contiguous(kLast);
    (void)conv_gflops(shape, input, weight);
    (void)bfloat16_peak_gflops();
    // "Costs" are rates here: theirs / ours is the share of the peak.
    const Duel rates = duel([] { return bfloat16_peak_gflops(); },
                            [&] { return conv_gflops(shape, input, weight); });
    std::printf("3x3 %4d -> %4d at %3d px, stride %d: %.0f of %.0f GFLOP/s, %.1f %%\n", shape.in,
                shape.out, shape.side, shape.stride, rates.theirs, rates.ours, 100 * rates.ratio);
    worst = std::min(worst, rates.ratio);
    best = std::max(best, rates.ratio);
    peak = std::max(peak, rates.ours);
  }
  // Shares beyond all (but for noise) would mean that the peak is none.
  return verdict(
      "P7", worst >= 0.75 && best <= 1.1,
      fmt::format("slowest 3x3 convolution, 128 channels or more, batch 8: {:.1f} % of the "
                  "bfloat16 peak (at least 75 %), fastest {:.1f} %; peak {:.0f} GFLOP "
                  "per CPU second",
                  100 * worst, 100 * best, peak));
}

int goal_p8() {
  const c10::InferenceMode inference;
  constexpr int kLandmarks = 98;
  const at::Tensor landmarks = uniform({1, kLandmarks, 2}, 3) * 1.1 - 0.05;
  double worst_ratio = 1e9;
  double worst_error = 0;
  for (const auto& [channels, side] : {std::pair{128, 256}, {256, 128}}) {
    const at::Tensor weight = noise({channels, kLandmarks, 7, 7}, 4) * 0.02;
    const SparseContext sparse(weight);
    // The rival starts from finished, padded maps, in the layout that is faster for it.
    const at::Tensor maps =
        at::reflection_pad2d(landmark_maps(landmarks, side), {3, 3, 3, 3}).contiguous(kLast);
    const at::Tensor filters = weight.contiguous(kLast);
    at::Tensor ours = sparse.make(landmarks, side, at::kFloat);
    at::Tensor theirs = convolve(maps, filters, {}, {});
    const double error = (ours - theirs).abs().max().item<double>();
    const Duel cost = duel(
        [&] { return cpu_seconds_of([&] { ours = sparse.make(landmarks, side, at::kFloat); }); },
        [&] { return cpu_seconds_of([&] { theirs = convolve(maps, filters, {}, {}); }); });
    std::printf("%d maps to %d channels at %d px: %.1f against %.0f CPU ms, %.1fx, error %.2g\n",
                kLandmarks, channels, side, 1e3 * cost.ours, 1e3 * cost.theirs, cost.ratio, error);
    worst_ratio = std::min(worst_ratio, cost.ratio);
    worst_error = std::max(worst_error, error);
  }
  return verdict("P8", worst_ratio >= 8 && worst_error <= 1e-5,
                 fmt::format("sparse context {:.1f}x its dense layer (at least 8x), largest error "
                             "{:.2g} (at most 1e-5)",
                             worst_ratio, worst_error));
}

int goal_p11() {
  constexpr int kImages = 9;
  EngineOptions options;
  options.precision = Precision::kFloat32;
  int compared = 0;
  int equal = 0;
  for (const NetInfo& info :
       {ms_res_unet_info(71, 16), ms_res_unet_info(4, 16), ms_res_unet_info(7, 32),
        ms_res_unet_info(7, 8, {2, 0, 2, 3}, {3}, NetKind::kMsResUnetV1),
        net_info(NetKind::kSegUnet, 16, {3})}) {
    const auto engine = make_engine(filled_weights(info), options);
    const at::Tensor images = uniform({kImages, info.in - info.landmarks, 64, 64}, 5) * 2 - 1;
    const at::Tensor landmarks = uniform({kImages, std::max(1, info.landmarks), 2}, 6);
    const auto run = [&](const at::Tensor& rows) {
      const at::Tensor chosen = images.index_select(0, rows);
      return info.landmarks > 0 ? engine->run(chosen, landmarks, rows) : engine->run(chosen);
    };
    std::vector<at::Tensor> alone;
    at::set_num_threads(1);
    for (int i = 0; i < kImages; ++i) {
      alone.push_back(run(at::full({1}, i, at::TensorOptions().dtype(at::kLong))));
    }
    const at::Tensor expected = at::cat(alone);
    for (int size = 1; size <= kImages; ++size) {
      for (const int threads : {1, 2}) {
        at::set_num_threads(threads);
        const at::Tensor rows =
            at::randperm(kImages, at::detail::createCPUGenerator(static_cast<std::uint64_t>(size)),
                         at::TensorOptions().dtype(at::kLong))
                .narrow(0, 0, size);
        ++compared;
        equal += at::equal(run(rows), expected.index_select(0, rows)) ? 1 : 0;
      }
    }
  }
  return verdict(
      "P11", equal == compared,
      fmt::format("{} of {} batches of 1 to 9 mixed images, on 1 and 2 threads, have the "
                  "bits of single images (CPU, float32)",
                  equal, compared));
}

namespace {

int run_goal(const std::string& name, int argc, char** argv) {
  configure_torch(1);
  if (name == "P6") {
    return goal_p6();
  }
  if (name == "P7") {
    return goal_p7();
  }
  if (name == "P8") {
    return goal_p8();
  }
  if (name == "P11") {
    return goal_p11();
  }
  if (name == "P3") {
    return goal_p3();
  }
  if ((name == "P1" || name == "P1b") && argc == 4) {
    return goal_p1(name, name == "P1" ? 8 : 1, argv[2], argv[3]);
  }
  std::fputs("usage: engine_goal P1|P1b|P3|P6|P7|P8|P11 [PYTHON SWAP_LOOP_PY]\n", stderr);
  return 2;
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  try {
    return changeling::run_goal(name, argc, argv);
  } catch (const std::exception& error) {
    std::printf("%s does not hold: %s\n", name.c_str(), error.what());
    return changeling::kDoesNotHold;
  }
}
