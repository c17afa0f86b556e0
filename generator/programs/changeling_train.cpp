// changeling-train: face crops to train on; `changeling train ...` becomes this program.
#include <cmath>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/version.h>

#include "catalog/store/database.h"
#include "common/base/build_info.h"
#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/cli/command.h"
#include "common/cli/progress.h"
#include "common/cli/table_printer.h"
#include "common/tensor/device.h"
#include "common/tensor/torch_errors.h"
#include "generator/options/train_options.h"
#include "generator/programs/train_fit.h"
#include "generator/train_data/prepare.h"

namespace changeling {
namespace {

MaskChoice mask_choice(const std::string& text) {
  return text == "none" ? MaskChoice::kNone
                        : (text == "hull" ? MaskChoice::kHull : MaskChoice::kLabels);
}

PrepareOptions prepare_options(const Command& command) {
  const Config& config = command.config;
  if (!config.is_set("train.prepare.out")) {
    throw Error(ErrorKind::kConfig, "train prepare needs --out DIR, the folder of the frame set");
  }
  PrepareOptions options;
  options.out = config.get_path("train.prepare.out");
  options.corpora = config.get_list("train.prepare.corpora");
  options.split = config.get_string("train.prepare.split");
  options.models_dir = config.get_path("models.dir");
  options.resolution_px = static_cast<int>(config.get_int("train.prepare.resolution_px"));
  if (options.resolution_px % 16 != 0) {
    throw Error(ErrorKind::kConfig, "train.prepare.resolution_px must be a multiple of 16");
  }
  options.crop_scale = config.get_double("train.prepare.crop_scale");
  options.landmarks = config.get_string("train.prepare.landmarks") == "given"
                          ? LandmarkSource::kGiven
                          : LandmarkSource::kNetwork;
  options.masks = mask_choice(config.get_string("train.prepare.masks"));
  options.min_face_px = config.get_double("train.prepare.min_face_px");
  options.min_sharpness = config.get_double("train.prepare.min_sharpness");
  options.min_mask_share = config.get_double("train.prepare.min_mask_share");
  options.min_frames = config.get_int("train.prepare.min_frames");
  options.frames.max_frames = static_cast<std::size_t>(config.get_int("train.prepare.max_frames"));
  options.frames.min_spacing = config.get_int("train.prepare.min_spacing");
  options.dry_run = command.dry_run;
  return options;
}

nlohmann::json to_json(const PartStatistics& part) {
  const nlohmann::json height =
      part.median_face_px > 0 ? nlohmann::json(part.median_face_px) : nlohmann::json();
  return {{"people", part.people},
          {"videos", part.videos},
          {"sequences", part.sequences},
          {"frames", part.frames},
          {"longest_sequence", part.longest_sequence},
          {"median_face_px", height}};
}

void print_json(const PrepareOptions& options, const PrepareResult& result) {
  nlohmann::json document = {{"schema_version", 1},
                             {"dry_run", options.dry_run},
                             {"parts", nlohmann::json::object()},
                             {"left_out", nlohmann::json::object()}};
  for (const auto& [part, statistics] : result.parts) {
    document["parts"][part] = to_json(statistics);
  }
  for (const auto& [reason, count] : result.left_out) {
    document["left_out"][std::string(to_string(reason))] = count;
  }
  if (!options.dry_run) {
    document["set_sha256"] = result.set.sha256.hex();
    document["packs"] = result.set.packs.size();
  }
  std::cout << document.dump() << "\n";
}

void print_text(const PrepareOptions& options, const PrepareResult& result) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [part, s] : result.parts) {
    rows.push_back({part, std::to_string(s.people), std::to_string(s.videos),
                    std::to_string(s.sequences), std::to_string(s.frames),
                    std::to_string(s.longest_sequence),
                    s.median_face_px > 0 ? std::to_string(std::llround(s.median_face_px)) : "-"});
  }
  print_table(std::cout, {"PART", "PEOPLE", "VIDEOS", "SEQUENCES", "FRAMES", "LONGEST", "FACE PX"},
              rows);
  for (const auto& [reason, count] : result.left_out) {
    std::cout << "left out: " << count << " " << to_string(reason) << "\n";
  }
  if (options.dry_run) {
    std::cout << "would look at these frames and write to '" << options.out.string() << "'\n";
  } else {
    std::cout << result.set.packs.size() << " packs, set " << result.set.sha256.hex() << "\n";
  }
}

ExitCode run_prepare(const Command& command) {
  install_stop_signal();
  register_torch_error_translator();
  configure_torch(static_cast<int>(command.config.get_int("threads")));
  PrepareOptions options = prepare_options(command);
  std::optional<Progress> progress;
  options.stop_requested = [] { return stop_requested() != 0; };
  options.on_begin = [&](std::int64_t sequences) {
    progress.emplace("prepare", sequences, "sequences", command.progress);
  };
  options.on_medium = [&] { progress->add(1); };
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const PrepareResult result = prepare_frames(database, options);
  progress.reset();
  if (result.stopped) {
    return exit_code_of_stop();
  }
  if (command.json) {
    print_json(options, result);
  } else {
    print_text(options, result);
  }
  return ExitCode::kOk;
}

std::string self_report() {
  return nlohmann::json{{"versions", {{"changeling", project_version()}, {"torch", TORCH_VERSION}}},
                        {"torch_build", torch_build_summary()}}
      .dump();
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  changeling::Verb root;
  root.name = "changeling-train";
  root.summary = "Prepare face crops and train the swap networks";
  root.sub_verbs = {changeling::train_verb()};
  const std::vector<changeling::VerbEntry> functions = {
      {{"train", "prepare"}, changeling::run_prepare},
      {{"train", "fit"}, changeling::run_train_fit},
  };
  changeling::ProgramHooks hooks;
  hooks.self_report = changeling::self_report;
  return changeling::run_program(root, functions, argc, argv, hooks);
}
