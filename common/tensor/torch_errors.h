// common/tensor/torch_errors.h: LibTorch's errors as failures of one line. Layer 1.
#pragma once

namespace c10 {
class Error;
}

namespace changeling {

/// True when `error` says that memory, of the host or of a device, ran out.
[[nodiscard]] bool is_out_of_memory(const c10::Error& error);

/// Makes guard() and failure reports of this program understand c10::Error: its message without
/// the back trace; kResource and retriable when memory ran out, else kInternal. Later calls do
/// nothing. Call on the main thread, before guard() is used.
void register_torch_error_translator();

}  // namespace changeling
