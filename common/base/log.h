// common/base/log.h: one event per line on stderr, as key=value text or JSON. Layer 0.
// Standard output belongs to data; nothing else below the programs prints.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace changeling {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kText, kJson };

/// Fields of an event, in the order given.
using LogFields = std::vector<std::pair<std::string_view, std::string>>;

/// Sets what is written and how; call once at program start. An empty `file` writes to stderr only.
void configure_log(LogLevel level, LogFormat format, const std::filesystem::path& file = {});

/// Writes one line: time, level, event name, fields. Safe from any thread.
void log_event(LogLevel level, std::string_view event, const LogFields& fields = {});

inline void log_debug(std::string_view event, const LogFields& fields = {}) {
  log_event(LogLevel::kDebug, event, fields);
}

inline void log_info(std::string_view event, const LogFields& fields = {}) {
  log_event(LogLevel::kInfo, event, fields);
}

inline void log_warn(std::string_view event, const LogFields& fields = {}) {
  log_event(LogLevel::kWarn, event, fields);
}

inline void log_error(std::string_view event, const LogFields& fields = {}) {
  log_event(LogLevel::kError, event, fields);
}

}  // namespace changeling
