#include "common/tensor/torch_errors.h"

#include <algorithm>
#include <initializer_list>
#include <new>

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

bool has_any(const c10::Error& error, std::initializer_list<const char*> texts) {
  const std::string message = error.what_without_backtrace();
  return std::any_of(texts.begin(), texts.end(),
                     [&](const char* text) { return message.find(text) != std::string::npos; });
}

}  // namespace

bool is_out_of_memory(const c10::Error& error) {
  // The CPU's allocator, cuDNN and cuBLAS have no exception type of their own.
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         has_any(error,
                 {"out of memory", "enough memory", "allocate memory", "CUDNN_STATUS_ALLOC_FAILED",
                  "ALLOCATION_FAILED", "CUBLAS_STATUS_ALLOC_FAILED"});
}

bool may_be_out_of_memory(const c10::Error& error) {
  return has_any(error, {"unable to find an engine", "nable to find a valid cuDNN algorithm"});
}

std::optional<std::string> out_of_memory_message(bool guess) {
  try {
    throw;
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error) || (guess && may_be_out_of_memory(error))) {
      return error.what_without_backtrace();
    }
  } catch (const std::bad_alloc&) {
    return "the host has not enough memory";
  } catch (...) {}
  return std::nullopt;
}

void register_torch_error_translator() {
  static const bool registered = [] {
    register_exception_translator(translate_torch_error);
    return true;
  }();
  (void)registered;
}

}  // namespace changeling
