#include "reports/training_page.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/training_files.h"
#include "common/weights/safetensors.h"
#include "reports/model/number_format.h"
#include "reports/renderers/html_renderer.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// What a training says of a network by its role, as a person reads it.
struct NetTexts {
  const char* role;
  const char* net;  ///< as on the command line
  const char* validation;
  const char* picture_rows;
};

constexpr const char* kPairLoss =
    "weighted losses but the adversarial one on fixed pairs of part val";
constexpr NetTexts kNetTexts[] = {
    {"segmentation", "segmentation", "1 - mean IoU of the classes in part val",
     "crop, result, label (face red, hair green)"},
    {"reenactment", "reenactment", kPairLoss,
     "source, source bent onto the target's landmarks (with that prior), result, target"},
    {"inpainting", "inpainting", kPairLoss, "face to be completed, mask, result, goal"},
    {"blending", "blending", kPairLoss, "pasted face, target, mask, result, Poisson clone"},
    {"perceptual", "vgg19",
     "1 - AUC of telling two crops of one person of part val from two of different ones",
     "crop, the one of the others that the network finds most alike"}};

NetTexts texts_of(const std::string& role) {
  for (const NetTexts& texts : kNetTexts) {
    if (role == texts.role) {
      return texts;
    }
  }
  return {"", "an unknown network", "not recorded", "not recorded"};
}

SafetensorsMetadata metadata_of(const fs::path& file) {
  return fs::exists(file) ? read_safetensors_metadata(file) : SafetensorsMetadata();
}

/// How the last call ended, where it did (generator/train/fit_task.h).
struct End {
  std::int64_t step = 0;
  std::string how;
  std::int64_t peak_memory_bytes = 0;
};

std::optional<End> read_end(const fs::path& file) {
  if (!fs::exists(file)) {
    return std::nullopt;
  }
  try {
    const auto document = nlohmann::json::parse(read_file(file));
    return End{document.at("step").get<std::int64_t>(), document.at("end").get<std::string>(),
               document.at("peak_memory_bytes").get<std::int64_t>()};
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::kInput, "'" + file.string() + "' does not tell how a training ended");
  }
}

std::string recorded(const std::optional<std::string>& fact) {
  return fact.value_or("not recorded");
}

std::vector<TrainingCurve> read_curves(const fs::path& file) {
  if (!fs::exists(file)) {
    return {};
  }
  try {
    return parse_curves(read_file(file));
  } catch (const Error& error) {
    throw Error(error.kind(), "'" + file.string() + "': " + error.what());
  }
}

/// The files of one training, and the facts in them by name.
class Files {
 public:
  explicit Files(const fs::path& folder)
      : checkpoint_(metadata_of(folder / training_files::kCheckpoint)),
        best_(metadata_of(folder / training_files::kBest)),
        end_(read_end(folder / training_files::kEnd)),
        curves_(read_curves(folder / training_files::kCurve)) {}

  [[nodiscard]] const std::vector<TrainingCurve>& curves() const { return curves_; }

  /// A member of best.safetensors; before there is one, what the checkpoint notes for it.
  [[nodiscard]] std::optional<std::string> note(const std::string& name) const {
    const auto found = find(best_, name);
    return found ? found : find(checkpoint_, "note." + name);
  }

  /// A setting that the checkpoint holds.
  [[nodiscard]] std::optional<std::string> option(const std::string& name) const {
    return find(checkpoint_, "option." + name);
  }

  [[nodiscard]] std::string role() const {
    return note("role").value_or(option("role").value_or(""));
  }

  [[nodiscard]] std::string end() const;
  [[nodiscard]] std::string steps() const;
  [[nodiscard]] std::string best() const;
  [[nodiscard]] std::string peak_memory() const;
  [[nodiscard]] std::string recipe() const;
  [[nodiscard]] std::string rate() const;

 private:
  static std::optional<std::string> find(const SafetensorsMetadata& metadata,
                                         const std::string& key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::nullopt : std::optional(found->second);
  }

  /// Steps that are done and kept; without a checkpoint, those that were done at least.
  [[nodiscard]] std::optional<std::string> step() const;

  [[nodiscard]] std::optional<std::string> all_steps() const {
    const auto wanted = option("steps");
    return wanted ? wanted : note("steps");
  }

  SafetensorsMetadata checkpoint_, best_;
  std::optional<End> end_;
  std::vector<TrainingCurve> curves_;
};

std::optional<std::string> Files::step() const {
  if (!checkpoint_.empty()) {
    return find(checkpoint_, "step");
  }
  if (end_) {
    return std::to_string(end_->step);
  }
  std::optional<std::string> last;
  for (const TrainingCurve& curve : curves_) {
    if (!curve.points.empty()) {
      last = std::to_string(curve.points.back().first);
    }
  }
  return last;
}

std::string Files::end() const {
  if (!step() || !all_steps()) {
    return "not recorded";
  }
  if (step() == all_steps()) {
    return "all steps are done";
  }
  if (!end_ || step() != std::to_string(end_->step)) {
    return "not at an end: killed, or still running";
  }
  return end_->how == "patience" ? "patience: no gain in the last validations"
                                 : "stopped, to be continued";
}

std::string Files::steps() const {
  const std::string base = option("base_steps").value_or("0");
  return recorded(step()) + " of " + recorded(all_steps()) +
         (base == "0" ? "" : ", base stage " + base);
}

std::string Files::best() const {
  const auto at = find(best_, "step");
  if (!at) {
    return "none yet";
  }
  std::string value;
  if (const auto exact = find(checkpoint_, "best_validation"); exact && *exact != "none") {
    value = format_number(std::strtod(exact->c_str(), nullptr)) + " ";
  }
  return value + "at step " + *at;
}

std::string Files::peak_memory() const {
  constexpr std::int64_t kMebi = 1 << 20;
  return end_ ? std::to_string(end_->peak_memory_bytes / kMebi) + " MiB" : "not recorded";
}

/// Losses and variation, by the names of their options.
std::string Files::recipe() const {
  const std::string prefix = "option.recipe.";
  std::string all;
  for (auto at = checkpoint_.lower_bound(prefix);
       at != checkpoint_.end() && at->first.rfind(prefix, 0) == 0; ++at) {
    const std::string name = at->first.substr(prefix.size());
    if (name != "perception") {
      all += name + " " + at->second + ", ";
    }
  }
  const auto adversarial = option("adversarial");
  return adversarial ? all + "adversarial_weight " + *adversarial : "not recorded";
}

std::string Files::rate() const {
  const auto rate = option("learning_rate");
  if (!rate) {
    return "not recorded";
  }
  std::string all = *rate + (option("schedule") == "cosine"
                                 ? ", cosine"
                                 : ", halved every " + recorded(option("halve_every")) + " steps");
  if (const auto warmup = option("warmup_steps"); warmup && *warmup != "0") {
    all += ", warm-up " + *warmup;
  }
  if (option("base_steps").value_or("0") != "0") {
    all += ", after the base stage x " + recorded(option("full_rate")) +
           (option("stage_schedule") == "restart" ? ", begun anew" : "");
  }
  return all;
}

std::vector<ReportFact> facts_of(const Files& files, const fs::path& folder) {
  const auto either = [&](const char* name) {
    const auto noted = files.note(name);
    return recorded(noted ? noted : files.option(name));
  };
  const std::string prior = files.note("prior").value_or(files.option("prior").value_or("none"));
  const auto precision = files.note("precision");
  return {{"folder", fs::canonical(folder).filename().string()},  // whether DIR/ or "." was said
          {"end", files.end()},
          {"steps", files.steps()},
          {"best validation", files.best()},
          {"validation is", texts_of(files.role()).validation},
          {"trained on", either("trained_on")},
          {"licence", recorded(files.note("licence"))},
          {"network", either("resolution_px") + " px, crop scale " +
                          recorded(files.note("crop_scale")) + ", width (ngf) " + either("ngf") +
                          ", prior " + prior},
          {"losses and variation", files.recipe()},
          {"perceptual net", files.option("recipe.perception").value_or("none")},
          {"rate", files.rate()},
          {"batch, seed", recorded(files.option("batch")) + ", " + either("seed")},
          {"ran on", either("device") + ", " +
                         recorded(precision ? precision : files.option("compute")) + ", threads " +
                         either("threads") + ", LibTorch " + recorded(files.note("libtorch"))},
          {"commit", recorded(files.note("commit"))},
          {"peak memory", files.peak_memory()}};
}

/// Width and height in the header of a PNG file. Throws Error(kInput).
std::pair<int, int> size_of_png(const std::string& bytes, const fs::path& file) {
  constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
  if (bytes.size() < kSignature.size() + 8 ||
      bytes.compare(0, kSignature.size(), kSignature) != 0) {
    throw Error(ErrorKind::kInput, "'" + file.string() + "' is no PNG picture");
  }
  const auto number = [&](std::size_t at) {
    int value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    }
    return value;
  };
  return {number(kSignature.size()), number(kSignature.size() + 4)};
}

/// The picture of the last validation, if there was one.
std::optional<ReportPicture> newest_picture(const fs::path& folder, const std::string& role) {
  fs::path newest;  // names sort by step
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder / training_files::kPictures, none)) {
    newest = entry.path().extension() == ".png" ? std::max(newest, entry.path()) : newest;
  }
  if (newest.empty()) {
    return std::nullopt;
  }
  const std::string bytes = read_file(newest);
  const auto [width, height] = size_of_png(bytes, newest);
  return ReportPicture{newest.stem().string() + ", rows: " + texts_of(role).picture_rows,
                       "image/png", bytes, width, height};
}

}  // namespace

bool is_training_folder(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / training_files::kCurve, error) ||
         fs::is_regular_file(folder / training_files::kCheckpoint, error) ||
         fs::is_regular_file(folder / training_files::kBest, error);
}

TrainingModel read_training(const fs::path& folder) {
  if (!is_training_folder(folder)) {
    throw Error(ErrorKind::kInput, "'" + folder.string() +
                                       "' is no folder of a training: it has no " +
                                       training_files::kCurve + ", " + training_files::kCheckpoint +
                                       " or " + training_files::kBest);
  }
  const Files files(folder);
  TrainingModel model;
  model.title = "Training of " + std::string(texts_of(files.role()).net);
  model.facts = facts_of(files, folder);
  model.curves = files.curves();
  model.picture = newest_picture(folder, files.role());
  return model;
}

TrainingModel write_training_page(const fs::path& folder) {
  TrainingModel model = read_training(folder);
  write_file_atomically(folder / training_files::kPage, render_html(model));
  return model;
}

}  // namespace changeling
