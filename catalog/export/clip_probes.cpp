#include "catalog/export/clip_probes.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "catalog/export/pixel_probe.h"
#include "common/base/error.h"
#include "common/base/even_spread.h"

namespace changeling {
namespace {

Frame frame_at(VideoReader& reader, std::int64_t index, const std::filesystem::path& file) {
  std::optional<Frame> frame = reader.frame_at(index);
  if (!frame) {
    throw Error(ErrorKind::kInput,
                "'" + file.string() + "' ends before frame " + std::to_string(index));
  }
  return *std::move(frame);
}

/// Means of the frames' features; a feature that some frame lacks counts where it is.
class FeatureMeans {
 public:
  void add(const ProbeFeatures& features) {
    for (const auto& [name, value] : features) {
      sums_[name].first += value;
      sums_[name].second += 1;
    }
  }

  [[nodiscard]] ProbeFeatures means() const {
    ProbeFeatures result;
    for (const auto& [name, sum] : sums_) {
      result[name] = sum.first / sum.second;
    }
    return result;
  }

 private:
  std::map<std::string, std::pair<double, double>> sums_;
};

}  // namespace

void ClipProbes::add(const ExportItem& item, const VideoReader& video, const std::string& person) {
  codec_.add(codec_features(video, item.video.bytes, item.n_frames), item.is_fake(), person);
  metadata_.add(metadata_features(video, item.video.path), item.is_fake(), person);
}

void ClipProbes::add_pixels(const ExportItem& fake, VideoReader& video, const ExportItem& control,
                            const std::string& person) {
  const std::filesystem::path& alpha_file = fake.masks.at("alpha").path;
  VideoReader alpha(alpha_file);
  ProbedMasks masks;
  for (const std::int64_t index : even_spread(fake.n_frames, kProbedFrames)) {
    masks.emplace(index, frame_at(alpha, index, alpha_file));
  }
  add_pixels(video, fake, masks, person);
  VideoReader control_video(control.video.path);
  add_pixels(control_video, control, masks, person);
}

void ClipProbes::add_pixels(VideoReader& video, const ExportItem& item, const ProbedMasks& masks,
                            const std::string& person) {
  FeatureMeans background, box;
  for (const auto& [index, mask] : masks) {
    const Frame picture = frame_at(video, index, item.video.path);
    if (picture.width_px() != mask.width_px() || picture.height_px() != mask.height_px()) {
      return;  // a fake of another size than its mask: the codec probe sees that
    }
    const PixelFeatures features = pixel_features(picture, mask);
    background.add(features.background);
    box.add(features.box);
  }
  background_.add(background.means(), item.is_fake(), person);
  box_.add(box.means(), item.is_fake(), person);
}

std::vector<ProbeResult> ClipProbes::results(const ProbeLimits& limits,
                                             const ProbeProgress& on_step) const {
  struct Probe {
    const char* name;
    const ProbeTable& clips;
    double limit;
  };

  const std::vector<Probe> probes = {{"codec", codec_, limits.codec},
                                     {"metadata", metadata_, limits.metadata},
                                     {"background", background_, limits.background},
                                     {"box", box_, limits.box}};
  const auto total = static_cast<std::int64_t>(probes.size()) * kProbeSteps;
  std::vector<ProbeResult> results;
  for (const Probe& probe : probes) {
    std::int64_t done = static_cast<std::int64_t>(results.size()) * kProbeSteps;
    results.push_back(run_probe(probe.name, probe.clips, probe.limit, [&] {
      if (on_step) {
        on_step(++done, total);
      }
    }));
  }
  return results;
}

}  // namespace changeling
