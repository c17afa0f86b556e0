#include "reports/model/card_model.h"

#include "reports/model/number_format.h"

namespace changeling {

std::string format_cell(const CardCell& cell) {
  if (const auto* words = std::get_if<std::string>(&cell)) {
    return *words;
  }
  const auto* count = std::get_if<std::int64_t>(&cell);
  return count != nullptr ? std::to_string(*count)
                          : format_number(std::get<std::optional<double>>(cell));
}

std::vector<std::vector<CardCell>> tally_rows(const CardTallies& tallies) {
  std::vector<std::vector<CardCell>> rows;
  for (const auto& [group, tally] : tallies) {
    for (const auto& [value, count] : tally) {
      rows.push_back({group, value, count});
    }
  }
  return rows;
}

}  // namespace changeling
