// generator/methods/swap_method.h: what every swap method implements. Layer 4.
// How to add one: docs/add-a-swap-method.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/digest.h"
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

/// Files that a method made of a source clip alone, kept as long as the clip is in the catalog:
/// erasing the person erases them. Keys name all that the content depends on.
class SourceStore {
 public:
  virtual ~SourceStore() = default;

  [[nodiscard]] virtual std::optional<std::filesystem::path> find(const Digest& key) const = 0;

  /// Folder for a file that is still being written.
  [[nodiscard]] virtual std::filesystem::path staging() const = 0;

  /// Moves a finished file in and returns where it lies now.
  virtual std::filesystem::path keep(const Digest& key, const std::filesystem::path& file) = 0;
};

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
  std::optional<FrameRecord> record;  ///< for the sidecar
};

/// Frames of a clip, both included.
struct FrameRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// What a method prepared for one pair. Opaque to everyone else.
class SwapPlan {
 public:
  virtual ~SwapPlan() = default;

  /// From the first to the last target frame in which the method has the face.
  [[nodiscard]] virtual FrameRange face_range() const = 0;
};

/// One frame to swap.
struct SwapItem {
  const SwapPlan* plan = nullptr;  ///< made by the method that is asked
  std::int64_t frame_index = 0;    ///< in the target clip
  /// Consecutive target frames around frame_index: SwapMethod::halo_frames() on each side, fewer at
  /// the clip's ends.
  std::vector<Frame> window;
  std::int64_t window_first = 0;  ///< frame index of window[0]
  /// Where somebody wants to look at it: gets a picture of what each stage of the method made of
  /// the face. No result depends on it. Methods without stages, and frames without a face, give
  /// none.
  std::function<void(const Frame& picture)> show_stages = {};

  [[nodiscard]] const Frame& target() const {
    return window.at(static_cast<std::size_t>(frame_index - window_first));
  }
};

/// A face-swap method. One thread but for plan(); plans must not outlive it.
class SwapMethod {
 public:
  /// One kind of fake that the method makes.
  struct Variant {
    std::string name;                 ///< "mesh_swap": row of table `method`
    std::string version;              ///< changes when any output pixel may change
    std::string digital_source_type;  ///< IPTC term
    bool self_paired = false;
    std::vector<ProvenanceModel> models;  ///< networks of the variant itself
  };

  virtual ~SwapMethod() = default;

  /// What one swap gives: most methods one, a method that shows its stages several.
  [[nodiscard]] virtual std::vector<Variant> variants() const = 0;

  /// Frames that the method likes to get in one call.
  [[nodiscard]] virtual int batch_frames() const { return 1; }

  /// Neighbours of a frame that the method wants to see on each side.
  [[nodiscard]] virtual int halo_frames() const { return 0; }

  /// Checks the pair and prepares it, or says why not (face_small, track_short, pose_gap, ...).
  /// Runs on a thread of its own beside swap() of other plans: touches no network and nothing that
  /// changes.
  [[nodiscard]] virtual Outcome<std::unique_ptr<SwapPlan>> plan(SwapRequest request) const = 0;

  /// What a plan takes of networks and of the catalog: once, before the first swap, where swap()
  /// runs. `store` may be null: nothing is kept; `heartbeat` is called while it takes long, may be
  /// empty, and may throw. Most methods need none of it.
  virtual void finish_plan(SwapPlan& /*plan*/, SourceStore* /*store*/,
                           const std::function<void()>& /*heartbeat*/) const {}

  /// Swaps frames of any plans: result[i][v] is variant v of item i. A frame in which the target's
  /// face is missing, or the swap would not be seen, comes back as passthrough: the target itself,
  /// empty masks. Must not depend on the other items, nor on the calls before.
  [[nodiscard]] virtual std::vector<std::vector<ComposedFrame>> swap(
      const std::vector<SwapItem>& items) const = 0;
};

}  // namespace changeling
