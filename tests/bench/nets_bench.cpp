// The pretrained networks per image at batch 1 and 16, beside OpenCV's executor (batch 1) in the
// same run. Counter ratio_to_cv_dnn: its time per image divided by ours; above 1 we are faster.
#include <chrono>
#include <cstdio>
#include <map>

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>

#include "common/nets/dlib_resnet.h"
#include "common/nets/graph_net.h"
#include "common/tensor/device.h"
#include "common/weights/model_manifest.h"
#include "tests/support/net_oracle.h"

namespace changeling {
namespace {

constexpr double kParityLimit = 1e-3;

/// Nanoseconds per image of cv::dnn, filled by its own rows, which run first.
std::map<std::string, double>& rival_seconds() {
  static std::map<std::string, double> seconds;
  return seconds;
}

std::filesystem::path imported(const std::string& id) {
  return imported_model_path(assets_folder() / "models", id);
}

at::Tensor noise_batch(const std::string& id, std::int64_t size) {
  std::vector<at::Tensor> images;
  for (std::int64_t i = 0; i < size; ++i) {
    images.push_back(net_input(id, noise_frame(320, 240, static_cast<std::uint64_t>(i))));
  }
  return at::cat(images);
}

void report(benchmark::State& state, const std::string& id, std::int64_t batch, double seconds) {
  const double per_image =
      seconds / (static_cast<double>(state.iterations()) * static_cast<double>(batch));
  state.counters["frames_per_second"] = 1 / per_image;
  const auto rival = rival_seconds().find(id);
  if (rival != rival_seconds().end()) {
    state.counters["ratio_to_cv_dnn"] = rival->second / per_image;
  }
}

template <typename Body>
double timed_loop(benchmark::State& state, Body body) {
  body();  // warm-up
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    body();
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void bm_cv_dnn(benchmark::State& state, const std::string& id) {
  const GraphNet net(imported(id));
  CvNet oracle(exported_model_path(id));
  const at::Tensor input = noise_batch(id, 1);
  const double seconds =
      timed_loop(state, [&] { benchmark::DoNotOptimize(oracle.run(input, net.output_names())); });
  rival_seconds()[id] = seconds / static_cast<double>(state.iterations());
  state.counters["frames_per_second"] = 1 / rival_seconds()[id];
}

void bm_graph_net(benchmark::State& state, const std::string& id) {
  const c10::InferenceMode inference;
  const GraphNet net(imported(id));
  const at::Tensor input = noise_batch(id, state.range(0));
  const auto expected =
      CvNet(exported_model_path(id)).run(input.slice(0, 0, 1), net.output_names());
  const auto found = net.run(input);
  for (const auto& [name, value] : expected) {
    if (!(relative_difference(found.at(name)[0], value) <= kParityLimit)) {
      state.SkipWithError("result differs from cv::dnn");
      return;
    }
  }
  const double seconds = timed_loop(state, [&] { benchmark::DoNotOptimize(net.run(input)); });
  report(state, id, state.range(0), seconds);
}

void bm_dlib_resnet(benchmark::State& state) {
  const c10::InferenceMode inference;
  const DlibResNet net(imported("id128_dlib"));
  const at::Tensor input = noise_batch("id128_dlib", state.range(0));
  if (!(net.run(input).abs().max().item<float>() > 0)) {
    state.SkipWithError("the network gives zeros");
    return;
  }
  const double seconds = timed_loop(state, [&] { benchmark::DoNotOptimize(net.run(input)); });
  report(state, "id128_dlib", state.range(0), seconds);
}

void register_all() {
  const std::vector<std::pair<std::string, std::string>> nets = {{"detector", "det_rfb320"},
                                                                 {"landmarks", "lmk68"},
                                                                 {"identity", "id512"},
                                                                 {"pose", "pose66"}};
  for (const auto& [role, id] : nets) {
    benchmark::RegisterBenchmark(("bm_" + role + "/cv_dnn").c_str(), bm_cv_dnn, id)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("bm_" + role).c_str(), bm_graph_net, id)
        ->ArgName("batch")
        ->Arg(1)
        ->Arg(16)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("bm_identity_dlib", bm_dlib_resnet)
      ->ArgName("batch")
      ->Arg(1)
      ->Arg(16)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (!changeling::models_are_present()) {
    std::fputs(
        "nets_bench: no pretrained networks; run script/fetch-assets and 'changeling models "
        "import'\n",
        stderr);
    return 0;
  }
  // One thread each: OpenMP's barriers (LibTorch) and the thread pool of cv::dnn suffer so
  // differently from other programs on the machine that ratios at two threads would not repeat.
  changeling::configure_torch(1);
  changeling::set_oracle_threads(1);
  benchmark::AddCustomContext("threads", "1");
  benchmark::AddCustomContext("torch", changeling::torch_build_summary());
  changeling::register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
