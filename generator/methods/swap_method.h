// generator/methods/swap_method.h: what every swap method implements. Layer 4.
// How to add one: docs/add-a-swap-method.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/frame.h"
#include "common/base/outcome.h"
#include "common/base/provenance.h"
#include "common/face/face_types.h"

namespace changeling {

/// One side of a swap: the analysed clip and the track of the person meant.
struct AnalyzedClip {
  VideoAnalysis analysis;
  std::size_t track = 0;  ///< index into analysis.tracks

  [[nodiscard]] const FaceTrack& face() const { return analysis.tracks.at(track); }
};

/// Fetches one frame of the source clip by index; may decode.
using FrameFetcher = std::function<Frame(std::int64_t frame_index)>;

struct SwapRequest {
  AnalyzedClip source;
  AnalyzedClip target;
  FrameFetcher source_frame;
  std::uint64_t seed = 0;
};

/// Result for one target frame. `frame` equals the target bit for bit wherever alpha is 0.
struct ComposedFrame {
  Frame frame;    ///< kRgb24, size of the target
  Frame alpha;    ///< kGray8: weight of the swapped pixels, 0..255
  Frame changed;  ///< kGray8: 255 where any channel differs from the target, else 0
  FrameStatus status = FrameStatus::kPassthrough;
};

/// A swap prepared for one pair; holds whatever the method precomputed. One thread.
class SwapPlan {
 public:
  virtual ~SwapPlan() = default;

  /// Swaps frame `frame_index` of the target. A frame in which the target's face is missing comes
  /// back as passthrough: the target itself, empty masks. Must not depend on which frames were
  /// asked before.
  [[nodiscard]] virtual ComposedFrame swap(std::int64_t frame_index, const Frame& target) const = 0;
};

/// A face-swap method. Stateless after construction; plans may be used from other threads.
class SwapMethod {
 public:
  struct Info {
    std::string name;                 ///< "mesh_swap": row of table `method`
    std::string version;              ///< changes when any output pixel may change
    std::string digital_source_type;  ///< IPTC term
    bool self_paired = false;
    std::vector<ProvenanceModel> models;  ///< networks of the method itself
  };

  virtual ~SwapMethod() = default;
  [[nodiscard]] virtual Info info() const = 0;

  /// Checks the pair and prepares it, or says why not (face_small, track_short, pose_gap, ...).
  [[nodiscard]] virtual Outcome<std::unique_ptr<SwapPlan>> plan(SwapRequest request) const = 0;
};

}  // namespace changeling
