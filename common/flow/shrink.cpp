#include "common/flow/shrink.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "common/base/error.h"

namespace changeling {

Frame shrunk(const Frame& frame, int shorter_px) {
  CHANGELING_REQUIRE(shorter_px > 0, "a picture has at least one pixel");
  const int shorter = std::min(frame.width_px(), frame.height_px());
  if (shorter <= shorter_px) {
    return frame;
  }
  const auto in_proportion = [&](int side_px) {
    return static_cast<int>(std::lround(static_cast<double>(side_px) * shorter_px / shorter));
  };
  const int width = in_proportion(frame.width_px());
  const int height = in_proportion(frame.height_px());
  const int type = frame.format() == PixelFormat::kGray8 ? CV_8UC1 : CV_8UC3;
  // cv::Mat has no constant view; the pixels are only read.
  const cv::Mat whole(frame.height_px(), frame.width_px(), type,
                      const_cast<std::uint8_t*>(frame.data()));
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) *
                                   static_cast<std::size_t>(height) * whole.elemSize());
  cv::Mat small(height, width, type, pixels.data());
  cv::resize(whole, small, small.size(), 0, 0, cv::INTER_AREA);
  return Frame(width, height, frame.format(), std::move(pixels));
}

}  // namespace changeling
