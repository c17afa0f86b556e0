#include "generator/programs/train_fit.h"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/base/stopwatch.h"
#include "common/base/training_files.h"
#include "common/cli/progress.h"
#include "common/media/image_codec.h"
#include "common/nets/inference_engine.h"
#include "common/tensor/device.h"
#include "common/tensor/frame_tensor.h"
#include "common/tensor/torch_errors.h"
#include "generator/train/fit_task.h"
#include "reports/training_page.h"

namespace changeling {
namespace {

constexpr int kGeneratorNgf = 32;
constexpr int kSegmentationNgf = 16;
constexpr int kVggNgf = 16;
constexpr double kSecondsPerMinute = 60;
constexpr std::chrono::seconds kLogEvery{60};  // and at validations

TrainedNet net_of(const Command& command) {
  const std::string& name = command.positionals.front();
  if (const std::optional<TrainedNet> net = trained_net_of(name)) {
    return *net;
  }
  throw Error(
      ErrorKind::kConfig,
      "unknown network '" + name + "': segmentation, reenactment, inpainting, blending or vgg19");
}

Compute compute_of(const std::string& precision, c10::Device device) {
  const bool is_bfloat16 = precision == "bf16" || (precision == "auto" && device.is_cuda());
  // Without the instructions a step takes a hundred times as long: refused, as the engine does.
  (void)resolve_precision(is_bfloat16 ? Precision::kBFloat16 : Precision::kFloat32, device);
  return is_bfloat16 ? Compute::kBFloat16 : Compute::kFloat32;
}

FitOptions loop_settings(const Config& config) {
  FitOptions options;
  options.steps = config.get_int("train.fit.steps");
  options.base_steps = config.get_int("train.fit.base_steps");
  options.batch = static_cast<int>(config.get_int("train.fit.batch"));
  options.learning_rate = config.get_double("train.fit.learning_rate");
  options.discriminator_rate = config.get_double("train.fit.discriminator_rate");
  options.schedule =
      config.get_string("train.fit.schedule") == "cosine" ? Schedule::kCosine : Schedule::kHalving;
  options.halve_every = config.get_int("train.fit.halve_every");
  options.warmup_steps = config.get_int("train.fit.warmup_steps");
  options.restarts_schedule = config.get_string("train.fit.stage_schedule") == "restart";
  options.full_rate = config.get_double("train.fit.full_rate");
  options.adversarial = config.get_double("train.fit.adversarial_weight");
  options.adversarial_warmup = config.get_int("train.fit.adversarial_warmup");
  options.ndf = static_cast<int>(config.get_int("train.fit.ndf"));
  options.seed = static_cast<std::uint64_t>(config.get_int("seed"));
  options.device = parse_device(config.get_string("device"));
  options.compute = compute_of(config.get_string("train.fit.precision"), options.device);
  options.validate_every = config.get_int("train.fit.validate_every");
  options.checkpoint_every = config.get_int("train.fit.checkpoint_every");
  options.patience = static_cast<int>(config.get_int("train.fit.patience"));
  options.max_seconds_now = kSecondsPerMinute * config.get_double("train.fit.max_minutes");
  return options;
}

Perception perception_of(const std::string& name) {
  return name == "none" ? Perception::kNone
                        : (name == "vgg" ? Perception::kVgg : Perception::kIdentity);
}

void set_net_options(const Config& config, FitSettings& settings) {
  const auto ngf = static_cast<int>(config.get_int("train.fit.ngf"));
  settings.reenactment.ngf = ngf > 0 ? ngf : kGeneratorNgf;
  settings.stage.ngf = settings.reenactment.ngf;
  settings.segmentation.ngf = ngf > 0 ? ngf : kSegmentationNgf;
  settings.identity.ngf = ngf > 0 ? ngf : kVggNgf;
  settings.reenactment.prior = config.get_string("train.fit.prior") == "none"
                                   ? ReenactmentPrior::kNone
                                   : ReenactmentPrior::kMeshWarp;
  settings.reenactment.weights = {config.get_double("train.fit.pixel_weight"),
                                  config.get_double("train.fit.perceptual_weight"),
                                  config.get_double("train.fit.gradient_weight")};
  settings.stage.weights = settings.reenactment.weights;
  settings.stage.starts_from_input = settings.reenactment.prior != ReenactmentPrior::kNone;
  for (const char* role : {"reenactment", "segmentation", "inpainting"}) {
    const std::string key = "train.fit." + std::string(role);
    if (config.is_set(key)) {
      settings.trained_nets[role] = config.get_file(key);
    }
  }
  if (config.is_set("train.fit.start")) {
    settings.start = config.get_file("train.fit.start");
  }
  settings.reenactment.background_weight = config.get_double("train.fit.background_weight");
  settings.segmentation.augmentation.max_turn_deg = config.get_double("train.fit.max_turn_deg");
  settings.segmentation.augmentation.color_jitter = config.get_double("train.fit.color_jitter");
  settings.reenactment.is_stepwise = config.get_bool("train.fit.stepwise");
  settings.segmentation.reenactment_weight = config.get_double("train.fit.reenactment_weight");
  settings.identity.augmentation = settings.segmentation.augmentation;
}

FitSettings fit_settings(const Command& command) {
  const Config& config = command.config;
  FitSettings settings;
  settings.net = net_of(command);
  for (const std::string& path : config.get_list("train.fit.packs")) {
    settings.packs.emplace_back(path);
  }
  if (settings.packs.empty() || !config.is_set("train.fit.out")) {
    throw Error(ErrorKind::kConfig, "train fit needs --packs DIR and --out DIR");
  }
  settings.out = config.get_path("train.fit.out");
  settings.perception = perception_of(config.get_string("train.fit.perception"));
  settings.models_dir = config.get_path("models.dir");
  if (settings.perception == Perception::kVgg) {
    settings.vgg_weights = config.get_file("train.fit.vgg_weights");
  }
  set_net_options(config, settings);
  settings.fit = loop_settings(config);
  return settings;
}

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5f", value);
  return text;
}

std::string note_of(const std::optional<double>& validation, const FitProgress& progress) {
  char text[160];
  std::snprintf(text, sizeof text, "%.1f samples/s, waits %.0f %%", progress.samples_per_second,
                100 * progress.stage_wait_share);
  return "val " + (validation ? fixed(*validation) : std::string("none yet")) + ", " + text;
}

/// Counts steps on stderr, from where the checkpoint stands.
class StepProgress {
 public:
  StepProgress(const FitSettings& settings, bool is_wanted)
      : settings_(settings), is_wanted_(is_wanted) {}

  void begin(std::int64_t step) {
    done_ = step;
    progress_.emplace("train " + std::string(to_string(settings_.net)), settings_.fit.steps - done_,
                      "steps", is_wanted_, kLogEvery);
  }

  void step(std::int64_t step) {
    progress_->add(step - done_);
    done_ = step;
  }

  void report(const FitProgress& progress) {
    last_ = progress;
    if (progress.validated) {
      validation_ = progress.validation;
    }
    progress_->set_note(note_of(validation_, progress));
    progress_->show();
  }

  [[nodiscard]] const FitProgress& last() const { return last_; }

 private:
  const FitSettings& settings_;
  bool is_wanted_;
  std::int64_t done_ = 0;
  std::optional<Progress> progress_;
  std::optional<double> validation_;  ///< the last one
  FitProgress last_;
};

void print_result(const Command& command, const FitSettings& settings, const FitResult& result,
                  const FitProgress& last) {
  const std::filesystem::path best = settings.out / training_files::kBest;
  const std::filesystem::path checkpoint = settings.out / training_files::kCheckpoint;
  const std::optional<double>& validation = result.best_validation;
  if (command.json) {
    const nlohmann::json document = {
        {"schema_version", 1},
        {"net", std::string(to_string(settings.net))},
        {"steps", result.steps},
        {"finished", result.finished},
        {"best_validation", validation ? nlohmann::json(*validation) : nlohmann::json()},
        {"weights", validation ? nlohmann::json(best.string()) : nlohmann::json()},
        {"checkpoint", checkpoint.string()},
        {"samples_per_second", last.samples_per_second},
        {"wait_share", last.stage_wait_share},
        {"peak_memory_bytes", peak_resident_bytes()}};
    std::cout << document.dump() << "\n";
    return;
  }
  std::cout << to_string(settings.net) << ": " << result.steps << " of " << settings.fit.steps
            << " steps, best validation " << (validation ? fixed(*validation) : "none yet") << ", ";
  if (last.samples_per_second > 0) {  // of a call that had steps to do
    std::cout << last.samples_per_second << " samples/s, ";
  }
  std::cout << "peak memory " << peak_resident_bytes() / (1 << 20) << " MiB\n";
  if (result.finished) {
    std::cout << "finished: " << best.string() << "\n";
  } else {
    std::cout << "to be continued: " << checkpoint.string() << "\n";
  }
}

/// Of a training that was stopped before it could begin.
void print_stop(const Command& command, const FitSettings& settings, const std::string& reason) {
  const std::string net(to_string(settings.net));
  if (command.json) {
    const nlohmann::json document = {
        {"schema_version", 1}, {"net", net}, {"finished", false}, {"reason", reason}};
    std::cout << document.dump() << "\n";
    return;
  }
  std::cout << net << ": " << reason << "\nto be continued: the same command goes on\n";
}

std::string text_of(const PartSize& part) {
  return std::to_string(part.people) + " people, " + std::to_string(part.crops) + " crops";
}

nlohmann::json json_of(const PartSize& part) {
  return {{"people", part.people},
          {"crops", part.crops},
          {"bytes", part.bytes},
          {"memory_bytes", part.memory_bytes}};
}

void print_preview(const Command& command, const FitSettings& settings, const FitPreview& preview) {
  const std::int64_t first = preview.resumes_at.value_or(0);
  if (command.json) {
    const nlohmann::json document = {{"schema_version", 1},
                                     {"dry_run", true},
                                     {"net", std::string(to_string(settings.net))},
                                     {"ngf", preview.net.ngf},
                                     {"resolution_px", preview.net.resolution_px},
                                     {"train", json_of(preview.train)},
                                     {"val", json_of(preview.validation)},
                                     {"steps", settings.fit.steps},
                                     {"resumes", preview.resumes_at.has_value()},
                                     {"first_step", first}};
    std::cout << document.dump() << "\n";
    return;
  }
  std::cout << "would train " << to_string(settings.net) << ", width " << preview.net.ngf << ", "
            << preview.net.resolution_px << " px\n"
            << "train: " << text_of(preview.train) << "\nval: " << text_of(preview.validation)
            << "\ncrops: " << (preview.train.bytes + preview.validation.bytes) / (1 << 20)
            << " MiB, read from the packs as they are needed; landmarks in memory: "
            << (preview.train.memory_bytes + preview.validation.memory_bytes) / (1 << 20)
            << " MiB\n"
            << (preview.resumes_at ? "goes on after step " + std::to_string(first) + " of "
                                   : std::string("begins anew, steps: "))
            << settings.fit.steps << "\n";
}

}  // namespace

ExitCode run_train_fit(const Command& command) {
  install_stop_signal();
  register_torch_error_translator();
  configure_torch(static_cast<int>(command.config.get_int("threads")));
  const FitSettings settings = fit_settings(command);
  if (command.dry_run) {
    print_preview(command, settings, preview_fit(settings));
    return ExitCode::kOk;
  }
  StepProgress progress(settings, command.progress);
  FitHooks hooks;
  hooks.stop_requested = [] { return stop_requested() != 0; };
  hooks.on_begin = [&](std::int64_t step) { progress.begin(step); };
  hooks.on_step = [&](std::int64_t step) { progress.step(step); };
  hooks.on_progress = [&](const FitProgress& now) { progress.report(now); };
  hooks.on_picture = [&](std::int64_t step, const at::Tensor& picture) {
    write_sample_picture(settings, step, encode_png(to_frame(picture)));
  };
  try {
    const FitResult result = run_fit(settings, hooks);
    (void)write_training_page(settings.out);
    print_result(command, settings, result, progress.last());
    return result.finished ? ExitCode::kOk : exit_code_of_stop();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCancelled) {
      throw;
    }
    print_stop(command, settings, error.what());
    return exit_code_of_stop();
  }
}

}  // namespace changeling
