#include "common/base/log.h"

#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "common/base/error.h"
#include "common/base/plain_text.h"

namespace changeling {
namespace {

LogFormat log_format = LogFormat::kText;

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> make_logger(LogLevel level, const std::filesystem::path& file) {
  std::vector<spdlog::sink_ptr> sinks = {std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  if (!file.empty()) {
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string()));
    } catch (const spdlog::spdlog_ex& error) {
      throw Error(ErrorKind::kConfig, std::string("log.file: ") + error.what());
    }
  }
  auto logger = std::make_shared<spdlog::logger>("changeling", sinks.begin(), sinks.end());
  logger->set_level(to_spdlog(level));
  logger->flush_on(spdlog::level::info);
  return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = [] {
    auto made = make_logger(LogLevel::kInfo, {});
    made->set_pattern("%H:%M:%S %L %v");
    return made;
  }();
  return instance;
}

/// A value is quoted only when a reader could not split the line otherwise.
std::string quoted_if_needed(const std::string& raw) {
  const std::string value = without_controls(raw);
  const bool plain = !value.empty() && value.find_first_of(" \"=") == std::string::npos;
  return plain
             ? value
             : nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void configure_log(LogLevel level, LogFormat format, const std::filesystem::path& file) {
  log_format = format;
  logger() = make_logger(level, file);
  logger()->set_pattern(format == LogFormat::kText
                            ? "%H:%M:%S %L %v"
                            : R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
}

void log_event(LogLevel level, std::string_view event, const LogFields& fields) {
  std::string line;
  if (log_format == LogFormat::kText) {
    line = event;
    for (const auto& [key, value] : fields) {
      line += " " + std::string(key) + "=" + quoted_if_needed(value);
    }
  } else {
    const auto quoted = [](std::string_view text) {
      return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    line = "\"event\":" + quoted(event);
    for (const auto& [key, value] : fields) {
      line += "," + quoted(key) + ":" + quoted(value);
    }
  }
  logger()->log(to_spdlog(level), "{}", line);
}

}  // namespace changeling
