#include "common/base/exit_code.h"

#include <csignal>

#include "common/base/stop_signal.h"

namespace changeling {

ExitCode exit_code_for(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInput:
    case ErrorKind::kConfig:
      return ExitCode::kUsage;
    case ErrorKind::kCatalog:
      return ExitCode::kCatalogBusy;
    case ErrorKind::kCancelled:
      return stop_requested() == SIGTERM ? ExitCode::kTerminated : ExitCode::kInterrupted;
    case ErrorKind::kModel:
    case ErrorKind::kResource:
    case ErrorKind::kInternal:
      break;
  }
  return ExitCode::kRuntimeError;
}

ExitCode exit_code_of_stop() {
  return stop_requested() == SIGINT ? ExitCode::kInterrupted : ExitCode::kRetry;
}

}  // namespace changeling
