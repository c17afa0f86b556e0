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
    const bool memory = is_out_of_memory(error);
    return Failure{memory ? ErrorKind::kResource : ErrorKind::kInternal, "", message, memory};
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace

bool is_out_of_memory(const c10::Error& error) {
  const std::string message = error.what_without_backtrace();
  // The CPU's allocator has no exception type of its own.
  for (const char* text : {"out of memory", "enough memory", "allocate memory"}) {
    if (message.find(text) != std::string::npos) {
      return true;
    }
  }
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr;
}

void register_torch_error_translator() {
  static const bool registered = [] {
    register_exception_translator(translate_torch_error);
    return true;
  }();
  (void)registered;
}

}  // namespace changeling
