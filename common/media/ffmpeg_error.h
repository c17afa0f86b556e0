// common/media/ffmpeg_error.h: FFmpeg's messages inside Changeling's errors. Layer 1,
// module-private.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.h"

namespace changeling {

/// Sends FFmpeg's log to log_debug instead of stderr, silences the AV1 encoder, and forgets this
/// thread's remembered error line, which may be of another clip: one thread has several open. Call
/// at the start of every public entry; cheap.
void capture_ffmpeg_log();

/// FFmpeg's text for `code`, followed by the first error line its library logged on this thread
/// since capture_ffmpeg_log, for example "Invalid data found when processing input: moov atom not
/// found".
[[nodiscard]] std::string ffmpeg_text(int code);

/// Throws Error(kind) "<action> '<path>': <ffmpeg_text>"; kResource by throw_unwritten, kInput by
/// throw_unread.
[[noreturn]] void throw_ffmpeg(ErrorKind kind, const std::string& action,
                               const std::filesystem::path& path, int code);

/// Throws Error(kResource) when an allocation or set-up step that cannot depend on input failed.
void check_ffmpeg(int code, const char* step);

/// Throws Error(kResource) for a null pointer from an allocation, else returns it.
template <typename T>
T* check_allocated(T* pointer, const char* step) {
  if (pointer == nullptr) {
    throw Error(ErrorKind::kResource, std::string(step) + ": out of memory");
  }
  return pointer;
}

}  // namespace changeling
