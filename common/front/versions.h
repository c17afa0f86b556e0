// common/front/versions.h: what the front program and the heavy programs are made of. Layer 7.
#pragma once

#include <map>
#include <string>

namespace changeling {

/// Library -> version as loaded: ffmpeg, sqlite, openssl, boost, yaml-cpp.
[[nodiscard]] std::map<std::string, std::string> front_versions();

/// Program -> the JSON object of its --self-report; programs that are not installed are missing.
[[nodiscard]] std::map<std::string, std::string> self_reports();

}  // namespace changeling
