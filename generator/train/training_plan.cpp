#include "generator/train/training_plan.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/training_files.h"

namespace changeling {
namespace {

using Json = nlohmann::json;

/// Reads the keys of one stage and remembers which it has.
class StageReader {
 public:
  StageReader(const Json& stage, std::size_t number) : stage_(stage), number_(number) {
    if (!stage.is_object()) {
      fail("is no object");
    }
  }

  template <typename T>
  T get(const char* key, T otherwise) {
    seen_.insert(key);
    const auto found = stage_.find(key);
    if (found == stage_.end()) {
      return otherwise;
    }
    try {
      return found->get<T>();
    } catch (const Json::exception&) {
      fail("'" + std::string(key) + "' has a value of the wrong kind: " + found->dump());
    }
  }

  template <typename T>
  T need(const char* key) {
    if (!has(key)) {
      fail("has no '" + std::string(key) + "'");
    }
    return get<T>(key, T());
  }

  std::int64_t count(const char* key, std::int64_t otherwise, std::int64_t least) {
    const auto value = get<std::int64_t>(key, otherwise);
    if (value < least) {
      fail("'" + std::string(key) + "' must be at least " + std::to_string(least));
    }
    return value;
  }

  /// Index of the value among `names`; the first one is the default.
  std::size_t choice(const char* key, const std::vector<std::string>& names) {
    const auto value = get<std::string>(key, names.front());
    const auto found = std::find(names.begin(), names.end(), value);
    if (found == names.end()) {
      fail("'" + std::string(key) + "' is '" + value + "'");
    }
    return static_cast<std::size_t>(found - names.begin());
  }

  [[nodiscard]] bool has(const char* key) const { return stage_.contains(key); }

  void require_no_other_key() const {
    for (const auto& [key, value] : stage_.items()) {
      if (seen_.count(key) == 0) {
        fail("has an unknown key '" + key + "'");
      }
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kConfig,
                "stage " + std::to_string(number_ + 1) + " of the training plan " + what);
  }

 private:
  const Json& stage_;
  std::size_t number_;
  std::set<std::string> seen_;
};

TrainedNet read_net(StageReader& reader) {
  const auto name = reader.need<std::string>("net");
  if (const std::optional<TrainedNet> net = trained_net_of(name)) {
    return *net;
  }
  reader.fail("trains an unknown network '" + name + "'");
}

FitOptions read_loop(StageReader& reader, const PlanPlace& place) {
  FitOptions options;
  options.steps = reader.count("steps", 0, 1);
  options.base_steps = reader.count("base_steps", 0, 0);
  if (place.steps_cap > 0) {
    options.steps = std::min(options.steps, place.steps_cap);
    options.base_steps = std::min(options.base_steps, options.steps / 2);
  }
  options.batch = static_cast<int>(reader.count("batch", options.batch, 1));
  options.learning_rate = reader.get("learning_rate", options.learning_rate);
  options.discriminator_rate = reader.get("discriminator_rate", options.discriminator_rate);
  options.schedule = reader.choice("schedule", {"halving", "cosine"}) == 1 ? Schedule::kCosine
                                                                           : Schedule::kHalving;
  options.halve_every = reader.count("halve_every", options.halve_every, 1);
  options.warmup_steps = reader.count("warmup_steps", 0, 0);
  options.restarts_schedule = reader.choice("stage_schedule", {"whole", "restart"}) == 1;
  options.full_rate = reader.get("full_rate", options.full_rate);
  options.adversarial = reader.get("adversarial_weight", 0.0);
  options.adversarial_warmup = reader.count("adversarial_warmup", 0, 0);
  options.ndf = static_cast<int>(reader.count("ndf", options.ndf, 4));
  options.validate_every = reader.count("validate_every", options.validate_every, 1);
  options.checkpoint_every = reader.count("checkpoint_every", options.checkpoint_every, 1);
  options.patience = static_cast<int>(reader.count("patience", options.patience, 0));
  options.seed = static_cast<std::uint64_t>(reader.count("seed", 1, 0));
  options.device = place.device;
  options.compute = place.compute;
  return options;
}

/// What the perceptual loss looks through; of a VGG-19 the folder of the stage that trained it.
void set_perception(StageReader& reader, const PlanPlace& place, FitSettings& settings) {
  constexpr std::array kKinds = {Perception::kIdentity, Perception::kNone, Perception::kVgg};
  settings.perception = kKinds[reader.choice("perception", {"id512", "none", "vgg"})];
  if (settings.perception == Perception::kVgg) {
    settings.vgg_weights = place.stages() / reader.need<std::string>("vgg") / training_files::kBest;
  }
}

FitSettings read_stage(const Json& stage, std::size_t number, const PlanPlace& place) {
  StageReader reader(stage, number);
  FitSettings settings;
  settings.net = read_net(reader);
  for (const std::string& pack : reader.need<std::vector<std::string>>("packs")) {
    settings.packs.push_back(place.folder / pack);
  }
  settings.out = place.stages() / reader.get("out", std::string(to_string(settings.net)));
  settings.models_dir = place.folder / "models";
  settings.checked_packs = place.folder / training_files::kCheckedPacks;  // of all stages
  set_perception(reader, place, settings);
  const bool is_segmentation = settings.net == TrainedNet::kSegmentation;
  const auto ngf = static_cast<int>(reader.count("ngf", is_segmentation ? 16 : 32, 1));
  settings.reenactment.ngf = ngf;
  settings.stage.ngf = ngf;
  settings.segmentation.ngf = ngf;
  settings.identity.ngf = ngf;
  settings.reenactment.prior = reader.choice("prior", {"mesh_warp", "none"}) == 0
                                   ? ReenactmentPrior::kMeshWarp
                                   : ReenactmentPrior::kNone;
  settings.reenactment.is_stepwise = reader.get("stepwise", false);
  settings.segmentation.reenactment_weight =
      reader.get("reenactment_weight", settings.segmentation.reenactment_weight);
  settings.stage.starts_from_input = settings.reenactment.prior != ReenactmentPrior::kNone;
  const auto start = reader.get("start", std::string());
  if (!start.empty()) {
    settings.start = place.stages() / start / training_files::kBest;
  }
  for (const char* role : {"reenactment", "segmentation", "inpainting"}) {
    const auto folder = reader.get(role, std::string());
    if (!folder.empty()) {
      settings.trained_nets[role] = place.stages() / folder / training_files::kBest;
    }
  }
  settings.fit = read_loop(reader, place);
  reader.require_no_other_key();
  return settings;
}

/// Whether the stage is finished; it is not where it was stopped while its packs were checked.
bool finishes(const FitSettings& stage, const FitHooks& hooks) {
  try {
    return run_fit(stage, hooks).finished;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCancelled) {
      throw;
    }
    log_info("stage_stopped", {{"stage", stage.out.string()}, {"reason", error.what()}});
    return false;
  }
}

}  // namespace

std::filesystem::path PlanPlace::stages() const {
  const std::string kind = device.is_cuda() ? "cuda" : "cpu";
  return steps_cap > 0 ? folder / ("trial-" + kind + "-" + std::to_string(steps_cap)) : folder;
}

std::vector<FitSettings> read_training_plan(const std::string& json, const PlanPlace& place) {
  const Json plan = Json::parse(json, nullptr, false);
  if (!plan.is_object() || !plan.contains("stages") || !plan["stages"].is_array()) {
    throw Error(ErrorKind::kConfig, "a training plan is a JSON object with a list 'stages'");
  }
  std::vector<FitSettings> stages;
  for (const Json& stage : plan["stages"]) {
    stages.push_back(read_stage(stage, stages.size(), place));
  }
  return stages;
}

bool run_training_plan(const std::vector<FitSettings>& stages, double max_seconds,
                       const std::function<FitHooks(const FitSettings&)>& hooks_of) {
  const auto start = std::chrono::steady_clock::now();
  for (FitSettings stage : stages) {
    if (max_seconds > 0) {
      const std::chrono::duration<double> used = std::chrono::steady_clock::now() - start;
      if (used.count() >= max_seconds) {
        return false;
      }
      stage.fit.max_seconds_now = max_seconds - used.count();
    }
    if (!finishes(stage, hooks_of(stage))) {
      return false;
    }
  }
  return true;
}

}  // namespace changeling
