#include "generator/train/fit_task.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/licence.h"
#include "common/base/log.h"
#include "common/base/png_label.h"
#include "common/base/stopwatch.h"
#include "common/base/training_files.h"
#include "common/nets/inference_engine.h"
#include "generator/methods/fsgan/fsgan_nets.h"
#include "generator/train/curve_file.h"

namespace changeling {
namespace {

std::vector<FrameSet> open_sets(const FitSettings& settings) {
  if (settings.packs.empty()) {
    throw Error(ErrorKind::kConfig, "a training needs a frame set (changeling train prepare)");
  }
  std::vector<FrameSet> sets;
  for (const std::filesystem::path& path : settings.packs) {
    sets.push_back(open_frame_set(path));
  }
  return sets;
}

/// "ytf (270 people, catalog split 'main', parts ..., set 0123..)"; several sets joined by "; ".
std::string origin_of(const std::vector<FrameSet>& sets) {
  std::string text;
  for (const FrameSet& set : sets) {
    std::string corpora;
    for (const PackTerms& terms : set.terms) {
      corpora += (corpora.empty() ? "" : ", ") + terms.corpus;
    }
    text += (text.empty() ? "" : "; ") + corpora + " (" +
            std::to_string(size_of_part({set}, "train").people) + " people, " + set.split +
            ", set " + set.sha256.hex() + ")";
  }
  return text;
}

/// The licences of what the weights were made from.
std::string licence_of(const std::vector<FrameSet>& sets) {
  std::set<std::string> licences;
  bool is_restricted = false;
  for (const FrameSet& set : sets) {
    for (const PackTerms& terms : set.terms) {
      licences.insert(terms.licence);
      is_restricted = is_restricted || !terms.redistributable;
    }
  }
  std::string text;
  for (const std::string& licence : licences) {
    text += (text.empty() ? "" : "; ") + licence;
  }
  return is_restricted ? "research only, " + std::string(kNotRedistributable) + " (" + text + ")"
                       : text;
}

std::shared_ptr<const PerceptualNet> make_perception(const FitSettings& settings) {
  switch (settings.perception) {
    case Perception::kNone:
      return nullptr;
    case Perception::kIdentity:
      return make_identity_perception(settings.models_dir, settings.fit.device);
    case Perception::kVgg:
      break;
  }
  return make_vgg_perception(read_net_weights(settings.vgg_weights), settings.fit.device);
}

/// Roles of the trained networks that have a part in the training of one.
std::set<std::string> roles_for(TrainedNet net) {
  switch (net) {
    case TrainedNet::kSegmentation:
      return {"reenactment"};
    case TrainedNet::kInpainting:
      return {"reenactment", "segmentation"};
    case TrainedNet::kBlending:
      return {"inpainting", "reenactment", "segmentation"};
    case TrainedNet::kReenactment:
    case TrainedNet::kVgg19:
      break;
  }
  return {};
}

/// The networks that make the input, or give a loss. A configuration of several trainings names
/// others, too; they are passed over.
std::vector<NetWeights> read_trained_nets(const FitSettings& settings, const PackLayout& crops) {
  FsganOptions options;
  options.resolution_px = crops.resolution_px;
  options.crop_scale = crops.crop_scale;
  const std::set<std::string> roles = roles_for(settings.net);
  std::vector<NetWeights> nets;
  for (const auto& [role, path] : settings.trained_nets) {
    if (roles.count(role) == 0) {
      log_warn("weights_not_used",
               {{"of", role}, {"in_training_of", std::string(to_string(settings.net))}});
      continue;
    }
    nets.push_back(read_net_weights(path));
    require_net(nets.back(), expected_net(role, options, nets.back().info));
  }
  return nets;
}

TrainedNets runners_of(const std::vector<NetWeights>& nets, const FitOptions& fit) {
  EngineOptions engine;
  engine.device = fit.device;
  engine.buckets = production_buckets(fit.device);
  engine.precision = fit.compute == Compute::kBFloat16 ? Precision::kBFloat16 : Precision::kFloat32;
  TrainedNets trained;
  for (const NetWeights& net : nets) {
    std::shared_ptr<const NetRunner>& runner = net.info.role == "reenactment" ? trained.reenactment
                                               : net.info.role == "segmentation"
                                                   ? trained.segmentation
                                                   : trained.inpainting;
    runner = make_engine(net, engine);
  }
  return trained;
}

/// The settings of G_s and VGG-19 that decide what is learned.
std::map<std::string, std::string> settings_of(const AugmentationOptions& varied) {
  return {{"max_turn_deg", setting_text(varied.max_turn_deg)},
          {"color_jitter", setting_text(varied.color_jitter)}};
}

/// The settings of G_r, G_c and G_b that decide what is learned.
std::map<std::string, std::string> settings_of(const ReconstructionWeights& weights,
                                               const PerceptualNet* perception) {
  return {{"pixel_weight", setting_text(weights.pixel)},
          {"perceptual_weight", setting_text(weights.perceptual)},
          {"gradient_weight", setting_text(weights.gradient)},
          {"perception",
           perception == nullptr ? "none" : perception->name() + " " + perception->sha256().hex()}};
}

/// The new weights inherit the terms of a network that had a part in them.
void add_licence(const std::string& what, const std::string& licence, FitOptions& options) {
  if (!licence.empty() && licence != options.licence) {
    options.licence += "; of " + what + ": " + licence;
  }
}

/// In the fingerprint and in the metadata of the new weights.
void note_trained_nets(const std::vector<NetWeights>& nets, FitOptions& options) {
  for (const NetWeights& net : nets) {
    options.recipe[net.info.role] = net.sha256.hex();
    options.trained_on += "; faces by " + net.info.role + " " + net.sha256.hex();
    add_licence(net.info.role, net.info.licence, options);
  }
}

/// The losses of G_r, G_c and G_b, in both places, too.
void note_losses(const ReconstructionWeights& weights, const PerceptualNet* perception,
                 FitOptions& options) {
  options.recipe = settings_of(weights, perception);
  if (perception != nullptr && weights.perceptual > 0) {
    constexpr std::size_t kShown = 12;
    options.trained_on += "; perceptual loss by " + perception->name() + " " +
                          perception->sha256().hex().substr(0, kShown);
    add_licence(perception->name(), perception->licence(), options);
  }
}

/// Before all packs are read once to check them, which takes a while.
void note_crops(const std::vector<FrameSet>& sets) {
  const PartSize train = size_of_part(sets, "train");
  const PartSize validation = size_of_part(sets, "val");
  log_info("crops_loading",
           {{"train", std::to_string(train.crops)},
            {"val", std::to_string(validation.crops)},
            {"bytes", std::to_string(train.bytes + validation.bytes)},
            {"memory_bytes", std::to_string(train.memory_bytes + validation.memory_bytes)}});
}

/// Errors over all crops and over some of them are not compared when a training goes on.
void note_validation(const FaceSet& validation, FitOptions& options) {
  const auto looked_at = static_cast<std::int64_t>(validation_rows(validation).size());
  if (looked_at < validation.size()) {
    options.recipe["validation_crops"] = std::to_string(looked_at);
  }
}

/// Where a training's crops come from.
struct CropSource {
  CheckedPacks::Use use = CheckedPacks::Use::kReadAndWrite;
  std::function<bool()> stop_requested;
};

/// What is trained, and how: fills in what the options of the loop say about it.
std::unique_ptr<Recipe> make_recipe(const FitSettings& settings, const std::vector<FrameSet>& sets,
                                    const CropSource& source, FitOptions& options) {
  const std::vector<NetWeights> nets = read_trained_nets(settings, sets.front().layout);
  note_crops(sets);
  CheckedPacks checked(settings.checked_packs.empty() ? settings.out / training_files::kCheckedPacks
                                                      : settings.checked_packs,
                       source.use);
  FaceSet train = load_faces(sets, "train", checked, source.stop_requested);
  FaceSet validation = load_faces(sets, "val", checked, source.stop_requested);
  if (settings.net == TrainedNet::kSegmentation) {
    options.recipe = settings_of(settings.segmentation.augmentation);
    note_validation(validation, options);
    if (!nets.empty()) {
      options.recipe["reenactment_weight"] = setting_text(settings.segmentation.reenactment_weight);
      note_trained_nets(nets, options);
    }
    return make_segmentation_recipe(std::move(train), std::move(validation), settings.segmentation,
                                    runners_of(nets, options).reenactment);
  }
  if (settings.net == TrainedNet::kVgg19) {
    options.recipe = settings_of(settings.identity.augmentation);
    note_validation(validation, options);
    return make_identity_recipe(std::move(train), std::move(validation), settings.identity);
  }
  std::shared_ptr<const PerceptualNet> perception = make_perception(settings);
  if (settings.net == TrainedNet::kReenactment) {
    note_losses(settings.reenactment.weights, perception.get(), options);
    options.recipe["background_weight"] = setting_text(settings.reenactment.background_weight);
    options.recipe["stepwise"] = settings.reenactment.is_stepwise ? "on" : "off";
    return make_reenactment_recipe(std::move(train), std::move(validation), std::move(perception),
                                   settings.reenactment);
  }
  note_losses(settings.stage.weights, perception.get(), options);
  note_trained_nets(nets, options);
  const auto make =
      settings.net == TrainedNet::kInpainting ? make_inpainting_recipe : make_blending_recipe;
  return make(std::move(train), std::move(validation), std::move(perception),
              runners_of(nets, options), settings.stage);
}

/// Begins with these weights, and says so in the metadata of the new ones.
void start_from(NetWeights weights, FitOptions& options) {
  options.recipe["start"] = weights.sha256.hex();
  options.trained_on +=
      "; started from weights " + weights.sha256.hex() + ", trained on " + weights.info.trained_on;
  add_licence("the weights at the start", weights.info.licence, options);
  options.start = std::move(weights);
}

/// The step at which the call that wrote this file ended; -1 where there is none.
std::int64_t noted_step(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) {
    return -1;
  }
  const nlohmann::json document = nlohmann::json::parse(read_file(file), nullptr, false);
  const bool is_noted = document.contains("step") && document.at("step").is_number_integer();
  return is_noted ? document.at("step").get<std::int64_t>() : -1;
}

/// How this call ended, for the page of the training. One that had nothing to do leaves what the
/// one before it wrote, unless that was killed before it wrote it.
void note_end(const std::filesystem::path& file, const FitResult& result, std::int64_t steps,
              std::int64_t first) {
  if (result.steps == first && noted_step(file) == result.steps) {
    return;
  }
  const char* all_or_patience = result.steps == steps ? "steps" : "patience";
  const nlohmann::json document = {{"schema_version", 1},
                                   {"end", result.finished ? all_or_patience : "stopped"},
                                   {"step", result.steps},
                                   {"peak_memory_bytes", peak_resident_bytes()}};
  write_file_atomically(file, document.dump() + "\n");
}

/// What is trained, on what, how.
struct Problem {
  std::vector<FrameSet> sets;
  FitOptions options;
  std::unique_ptr<Recipe> recipe;
};

Problem make_problem(const FitSettings& settings, const CropSource& source) {
  Problem problem;
  problem.sets = open_sets(settings);
  problem.options = settings.fit;
  problem.options.trained_on = origin_of(problem.sets);
  problem.options.licence = licence_of(problem.sets);
  problem.recipe = make_recipe(settings, problem.sets, source, problem.options);
  if (!settings.start.empty()) {
    start_from(read_net_weights(settings.start), problem.options);
  }
  return problem;
}

}  // namespace

std::string_view to_string(TrainedNet net) {
  switch (net) {
    case TrainedNet::kSegmentation:
      return "segmentation";
    case TrainedNet::kReenactment:
      return "reenactment";
    case TrainedNet::kInpainting:
      return "inpainting";
    case TrainedNet::kBlending:
      return "blending";
    case TrainedNet::kVgg19:
      break;
  }
  return "vgg19";
}

std::optional<TrainedNet> trained_net_of(std::string_view name) {
  for (const TrainedNet net :
       {TrainedNet::kSegmentation, TrainedNet::kReenactment, TrainedNet::kInpainting,
        TrainedNet::kBlending, TrainedNet::kVgg19}) {
    if (to_string(net) == name) {
      return net;
    }
  }
  return std::nullopt;
}

std::filesystem::path picture_path(const std::filesystem::path& out, std::int64_t step) {
  char name[48];
  std::snprintf(name, sizeof name, "step-%08lld.png", static_cast<long long>(step));
  return out / training_files::kPictures / name;
}

void write_sample_picture(const FitSettings& settings, std::int64_t step, std::string_view png) {
  if (png.empty()) {
    return;
  }
  const bool draws_faces =
      settings.net != TrainedNet::kSegmentation && settings.net != TrainedNet::kVgg19;
  write_file_atomically(picture_path(settings.out, step),
                        draws_faces
                            ? label_png(png, Label::kFake, "compositeWithTrainedAlgorithmicMedia")
                            : std::string(png));
}

FitResult run_fit(const FitSettings& settings, const FitHooks& hooks) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds_left = [&] {  // reading crops and networks counts
    const std::chrono::duration<double> used = std::chrono::steady_clock::now() - start;
    return settings.fit.max_seconds_now - used.count();
  };
  const bool is_limited = settings.fit.max_seconds_now > 0;
  const auto is_stopped = [&] {
    return (is_limited && seconds_left() < 0) || (hooks.stop_requested && hooks.stop_requested());
  };
  Problem problem = make_problem(settings, {CheckedPacks::Use::kReadAndWrite, is_stopped});
  FitOptions& options = problem.options;
  if (is_limited) {
    options.max_seconds_now = std::max(1e-9, seconds_left());
  }
  CurveFile curve(settings.out / training_files::kCurve);
  FitHooks all = hooks;
  all.on_progress = [&](const FitProgress& progress) {
    curve.add(progress);
    if (hooks.on_progress) {
      hooks.on_progress(progress);
    }
  };
  std::int64_t first = 0;
  all.on_begin = [&](std::int64_t step) {
    first = step;
    if (hooks.on_begin) {
      hooks.on_begin(step);
    }
  };
  FitResult result = fit(*problem.recipe, options, settings.out, all);
  note_end(settings.out / training_files::kEnd, result, options.steps, first);
  return result;
}

FitPreview preview_fit(const FitSettings& settings) {
  const Problem problem = make_problem(settings, {CheckedPacks::Use::kRead, {}});
  const CurveFile curve(settings.out / training_files::kCurve);  // refuses what is none
  FitPreview preview;
  preview.net = problem.recipe->net_info();
  preview.train = size_of_part(problem.sets, "train");
  preview.validation = size_of_part(problem.sets, "val");
  preview.resumes_at = steps_done(*problem.recipe, problem.options, settings.out);
  return preview;
}

}  // namespace changeling
