// catalog/export/face_frames.h: aligned face crops of an item, as detectors of pictures are trained
// on. Layer 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/export/export_set.h"
#include "common/base/frame.h"
#include "common/base/geometry.h"
#include "common/face/face_types.h"

namespace changeling {

inline constexpr int kFaceCropPx = 256;
inline constexpr int kFramesOfAnItem = 32;

/// One crop.
struct FaceFrame {
  std::int64_t frame_index = 0;  ///< in the clip
  Frame picture;                 ///< kRgb24, 256 x 256
  std::optional<Frame> mask;     ///< of a fake: changed pixels, kGray8, 0 or 255
  Landmarks landmarks;           ///< 68, pixels of the crop
};

/// Up to 32 observations by frame, evenly spaced over those that show the swapped (in real clips:
/// the first) person's face and, in fakes, were swapped: a frame that was left alone is real. A
/// control shows the frames of its fake (ExportSet::fake_of). Throws Error(kConfig) for an
/// item without such a frame.
[[nodiscard]] std::vector<FaceObservation> chosen_faces(const ExportSet& set,
                                                        const ExportItem& item);

/// Where a detector's crop lies in a frame: a similarity of the five points of 68 landmarks onto
/// DeepfakeBench's template, the 112 px one scaled to 256 px, with a margin (scale 1.3).
[[nodiscard]] CropTransform detector_crop(const Landmarks& landmarks);

/// The detector_crop of each chosen face. Throws as chosen_faces.
[[nodiscard]] std::vector<FaceFrame> face_frames(const ExportSet& set, const ExportItem& item);

/// The crop as PNG with the item's label in the file, see label_png.
[[nodiscard]] std::string labelled_picture(const FaceFrame& frame, const ExportItem& item);

/// Where the format deepfakebench puts the crop of a frame, below the export.
[[nodiscard]] std::string deepfakebench_crop(const ExportSet& set, const ExportItem& item,
                                             std::int64_t frame);

/// 68 landmarks and 13 points on the forehead, as dlib's 81: the upper half of the ellipse through
/// both ends of the jaw, 0.75 times as high above them as the chin is below. An extrapolation.
[[nodiscard]] std::vector<PointF> with_forehead(const Landmarks& landmarks);

}  // namespace changeling
