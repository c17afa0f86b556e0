#include "common/tensor/torch_errors.h"

#include <optional>
#include <string>

#include <c10/util/Exception.h>

#include "common/base/outcome.h"

namespace changeling {
namespace {

/// LibTorch's errors carry a back trace of many lines; the first line tells what happened.
std::optional<Failure> translate_torch_error() {
  try {
    throw;
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    const bool memory = message.find("memory") != std::string::npos;
    return Failure{memory ? ErrorKind::kResource : ErrorKind::kInternal, "", message, memory};
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace

void register_torch_error_translator() {
  static const bool registered = [] {
    register_exception_translator(translate_torch_error);
    return true;
  }();
  (void)registered;
}

}  // namespace changeling
