// catalog/export/clip_probes.h: the leak probes, clip by clip. Layer 4.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "catalog/export/export_item.h"
#include "catalog/export/leak_probe.h"
#include "common/media/video_reader.h"

namespace changeling {

/// Largest areas (AUC) that count as chance, the same for every set that chooses no others.
struct ProbeLimits {
  double codec = 0.55;
  double metadata = 0.52;
  double background = 0.55;
  double box = 0.52;
};

/// Frames of a clip whose pixels are probed.
inline constexpr int kProbedFrames = 4;

/// Alpha masks of those frames, by number.
using ProbedMasks = std::map<std::int64_t, Frame>;

/// Steps done and steps in all, kProbeSteps of each probe.
using ProbeProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Takes clips one after another and keeps a few numbers of each. `person` is who is seen.
class ClipProbes {
 public:
  /// For `codec` and `metadata`: any clip.
  void add(const ExportItem& item, const VideoReader& video, const std::string& person);

  /// For `background` and `box`: a fake, open as `video`, and its control, both under the alpha
  /// mask of the fake, which it has. Decodes kProbedFrames frames of each, evenly spread. Throws
  /// Error(kInput) for a clip that ends early.
  void add_pixels(const ExportItem& fake, VideoReader& video, const ExportItem& control,
                  const std::string& person);

  /// `on_step` is told how far the probes are, and may throw to stop.
  [[nodiscard]] std::vector<ProbeResult> results(const ProbeLimits& limits,
                                                 const ProbeProgress& on_step = {}) const;

 private:
  void add_pixels(VideoReader& video, const ExportItem& item, const ProbedMasks& masks,
                  const std::string& person);

  ProbeTable codec_, metadata_, background_, box_;
};

}  // namespace changeling
