#include "evaluator/run/frame_stream.h"

#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::size_t kBatchFrames = 8;

std::int64_t end_index(const FrameBatch& batch) {
  return batch.first_index + static_cast<std::int64_t>(batch.frames.size());
}

/// How many of the indices from `position` on follow each other without a gap, a batch at most.
int count_in_a_row(const std::vector<std::int64_t>& indices, std::size_t position) {
  std::size_t count = 1;
  while (count < kBatchFrames && position + count < indices.size() &&
         indices[position + count] == indices[position + count - 1] + 1) {
    ++count;
  }
  return static_cast<int>(count);
}

}  // namespace

FrameStream::FrameStream(const std::filesystem::path& file, std::vector<std::int64_t> indices)
    : reader_(file), indices_(std::move(indices)) {}

std::optional<Frame> FrameStream::next() {
  CHANGELING_REQUIRE(position_ < indices_.size(), "every chosen frame was already returned");
  const std::int64_t index = indices_[position_];
  if (!at_end_ && (!batch_ || end_index(*batch_) <= index)) {
    reader_.seek(index);  // the frames before are decoded and dropped, not made RGB
    batch_ = reader_.next_batch(count_in_a_row(indices_, position_));
    at_end_ = !batch_.has_value();
  }
  ++position_;
  if (at_end_) {
    return std::nullopt;
  }
  return batch_->frames[static_cast<std::size_t>(index - batch_->first_index)];
}

Frame to_mask(const Frame& rgb) {
  if (rgb.format() == PixelFormat::kGray8) {
    return rgb;
  }
  std::vector<std::uint8_t> pixels(rgb.size_bytes() / 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = rgb.data()[3 * i];
  }
  return Frame(rgb.width_px(), rgb.height_px(), PixelFormat::kGray8, std::move(pixels));
}

}  // namespace changeling
