// tests/support/labeled_clip.h: test videos from our own writer, with the label of a provenance.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/frame.h"
#include "common/base/provenance.h"
#include "common/media/labeled_video_writer.h"

namespace changeling {

/// Writes the frames at 25 a second, all of the first one's size; grey ones make a mask, which is
/// FFV1 whatever `codec` says. `audio_from` as in LabeledVideoWriter, which throws.
WrittenVideo write_labeled_clip(const std::filesystem::path& path, const std::vector<Frame>& frames,
                                const Provenance& provenance, const std::string& codec = "h264",
                                const std::optional<std::filesystem::path>& audio_from = {});

/// The same for `n_frames` of at least 1 that are made as they are written: only one is held.
WrittenVideo write_labeled_clip(const std::filesystem::path& path, int n_frames,
                                const std::function<Frame(int)>& frame_at,
                                const Provenance& provenance, const std::string& codec = "h264",
                                const std::optional<std::filesystem::path>& audio_from = {});

}  // namespace changeling
