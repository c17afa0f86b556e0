// tests/support/torch_error.h: errors as LibTorch throws them.
#pragma once

#include <string>

#include <c10/util/Exception.h>

namespace changeling {

/// An error with LibTorch's own back trace of many lines; LibTorch 1 and 2 both have this form.
template <typename TorchError = c10::Error>
[[nodiscard]] TorchError torch_error(const std::string& message) {
  return TorchError(c10::SourceLocation{__func__, __FILE__, __LINE__}, message);
}

}  // namespace changeling
