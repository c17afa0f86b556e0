#include "generator/methods/fsgan/source_views.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/landmark_layout.h"

namespace changeling {

SourceViews::SourceViews(FrameFetcher fetch, std::vector<View> views, Sides sides, int capacity)
    : fetch_frame_(std::move(fetch)),
      views_(std::move(views)),
      sides_(sides),
      capacity_(static_cast<std::size_t>(capacity)) {
  CHANGELING_REQUIRE(capacity > 0, "at least one view must be kept");
}

void SourceViews::prefetch(std::vector<std::size_t> views) {
  std::stable_sort(views.begin(), views.end(), [this](std::size_t a, std::size_t b) {
    return views_.at(a).face.frame_index < views_.at(b).face.frame_index;
  });
  views.resize(std::min(views.size(), capacity_));
  for (const std::size_t view : views) {
    (void)get(view);
  }
}

ViewCrop SourceViews::get(std::size_t view) {
  const auto found = found_.find(view);
  if (found != found_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return recent_.front().crop;
  }
  recent_.push_front({view, fetch(views_.at(view))});
  found_[view] = recent_.begin();
  if (recent_.size() > capacity_) {
    found_.erase(recent_.back().view);
    recent_.pop_back();
  }
  return recent_.front().crop;
}

ViewCrop SourceViews::fetch(const View& view) const {
  const CropFace& face = view.face;
  const Frame frame = fetch_frame_(face.frame_index);
  ViewCrop crop = {take_crop(frame, face.square, sides_.size_px), {}, face.landmarks};
  if (has_detail()) {
    crop.detail = sides_.detail_px == sides_.size_px
                      ? crop.image
                      : take_crop(frame, face.square, sides_.detail_px);
  }
  if (view.is_mirrored) {
    crop.image = crop.image.flip({2});
    crop.detail = crop.detail.defined() ? crop.detail.flip({2}) : crop.detail;
    crop.landmarks = flip_landmarks(crop.landmarks, 1);
  }
  return crop;
}

}  // namespace changeling
