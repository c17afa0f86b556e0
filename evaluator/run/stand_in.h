// evaluator/run/stand_in.h: pictures that take the place of a fake, to show where the scale of a
// metric begins and ends. They are made while a clip is measured and never stored: a file that
// looks like a fake and is none would be a wrong label. Layer 6.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/frame.h"
#include "evaluator/run/clip_pair.h"
#include "evaluator/run/motion_meter.h"

namespace changeling {

/// What stands where the fake would be. Pasted faces fill the alpha mask of a real fake of the same
/// pair; a frame without a face on either side, or without alpha, stays the target's.
enum class Baseline {
  kCopyTarget,  ///< the target's file: no swap, no codec
  kReencode,    ///< the real control: no swap, the fake's codec
  kSelfSwap,    ///< the target's own face of half a clip later, pasted; source = target person
  kCopySource,  ///< the source's face, pasted
};

inline constexpr std::array<Baseline, 4> kBaselines = {Baseline::kCopyTarget, Baseline::kReencode,
                                                       Baseline::kSelfSwap, Baseline::kCopySource};

/// "copy_target", "reencode", "self_swap", "copy_source".
[[nodiscard]] std::string_view to_string(Baseline baseline);

/// The clip as the metrics are to see it: the same, but that a self swap has its target as source.
[[nodiscard]] ClipPair baseline_clip(ClipPair clip, Baseline baseline);

class StandIn {
 public:
  virtual ~StandIn() = default;

  /// The picture for frame `index` of the fake, given the others of that frame. Asked in the order
  /// of `frames`; nullopt where what it is made of could not be decoded.
  [[nodiscard]] virtual std::optional<Frame> picture(std::int64_t index,
                                                     const FramePictures& others) = 0;
};

/// `frames` are the frames of the clip that will be asked for, ascending. Throws Error(kInput) when
/// the donor's file is no video.
[[nodiscard]] std::unique_ptr<StandIn> make_stand_in(Baseline baseline, const ClipPair& clip,
                                                     const std::vector<std::int64_t>& frames);

/// `donor` moved by the similarity that maps its landmarks onto the target's, mixed into `target`
/// by `alpha` and rounded half up. Sizes of target and alpha agree.
[[nodiscard]] Frame paste_face(const Frame& donor, const Landmarks& donor_points,
                               const Frame& target, const Landmarks& target_points,
                               const Frame& alpha);

}  // namespace changeling
