// common/tensor/torch_errors.h: LibTorch's errors as failures of one line. Layer 1.
#pragma once

#include <optional>
#include <string>

namespace c10 {
class Error;
}

namespace changeling {

/// True when `error` says that memory, of the host or of a device, ran out.
[[nodiscard]] bool is_out_of_memory(const c10::Error& error);

/// True when `error` says that cuDNN found no way to run a convolution: also how it tells of too
/// little memory for its workspace. Then a smaller batch may go through.
[[nodiscard]] bool may_be_out_of_memory(const c10::Error& error);

/// Call in a catch block: the message of the exception in flight when that says that memory ran
/// out, as is_out_of_memory or as std::bad_alloc; `guess`: as may_be_out_of_memory too.
[[nodiscard]] std::optional<std::string> out_of_memory_message(bool guess = false);

/// Makes guard() and failure reports of this program understand c10::Error: its message without
/// the back trace; kResource and retriable when memory ran out, else kInternal. Later calls do
/// nothing. Call on the main thread, before guard() is used.
void register_torch_error_translator();

}  // namespace changeling
