// Measures how fast each network trains: training_goal FACES LABELLED_FACES SEGMENTATION MODELS_DIR
// FACES teaches G_r, G_c and G_b, LABELLED_FACES teaches G_s, SEGMENTATION are weights of G_s.
// Prints samples a second, the share of the time spent waiting for crops and on the stages before
// the network, and how much of what matrix products reach here the forward and backward passes of
// the network alone do. Exits 0 when every stage waits less than a tenth of the time (goal Q5),
// else 4.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "common/base/error.h"
#include "common/nets/layer_counter.h"
#include "common/tensor/device.h"
#include "generator/train/fit_task.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

constexpr int kSteps = 8;
constexpr double kMostWaiting = 0.1;
constexpr double kFlopsPerMac = 2;
constexpr double kPassesPerStep = 3;  // forward; backward to weights and to inputs

/// GFLOP a second of a large float32 matrix product, the best of several.
double matrix_gflops() {
  constexpr std::int64_t kSide = 1536;
  const at::Tensor a = at::rand({kSide, kSide});
  double best = 0;
  for (int i = 0; i < 6; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const at::Tensor product = at::mm(a, a);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::max(best, kFlopsPerMac * kSide * kSide * kSide / took.count() / 1e9);
  }
  return best;
}

FitSettings settings_of(TrainedNet net, const std::vector<std::string>& arguments,
                        const std::filesystem::path& out) {
  FitSettings settings;
  settings.net = net;
  settings.packs = {arguments[net == TrainedNet::kSegmentation ? 1 : 0]};
  settings.out = out / std::string(to_string(net));
  settings.models_dir = arguments[3];
  settings.reenactment.ngf = 16;
  settings.stage.ngf = 16;
  settings.identity.ngf = 16;
  settings.reenactment.max_validation_pairs = 16;
  settings.stage.max_validation_pairs = 16;
  if (net == TrainedNet::kInpainting || net == TrainedNet::kBlending) {
    settings.trained_nets["segmentation"] = arguments[2];
  }
  settings.fit.steps = kSteps;
  settings.fit.batch = 16;
  settings.fit.validate_every = kSteps;
  settings.fit.checkpoint_every = kSteps;
  return settings;
}

int measure(const std::vector<std::string>& arguments) {
  const TempDir out;
  const double peak = matrix_gflops();
  std::printf("matrix product: %.1f GFLOP/s, %d threads\n", peak, at::get_num_threads());
  double most_waiting = 0;
  for (const TrainedNet net :
       {TrainedNet::kSegmentation, TrainedNet::kReenactment, TrainedNet::kInpainting,
        TrainedNet::kBlending, TrainedNet::kVgg19}) {
    const FitSettings settings = settings_of(net, arguments, out.path());
    FitProgress last;
    FitHooks hooks;
    hooks.on_progress = [&last](const FitProgress& progress) { last = progress; };
    const FitResult result = run_fit(settings, hooks);
    const NetInfo& info = result.weights.info;
    const double gflops = kFlopsPerMac * kPassesPerStep *
                          static_cast<double>(mac_count(info, info.resolution_px)) *
                          last.samples_per_second / 1e9;
    std::printf(
        "%-13s width %d, %d px: %6.2f samples/s, waits %.2f %%, stages before %.1f %%, "
        "%.1f GFLOP/s = %.0f %% of the matrix product\n",
        std::string(to_string(net)).c_str(), info.ngf, info.resolution_px, last.samples_per_second,
        100 * last.stage_wait_share, 100 * last.input_share, gflops, 100 * gflops / peak);
    most_waiting = std::max(most_waiting, last.stage_wait_share);
  }
  const bool holds = most_waiting < kMostWaiting;
  std::printf("Q5 %s: no stage waits more than %.2f %% of its time for crops\n",
              holds ? "holds" : "does not hold", 100 * most_waiting);
  return holds ? 0 : 4;
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: training_goal FACES LABELLED_FACES SEGMENTATION MODELS_DIR\n", stderr);
    return 2;
  }
  try {
    changeling::configure_torch(0);
    return changeling::measure({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "training_goal: %s\n", error.what());
    return 1;
  }
}
