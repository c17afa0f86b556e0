#include "catalog/verify/job_check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>

#include "common/base/error.h"
#include "common/base/label_tags.h"
#include "common/base/licence.h"
#include "common/base/provenance.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

constexpr std::array<const char*, 5> kKinds = {"fake_video", "real_control", "mask_alpha",
                                               "mask_changed", "sidecar"};
constexpr int kFramesPerBatch = 16;

bool is_mask(const std::string& kind) {
  return kind == "mask_alpha" || kind == "mask_changed";
}

bool has_content(const Frame& frame) {
  // All bytes equal the one before and the first is zero: compares at memory speed.
  const std::uint8_t* data = frame.data();
  const std::size_t size = frame.size_bytes();
  return size > 0 && (data[0] != 0 || std::memcmp(data, data + 1, size - 1) != 0);
}

std::vector<bool> swapped_frames(const std::vector<ManipulatedSpan>& spans, std::int64_t n_frames) {
  std::vector<bool> swapped(static_cast<std::size_t>(n_frames), false);
  for (const ManipulatedSpan& span : spans) {
    for (std::int64_t i = span.first_frame; i <= span.last_frame && i < n_frames; ++i) {
      swapped[static_cast<std::size_t>(i)] = span.status == FrameStatus::kSwapped;
    }
  }
  return swapped;
}

bool same_span(const ManipulatedSpan& a, const ManipulatedSpan& b) {
  return a.first_frame == b.first_frame && a.last_frame == b.last_frame && a.status == b.status;
}

/// Walks the artifacts of one job and collects a line per fault.
class JobCheck {
 public:
  JobCheck(const RunStore& runs, const CorpusStore& corpora, const JobRow& job,
           const BlobStore& blobs, const std::set<Digest>& closed)
      : runs_(runs),
        corpora_(corpora),
        job_(job),
        blobs_(blobs),
        closed_(closed),
        artifacts_(runs.artifacts_with_renditions(job.id)) {}

  JobFaults run() {
    for (const ArtifactRow& artifact : artifacts_) {
      if (artifact.kind == "fake_video") {
        check_profile(artifact);
      }
    }
    if (find("fake_video", std::nullopt) == nullptr) {
      add("", "is done but has no fake_video");
    }
    return faults_;
  }

 private:
  void add(const std::string& kind, const std::string& what) {
    faults_.lines.push_back("job " + std::to_string(job_.id.value) +
                            (kind.empty() ? "" : " " + kind) + ": " + what);
  }

  [[nodiscard]] const ArtifactRow* find(const std::string& kind,
                                        const std::optional<std::string>& profile) const {
    for (const ArtifactRow& artifact : artifacts_) {
      if (artifact.kind == kind && (!profile || artifact.profile == *profile)) {
        return &artifact;
      }
    }
    return nullptr;
  }

  void check_profile(const ArtifactRow& fake) {
    const std::vector<ManipulatedSpan> spans = runs_.spans(fake.id);
    const std::vector<bool> swapped = swapped_frames(spans, fake.n_frames.value_or(0));
    const auto n_swapped = std::count(swapped.begin(), swapped.end(), true);
    if (n_swapped != fake.manipulated_frames.value_or(-1)) {
      add(fake.kind, "its spans swap " + std::to_string(n_swapped) +
                         " frames, manipulated_frames is " +
                         std::to_string(fake.manipulated_frames.value_or(-1)));
    }
    for (const char* kind : kKinds) {
      const ArtifactRow* artifact = find(kind, fake.profile);
      if (artifact == nullptr) {
        add(kind, "is missing");
      } else if (closed_.count(artifact->sha256) == 0) {
        check_artifact(*artifact, swapped, spans);
      }
    }
  }

  void check_artifact(const ArtifactRow& artifact, const std::vector<bool>& swapped,
                      const std::vector<ManipulatedSpan>& spans) {
    try {
      if (artifact.kind == "sidecar") {
        check_sidecar(artifact, spans);
        return;
      }
      check_stream(artifact);
      if (is_mask(artifact.kind)) {
        check_mask(artifact, swapped);
      }
    } catch (const Error& error) {
      add(artifact.kind, error.what());
    }
  }

  void check_stream(const ArtifactRow& artifact) {
    const std::filesystem::path file = blobs_.path(artifact.sha256);
    const auto found = read_container_tags(file);
    const std::map<std::string, std::string> tags(found.begin(), found.end());
    // A mask carries the label of the fake it belongs to.
    check_tag(artifact.kind, tags, kLabelTag, artifact.label.value_or("fake"));
    check_tag(artifact.kind, tags, kJobTag, job_.job_key.hex());
    check_tag(artifact.kind, tags, kMethodTag, artifact.kind == "real_control" ? "" : job_.method);
    if (video_stream_sha256(file) != artifact.stream_sha256) {
      add(artifact.kind, "the video stream differs from stream_sha256");
    }
  }

  void check_tag(const std::string& kind, const std::map<std::string, std::string>& tags,
                 const std::string& tag, const std::string& expected) {
    const auto found = tags.find(tag);
    const std::string value = found == tags.end() ? "" : found->second;
    if (value != expected) {
      add(kind, "tag " + tag + " is '" + value + "', the catalog says '" + expected + "'");
    }
  }

  void check_mask(const ArtifactRow& artifact, const std::vector<bool>& swapped) {
    VideoReader reader(blobs_.path(artifact.sha256));
    std::int64_t index = 0;
    std::int64_t wrong = 0;
    std::int64_t first_wrong = -1;
    while (const std::optional<FrameBatch> batch = reader.next_batch(kFramesPerBatch)) {
      for (const Frame& frame : batch->frames) {
        const auto at = static_cast<std::size_t>(index);
        const bool expected = at < swapped.size() && swapped[at];
        const bool found = has_content(frame);
        // Earlier versions of the methods called a frame swapped that they left as it was, so only
        // alpha must have content there.
        if (found != expected && (found || artifact.kind == "mask_alpha")) {
          ++wrong;
          first_wrong = first_wrong < 0 ? index : first_wrong;
        }
        ++index;
      }
    }
    faults_.mask_frames += index;
    if (index != artifact.n_frames.value_or(-1) ||
        index != static_cast<std::int64_t>(swapped.size())) {
      add(artifact.kind, "has " + std::to_string(index) + " frames, its row says " +
                             std::to_string(artifact.n_frames.value_or(-1)) + ", the fake has " +
                             std::to_string(swapped.size()));
    }
    if (wrong > 0) {
      add(artifact.kind, "content contradicts the spans on " + std::to_string(wrong) +
                             " frames, first on frame " + std::to_string(first_wrong));
    }
  }

  void check_sidecar(const ArtifactRow& artifact, const std::vector<ManipulatedSpan>& spans) {
    const Sidecar sidecar = sidecar_from_json(blobs_.read(artifact.sha256));
    const Provenance& made = sidecar.provenance;
    if (made.label != Label::kFake || made.job_key != job_.job_key || made.method != job_.method) {
      add(artifact.kind, "label, job key or method differ from the catalog");
    }
    if (!std::equal(sidecar.spans.begin(), sidecar.spans.end(), spans.begin(), spans.end(),
                    same_span)) {
      add(artifact.kind, "its spans differ from the catalog");
    }
    for (const ProvenanceInput& input : made.inputs) {
      check_terms(input);
    }
    for (const ProvenanceModel& model : made.models) {
      check_licence(model);
    }
    for (const ArtifactRow& row : artifacts_) {
      if (row.profile == artifact.profile && row.stream_sha256) {
        check_sidecar_output(sidecar, row);
      }
    }
  }

  /// Terms of footage are never changed by a program. Media that are gone say nothing.
  void check_terms(const ProvenanceInput& input) {
    bool is_known = false;
    for (const MediaRow& row : corpora_.media_of_bytes(input.media_sha256)) {
      const CorpusRow home = corpora_.corpus(row.corpus_id);
      if (home.name + "@" + home.version != input.corpus) {
        continue;
      }
      is_known = true;
      if (row.licence.value_or(home.licence) == input.licence &&
          row.consent_basis.value_or(home.consent_basis) == input.consent_basis &&
          (home.redistributable && row.redistributable.value_or(true)) == input.redistributable) {
        return;
      }
    }
    if (is_known) {
      add("sidecar", "the terms of its " + input.role +
                         " differ from the catalog's: it was made under '" + input.licence + "', " +
                         (input.redistributable ? "" : "not ") + "redistributable");
    }
  }

  /// The words for one network may change, not what they forbid.
  void check_licence(const ProvenanceModel& model) {
    for (const ModelRow& row : runs_.models(job_.run_id)) {
      if (row.sha256 == model.sha256 && forbids_more(model.licence, row.licence.value_or(""))) {
        add("sidecar", "the licence of network '" + model.role + "' was '" + model.licence +
                           "', the catalog says '" + row.licence.value_or("") + "'");
      }
    }
  }

  void check_sidecar_output(const Sidecar& sidecar, const ArtifactRow& row) {
    const auto is_row = [&row](const SidecarOutput& output) {
      return output.kind == row.kind && output.label == row.label.value_or("") &&
             output.sha256 == row.sha256 && output.stream_sha256 == row.stream_sha256 &&
             output.n_frames == row.n_frames;
    };
    if (std::none_of(sidecar.outputs.begin(), sidecar.outputs.end(), is_row)) {
      add("sidecar", "does not list the " + row.kind + " of the catalog");
    }
  }

  const RunStore& runs_;
  const CorpusStore& corpora_;
  const JobRow& job_;
  const BlobStore& blobs_;
  const std::set<Digest>& closed_;
  std::vector<ArtifactRow> artifacts_;
  JobFaults faults_;
};

}  // namespace

JobFaults check_job(const RunStore& runs, const CorpusStore& corpora, const JobRow& job,
                    const BlobStore& blobs, const std::set<Digest>& closed) {
  return JobCheck(runs, corpora, job, blobs, closed).run();
}

}  // namespace changeling
