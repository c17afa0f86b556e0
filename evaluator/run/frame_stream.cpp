#include "evaluator/run/frame_stream.h"

#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kBatchFrames = 8;

std::int64_t end_index(const FrameBatch& batch) {
  return batch.first_index + static_cast<std::int64_t>(batch.frames.size());
}

}  // namespace

FrameStream::FrameStream(const std::filesystem::path& file, std::vector<std::int64_t> indices)
    : reader_(file), indices_(std::move(indices)) {}

std::optional<Frame> FrameStream::next() {
  CHANGELING_REQUIRE(position_ < indices_.size(), "every chosen frame was already returned");
  const std::int64_t index = indices_[position_++];
  while (!at_end_ && (!batch_ || end_index(*batch_) <= index)) {
    batch_ = reader_.next_batch(kBatchFrames);
    at_end_ = !batch_.has_value();
  }
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
