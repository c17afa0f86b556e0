#include <algorithm>
#include <map>

#include <ATen/ATen.h>

#include "common/media/image_codec.h"
#include "common/nets/graph_net.h"
#include "common/weights/model_manifest.h"
#include "tests/goals/goal_rows.h"
#include "tests/support/locked_outputs.h"
#include "tests/support/net_oracle.h"

namespace changeling {
namespace {

constexpr double kParityLimit = 1e-3;  // of the output range
constexpr std::int64_t kBatch = 16;
constexpr std::uint64_t kSeededInputs = 20;

at::Tensor parity_inputs(const std::string& id) {
  const std::filesystem::path photos = std::filesystem::path(CHANGELING_SOURCE_DIR) / "tests/data";
  std::vector<at::Tensor> inputs = {net_input(id, pattern_frame(320, 240)),
                                    net_input(id, read_image(photos / "astronaut.png")),
                                    net_input(id, read_image(photos / "grace_hopper.jpg"))};
  for (std::uint64_t seed = 0; seed < kSeededInputs; ++seed) {
    inputs.push_back(net_input(id, noise_frame(224, 224, seed)));
  }
  return at::cat(inputs);
}

double range_of(const at::Tensor& values) {
  return (values.max() - values.min()).item<double>();
}

/// Largest difference to cv::dnn over all inputs and outputs, one image at a time and in batches of
/// 16, as a share of each output's range.
double largest_difference(const GraphNet& net) {
  CvNet oracle(exported_model_path(net.id()));
  const at::Tensor inputs = parity_inputs(net.id());
  const auto batch = net.run(inputs.slice(0, 0, kBatch));
  double largest = 0;
  for (std::int64_t i = 0; i < inputs.size(0); ++i) {
    const at::Tensor single = inputs.slice(0, i, i + 1);
    const auto found = net.run(single);
    for (const auto& [name, expected] : oracle.run(single, net.output_names())) {
      const at::Tensor wanted = expected.reshape(found.at(name).sizes());
      const double range = range_of(wanted);
      largest = std::max(largest, (found.at(name) - wanted).abs().max().item<double>() / range);
      if (i < kBatch) {
        const at::Tensor in_batch = batch.at(name).slice(0, i, i + 1);
        largest = std::max(largest, (in_batch - wanted).abs().max().item<double>() / range);
      }
    }
  }
  return largest;
}

}  // namespace

std::vector<GoalRow> measure_parity(const std::filesystem::path& models_dir) {
  std::vector<GoalRow> rows;
  for (const ModelEntry& entry : ModelManifest::builtin().entries()) {
    if (entry.format == "onnx") {
      const GraphNet net(imported_model_path(models_dir, entry.id));
      rows.push_back(
          {entry.id + " difference to cv::dnn", largest_difference(net), kParityLimit, true});
    }
  }
  const std::vector<LockedFigure> figures = measure_locked_outputs(models_dir);
  const auto held = std::count_if(figures.begin(), figures.end(),
                                  [](const LockedFigure& figure) { return figure.holds(); });
  rows.push_back({"locked outputs that hold, of " + std::to_string(figures.size()),
                  static_cast<double>(held), static_cast<double>(figures.size())});
  return rows;
}

}  // namespace changeling
