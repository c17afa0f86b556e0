// generator/job/lanes.h: decoding and encoding on their own threads, joined to the compute thread
// by bounded queues. Layer 7. Memory is O(queue), not O(clip).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "common/base/stopwatch.h"
#include "common/media/video_reader.h"

namespace changeling {

/// Decodes a clip ahead of its consumer. One consumer thread.
class DecodeLane {
 public:
  /// Decodes frames [0, max_frames) (0 = all) in batches of `batch_frames`, at most `queue_frames`
  /// ahead. Throws Error(kInput) as VideoReader.
  DecodeLane(const std::filesystem::path& path, std::int64_t max_frames, int batch_frames,
             int queue_frames);
  ~DecodeLane();
  DecodeLane(const DecodeLane&) = delete;
  DecodeLane& operator=(const DecodeLane&) = delete;

  [[nodiscard]] const VideoInfo& info() const;

  /// The next batch; nullopt at the end. Rethrows what the decoder threw.
  std::optional<FrameBatch> next();

  /// Time spent decoding; valid once next() returned nullopt.
  [[nodiscard]] StageTiming timing() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs work items in order on one thread, at most `capacity` waiting.
class OrderedLane {
 public:
  explicit OrderedLane(int capacity);
  /// Drops what still waits.
  ~OrderedLane();
  OrderedLane(const OrderedLane&) = delete;
  OrderedLane& operator=(const OrderedLane&) = delete;

  /// Waits for room. Rethrows what an earlier item threw.
  void push(std::function<void()> item);

  /// Takes no more items; what waits still runs. Does not wait for it.
  void close();

  /// True once the thread has run everything after close(); does not wait.
  [[nodiscard]] bool has_ended() const;

  /// close(), and waits. Rethrows what an item threw.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace changeling
