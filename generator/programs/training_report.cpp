#include "generator/programs/training_report.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/atomic_file.h"
#include "common/base/stopwatch.h"
#include "common/media/image_codec.h"
#include "reports/model/number_format.h"
#include "reports/renderers/html_renderer.h"

namespace changeling {
namespace {

std::string rows_of_picture(TrainedNet net) {
  switch (net) {
    case TrainedNet::kSegmentation:
      return "crop, result, label (face red, hair green)";
    case TrainedNet::kReenactment:
      return "source, source bent onto the target's landmarks (with that prior), result, target";
    case TrainedNet::kInpainting:
      return "face to be completed, mask, result, goal";
    case TrainedNet::kBlending:
      return "pasted face, target, mask, result, Poisson clone";
    case TrainedNet::kVgg19:
      break;
  }
  return "crop, the one of the others that the network finds most alike";
}

std::string validation_of(TrainedNet net) {
  switch (net) {
    case TrainedNet::kSegmentation:
      return "1 - mean IoU of the classes in part val";
    case TrainedNet::kVgg19:
      return "1 - AUC of telling two crops of one person of part val from two of different ones";
    case TrainedNet::kReenactment:
    case TrainedNet::kInpainting:
    case TrainedNet::kBlending:
      break;
  }
  return "weighted losses but the adversarial one on fixed pairs of part val";
}

std::string end_of(const FitSettings& settings, const FitResult& result) {
  if (!result.finished) {
    return "stopped, to be continued";
  }
  return result.steps == settings.fit.steps
             ? "all steps are done"
             : "patience: " + std::to_string(settings.fit.patience) + " validations without a gain";
}

std::string steps_of(const FitOptions& fit, const FitResult& result) {
  return std::to_string(result.steps) + " of " + std::to_string(fit.steps) +
         (fit.base_steps > 0 ? ", base stage " + std::to_string(fit.base_steps) : std::string());
}

std::string note(const NetInfo& info, const char* name) {
  const auto found = info.notes.find(name);
  return found == info.notes.end() ? "none" : found->second;
}

std::string best_of(const FitResult& result) {
  return result.best_validation ? format_number(*result.best_validation) + " at step " +
                                      note(result.weights.info, "step")
                                : "none yet";
}

std::string losses_of(const FitSettings& settings) {
  const ReconstructionWeights& weights = settings.reenactment.weights;
  std::string text;
  if (settings.net == TrainedNet::kSegmentation) {
    text = "cross-entropy 1";
    if (settings.trained_nets.count("reenactment") > 0) {
      text += ", reenacted " + format_number(settings.segmentation.reenactment_weight);
    }
  } else if (settings.net == TrainedNet::kVgg19) {
    text = "cross-entropy 1";
  } else {
    text = "pixel " + format_number(weights.pixel) + ", perceptual " +
           format_number(weights.perceptual) + ", gradient " + format_number(weights.gradient);
  }
  if (settings.net == TrainedNet::kReenactment) {
    text += "; background x " + format_number(settings.reenactment.background_weight);
  }
  return text + "; adversarial " + format_number(settings.fit.adversarial);
}

std::string perception_of(const FitSettings& settings) {
  if (settings.net == TrainedNet::kSegmentation || settings.net == TrainedNet::kVgg19) {
    return "none";
  }
  switch (settings.perception) {
    case Perception::kNone:
      return "none";
    case Perception::kIdentity:
      return "id512";
    case Perception::kVgg:
      break;
  }
  return "vgg, " + settings.vgg_weights.string();
}

std::string rate_of(const FitOptions& fit) {
  std::string text = format_number(fit.learning_rate) + ", " +
                     (fit.schedule == Schedule::kCosine
                          ? "cosine"
                          : "halved every " + std::to_string(fit.halve_every) + " steps");
  if (fit.warmup_steps > 0) {
    text += ", warm-up " + std::to_string(fit.warmup_steps);
  }
  if (fit.base_steps > 0) {
    text += ", after the base stage x " + format_number(fit.full_rate) +
            (fit.restarts_schedule ? ", begun anew" : "");
  }
  return text;
}

std::vector<ReportFact> facts_of(const FitSettings& settings, const FitResult& result) {
  constexpr std::int64_t kMebi = 1 << 20;
  const FitOptions& fit = settings.fit;
  const NetInfo& info = result.weights.info;
  return {{"end", end_of(settings, result)},
          {"steps", steps_of(fit, result)},
          {"best validation", best_of(result)},
          {"validation is", validation_of(settings.net)},
          {"trained on", info.trained_on},
          {"licence", info.licence},
          {"network", std::to_string(info.resolution_px) + " px, crop scale " +
                          format_number(info.crop_scale) + ", width (ngf) " +
                          std::to_string(info.ngf) + ", prior " + note(info, "prior")},
          {"loss weights", losses_of(settings)},
          {"perceptual net", perception_of(settings)},
          {"rate", rate_of(fit)},
          {"batch, seed", std::to_string(fit.batch) + ", " + std::to_string(fit.seed)},
          {"ran on", note(info, "device") + ", " + note(info, "precision") + ", threads " +
                         note(info, "threads") + ", LibTorch " + note(info, "libtorch")},
          {"commit", note(info, "commit")},
          {"peak memory", std::to_string(peak_resident_bytes() / kMebi) + " MiB"}};
}

/// The picture of the last validation, if there was one.
std::optional<ReportPicture> newest_picture(const FitSettings& settings) {
  const std::filesystem::path folder = settings.out / "pictures";
  std::filesystem::path newest;  // names sort by step
  if (std::filesystem::exists(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      newest = entry.path().extension() == ".png" ? std::max(newest, entry.path()) : newest;
    }
  }
  if (newest.empty()) {
    return std::nullopt;
  }
  const Frame frame = read_image(newest);
  return ReportPicture{newest.stem().string() + ", rows: " + rows_of_picture(settings.net),
                       "image/png", read_file(newest), frame.width_px(), frame.height_px()};
}

}  // namespace

void write_training_report(const FitSettings& settings, const FitResult& result) {
  TrainingModel model;
  model.title = "Training of " + std::string(to_string(settings.net));
  model.facts = facts_of(settings, result);
  const std::filesystem::path curve = settings.out / "curve.csv";
  if (std::filesystem::exists(curve)) {
    model.curves = parse_curves(read_file(curve));
  }
  model.picture = newest_picture(settings);
  write_file_atomically(settings.out / "report.html", render_html(model));
}

}  // namespace changeling
