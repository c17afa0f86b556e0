// evaluator/metrics/metric.h: what every quality metric implements. Layer 4.
// Metrics neither store nor print; pooling, uncertainty and storage are written once
// (evaluator/run). How to add one: docs/add-a-metric.md. Table of all metrics:
// evaluator/metrics/README.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/frame.h"
#include "common/base/geometry.h"
#include "common/face/face_types.h"
#include "evaluator/metrics/motion_step.h"

namespace changeling {

enum class MetricDirection { kUp, kDown, kToZero, kToOne };
enum class MetricLevel { kFrame, kClip, kSet };

/// "ok" or why there is no value; spelled as in `metric_value.status`.
enum class SampleStatus { kOk, kNoFace, kDecodeError, kNan, kSkipped };

[[nodiscard]] std::string_view to_string(MetricDirection direction);
[[nodiscard]] std::string_view to_string(MetricLevel level);
[[nodiscard]] std::string_view to_string(SampleStatus status);

/// What a metric compares the fake with. The fakes of a corpus may lack any of it; a metric that
/// needs what a clip lacks has no value there (status skipped).
enum MetricInput : unsigned {
  kNoInput = 0,
  kSourceInput = 1,   ///< clips of the person who lent the face
  kTargetInput = 2,   ///< the footage that the fake was made of, frame by frame
  kAlphaInput = 4,    ///< mask of the swap, and which frames are swapped
  kControlInput = 8,  ///< the target through the fake's codec chain
  kEveryInput = 15,
};

struct MetricInfo {
  std::string name;  ///< "ssim_bg"
  int version = 1;   ///< bumped when any number may change
  std::string unit;  ///< "1", "dB", "deg", "%IOD"
  MetricDirection direction = MetricDirection::kUp;
  MetricLevel level = MetricLevel::kFrame;
  std::string scorer;      ///< id of the network behind it ("id128_dlib", "g_s"), empty for none
  std::string definition;  ///< one sentence for reports
  std::string sampling =
      "all";  ///< frames it is asked for: "all", "every2", "evenK", "stepsK", "none" (sampling.h)
  std::string params_json =
      "{}";  ///< alignment, resize, mask policy, sampling: whatever fixes the number
  unsigned inputs = kEveryInput;  ///< MetricInput, joined by |
  bool asks_presence = false;     ///< reads FrameSample::shows_face
};

/// Face measurements of one frame, made once and shared by all metrics.
struct FaceMeasurement {
  bool found = false;
  Landmarks landmarks;
  EulerPose pose_deg;
  std::vector<float> identity_a;  ///< id512, unit norm; empty when not embedded on this frame
  std::vector<float> identity_b;  ///< id128_dlib, raw; empty when not embedded on this frame
  std::optional<Frame> area;      ///< g_s: kGray8, 255 on the face; empty when not asked for
};

/// What models say of a picture around the target's face, whether they see a face there or not.
struct SquareMeasurement {
  bool found = false;             ///< the target's track has the face on this frame
  std::optional<double> brisque;  ///< empty when not asked for, or of too few pixels
  /// early_features.h: by layer float32 (positions, positions, channels); empty when not asked for.
  std::vector<at::Tensor> features;
  CropTransform features_crop;  ///< where they look
};

/// Maps that several metrics of one frame need; the first that asks leaves them here. One thread.
struct FrameMemo {
  at::Tensor luma_fake;        ///< float64 (H,W)
  at::Tensor luma_target;      ///< float64 (H,W)
  at::Tensor luma_control;     ///< float64 (H,W)
  at::Tensor touched;          ///< uint8 (H,W): dilated_swap_area()
  at::Tensor ring;             ///< uint8 (H,W): seam_ring()
  at::Tensor inside;           ///< uint8 (H,W): swap_interior()
  at::Tensor windows_outside;  ///< uint8 (H-10,W-10): 1 for SSIM windows that see no touched pixel
  at::Tensor ssim_fake;        ///< float64 (H-10,W-10), fake and target
  at::Tensor ssim_control;     ///< float64 (H-10,W-10), real control and target
  at::Tensor places_outside;   ///< uint8 (P): 1 for places of all layers that see no touched pixel
  at::Tensor distance_fake;    ///< float64 (P): of features at these places, fake and target
  at::Tensor trusted;      ///< uint8 (H,W) of the step: 1 where the target's motion can be trusted
  at::Tensor warp_fake;    ///< float64 (H,W) of the step: squared warp error of the fake
  at::Tensor warp_target;  ///< the same of the target
};

/// What a metric sees of one frame: the decoded fake, its target, real control, alpha mask and
/// faces. A picture that could not be decoded is null.
struct FrameSample {
  std::int64_t frame_index = 0;  ///< in the fake
  const Frame* fake = nullptr;   ///< decoded from the encoded fake
  const Frame* target = nullptr;
  const Frame* control = nullptr;  ///< the target through the fake's codec chain, without a swap
  const Frame* alpha = nullptr;    ///< kGray8
  FaceMeasurement fake_face;       ///< measured as far as the metric's scorer asks for it
  FaceMeasurement target_face;
  /// Whether the fake's face was found on the last of the even30 frames up to this one, the only
  /// ones where the detector is asked; true before the first. For metrics with asks_presence.
  bool shows_face = true;
  SquareMeasurement fake_square;
  SquareMeasurement target_square;
  SquareMeasurement control_square;
  /// From the frame before to this one, for metrics of sampling stepsK; null when one of the
  /// pictures could not be decoded.
  const MotionStep* step = nullptr;
  FrameMemo* memo = nullptr;  ///< may be null: every metric then works alone
};

/// The tensor that `slot` of the frame's memo holds, made by `make` when nobody has asked before.
template <typename Make>
[[nodiscard]] at::Tensor remembered(const FrameSample& frame, at::Tensor FrameMemo::*slot,
                                    const Make& make) {
  if (frame.memo == nullptr) {
    return make();
  }
  at::Tensor& kept = frame.memo->*slot;
  if (!kept.defined()) {
    kept = make();
  }
  return kept;
}

/// One look at the source person: what `id_dist_dlib` compares with.
struct SourceView {
  EulerPose pose_deg;
  std::vector<float> identity_b;  ///< id128_dlib, raw
};

/// What a metric knows of the clip before its frames. Identities are means of unit-norm embeddings
/// over the even10 frames that show the face, normalised again; empty when none does.
struct ClipContext {
  std::vector<float> source_identity_a;
  std::vector<float> target_identity_a;
  std::vector<float> source_identity_b;
  std::vector<float> target_identity_b;
  std::vector<SourceView> source_views;  ///< the even10 frames of the source that show the face
  std::int64_t n_swapped_frames = 0;     ///< frames of the fake with status swapped
  /// Frames of the target, in the fake's range, with the tracked face.
  std::int64_t n_target_face_frames = 0;
};

/// One value or the reason for its absence; frame -1 = clip level.
struct Sample {
  std::int64_t frame = -1;
  SampleStatus status = SampleStatus::kOk;
  double value = 0;
};

/// Collects one clip. One thread.
class MetricAccumulator {
 public:
  virtual ~MetricAccumulator() = default;
  virtual void observe(const FrameSample& frame) = 0;

  /// Frame-level metrics return one sample per observed frame; clip-level ones a single sample.
  [[nodiscard]] virtual std::vector<Sample> finish() = 0;
};

class Metric {
 public:
  virtual ~Metric() = default;
  [[nodiscard]] virtual MetricInfo info() const = 0;
  [[nodiscard]] virtual std::unique_ptr<MetricAccumulator> begin(const ClipContext& clip) const = 0;
};

/// Every metric, in report order. The list is explicit: see Note [Explicit lists] in
/// ARCHITECTURE.md.
[[nodiscard]] std::vector<std::unique_ptr<Metric>> builtin_metrics();

}  // namespace changeling
