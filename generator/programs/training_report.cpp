#include "generator/programs/training_report.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/atomic_file.h"
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
  const NetInfo& info = result.weights.info;
  TrainingModel model;
  model.title = "Training of " + std::string(to_string(settings.net));
  model.facts = {
      {"steps", std::to_string(result.steps) + " of " + std::to_string(settings.fit.steps)},
      {"best validation",
       result.best_validation ? format_number(*result.best_validation) : "none yet"},
      {"trained on", info.trained_on},
      {"licence", info.licence},
      {"resolution",
       std::to_string(info.resolution_px) + " px, crop scale " + format_number(info.crop_scale)},
      {"width (ngf)", std::to_string(info.ngf)},
      {"batch", std::to_string(settings.fit.batch)},
      {"adversarial weight", format_number(settings.fit.adversarial)},
      {"seed", std::to_string(settings.fit.seed)}};
  const std::filesystem::path curve = settings.out / "curve.csv";
  if (std::filesystem::exists(curve)) {
    model.curves = parse_curves(read_file(curve));
  }
  model.picture = newest_picture(settings);
  write_file_atomically(settings.out / "report.html", render_html(model));
}

}  // namespace changeling
