// evaluator/run/frame_stream.h: chosen frames of a video, one after the other. Layer 6.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "common/base/frame.h"
#include "common/media/video_reader.h"

namespace changeling {

/// Decodes once from the first to the last chosen frame and keeps a few frames at a time. One
/// thread.
class FrameStream {
 public:
  /// `indices` ascend. Throws Error(kInput) as VideoReader.
  FrameStream(const std::filesystem::path& file, std::vector<std::int64_t> indices);

  /// The picture of the next chosen index; nullopt when the video ends before it. Asking for more
  /// pictures than indices is a mistake of the caller: throws Error(kInternal).
  [[nodiscard]] std::optional<Frame> next();

 private:
  VideoReader reader_;
  std::vector<std::int64_t> indices_;
  std::size_t position_ = 0;
  std::optional<FrameBatch> batch_;
  bool at_end_ = false;
};

/// The red channel: a mask that was decoded to RGB.
[[nodiscard]] Frame to_mask(const Frame& rgb);

}  // namespace changeling
