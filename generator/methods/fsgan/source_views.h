// generator/methods/fsgan/source_views.h: the source crops that a clip is painted from. Layer 5,
// Torch only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "generator/methods/fsgan/crop_faces.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// A source face to paint from.
struct ViewCrop {
  at::Tensor image;     ///< float32 (3,S,S) in [-1,1], CPU
  at::Tensor detail;    ///< the same crop, (3,D,D) with D >= S; undefined when not asked for
  Landmarks landmarks;  ///< in [0,1] of the crop
};

/// Fetches, crops and keeps the views used last. A view's values do not depend on when it is asked
/// for. One thread.
class SourceViews {
 public:
  struct View {
    CropFace face;
    bool is_mirrored = false;
  };

  /// Sides of the crops, px; no detail where detail_px is smaller.
  struct Sides {
    int size_px = 0;
    int detail_px = 0;
  };

  /// Holds at most `capacity` crops (at least 1).
  SourceViews(FrameFetcher fetch, std::vector<View> views, Sides sides, int capacity);

  [[nodiscard]] const std::vector<View>& views() const { return views_; }

  /// Whether the crops come with detail.
  [[nodiscard]] bool has_detail() const { return sides_.detail_px >= sides_.size_px; }

  /// Fetches these views, as many as fit, in the order of their frames: the decoder then reads
  /// forward only.
  void prefetch(std::vector<std::size_t> views);

  [[nodiscard]] ViewCrop get(std::size_t view);

 private:
  struct Cached {
    std::size_t view;
    ViewCrop crop;
  };

  [[nodiscard]] ViewCrop fetch(const View& view) const;

  FrameFetcher fetch_frame_;
  std::vector<View> views_;
  Sides sides_;
  std::size_t capacity_;
  std::list<Cached> recent_;  ///< last used first
  std::unordered_map<std::size_t, std::list<Cached>::iterator> found_;
};

}  // namespace changeling
