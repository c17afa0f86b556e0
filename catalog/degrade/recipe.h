// catalog/degrade/recipe.h: what a clip goes through on its way to a viewer: ordered steps, their
// levels and seeds. Layer 2. Steps and profiles: docs/formats/degradations.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/media/labeled_video_writer.h"

namespace changeling {

enum class StepType {
  kH264,        ///< X264:crf
  kH265,        ///< X265:crf
  kAv1,         ///< AV1:crf
  kSize,        ///< SIZE:shorter side, px; never enlarges
  kRate,        ///< FPS:frames per second; never raises the rate
  kJpeg,        ///< JPEG:FFmpeg's qscale, 2 = best
  kSaturation,  ///< CS:1..5, this and the next five as DeeperForensics-1.0 grades them
  kContrast,    ///< CC:1..5
  kBlocks,      ///< BW:1..5
  kNoise,       ///< GNC:1..5
  kBlur,        ///< GB:1..5
  kPixelate,    ///< PX:1..5
};

/// A step as a profile states it: the level of a clip is drawn from first..last.
struct StepRange {
  StepType type = StepType::kH264;
  int first = 0;
  int last = 0;
};

/// A step of one clip.
struct Step {
  StepType type = StepType::kH264;
  int level = 0;
  std::uint64_t seed = 0;  ///< of noise and blocks

  [[nodiscard]] bool is_codec() const;
};

/// A named way to degrade clips.
struct DegradationProfile {
  std::string name;  ///< artifact.profile: a-z, 0-9, _
  std::vector<StepRange> steps;

  /// "SIZE:480 X264:28 X264:28".
  [[nodiscard]] std::string text() const;

  /// Reads `TYPE:LEVEL` or `TYPE:FIRST-LAST`, separated by spaces. Throws Error(kConfig): unknown
  /// type, level out of range, two rates, or a last step that is no codec.
  static DegradationProfile parse(const std::string& name, std::string_view text);

  /// The steps of one clip: levels and seeds by `seed`. Equal seeds give equal steps.
  [[nodiscard]] std::vector<Step> draw(std::uint64_t seed) const;
};

/// The profiles that need no definition.
[[nodiscard]] const std::vector<DegradationProfile>& builtin_profiles();

/// Size, rate and frames of a clip.
struct ClipShape {
  int width_px = 0;
  int height_px = 0;
  Rational frame_rate{25, 1};
  std::int64_t n_frames = 0;
};

/// What the steps make of a clip's shape, and which of its frames are kept.
struct ShapeChange {
  ClipShape from, to;
  /// Where the parent's rate varies and is lowered: the parent's frame of each frame; else empty.
  std::vector<std::int64_t> picks;

  /// The frame of the parent that frame `index` of the result shows.
  [[nodiscard]] std::int64_t parent_frame(std::int64_t index) const;
};

/// `times_seconds`: when each frame of the clip is shown, ascending; a lower rate then keeps the
/// frame that is shown at each new time. Without them, or where they are those of a constant rate,
/// the clip's rate decides.
[[nodiscard]] ShapeChange change_of(const ClipShape& clip, const std::vector<Step>& steps,
                                    const std::vector<double>& times_seconds = {});

/// True when a step lowers the clip's rate: then its frames' times are needed.
[[nodiscard]] bool lowers_rate(const ClipShape& clip, const std::vector<Step>& steps);

/// The size after a SIZE step: even sides, never larger.
[[nodiscard]] std::pair<int, int> resized(int width_px, int height_px, int shorter_px);

/// How a codec step encodes.
[[nodiscard]] EncodeOptions encode_options(const Step& codec);

/// Canonical JSON of how a rendition was made: parent's profile, profile, steps with parameters,
/// shapes. Its SHA-256 is the recipe's digest.
[[nodiscard]] std::string recipe_json(const std::string& parent_profile,
                                      const DegradationProfile& profile,
                                      const std::vector<Step>& steps, const ShapeChange& shape);

/// The shapes of recipe_json. Throws Error(kCatalog) on damage.
[[nodiscard]] ShapeChange shape_from_recipe(const std::string& recipe);

/// The strength of a graded step (CS, CC, BW, GNC, GB, PX) at a level 1..5: docs/formats/
/// degradations.md.
[[nodiscard]] double strength(const Step& step);

}  // namespace changeling
