#include <cstdlib>
#include <sstream>

#include "common/base/error.h"
#include "reports/model/training_model.h"

namespace changeling {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char letter : line) {
    if (letter == ',') {
      fields.emplace_back();
    } else {
      fields.back() += letter;
    }
  }
  return fields;
}

double number_of(const std::string& field) {
  char* end = nullptr;
  const double value = std::strtod(field.c_str(), &end);
  if (field.empty() || *end != '\0') {
    throw Error(ErrorKind::kInput, "'" + field + "' in a training curve is no number");
  }
  return value;
}

}  // namespace

std::vector<TrainingCurve> parse_curves(const std::string& csv) {
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> names = fields_of(line);
  std::vector<TrainingCurve> curves;
  for (std::size_t i = 1; i < names.size(); ++i) {
    curves.push_back({names[i], {}});
  }
  while (std::getline(lines, line)) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() != names.size()) {
      throw Error(ErrorKind::kInput, "a row of a training curve has " +
                                         std::to_string(fields.size()) + " fields, its header " +
                                         std::to_string(names.size()));
    }
    const auto step = static_cast<std::int64_t>(number_of(fields.front()));
    for (std::size_t i = 1; i < fields.size(); ++i) {
      if (!fields[i].empty()) {
        curves[i - 1].points.emplace_back(step, number_of(fields[i]));
      }
    }
  }
  return curves;
}

}  // namespace changeling
