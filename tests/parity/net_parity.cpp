// net_parity FOLDER...: runs the networks of common/nets on the cases of make_cases.py and prints
// the largest absolute difference from PyTorch of each. Exits 1 when one exceeds 1e-4.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/nets/networks.h"
#include "common/nets/tensor_file.h"
#include "common/tensor/pyramid.h"

namespace changeling {
namespace {

constexpr double kTolerance = 1e-4;

std::vector<at::Tensor> outputs_of(const NetWeights& net, const at::Tensor& input, int levels) {
  switch (net.info.kind) {
    case NetKind::kHopenet:
      return {run_hopenet(net, input)};
    case NetKind::kVgg19:
    case NetKind::kVgg19Bn: {
      std::vector<at::Tensor> outputs = run_vgg19_taps(net, input);
      outputs.push_back(run_network(net, {{input}}).front());
      return outputs;
    }
    default:
      return run_network(net, make_pyramid(input, levels));
  }
}

double largest_difference(const std::filesystem::path& folder) {
  const NetWeights net = read_net_weights(folder / "weights.safetensors");
  TensorMap data = read_tensors(folder / "data.safetensors");
  const int levels = data.at("levels").item<int>();
  const auto outputs = outputs_of(net, data.at("input"), levels);
  CHANGELING_REQUIRE(outputs.size() + 2 == data.size(), "another number of outputs");
  double largest = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const at::Tensor& expected = data.at("output." + std::to_string(i));
    CHANGELING_REQUIRE(outputs[i].sizes() == expected.sizes(), "an output of another shape");
    CHANGELING_REQUIRE(expected.std().item<double>() > 1e-3, "the case says nothing");
    largest = std::max(largest, (outputs[i] - expected).abs().max().item<double>());
  }
  return largest;
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  const c10::NoGradGuard no_grad;
  bool holds = argc > 1;
  try {
    for (int i = 1; i < argc; ++i) {
      const std::filesystem::path folder = argv[i];
      const double difference = changeling::largest_difference(folder);
      holds = holds && difference <= changeling::kTolerance;
      std::printf("%-16s %.3g\n", folder.filename().c_str(), difference);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "net_parity: %s\n", error.what());
    return 1;
  }
  return holds ? 0 : 1;
}
