#include "generator/methods/fsgan/fsgan_plan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "generator/methods/track_check.h"

namespace changeling {
namespace {

CropFilters filters_of(const FsganOptions& options) {
  return {options.crop_scale, options.box_filter, options.landmark_filter, options.pose_kernel};
}

/// The faces worth painting from: measured ones, or all where none is.
std::vector<CropFace> source_faces(const AnalyzedClip& clip, const FsganOptions& options) {
  const std::vector<CropFace> all =
      crop_faces(clip.face(), clip.analysis.cuts, filters_of(options));
  std::vector<CropFace> measured;
  std::copy_if(all.begin(), all.end(), std::back_inserter(measured),
               [](const CropFace& face) { return !face.is_interpolated; });
  return measured.empty() ? all : measured;
}

AppearanceMap make_map(const std::vector<CropFace>& faces, const FsganOptions& options) {
  std::vector<SourcePose> poses;
  for (const CropFace& face : faces) {
    poses.push_back({face.pose_deg, face.sharpness});
  }
  return {poses, options.appearance};
}

std::vector<PlannedFace> plan_faces(std::vector<CropFace> faces, const AppearanceMap& map) {
  std::vector<PlannedFace> planned;
  for (std::size_t first = 0; first < faces.size();) {
    std::size_t end = first;
    while (end < faces.size() && faces[end].run == faces[first].run) {
      ++end;
    }
    const std::int64_t run_first = faces[first].frame_index;
    const std::int64_t run_last = faces[end - 1].frame_index;
    for (; first < end; ++first) {
      ViewChoice choice = map.choose(faces[first].pose_deg);
      planned.push_back({std::move(faces[first]), std::move(choice), run_first, run_last});
    }
  }
  return planned;
}

/// Most target frames look where no source view does.
std::optional<Rejected> check_poses(const std::vector<PlannedFace>& faces,
                                    const FsganOptions& options) {
  const auto far = std::count_if(faces.begin(), faces.end(), [&](const PlannedFace& face) {
    return face.choice.nearest_deg > options.max_pose_gap_deg;
  });
  if (2 * static_cast<std::size_t>(far) <= faces.size()) {
    return std::nullopt;
  }
  return Rejected{RejectReason::kPoseGap,
                  fmt::format("{} of {} target frames are more than {:.0f} deg from every source "
                              "view",
                              far, faces.size(), options.max_pose_gap_deg)};
}

std::unique_ptr<SourceViews> make_views(FrameFetcher fetch, const std::vector<CropFace>& faces,
                                        const AppearanceMap& map,
                                        const std::vector<PlannedFace>& planned,
                                        const FsganOptions& options) {
  std::vector<SourceViews::View> views;
  for (const MapView& view : map.views()) {
    views.push_back({faces[view.source_index], view.mirrored});
  }
  auto crops = std::make_unique<SourceViews>(std::move(fetch), std::move(views),
                                             options.resolution_px, options.cached_views);
  std::set<std::size_t> used;
  for (const PlannedFace& face : planned) {
    for (const WeightedView& view : face.choice.views) {
      used.insert(view.view);
    }
  }
  crops->prefetch({used.begin(), used.end()});
  return crops;
}

}  // namespace

const PlannedFace* FsganPlan::find(std::int64_t frame_index) const {
  const auto at = std::lower_bound(
      faces_.begin(), faces_.end(), frame_index,
      [](const PlannedFace& face, std::int64_t index) { return face.face.frame_index < index; });
  return at != faces_.end() && at->face.frame_index == frame_index ? &*at : nullptr;
}

Outcome<std::unique_ptr<SwapPlan>> plan_fsgan(SwapRequest request, const FsganOptions& options) {
  for (const auto& [clip, role] :
       {std::pair{&request.source, "source"}, std::pair{&request.target, "target"}}) {
    // A clip may be shorter than the least track; then all its frames must show the face.
    const std::int64_t frames =
        std::min<std::int64_t>(options.min_track_frames, clip->analysis.n_frames);
    if (std::optional<Rejected> rejected = check_track(*clip, role, options.min_face_px, frames)) {
      return *std::move(rejected);
    }
  }
  const std::vector<CropFace> source = source_faces(request.source, options);
  const AppearanceMap map = make_map(source, options);
  std::vector<PlannedFace> faces = plan_faces(
      crop_faces(request.target.face(), request.target.analysis.cuts, filters_of(options)), map);
  if (std::optional<Rejected> rejected = check_poses(faces, options)) {
    return *std::move(rejected);
  }
  auto views = make_views(std::move(request.source_frame), source, map, faces, options);
  return std::make_unique<FsganPlan>(std::move(faces), std::move(views));
}

}  // namespace changeling
