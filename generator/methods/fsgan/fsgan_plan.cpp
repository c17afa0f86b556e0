#include "generator/methods/fsgan/fsgan_plan.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/base/upper_median.h"
#include "generator/methods/track_check.h"

namespace changeling {
namespace {

CropFilters filters_of(const FsganOptions& options) {
  return {options.crop_scale, options.box_filter, options.landmark_filter, options.pose_kernel};
}

std::vector<CropFace> faces_of(AnalyzedClip clip, const FsganOptions& options) {
  return crop_faces(std::move(clip.analysis.tracks.at(clip.track)), clip.analysis.cuts,
                    filters_of(options));
}

/// The faces worth painting from: measured ones, or all where none is.
std::vector<CropFace> source_faces(std::vector<CropFace> faces) {
  const auto measured = std::stable_partition(
      faces.begin(), faces.end(), [](const CropFace& face) { return !face.is_interpolated; });
  if (measured != faces.begin()) {
    faces.erase(measured, faces.end());
  }
  return faces;
}

AppearanceMap make_map(const std::vector<CropFace>& faces, const FsganOptions& options) {
  std::vector<SourcePose> poses;
  for (const CropFace& face : faces) {
    poses.push_back({face.pose_deg, face.sharpness});
  }
  return {poses, options.appearance};
}

/// What the map says about a target's frames.
struct ViewUse {
  std::set<std::size_t> views;  ///< that some frame is painted from
  std::size_t far = 0;          ///< frames that look where no view does
};

ViewUse use_of(const std::vector<CropFace>& faces, const AppearanceMap& map,
               double max_pose_gap_deg) {
  ViewUse use;
  for (const CropFace& face : faces) {
    const ViewChoice choice = map.choose(face.pose_deg);
    use.far += choice.nearest_deg > max_pose_gap_deg ? 1 : 0;
    for (const WeightedView& view : choice.views) {
      use.views.insert(view.view);
    }
  }
  return use;
}

/// Side of the crops that give detail to a target's median face, in steps of the networks'
/// resolution; 0 = none. Twice the face's: it is resampled twice, and either time costs sharpness.
int detail_side(const std::vector<CropFace>& faces, const FsganOptions& options) {
  if (options.max_detail == 1) {
    return 0;
  }
  std::vector<std::int64_t> sides;
  for (const CropFace& face : faces) {
    sides.push_back(face.square.side);
  }
  const std::int64_t times = (2 * upper_median(std::move(sides)) + options.resolution_px / 2) /
                             static_cast<std::int64_t>(options.resolution_px);
  return options.resolution_px *
         static_cast<int>(std::clamp<std::int64_t>(times, 1, options.max_detail));
}

std::unique_ptr<SourceViews> make_views(FrameFetcher fetch, const std::vector<CropFace>& faces,
                                        const AppearanceMap& map, const std::set<std::size_t>& used,
                                        int detail_px, const FsganOptions& options) {
  std::vector<SourceViews::View> views;
  for (const MapView& view : map.views()) {
    views.push_back({faces[view.source_index], view.mirrored});
  }
  auto crops = std::make_unique<SourceViews>(std::move(fetch), std::move(views),
                                             SourceViews::Sides{options.resolution_px, detail_px},
                                             options.cached_views);
  crops->prefetch({used.begin(), used.end()});
  return crops;
}

}  // namespace

const CropFace* FsganPlan::find(std::int64_t frame_index) const {
  const auto at = std::lower_bound(
      faces_.begin(), faces_.end(), frame_index,
      [](const CropFace& face, std::int64_t index) { return face.frame_index < index; });
  return at != faces_.end() && at->frame_index == frame_index ? &*at : nullptr;
}

FrameRange FsganPlan::run_of(const CropFace& face) const {
  const auto [first, end] =
      std::equal_range(faces_.begin(), faces_.end(), face,
                       [](const CropFace& a, const CropFace& b) { return a.run < b.run; });
  return {first->frame_index, std::prev(end)->frame_index};
}

Outcome<std::unique_ptr<FsganPlan>> plan_fsgan(SwapRequest request, const FsganOptions& options) {
  for (const auto& [clip, role] :
       {std::pair{&request.source, "source"}, std::pair{&request.target, "target"}}) {
    // A clip may be shorter than the least track; then all its frames must show the face.
    const std::int64_t frames =
        std::min<std::int64_t>(options.min_track_frames, clip->analysis.n_frames);
    if (std::optional<Rejected> rejected = check_track(*clip, role, options.min_face_px, frames)) {
      return *std::move(rejected);
    }
  }
  const std::vector<CropFace> source = source_faces(faces_of(std::move(request.source), options));
  AppearanceMap map = make_map(source, options);
  std::vector<CropFace> faces = faces_of(std::move(request.target), options);
  const ViewUse use = use_of(faces, map, options.max_pose_gap_deg);
  if (2 * use.far > faces.size()) {
    return Rejected{RejectReason::kPoseGap,
                    fmt::format("{} of {} target frames are more than {:.0f} deg from every "
                                "source view",
                                use.far, faces.size(), options.max_pose_gap_deg)};
  }
  auto views = make_views(std::move(request.source_frame), source, map, use.views,
                          detail_side(faces, options), options);
  return std::make_unique<FsganPlan>(std::move(faces), std::move(map), std::move(views));
}

}  // namespace changeling
