#include "generator/programs/models_run.h"

#include <iostream>
#include <map>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/nets/dlib_resnet.h"
#include "common/nets/graph_net.h"
#include "common/nets/tensor_file.h"
#include "common/tensor/device.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

std::filesystem::path required_path(const Config& config, const std::string& key,
                                    const std::string& flag) {
  if (!config.is_set(key)) {
    throw Error(ErrorKind::kConfig, "--" + flag + " is missing");
  }
  return config.get_path(key);
}

at::Tensor take_input(const std::filesystem::path& path) {
  if (std::error_code ignored; !std::filesystem::exists(path, ignored)) {
    throw Error(ErrorKind::kInput, "--in: no file '" + path.string() + "'");
  }
  const Tensors tensors = read_tensors(path);
  const auto named = tensors.find("input");
  if (named == tensors.end() && tensors.size() != 1) {
    throw Error(ErrorKind::kModel,
                "'" + path.string() + "' must hold one tensor, or one that is named 'input'");
  }
  return named == tensors.end() ? tensors.begin()->second : named->second;
}

/// The shape as declared, with any number of images.
void check_shape(const ModelEntry& entry, const at::Tensor& input) {
  const std::vector<std::int64_t>& shape = entry.input_shape;
  bool fits = input.scalar_type() == at::kFloat && input.dim() == 4 && input.size(0) > 0;
  for (std::size_t dim = 1; fits && dim < shape.size(); ++dim) {
    fits = input.size(static_cast<std::int64_t>(dim)) == shape[dim];
  }
  if (!fits) {
    std::string found;
    for (const std::int64_t size : input.sizes()) {
      found += (found.empty() ? "" : ",") + std::to_string(size);
    }
    throw Error(ErrorKind::kModel,
                "model '" + entry.id + "' wants F32 (N," + std::to_string(shape[1]) + "," +
                    std::to_string(shape[2]) + "," + std::to_string(shape[3]) + "), the input is " +
                    std::string(at::toString(input.scalar_type())) + " (" + found + ")");
  }
}

Tensors run_net(const ModelEntry& entry, const std::filesystem::path& file,
                const at::Tensor& input) {
  if (entry.format == "tfjs") {
    return {{"output", DlibResNet(file, input.device()).run(input)}};
  }
  return GraphNet(file, input.device()).run(input);
}

}  // namespace

ExitCode run_models_run(const Command& command) {
  const Config& config = command.config;
  const ModelEntry& entry = ModelManifest::builtin().find(command.positionals.front());
  const std::filesystem::path in = required_path(config, "models.in", "in");
  const std::filesystem::path out = required_path(config, "models.out", "out");
  const std::filesystem::path file = imported_model_path(config.get_path("models.dir"), entry.id);
  const c10::Device device = parse_device(config.get_string("device"));
  const at::Tensor input = take_input(in);
  check_shape(entry, input);
  if (command.dry_run) {
    std::cerr << "would run " << entry.id << " on " << input.size(0) << " images\n";
    return ExitCode::kOk;
  }
  configure_torch(static_cast<int>(config.get_int("threads")));
  const c10::InferenceMode inference;
  const Tensors outputs = run_net(entry, file, input.to(device));
  write_tensors(out, outputs, {{"model", entry.id}, {"source_sha256", entry.sha256.hex()}});
  if (command.json) {
    nlohmann::json shapes = nlohmann::json::object();
    for (const auto& [name, tensor] : outputs) {
      shapes[name] = tensor.sizes().vec();
    }
    std::cout
        << nlohmann::json{{"schema_version", 1}, {"model", entry.id}, {"outputs", shapes}}.dump()
        << "\n";
  }
  return ExitCode::kOk;
}

}  // namespace changeling
