#include "generator/methods/mesh_swap/mesh_swap_method.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "generator/methods/compositor.h"
#include "generator/methods/mesh_swap/face_render.h"
#include "generator/methods/mesh_swap/source_view.h"
#include "generator/methods/mesh_swap/target_shape.h"
#include "generator/methods/mesh_swap/view_selection.h"
#include "generator/methods/track_check.h"

namespace changeling {
namespace {

class MeshSwapPlan : public SwapPlan {
 public:
  struct TargetFrame {
    std::int64_t frame_index = 0;
    std::vector<PointF> mesh_points;
    FrameViews views;
  };

  MeshSwapPlan(std::vector<TargetFrame> frames, std::vector<MeshView> views,
               const MeshSwapOptions& options)
      : frames_(std::move(frames)), views_(std::move(views)), options_(options) {}

  [[nodiscard]] FrameRange face_range() const override {
    return {frames_.front().frame_index, frames_.back().frame_index};
  }

  [[nodiscard]] ComposedFrame swap(std::int64_t frame_index, const Frame& target) const {
    const TargetFrame* frame = find(frame_index);
    if (frame == nullptr || frame->views.shares.empty()) {
      return pass_through(target);
    }
    const FaceLayer layer = render_face(target, frame->mesh_points, views_, frame->views, options_);
    return composite(target, layer.swapped, layer.alpha);
  }

 private:
  [[nodiscard]] const TargetFrame* find(std::int64_t frame_index) const {
    const auto at = std::lower_bound(
        frames_.begin(), frames_.end(), frame_index,
        [](const TargetFrame& frame, std::int64_t index) { return frame.frame_index < index; });
    return at != frames_.end() && at->frame_index == frame_index ? &*at : nullptr;
  }

  std::vector<TargetFrame> frames_;  ///< ascending
  std::vector<MeshView> views_;
  MeshSwapOptions options_;
};

/// Too few frames in which the swap would be seen.
std::optional<Rejected> check_poses(const ViewAssignment& assignment,
                                    const MeshSwapOptions& options) {
  const std::size_t all = assignment.frames.size();
  const std::size_t lost = assignment.faint_by_yaw + assignment.faint_by_gap;
  if (static_cast<double>(all - lost) >=
      static_cast<double>(options.min_usable_share) * static_cast<double>(all)) {
    return std::nullopt;
  }
  const bool turned = assignment.faint_by_yaw >= assignment.faint_by_gap;
  return Rejected{
      turned ? RejectReason::kPoseOutOfRange : RejectReason::kPoseGap,
      fmt::format("of {} target frames {} are turned beyond {:.0f} deg and {} are more "
                  "than {:.0f} deg from their source frame, or so near these limits that "
                  "little of the swap would be seen",
                  all, assignment.faint_by_yaw, options.max_yaw_deg, assignment.faint_by_gap,
                  options.max_pose_gap_deg)};
}

std::vector<MeshView> fetch_views(const SwapRequest& request, const ViewAssignment& assignment) {
  std::vector<MeshView> views;
  for (const std::size_t i : assignment.views) {
    const FaceObservation& observation = request.source.face().observations.at(i);
    views.push_back(
        make_source_view(request.source_frame(observation.frame_index), observation.landmarks));
  }
  return views;
}

}  // namespace

MeshSwapMethod::MeshSwapMethod(const MeshSwapOptions& options) : options_(options) {}

std::vector<SwapMethod::Variant> MeshSwapMethod::variants() const {
  Variant variant;
  variant.name = "mesh_swap";
  variant.version = "3";
  variant.digital_source_type = "compositeCapture";
  return {variant};
}

Outcome<std::unique_ptr<SwapPlan>> MeshSwapMethod::plan(SwapRequest request) const {
  for (const auto& [clip, role] :
       {std::pair{&request.source, "source"}, std::pair{&request.target, "target"}}) {
    if (std::optional<Rejected> rejected =
            check_track(*clip, role, options_.min_face_px, options_.min_track_frames)) {
      return *std::move(rejected);
    }
  }
  const FaceTrack& target = request.target.face();
  const std::vector<std::int64_t>& cuts = request.target.analysis.cuts;
  ViewAssignment assignment = assign_views(request.source.face(), target, cuts, options_);
  if (std::optional<Rejected> rejected = check_poses(assignment, options_)) {
    return *std::move(rejected);
  }
  std::vector<std::vector<PointF>> points =
      steady_mesh_points(target, cuts, options_.landmark_sigma_frames);
  std::vector<MeshSwapPlan::TargetFrame> frames;
  for (std::size_t i = 0; i < points.size(); ++i) {
    frames.push_back({target.observations[i].frame_index, std::move(points[i]),
                      std::move(assignment.frames[i])});
  }
  return std::make_unique<MeshSwapPlan>(std::move(frames), fetch_views(request, assignment),
                                        options_);
}

std::vector<std::vector<ComposedFrame>> MeshSwapMethod::swap(
    const std::vector<SwapItem>& items) const {
  std::vector<std::vector<ComposedFrame>> results;
  for (const SwapItem& item : items) {
    const auto* plan = dynamic_cast<const MeshSwapPlan*>(item.plan);
    CHANGELING_REQUIRE(plan != nullptr, "the plan of an item must be made by mesh_swap");
    results.push_back({plan->swap(item.frame_index, item.target())});
  }
  return results;
}

}  // namespace changeling
