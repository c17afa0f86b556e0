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

}  // namespace changeling
