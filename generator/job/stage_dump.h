// generator/job/stage_dump.h: pictures of a method's stages in a folder outside of the catalog.
// Layer 7.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "common/base/digest.h"
#include "common/base/frame.h"

namespace changeling {

struct StageDump {
  std::filesystem::path folder;  ///< empty = no pictures
  std::int64_t every = 10;       ///< frame indices that this divides are shown; > 0

  [[nodiscard]] bool wants(std::int64_t frame_index) const {
    return !folder.empty() && frame_index % every == 0;
  }
};

/// Writes `<first 16 digits of the job's key>-<frame>.png`, labelled as a fake. A folder that takes
/// no picture is warned about: it is no job's fault, and no job ends by it.
void write_stage_picture(const StageDump& dump, const Digest& job_key, std::int64_t frame_index,
                         std::string_view digital_source_type, const Frame& picture);

}  // namespace changeling
