#include "common/quality/brisque.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>

#include <opencv2/imgproc.hpp>
#include <opencv2/quality/qualitybrisque.hpp>

#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {
namespace {

std::string names(const BrisqueFiles& files) {
  return "'" + files.model.string() + "' and '" + files.range.string() + "'";
}

int rounded_within(float value, int most) {
  return static_cast<int>(std::clamp(std::round(value), 0.0F, static_cast<float>(most)));
}

/// Grey, so that OpenCV does not take red for blue.
cv::Mat grey_region(const Frame& picture, const cv::Rect& region) {
  // cv::Mat has no constant view; the pixels are only read.
  const cv::Mat rgb(picture.height_px(), picture.width_px(), CV_8UC3,
                    const_cast<std::uint8_t*>(picture.data()));
  cv::Mat grey;
  cv::cvtColor(rgb(region), grey, cv::COLOR_RGB2GRAY);
  return grey;
}

cv::Mat shrunk(const cv::Mat& picture) {
  const int longer = std::max(picture.cols, picture.rows);
  if (longer <= Brisque::kMostPx) {
    return picture;
  }
  const double scale = static_cast<double>(Brisque::kMostPx) / longer;
  cv::Mat small;
  cv::resize(picture, small,
             cv::Size(static_cast<int>(std::lround(picture.cols * scale)),
                      static_cast<int>(std::lround(picture.rows * scale))),
             0, 0, cv::INTER_AREA);
  return small;
}

/// Any pattern with texture: damaged files show when it is scored.
cv::Mat pattern() {
  cv::Mat grey(64, 64, CV_8U);
  for (int y = 0; y < grey.rows; ++y) {
    for (int x = 0; x < grey.cols; ++x) {
      grey.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>((x * x + 3 * y * x + 7 * y) % 256);
    }
  }
  return grey;
}

}  // namespace

struct Brisque::State {
  cv::Ptr<cv::quality::QualityBRISQUE> model;
};

BrisqueFiles brisque_files(const std::filesystem::path& folder) {
  return {folder / "brisque_model_live.yml", folder / "brisque_range_live.yml"};
}

bool exist(const BrisqueFiles& files) {
  std::error_code error;
  return std::filesystem::is_regular_file(files.model, error) &&
         std::filesystem::is_regular_file(files.range, error);
}

Digest digest_of(const BrisqueFiles& files) {
  try {
    return sha256(read_file(files.model) + read_file(files.range));
  } catch (const Error&) {
    throw Error(ErrorKind::kModel, "BRISQUE: " + names(files) + " cannot be read");
  }
}

Brisque::Brisque(const BrisqueFiles& files) : state_(std::make_unique<State>()) {
  if (!exist(files)) {  // OpenCV would go on without a model
    throw Error(ErrorKind::kModel, "BRISQUE: " + names(files) + " are not both there");
  }
  try {
    state_->model = cv::quality::QualityBRISQUE::create(files.model.string(), files.range.string());
    (void)state_->model->compute(pattern());
  } catch (const cv::Exception&) {
    throw Error(ErrorKind::kModel, "BRISQUE: " + names(files) + " are no model and its ranges");
  }
}

Brisque::~Brisque() = default;
Brisque::Brisque(Brisque&&) noexcept = default;
Brisque& Brisque::operator=(Brisque&&) noexcept = default;

std::optional<double> Brisque::score(const Frame& picture, const BBox& region) const {
  CHANGELING_REQUIRE(picture.format() == PixelFormat::kRgb24, "BRISQUE is measured on RGB");
  const cv::Point from(rounded_within(region.x, picture.width_px()),
                       rounded_within(region.y, picture.height_px()));
  const cv::Point to(rounded_within(region.right(), picture.width_px()),
                     rounded_within(region.bottom(), picture.height_px()));
  if (to.x - from.x < kLeastPx || to.y - from.y < kLeastPx) {
    return std::nullopt;
  }
  try {
    return state_->model->compute(shrunk(grey_region(picture, cv::Rect(from, to))))[0];
  } catch (const cv::Exception& error) {
    throw Error(ErrorKind::kInternal, "BRISQUE: " + error.err);
  }
}

}  // namespace changeling
