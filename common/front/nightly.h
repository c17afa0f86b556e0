// common/front/nightly.h: one night of `changeling nightly` as a value. Layer 7, internal to front.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/exit_code.h"
#include "common/cli/config.h"

namespace changeling {

/// Settings of one night and what it came to.
struct Night {
  explicit Night(Config settings) : config(std::move(settings)) {}

  Config config;
  std::vector<std::string> passed_on;  ///< flags that every step gets
  std::string suite;
  std::filesystem::path catalog, out;
  bool dry_run = false;
  bool is_json = false;  ///< stdout is kept for one document
  bool is_quiet = false;
  std::string run_id;
  bool is_made = false;  ///< the run is: what fails from here on is a measurement
  nlohmann::json steps = nlohmann::json::array();
  bool gate_failed = false;
  bool some_failed = false;
};

/// Thrown where a step went wrong or the night was asked to stop.
struct Stopped {
  ExitCode code = ExitCode::kOk;  ///< that of the night
  std::string reason;

  /// Asked for, or ended from outside: the step has not failed.
  [[nodiscard]] bool is_stop() const {
    return code == ExitCode::kRetry || code == ExitCode::kInterrupted;
  }
};

}  // namespace changeling
