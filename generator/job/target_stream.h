// generator/job/target_stream.h: the frames of a target clip, each with its neighbours. Layer 7.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <vector>

#include "common/base/frame.h"
#include "generator/job/lanes.h"

namespace changeling {

struct TargetFrame {
  std::int64_t index = 0;
  double pts_seconds = 0;
  std::vector<Frame> window;      ///< frames index - halo .. index + halo that the clip has
  std::int64_t window_first = 0;  ///< index of window[0]
};

/// Decodes ahead on a lane of its own; holds 2 x halo + 1 frames beside the lane's queue.
class TargetStream {
 public:
  /// Frames [0, max_frames) of the file, 0 = all. Throws Error(kInput) as VideoReader.
  TargetStream(const std::filesystem::path& file, std::int64_t max_frames, int queue_frames,
               int halo_frames);

  [[nodiscard]] const VideoInfo& info() const { return decode_.info(); }

  /// The next frame; nullopt at the end. Rethrows what the decoder threw.
  std::optional<TargetFrame> next();

  /// Time spent decoding; valid once next() returned nullopt.
  [[nodiscard]] StageTiming timing() const { return decode_.timing(); }

 private:
  void read_until(std::int64_t index);

  struct Decoded {
    Frame frame;
    double pts_seconds;
  };

  DecodeLane decode_;
  int halo_;
  std::deque<Decoded> window_;
  std::int64_t window_first_ = 0;
  std::int64_t next_ = 0;
  bool ended_ = false;
};

}  // namespace changeling
