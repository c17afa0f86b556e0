// tests/unit/generator/fsgan/swap_fixture.h: tiny FSGAN networks, random ones and ones that do
// exactly one thing, on drawn heads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/nets/net_runner.h"
#include "generator/methods/fsgan/fsgan_method.h"
#include "tests/support/landmark_face.h"
#include "tests/support/lively_weights.h"

namespace changeling {

/// A network that is a function; counts its images.
class FunctionNet : public NetRunner {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& images)>;

  FunctionNet(NetInfo info, Function function, std::shared_ptr<std::int64_t> images)
      : info_(std::move(info)), function_(std::move(function)), images_(std::move(images)) {}

  [[nodiscard]] const NetInfo& info() const override { return info_; }

  [[nodiscard]] at::Tensor run(const at::Tensor& input) const override {
    *images_ += input.size(0);
    return function_(input);
  }

  [[nodiscard]] at::Tensor run(const at::Tensor& images, const at::Tensor&,
                               const at::Tensor&) const override {
    return run(images);
  }

 private:
  NetInfo info_;
  Function function_;
  std::shared_ptr<std::int64_t> images_;
};

/// Images that each network has seen.
struct NetCounts {
  std::shared_ptr<std::int64_t> reenactment = std::make_shared<std::int64_t>(0);
  std::shared_ptr<std::int64_t> segmentation = std::make_shared<std::int64_t>(0);
  std::shared_ptr<std::int64_t> inpainting = std::make_shared<std::int64_t>(0);
  std::shared_ptr<std::int64_t> blending = std::make_shared<std::int64_t>(0);
};

/// Networks that pass the face on: a perfect swap would paste the turned source view.
inline FsganNets pass_on_nets(const NetCounts& counts = {}) {
  const auto first_three = [](const at::Tensor& input) { return input.narrow(1, 0, 3).clone(); };
  FsganNets nets;
  NetInfo info;
  info.landmarks = 68;
  nets.reenactment = std::make_unique<FunctionNet>(info, first_three, counts.reenactment);
  nets.inpainting = std::make_unique<FunctionNet>(NetInfo{}, first_three, counts.inpainting);
  nets.blending = std::make_unique<FunctionNet>(NetInfo{}, first_three, counts.blending);
  return nets;
}

/// A segmentation network that calls everything face (class 1), or class `label`.
inline std::unique_ptr<NetRunner> constant_segmentation(const NetCounts& counts, int label = 1) {
  return std::make_unique<FunctionNet>(
      NetInfo{},
      [label](const at::Tensor& images) {
        at::Tensor logits = at::zeros_like(images);
        logits.select(1, label).fill_(1);
        return logits;
      },
      counts.segmentation);
}

inline FsganOptions tiny_options(std::vector<Rung> rungs = {Rung::kBlended}) {
  FsganOptions options;
  options.rungs = std::move(rungs);
  options.precision = Precision::kFloat32;
  options.segmenter = SegmenterKind::kHull;
  options.resolution_px = 64;
  return options;
}

inline std::vector<Rung> all_rungs() {
  return {Rung::kBlended, Rung::kInpainted, Rung::kPoisson, Rung::kReenacted};
}

/// Seeded random networks of width 4 that paint something.
inline FsganNets random_nets(const FsganOptions& options) {
  std::vector<NetWeights> weights = random_fsgan_weights(4, options.resolution_px, 1.2, 1);
  for (NetWeights& net : weights) {
    make_lively(net);
  }
  return prepare_fsgan_nets(weights, options);
}

inline std::shared_ptr<FsganMethod> random_method(const FsganOptions& options) {
  return std::make_shared<FsganMethod>(random_nets(options), options);
}

inline std::shared_ptr<FsganMethod> pass_on_method(const FsganOptions& options,
                                                   const NetCounts& counts = {}) {
  return std::make_shared<FsganMethod>(pass_on_nets(counts), options);
}

inline HeadClip source_head(int n_frames = 20) {
  HeadClip clip;
  clip.face = other_person();
  clip.n_frames = n_frames;
  return clip;
}

inline std::unique_ptr<SwapPlan> plan_of(const FsganMethod& method, SwapRequest request) {
  auto outcome = method.plan(std::move(request));
  if (const auto* rejected = std::get_if<Rejected>(&outcome)) {
    ADD_FAILURE() << "refused: " << rejected->detail;
    return nullptr;
  }
  auto plan = std::move(std::get<std::unique_ptr<SwapPlan>>(outcome));
  method.finish_plan(*plan, nullptr, {});
  return plan;
}

/// A frame of the target with the neighbours that the method asks for.
inline SwapItem item_of(const FsganMethod& method, const SwapPlan& plan, const HeadClip& target,
                        std::int64_t index) {
  const std::int64_t first = std::max<std::int64_t>(0, index - method.halo_frames());
  const std::int64_t last =
      std::min<std::int64_t>(target.n_frames - 1, index + method.halo_frames());
  SwapItem item{&plan, index, {}, first};
  for (std::int64_t i = first; i <= last; ++i) {
    item.window.push_back(draw(face_at(target, i)));
  }
  return item;
}

inline bool equal(const ComposedFrame& a, const ComposedFrame& b) {
  return a.frame == b.frame && a.alpha == b.alpha && a.changed == b.changed && a.status == b.status;
}

/// Every pixel without alpha equals the target; the changed mask tells the truth.
inline void expect_exact_outside_alpha(const ComposedFrame& out, const Frame& target) {
  ASSERT_EQ(out.frame.size_bytes(), target.size_bytes());
  ASSERT_EQ(out.alpha.size_bytes() * 3, target.size_bytes());
  for (std::size_t i = 0; i < out.alpha.size_bytes(); ++i) {
    const bool same =
        std::equal(target.data() + 3 * i, target.data() + 3 * i + 3, out.frame.data() + 3 * i);
    ASSERT_TRUE(same || out.alpha.data()[i] > 0) << i;
    ASSERT_EQ(out.changed.data()[i], same ? 0 : 255) << i;
  }
}

}  // namespace changeling
