// generator/job/library_versions.h: the libraries that can change a pixel, for provenance and
// doctor. Layer 7.
#pragma once

#include <map>
#include <string>

namespace changeling {

/// Library -> version: changeling, torch, opencv, ffmpeg (libavcodec).
[[nodiscard]] std::map<std::string, std::string> library_versions();

/// One JSON object with the versions, the device list and LibTorch's build summary: what the hidden
/// flag
/// --self-report prints.
[[nodiscard]] std::string self_report();

}  // namespace changeling
