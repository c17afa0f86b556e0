// tests/gpu/swap_loop.h: the networks' work for swapped frames, without files and video: K views
// reenacted, summed, segmented, completed, blended. For checks and benches on machines that have
// LibTorch alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "common/nets/inference_engine.h"
#include "common/nets/net_runner.h"
#include "common/nets/net_weights.h"

namespace changeling {

inline constexpr int kViews = 3;  ///< source views a frame

struct LoopSize {
  int ngf = 128;  ///< width of G_r, G_c and G_b; G_s takes half of it
  int resolution_px = 256;
};

/// Random weights of the four networks, from fixed seeds.
struct LoopWeights {
  NetWeights reenactment;
  NetWeights segmentation;
  NetWeights inpainting;
  NetWeights blending;
};

[[nodiscard]] LoopWeights make_loop_weights(const LoopSize& size);

/// Multiply-adds of one frame with kViews views, dense, landmark maps included.
[[nodiscard]] double macs_per_frame(const LoopWeights& weights, int resolution_px);

struct LoopNets {
  std::unique_ptr<NetRunner> reenactment;
  std::unique_ptr<NetRunner> segmentation;
  std::unique_ptr<NetRunner> inpainting;
  std::unique_ptr<NetRunner> blending;
  /// True: all views of all frames are one batch. False: one batch a view, as the reference does.
  bool joins_views = true;
};

using MakeRunner = std::function<std::unique_ptr<NetRunner>(const NetWeights&)>;

[[nodiscard]] LoopNets make_loop_nets(const LoopWeights& weights, const MakeRunner& make,
                                      bool joins_views);

/// How PyTorch code written by hand runs a network: layer by layer, batch norm and reflection
/// padding as they are, dense landmark maps, the whole batch at once. `bfloat16`: convolutions in
/// bfloat16 on channels-last tensors; else float32 (with LibTorch's default of TF32 on CUDA).
[[nodiscard]] std::unique_ptr<NetRunner> make_rival_runner(const NetWeights& weights,
                                                           c10::Device device, bool bfloat16);

/// N frames on the device.
struct LoopInput {
  at::Tensor views;         ///< (N,kViews,3,S,S) in [-1,1]
  at::Tensor view_weights;  ///< (N,kViews), sum 1
  at::Tensor target;        ///< (N,3,S,S) in [-1,1]
  at::Tensor landmarks;     ///< (N,68,2) in [0,1]
};

/// Noise around smooth pictures, from the seed; frame i does not depend on `frames`.
[[nodiscard]] LoopInput random_input(int frames, int resolution_px, std::uint64_t seed,
                                     c10::Device device);

/// Crops of a frame pack; source views are other frames of the pack. Throws Error(kInput).
[[nodiscard]] LoopInput input_of_pack(const std::filesystem::path& pack, int frames,
                                      c10::Device device);

/// Rows [first, first + count).
[[nodiscard]] LoopInput rows(const LoopInput& input, std::int64_t first, std::int64_t count);

/// Result (N,3,S,S) float32 in [-1,1].
[[nodiscard]] at::Tensor run_loop(const LoopNets& nets, const LoopInput& input);

/// uint8 (N,3,S,S): clamped, rounded half to even.
[[nodiscard]] at::Tensor to_bytes(const at::Tensor& images);

/// Waits until the device has done all of its work.
void synchronize(c10::Device device);

}  // namespace changeling
