#include "common/media/ffmpeg_error.h"

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdlib>
#include <mutex>

#include "common/base/disk_refusal.h"
#include "common/base/log.h"
#include "common/base/shortage.h"
#include "common/media/ffmpeg_handles.h"

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
}

namespace changeling {
namespace {

// The cause that av_strerror cannot tell ("moov atom not found") is only in the log. A decoder may
// log thousands of lines; the first one names the cause.
thread_local std::string first_error_line;

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') {
      c = ' ';
    }
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

void on_ffmpeg_log(void* source, int level, const char* format, std::va_list arguments) {
  if (level > AV_LOG_WARNING) {
    return;
  }
  std::array<char, 512> buffer{};
  int print_prefix = 0;  // without the "[mov @ 0x55..]" prefix: an address is never reproducible
  av_log_format_line2(nullptr, level, format, arguments, buffer.data(),
                      static_cast<int>(buffer.size()), &print_prefix);
  const std::string line = one_line(buffer.data());
  if (line.empty()) {
    return;
  }
  if (level <= AV_LOG_ERROR && first_error_line.empty()) {
    first_error_line = line;
  }
  const AVClass* object = source == nullptr ? nullptr : *static_cast<const AVClass**>(source);
  log_debug("ffmpeg", {{"from", object == nullptr ? "" : object->class_name}, {"text", line}});
}

/// FFmpeg says ENOMEM of sizes in a file, too, that it gives to nobody.
bool is_memory_left() {
  constexpr std::size_t kMuch = std::size_t{64} << 20;
  void* const block = av_malloc(kMuch);
  av_free(block);
  return block != nullptr;
}

}  // namespace

void capture_ffmpeg_log() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_callback(on_ffmpeg_log);
    // SVT-AV1 prints a banner to stderr unless this says otherwise; it has no other switch. Here,
    // since the first file is opened before any thread is started that could read the environment.
    setenv("SVT_LOG", "0", 0);
  });
  first_error_line.clear();
}

std::string ffmpeg_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> buffer{};
  av_strerror(code, buffer.data(), buffer.size());
  std::string text = buffer.data();
  if (!first_error_line.empty()) {
    text += ": " + first_error_line;
  }
  return text;
}

void throw_ffmpeg(ErrorKind kind, const std::string& action, const std::filesystem::path& path,
                  int code) {
  const std::string message = action + " '" + path.string() + "': " + ffmpeg_text(code);
  constexpr int kUnnamed = -1;  // of muxers; EPERM by its number alone
  if (kind == ErrorKind::kResource && code != kUnnamed) {
    throw_unwritten(message, AVUNERROR(code));
  }
  if (kind == ErrorKind::kInput && !(code == AVERROR(ENOMEM) && is_memory_left())) {
    throw_unread(message, AVUNERROR(code));
  }
  throw Error(kind, message);
}

void check_ffmpeg(int code, const char* step) {
  if (code < 0) {
    throw Error(ErrorKind::kResource, std::string(step) + ": " + ffmpeg_text(code));
  }
}

}  // namespace changeling
