// The mesh swap per frame, its Poisson step and the tensor solver of fsgan, each beside
// cv::seamlessClone on the same face region. The two sides alternate within one loop, so that a
// busy machine slows both. Counter ratio_to_seamless_clone: median of its time divided by median of
// ours; above 1 we are faster.
#include <cmath>
#include <memory>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include "common/base/upper_median.h"
#include "generator/methods/fsgan/poisson_solver.h"
#include "generator/methods/mesh_swap/face_layout.h"
#include "generator/methods/mesh_swap/mesh_swap_method.h"
#include "generator/methods/mesh_swap/poisson_clone.h"
#include "generator/methods/mesh_swap/soft_mask.h"
#include "tests/support/landmark_face.h"
#include "tests/support/taken_time.h"

namespace changeling {
namespace {

HeadClip target_clip(int face_px) {
  HeadClip clip;
  clip.face.face_width_px = static_cast<float>(face_px);
  clip.face.width_px = 2 * face_px;
  clip.face.height_px = 2 * face_px;
  clip.face.center = {static_cast<float>(face_px), 1.05F * static_cast<float>(face_px)};
  return clip;
}

HeadClip source_clip(int face_px) {
  HeadClip clip = target_clip(face_px);
  clip.face.colors = other_person().colors;
  return clip;
}

/// What both solvers get: two pictures of one size and the face as mask.
struct Region {
  cv::Mat source;
  cv::Mat target;
  cv::Mat mask;
};

cv::Mat as_picture(const Frame& frame) {
  return cv::Mat(frame.height_px(), frame.width_px(), CV_8UC3,
                 const_cast<std::uint8_t*>(frame.data()))
      .clone();
}

Region face_region(int face_px) {
  const LandmarkFace face = target_clip(face_px).face;
  Region region;
  region.source = as_picture(draw(source_clip(face_px).face));
  region.target = as_picture(draw(face));
  const FloatImage mask = polygon_mask(face_outline(extend_landmarks(landmarks_of(face))),
                                       face.width_px, face.height_px);
  cv::threshold(as_mat(mask), region.mask, 0.5, 255, cv::THRESH_BINARY);
  region.mask.convertTo(region.mask, CV_8U);
  return region;
}

cv::Mat seamless_clone(const Region& region) {
  const cv::Rect box = cv::boundingRect(region.mask);
  cv::Mat out;
  cv::seamlessClone(region.source, region.target, region.mask,
                    {box.x + box.width / 2, box.y + box.height / 2}, out, cv::NORMAL_CLONE);
  return out;
}

/// Alternates `ours` and `rival` after one warm-up of each; the row's time is ours.
template <typename Ours, typename Rival>
void alternate(benchmark::State& state, const Ours& ours, const Rival& rival) {
  ours();
  rival();
  std::vector<double> our_seconds;
  std::vector<double> rival_seconds;
  for (auto _ : state) {
    our_seconds.push_back(wall_seconds_of(ours));
    state.SetIterationTime(our_seconds.back());
    rival_seconds.push_back(wall_seconds_of(rival));
  }
  state.counters["frames_per_second"] = 1 / upper_median(our_seconds);
  state.counters["seamless_clone_ms"] = 1000 * upper_median(rival_seconds);
  state.counters["ratio_to_seamless_clone"] =
      upper_median(rival_seconds) / upper_median(our_seconds);
}

void bm_mesh_swap(benchmark::State& state) {
  const int face_px = static_cast<int>(state.range(0));
  const HeadClip target = target_clip(face_px);
  const auto method = std::make_shared<MeshSwapMethod>();
  auto outcome = method->plan(request_for(source_clip(face_px), target));
  if (!std::holds_alternative<std::unique_ptr<SwapPlan>>(outcome)) {
    state.SkipWithError("the pair was refused");
    return;
  }
  const PlannedSwap plan(method, std::move(std::get<std::unique_ptr<SwapPlan>>(outcome)));
  const Frame frame = draw(face_at(target, 3));
  const ComposedFrame out = plan.swap(3, frame);
  if (out.status != FrameStatus::kSwapped || out.frame == frame) {
    state.SkipWithError("the frame was not swapped");
    return;
  }
  const Region region = face_region(face_px);
  alternate(
      state, [&] { benchmark::DoNotOptimize(plan.swap(3, frame)); },
      [&] { benchmark::DoNotOptimize(seamless_clone(region)); });
}

void bm_poisson_clone(benchmark::State& state) {
  const Region region = face_region(static_cast<int>(state.range(0)));
  FloatImage source(region.mask.cols, region.mask.rows, 3);
  FloatImage target = source;
  FloatImage mask(region.mask.cols, region.mask.rows, 1);
  cv::Mat view = as_mat(source);
  region.source.convertTo(view, CV_32F);
  view = as_mat(target);
  region.target.convertTo(view, CV_32F);
  view = as_mat(mask);
  region.mask.convertTo(view, CV_32F, 1.0 / 255.0);
  const FloatImage cloned = poisson_clone(source, target, mask);
  cv::Mat difference;
  cv::absdiff(as_mat(cloned), cv::Mat_<cv::Vec3f>(seamless_clone(region)), difference);
  // seamlessClone keeps the target's gradients in a 3 px ring and solves on the box: near, not
  // equal.
  if (!(cv::mean(difference, region.mask)[0] < 20)) {
    state.SkipWithError("result is far from cv::seamlessClone");
    return;
  }
  alternate(
      state, [&] { benchmark::DoNotOptimize(poisson_clone(source, target, mask)); },
      [&] { benchmark::DoNotOptimize(seamless_clone(region)); });
}

void bm_solve_poisson(benchmark::State& state) {
  const Region region = face_region(static_cast<int>(state.range(0)));
  const auto to_tensor = [](const cv::Mat& image) {
    return at::from_blob(image.data, {image.rows, image.cols, image.channels()}, at::kByte)
        .permute({2, 0, 1})
        .unsqueeze(0)
        .to(at::kFloat)
        .contiguous();
  };
  const at::Tensor source = to_tensor(region.source);
  const at::Tensor target = to_tensor(region.target);
  const at::Tensor mask = to_tensor(region.mask) / 255;
  const at::Tensor cloned = solve_poisson(source, target, mask);
  const at::Tensor difference = (cloned - to_tensor(seamless_clone(region))).abs() * mask;
  if (!(difference.sum().item<double>() / mask.sum().item<double>() / 3 < 20)) {
    state.SkipWithError("result is far from cv::seamlessClone");
    return;
  }
  alternate(
      state, [&] { benchmark::DoNotOptimize(solve_poisson(source, target, mask)); },
      [&] { benchmark::DoNotOptimize(seamless_clone(region)); });
}

BENCHMARK(bm_mesh_swap)
    ->ArgName("face")
    ->Arg(100)
    ->Arg(200)
    ->Arg(400)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(bm_poisson_clone)
    ->ArgName("face")
    ->Arg(100)
    ->Arg(200)
    ->Arg(400)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

BENCHMARK(bm_solve_poisson)
    ->ArgName("face")
    ->Arg(100)
    ->Arg(200)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  at::set_num_threads(1);
  cv::setNumThreads(1);  // one compute thread, as in the product's compute lane
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
