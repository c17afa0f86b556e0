// common/face/motion_smoothing.h: the temporal filters of FSGAN: they steady a resting face and let
// a moving one pass (YuvalNirkin/fsgan, v2). Layer 3, pure maths. All sequences are of consecutive
// frames; kernels are odd and count frames.
#pragma once

#include <cstddef>
#include <vector>

#include "common/base/geometry.h"
#include "common/face/face_types.h"

namespace changeling {

struct LandmarkFilter {
  int kernel = 7;
  int motion_kernel = 5;
  float max_motion = 0.01F;  ///< crop widths a frame: at this motion nothing is smoothed any more
};

struct BoxFilter {
  int size_kernel = 51;
  int center_kernel = 25;
  float max_motion = 0.01F;  ///< box sizes a frame
};

/// Position `i`, which may lie outside, in a sequence of `count` values mirrored at its ends
/// without repeating the end value, as often as needed; 0 when there is one value.
[[nodiscard]] std::size_t mirrored_index(std::ptrdiff_t i, std::size_t count);

/// Mean over `kernel` values around each. The ends are mirrored without repeating the end value, as
/// often as needed: 1 2 3 is continued 2 1 2 3 2; one value is continued by itself.
[[nodiscard]] std::vector<double> box_filter(const std::vector<double>& values, int kernel);

/// Landmarks normalised to the crop. Per group of the layout and frame: a p + (1 - a)
/// mean_kernel(p), a = min(1, motion / max_motion), motion = the group's mean length of
/// mean_motion_kernel(p's step from the frame before). Throws Error(kConfig) for a count without a
/// layout, Error(kInternal) when frames differ in count.
[[nodiscard]] std::vector<Landmarks> smooth_landmarks(std::vector<Landmarks> frames,
                                                      const LandmarkFilter& filter = {});

/// Box filter over each angle; the angles must not wrap.
[[nodiscard]] std::vector<EulerPose> smooth_poses(const std::vector<EulerPose>& frames,
                                                  int kernel = 5);

/// Sizes by a box filter; centres as smooth_landmarks does, with motion measured in box sizes.
/// Throws Error(kInternal) for an empty box.
[[nodiscard]] std::vector<BBox> smooth_boxes(const std::vector<BBox>& frames,
                                             const BoxFilter& filter = {});

}  // namespace changeling
