#include "common/front/versions.h"

#include <algorithm>
#include <cstdint>  // libavutil wants UINT64_C
#include <optional>

extern "C" {
#include <libavutil/avutil.h>
}

#include <boost/version.hpp>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include "common/front/dispatch.h"

namespace changeling {

std::map<std::string, std::string> front_versions() {
  std::string boost = BOOST_LIB_VERSION;
  std::replace(boost.begin(), boost.end(), '_', '.');
  return {{"ffmpeg", av_version_info()},
          {"sqlite", sqlite3_libversion()},
          {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"boost", boost},
          {"yaml-cpp", CHANGELING_YAML_CPP_VERSION}};
}

std::map<std::string, std::string> self_reports() {
  std::map<std::string, std::string> reports;
  for (const char* name : kHeavyPrograms) {
    const auto program = find_program(name);
    const std::optional<std::string> text =
        program ? output_of(*program, {"--self-report"}) : std::nullopt;
    if (text && nlohmann::json::accept(*text)) {
      reports[name] = *text;
    }
  }
  return reports;
}

}  // namespace changeling
