// reports/model/training_model.h: the course of one training as plain values. Layer 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/model/report_model.h"

namespace changeling {

inline constexpr int kTrainingSchemaVersion = 1;

/// A column of curve.csv.
struct TrainingCurve {
  std::string name;
  std::vector<std::pair<std::int64_t, double>> points;  ///< step, value; ascending
};

struct TrainingModel {
  std::string title;              ///< "Training of inpainting"
  std::vector<ReportFact> facts;  ///< data, licence, settings
  std::vector<TrainingCurve> curves;
  std::optional<ReportPicture> picture;  ///< validation crops; the caption tells its rows
};

/// The columns of a curve.csv as generator/train/curve_file.h describes it, without the step; empty
/// fields have no point. Throws Error(kInput) when a row has another number of fields than the
/// header or a field is no number.
[[nodiscard]] std::vector<TrainingCurve> parse_curves(const std::string& csv);

}  // namespace changeling
