// common/base/exit_code.h: what a process exit status means. Layer 0.
#pragma once

#include "common/base/error.h"

namespace changeling {

enum class ExitCode {
  kOk = 0,
  kRuntimeError = 1,     ///< bug, unreadable model, disk full
  kUsage = 2,            ///< unknown flag or key, bad value, named file missing
  kSomeItemsFailed = 3,  ///< finished, some items failed or were quarantined
  kGateFailed = 4,       ///< a quality gate or check did not hold
  kCatalogBusy = 5,    ///< catalog locked, damaged, of another schema, no catalog, or there already
  kRetry = 75,         ///< run again, it resumes
  kInterrupted = 130,  ///< SIGINT
  kTerminated = 143,   ///< SIGTERM in a verb without a checkpoint
};

/// Exit code of an error that ended a verb.
[[nodiscard]] ExitCode exit_code_for(ErrorKind kind);

/// Exit code of a program that stopped with work left, which the same call goes on with:
/// kInterrupted after SIGINT, else kRetry (SIGTERM, a limit of time).
[[nodiscard]] ExitCode exit_code_of_stop();

}  // namespace changeling
