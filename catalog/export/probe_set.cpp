#include "catalog/export/probe_set.h"

#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "catalog/export/export_item.h"
#include "common/base/signature.h"

namespace changeling {
namespace {

/// Sorts as the number does.
std::string person_of(const ClipRow& clip) {
  char text[32];
  const std::int64_t id =
      clip.target_subject ? clip.target_subject->value : -clip.artifact.id.value;
  std::snprintf(text, sizeof text, "%+020lld", static_cast<long long>(id));
  return text;
}

/// A job's clips in one encoding, of which each rendition is another.
std::pair<JobId, std::string> encoding_of(const ClipRow& clip) {
  return {*clip.artifact.job_id, clip.artifact.profile};
}

class SetProbe {
 public:
  SetProbe(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
           const std::vector<ClipRow>& clips)
      : loader_(database, blobs, roots, key_) {
    loader_.copy_clips(copies_);  // as an export would give them away
    for (const ClipRow& clip : clips) {
      if (clip.artifact.kind == "real_control") {
        controls_.emplace(encoding_of(clip), clip);
      }
    }
  }

  void add(const ClipRow& clip) {
    const ExportItem item = loader_.load(clip.artifact.id, clip.part.value_or(""));
    VideoReader video(item.video.path);
    const std::string person = person_of(clip);
    probes_.add(item, video, person);
    if (!item.is_fake() || !clip.artifact.job_id) {
      return;
    }
    const auto control = controls_.find(encoding_of(clip));
    if (control != controls_.end() && item.masks.count("alpha") > 0) {
      const ClipRow& real = control->second;
      probes_.add_pixels(item, video, loader_.load(real.artifact.id, real.part.value_or("")),
                         person);
    }
  }

  [[nodiscard]] std::vector<ProbeResult> results(const ProbeLimits& limits,
                                                 const ProbeProgress& on_step) const {
    return probes_.results(limits, on_step);
  }

 private:
  SigningKey key_ = SigningKey::generate();  // names of people that leave nothing behind
  ClipCopies copies_;
  ItemLoader loader_;
  std::map<std::pair<JobId, std::string>, ClipRow> controls_;
  ClipProbes probes_;
};

}  // namespace

std::vector<ProbeResult> probe_set(Database& database, const BlobStore& blobs,
                                   const CorpusRoots& roots, const std::vector<ClipRow>& clips,
                                   const ProbeLimits& limits, const std::function<void()>& on_clip,
                                   const ProbeProgress& on_step) {
  SetProbe probe(database, blobs, roots, clips);
  for (const ClipRow& clip : clips) {
    probe.add(clip);
    if (on_clip) {
      on_clip();
    }
  }
  return probe.results(limits, on_step);
}

}  // namespace changeling
