// tests/goals/goal_rows.h: the rows of goal M5 and the two parts that measure them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace changeling {

/// One measured figure beside its limit.
struct GoalRow {
  std::string name;
  double measured = 0;
  double limit = 0;
  bool is_ceiling = false;  ///< the limit must not be exceeded; otherwise it must be reached

  [[nodiscard]] bool holds() const {
    return is_ceiling ? measured <= limit : measured >= limit;  // NaN holds never
  }
};

/// Networks against cv::dnn and against the locked outputs.
[[nodiscard]] std::vector<GoalRow> measure_parity(const std::filesystem::path& models_dir);

/// Detector, landmarks, pose and both identities on the development sets of `data_dir`. About three
/// minutes.
[[nodiscard]] std::vector<GoalRow> measure_accuracy(const std::filesystem::path& models_dir,
                                                    const std::filesystem::path& data_dir);

}  // namespace changeling
