#include "generator/methods/self_blend/self_blend_method.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/rng.h"
#include "generator/methods/compositor.h"
#include "generator/methods/self_blend/mask_deform.h"
#include "generator/methods/self_blend/source_augment.h"
#include "generator/methods/track_check.h"

namespace changeling {
namespace {

/// `second` after `first`.
CropTransform chain(const CropTransform& first, const CropTransform& second) {
  const std::array<double, 6>& a = first.matrix();
  const std::array<double, 6>& b = second.matrix();
  return CropTransform({b[0] * a[0] + b[1] * a[3], b[0] * a[1] + b[1] * a[4],
                        b[0] * a[2] + b[1] * a[5] + b[2], b[3] * a[0] + b[4] * a[3],
                        b[3] * a[1] + b[4] * a[4], b[3] * a[2] + b[4] * a[5] + b[5]});
}

/// Where the crop lies in the frame.
FrameRect crop_rect(const CropTransform& to_crop, const Frame& frame) {
  std::vector<PointF> corners;
  for (const float x : {0.0F, static_cast<float>(kBlendCropPx)}) {
    for (const float y : {0.0F, static_cast<float>(kBlendCropPx)}) {
      corners.push_back(to_crop.to_frame({x, y}));
    }
  }
  const BBox box = bounding_box(corners);
  const auto inside = [](float value, int limit) {
    return static_cast<int>(std::clamp(value, 0.0F, static_cast<float>(limit)));
  };
  return {inside(std::floor(box.x), frame.width_px()), inside(std::floor(box.y), frame.height_px()),
          inside(std::ceil(box.right()), frame.width_px()),
          inside(std::ceil(box.bottom()), frame.height_px())};
}

/// The crop's mask in the frame, 0 outside of `rect`.
Frame place_mask(const Frame& mask, const CropTransform& to_crop, const FrameRect& rect,
                 const Frame& frame) {
  std::vector<std::uint8_t> pixels(frame.size_bytes() / 3, 0);
  cv::Mat out(frame.height_px(), frame.width_px(), CV_8U, pixels.data());
  // OpenCV has no read-only header; warpAffine does not write its source.
  const cv::Mat crop(kBlendCropPx, kBlendCropPx, CV_8U, const_cast<std::uint8_t*>(mask.data()));
  const std::array<double, 6>& m = to_crop.matrix();
  const double x0 = rect.left + 0.5;
  const double y0 = rect.top + 0.5;
  const cv::Matx23d map(m[0], m[1], m[0] * x0 + m[1] * y0 + m[2] - 0.5,  //
                        m[3], m[4], m[3] * x0 + m[4] * y0 + m[5] - 0.5);
  const cv::Rect region(rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top);
  cv::Mat placed;
  cv::warpAffine(crop, placed, map, region.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_CONSTANT);
  placed.copyTo(out(region));
  return Frame(frame.width_px(), frame.height_px(), PixelFormat::kGray8, std::move(pixels));
}

class SelfBlendPlan : public SwapPlan {
 public:
  SelfBlendPlan(FaceTrack track, const BlendDraw& draw)
      : track_(std::move(track)), draw_(draw), masks_(draw), shift_(face_shift(draw)) {}

  [[nodiscard]] FrameRange face_range() const override {
    return {track_.first_frame(), track_.last_frame()};
  }

  [[nodiscard]] ComposedFrame blend(std::int64_t frame_index, const Frame& target) const {
    const FaceObservation* face = track_.find(frame_index);
    if (face == nullptr) {
      return pass_through(target);
    }
    const CropTransform to_crop = blend_crop(face->landmarks);
    const FrameRect rect = crop_rect(to_crop, target);
    if (rect.empty()) {
      return pass_through(target);
    }
    const Frame alpha = place_mask(masks_.mask(face->landmarks, to_crop), to_crop, rect, target);
    // A pixel of the moved face comes from where it was before: crop, shift back, frame.
    const CropTransform to_source =
        chain(chain(to_crop, CropTransform(shift_.inverse())), CropTransform(to_crop.inverse()));
    return composite(target, augment_source(target, rect, to_source, draw_), alpha);
  }

 private:
  FaceTrack track_;
  BlendDraw draw_;
  MaskMaker masks_;
  CropTransform shift_;
};

}  // namespace

SelfBlendMethod::SelfBlendMethod(const SelfBlendOptions& options) : options_(options) {}

std::vector<SwapMethod::Variant> SelfBlendMethod::variants() const {
  Variant variant;
  variant.name = "self_blend";
  variant.version = "2";
  variant.digital_source_type = "compositeCapture";
  variant.self_paired = true;
  return {variant};
}

Outcome<std::unique_ptr<SwapPlan>> SelfBlendMethod::plan(SwapRequest request) const {
  if (std::optional<Rejected> rejected =
          check_track(request.target, "target", options_.min_face_px, options_.min_track_frames)) {
    return *std::move(rejected);
  }
  CHANGELING_REQUIRE(request.source.analysis.video_sha256 == request.target.analysis.video_sha256 &&
                         request.source.track == request.target.track,
                     "self_blend blends a face with itself: source and target must be one");
  const std::string clip = request.target.analysis.video_sha256.hex();
  const std::string track = std::to_string(request.target.track);
  const BlendDraw draw = draw_blend(derive_seed(request.seed, {"self_blend", clip, track}));
  return std::make_unique<SelfBlendPlan>(request.target.face(), draw);
}

std::vector<std::vector<ComposedFrame>> SelfBlendMethod::swap(
    const std::vector<SwapItem>& items) const {
  std::vector<std::vector<ComposedFrame>> results;
  for (const SwapItem& item : items) {
    const auto* plan = dynamic_cast<const SelfBlendPlan*>(item.plan);
    CHANGELING_REQUIRE(plan != nullptr, "the plan of an item must be made by self_blend");
    results.push_back({plan->blend(item.frame_index, item.target())});
  }
  return results;
}

}  // namespace changeling
