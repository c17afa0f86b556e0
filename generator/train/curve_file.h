// generator/train/curve_file.h: the course of a training as CSV. Layer 6.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "generator/train/fit_loop.h"

namespace changeling {

/// Columns: step, one per loss term, validation (empty before the first), samples_per_second,
/// wait_share, input_share. A resumed training replaces the rows that it makes again.
class CurveFile {
 public:
  /// Keeps the rows of an existing file. Throws Error(kInput) when it is no such file.
  explicit CurveFile(std::filesystem::path path);

  /// Sets the row of that step and writes the file anew, atomically. Throws
  /// Error(kResource).
  void add(const FitProgress& progress);

 private:
  std::filesystem::path path_;
  std::string header_;
  std::map<std::int64_t, std::string> rows_;
};

}  // namespace changeling
