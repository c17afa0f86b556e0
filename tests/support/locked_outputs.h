// tests/support/locked_outputs.h: figures of the pretrained networks on the pattern picture,
// measured once in two other runtimes, that every executor must reproduce.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace changeling {

struct LockedFigure {
  std::string name;  ///< "lmk68 sum"
  double expected = 0;
  double measured = 0;

  /// Within 1e-3 relative plus 1e-4 absolute.
  [[nodiscard]] bool holds() const;
};

/// Runs all networks of `models_dir` on the pattern at their native sizes.
[[nodiscard]] std::vector<LockedFigure> measure_locked_outputs(
    const std::filesystem::path& models_dir);

}  // namespace changeling
