// common/base/frame.h: one decoded picture, independent of LibTorch and FFmpeg. Layer 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace changeling {

enum class PixelFormat {
  kRgb24,  ///< 3 bytes a pixel, R G B, full range
  kGray8,  ///< 1 byte a pixel; masks and luma
};

/// An immutable picture with shared storage; copying a Frame copies a handle.
/// Rows are tightly packed: byte of channel c at (x, y) is ((y * width) + x) * channels + c.
class Frame {
 public:
  /// Takes `pixels`, whose size must be width * height * channels. Throws Error(kInternal)
  /// otherwise.
  Frame(int width_px, int height_px, PixelFormat format, std::vector<std::uint8_t> pixels);

  [[nodiscard]] int width_px() const { return width_px_; }

  [[nodiscard]] int height_px() const { return height_px_; }

  [[nodiscard]] PixelFormat format() const { return format_; }

  [[nodiscard]] int channels() const { return format_ == PixelFormat::kRgb24 ? 3 : 1; }

  [[nodiscard]] std::size_t row_bytes() const {
    return static_cast<std::size_t>(width_px_) * static_cast<std::size_t>(channels());
  }

  [[nodiscard]] std::size_t size_bytes() const { return pixels_->size(); }

  [[nodiscard]] const std::uint8_t* data() const { return pixels_->data(); }

  /// The storage itself, for owners that outlive this handle (from_blob with a deleter).
  [[nodiscard]] std::shared_ptr<const std::vector<std::uint8_t>> storage() const { return pixels_; }

 private:
  int width_px_;
  int height_px_;
  PixelFormat format_;
  std::shared_ptr<const std::vector<std::uint8_t>> pixels_;
};

/// A part of a frame in whole pixels; may reach beyond it.
struct FrameWindow {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

/// That part as a frame of its own, of any format; 0 (black) beyond the frame. Throws
/// Error(kInternal) for an empty window.
[[nodiscard]] Frame cut_out(const Frame& frame, const FrameWindow& window);

/// True when size, format and every byte agree.
[[nodiscard]] bool operator==(const Frame& a, const Frame& b);

}  // namespace changeling
