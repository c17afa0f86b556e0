// evaluator/run/clip_measurer.h: decodes a fake beside its target, measures the faces once and
// feeds every metric. Layer 6.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "evaluator/metrics/metric.h"
#include "evaluator/run/clip_pair.h"
#include "evaluator/run/clip_squares.h"
#include "evaluator/run/face_meter.h"
#include "evaluator/run/motion_meter.h"
#include "evaluator/run/stand_in.h"

namespace changeling {

/// What is known of a person's face over a clip: means as in ClipContext.
struct PersonIdentity {
  std::vector<float> mean_a;
  std::vector<float> mean_b;
  std::vector<SourceView> views;
};

/// Normalised mean of the embeddings, each normalised first; empty for none. Zero vectors are left
/// out.
[[nodiscard]] std::vector<float> mean_direction(const std::vector<std::vector<float>>& embeddings);

/// One thread per object. Memory does not grow with the clip: a few frames of four videos, and what
/// is remembered of a target and its control.
class ClipMeasurer {
 public:
  /// `heartbeat` is called between batches of frames and may throw to stop. `squares` may be null
  /// where no metric asks for what it measures.
  ClipMeasurer(FaceMeter& faces, std::function<void()> heartbeat, SquareMeter* squares = nullptr);

  /// Samples of each metric, same order. A metric of frame level gets the frames of its sampling
  /// policy; a frame that does not decode gives samples with status decode_error. Throws
  /// Error(kInput) when a file is no video at all.
  [[nodiscard]] std::vector<std::vector<Sample>> measure(const ClipPair& clip,
                                                         const std::vector<const Metric*>& metrics);

  /// The same with a baseline in the fake's place.
  [[nodiscard]] std::vector<std::vector<Sample>> measure_baseline(
      const ClipPair& clip, Baseline baseline, const std::vector<const Metric*>& metrics);

  /// Over the even10 frames that show the face; measured once.
  [[nodiscard]] const PersonIdentity& identity(const PersonClip& person);

 private:
  struct Batch;
  [[nodiscard]] PersonIdentity measure_identity(const PersonClip& person);
  [[nodiscard]] ClipContext context(const ClipPair& clip);
  void measure_faces(const ClipPair& clip, Batch& batch);
  void forget_other_targets(const PersonClip& target);
  [[nodiscard]] std::vector<std::vector<Sample>> measure_clip(
      const ClipPair& clip, const std::vector<const Metric*>& metrics,
      std::optional<Baseline> baseline);

  FaceMeter& faces_;
  MotionMeter motion_;
  std::optional<ClipSquares> squares_;
  std::function<void()> heartbeat_;
  // A person serves many fakes: measured once per (media, subject, first, last).
  std::map<std::tuple<MediaId, SubjectId, std::int64_t, std::int64_t>, PersonIdentity> identities_;

  // So is a target that several fakes in a row share: 1 KB a frame and a mask
  // where asked for, by frame of its medium.
  struct TargetFace {
    FaceMeasurement face;
    bool has_pose = false;
    bool has_area = false;
  };

  std::pair<MediaId, SubjectId> target_;
  std::map<std::int64_t, TargetFace> target_faces_;
};

}  // namespace changeling
