#include "generator/job/target_stream.h"

#include <algorithm>
#include <utility>

namespace changeling {
namespace {

constexpr int kBatchFrames = 4;

}  // namespace

TargetStream::TargetStream(const std::filesystem::path& file, std::int64_t max_frames,
                           int queue_frames, int halo_frames)
    : decode_(file, max_frames, kBatchFrames, queue_frames), halo_(halo_frames) {}

void TargetStream::read_until(std::int64_t index) {
  while (!ended_ && window_first_ + static_cast<std::int64_t>(window_.size()) <= index) {
    std::optional<FrameBatch> batch = decode_.next();
    ended_ = !batch;
    for (std::size_t i = 0; batch && i < batch->frames.size(); ++i) {
      window_.push_back({std::move(batch->frames[i]), batch->pts_seconds[i]});
    }
  }
}

std::optional<TargetFrame> TargetStream::next() {
  read_until(next_ + halo_);
  while (window_first_ < next_ - halo_) {
    window_.pop_front();
    ++window_first_;
  }
  const std::int64_t here = next_ - window_first_;
  if (here >= static_cast<std::int64_t>(window_.size())) {
    return std::nullopt;
  }
  TargetFrame result;
  result.index = next_++;
  result.pts_seconds = window_[static_cast<std::size_t>(here)].pts_seconds;
  result.window_first = window_first_;
  const auto last = std::min<std::int64_t>(here + halo_ + 1, window_.size());
  for (std::int64_t i = 0; i < last; ++i) {
    result.window.push_back(window_[static_cast<std::size_t>(i)].frame);
  }
  return result;
}

}  // namespace changeling
