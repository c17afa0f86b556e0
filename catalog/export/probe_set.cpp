#include "catalog/export/probe_set.h"

#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "catalog/export/export_item.h"
#include "catalog/export/pixel_probe.h"
#include "common/base/error.h"
#include "common/base/even_spread.h"
#include "common/base/signature.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

constexpr int kProbedFrames = 4;

/// Sorts as the number does.
std::string person_of(const ClipRow& clip) {
  char text[32];
  const std::int64_t id =
      clip.target_subject ? clip.target_subject->value : -clip.artifact.id.value;
  std::snprintf(text, sizeof text, "%+020lld", static_cast<long long>(id));
  return text;
}

Frame frame_at(VideoReader& reader, std::int64_t index) {
  std::optional<Frame> frame = reader.frame_at(index);
  if (!frame) {
    throw Error(ErrorKind::kInput, "a clip ends before frame " + std::to_string(index));
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

class SetProbe {
 public:
  SetProbe(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
           const std::vector<ClipRow>& clips)
      : loader_(database, blobs, roots, key_) {
    for (const ClipRow& clip : clips) {
      if (clip.artifact.kind == "real_control") {
        controls_.emplace(*clip.artifact.job_id, clip);
      }
    }
  }

  void add(const ClipRow& clip) {
    const ExportItem item = loader_.load(clip.artifact.id, clip.part.value_or(""));
    VideoReader video(item.video.path);
    const std::string person = person_of(clip);
    codec_.add(codec_features(video, item.video.bytes, item.n_frames), item.is_fake(), person);
    metadata_.add(metadata_features(video, item.video.path), item.is_fake(), person);
    if (!item.is_fake() || !clip.artifact.job_id) {
      return;
    }
    const auto control = controls_.find(*clip.artifact.job_id);
    const auto alpha = item.masks.find("alpha");
    if (control != controls_.end() && alpha != item.masks.end()) {
      const ExportItem real =
          loader_.load(control->second.artifact.id, control->second.part.value_or(""));
      add_pixels(item, alpha->second.path, true, person);
      add_pixels(real, alpha->second.path, false, person);
    }
  }

  [[nodiscard]] std::vector<ProbeResult> results(const ProbeLimits& limits) const {
    return {run_probe("codec", codec_, limits.codec),
            run_probe("metadata", metadata_, limits.metadata),
            run_probe("background", background_, limits.background),
            run_probe("box", box_, limits.box)};
  }

 private:
  void add_pixels(const ExportItem& item, const std::filesystem::path& alpha_file, bool is_fake,
                  const std::string& person) {
    VideoReader video(item.video.path);
    VideoReader alpha(alpha_file);
    FeatureMeans background, box;
    for (const std::int64_t index : even_spread(item.n_frames, kProbedFrames)) {
      const Frame picture = frame_at(video, index);
      const Frame mask = frame_at(alpha, index);
      if (picture.width_px() != mask.width_px() || picture.height_px() != mask.height_px()) {
        return;  // a fake of another size than its mask: the codec probe sees that
      }
      background.add(background_features(picture, mask));
      box.add(box_features(picture, mask));
    }
    background_.add(background.means(), is_fake, person);
    box_.add(box.means(), is_fake, person);
  }

  SigningKey key_ = SigningKey::generate();  // names of people that leave nothing behind
  ItemLoader loader_;
  std::map<JobId, ClipRow> controls_;
  ProbeTable codec_, metadata_, background_, box_;
};

}  // namespace

std::vector<ProbeResult> probe_set(Database& database, const BlobStore& blobs,
                                   const CorpusRoots& roots, const std::vector<ClipRow>& clips,
                                   const ProbeLimits& limits,
                                   const std::function<void()>& on_clip) {
  SetProbe probe(database, blobs, roots, clips);
  for (const ClipRow& clip : clips) {
    probe.add(clip);
    if (on_clip) {
      on_clip();
    }
  }
  return probe.results(limits);
}

}  // namespace changeling
