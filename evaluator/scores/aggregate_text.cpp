#include "evaluator/scores/aggregate_text.h"

#include <cstdio>

#include "catalog/store/score_store.h"

namespace changeling {

std::string number_text(const std::optional<double>& value) {
  if (!value) {
    return "-";
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", *value);
  return text;
}

std::string interval_text(const AggregateRow& row) {
  if (!row.ci_lo) {
    return row.value ? why_no_interval(row.ci_method.value_or("")) : row.status;
  }
  return number_text(row.ci_lo) + " .. " + number_text(row.ci_hi);
}

}  // namespace changeling
