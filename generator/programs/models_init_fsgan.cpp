#include "generator/programs/models_init_fsgan.h"

#include <filesystem>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "generator/methods/fsgan/fsgan_nets.h"

namespace changeling {
namespace {

constexpr double kCropScale = 1.2;

}  // namespace

ExitCode run_models_init_fsgan(const Command& command) {
  const Config& config = command.config;
  if (!config.is_set("models.init.out")) {
    throw Error(ErrorKind::kConfig, "--out is missing");
  }
  const std::filesystem::path folder = config.get_path("models.init.out");
  const auto resolution = static_cast<int>(config.get_int("models.init.resolution"));
  if (resolution % 16 != 0) {
    throw Error(ErrorKind::kConfig,
                "--resolution: " + std::to_string(resolution) + " is no multiple of 16");
  }
  if (command.dry_run) {
    std::cerr << "would write four untrained networks into '" << folder.string() << "'\n";
    return ExitCode::kOk;
  }
  std::filesystem::create_directories(folder);
  nlohmann::json written = nlohmann::json::array();
  for (const NetWeights& weights :
       random_fsgan_weights(static_cast<int>(config.get_int("models.init.ngf")), resolution,
                            kCropScale, static_cast<std::uint64_t>(config.get_int("seed")))) {
    const std::filesystem::path file = folder / (weights.info.role + ".safetensors");
    const Digest digest = write_net_weights(file, weights);
    written.push_back({{"role", weights.info.role},
                       {"file", file.string()},
                       {"sha256", digest.hex()},
                       {"trained_on", weights.info.trained_on}});
  }
  if (command.json) {
    std::cout << nlohmann::json{{"schema_version", 1}, {"networks", written}}.dump() << "\n";
  } else {
    std::cout << "four untrained networks in '" << folder.string()
              << "': they swap nothing, what they paint is noise\n";
  }
  return ExitCode::kOk;
}

}  // namespace changeling
