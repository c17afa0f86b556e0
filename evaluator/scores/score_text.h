// evaluator/scores/score_text.h: what a detector run says, for people and programs. Layer 3.
#pragma once

#include <string>
#include <vector>

#include "evaluator/scores/score_run.h"

namespace changeling {

/// Titles of score_rows.
[[nodiscard]] std::vector<std::string> score_columns();

/// One row per metric and slice.
[[nodiscard]] std::vector<std::vector<std::string>> score_rows(const ScoreRunSummary& summary);

/// "run .. : 12 fakes, 12 reals, 6 people; without a score: 1 no_face".
[[nodiscard]] std::string score_headline(const ScoreRunSummary& summary);

/// One JSON object, schema_version 1.
[[nodiscard]] std::string score_json(const ScoreRunSummary& summary);

}  // namespace changeling
