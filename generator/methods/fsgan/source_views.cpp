#include "generator/methods/fsgan/source_views.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/landmark_layout.h"

namespace changeling {

SourceViews::SourceViews(FrameFetcher fetch, std::vector<View> views, int size_px, int capacity)
    : fetch_frame_(std::move(fetch)),
      views_(std::move(views)),
      size_px_(size_px),
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
  ViewCrop crop = {take_crop(fetch_frame_(face.frame_index), face.square, size_px_),
                   face.landmarks};
  if (view.is_mirrored) {
    crop.image = crop.image.flip({2});
    crop.landmarks = flip_landmarks(crop.landmarks, 1);
  }
  return crop;
}

}  // namespace changeling
