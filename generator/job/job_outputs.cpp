#include "generator/job/job_outputs.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "generator/job/sidecar_file.h"

namespace changeling {
namespace {

/// One of the four streams.
struct OutputStream {
  std::string kind;
  std::string label;
  std::string media_type;
  LabeledVideoWriter writer;
};

OutputStream open_stream(BlobStore& blobs, const JobOutputs::Settings& settings,
                         const std::string& kind, const Provenance& provenance) {
  LabeledVideoWriter::Settings video = settings.video;
  const bool is_mask = kind.rfind("mask_", 0) == 0;
  if (is_mask) {
    video.content = StreamContent::kMask;
    video.encode.codec = "ffv1";
    video.audio_from.reset();
  }
  const std::string extension = video.encode.extension();
  const std::filesystem::path file = blobs.staging() / (settings.name + "-" + kind + extension);
  return {kind, is_mask ? "" : std::string(to_string(provenance.label)),
          extension == ".mp4" ? "video/mp4" : "video/x-matroska",
          LabeledVideoWriter(file, video, provenance)};
}

}  // namespace

struct JobOutputs::State {
  State(BlobStore& blob_store, const Settings& job_settings, const Provenance& fake)
      : blobs(blob_store),
        settings(job_settings),
        sidecar(fake),
        sidecar_file(blobs.staging() / (settings.name + "-sidecar.json")) {
    streams.push_back(open_stream(blobs, settings, "fake_video", fake));
    streams.push_back(open_stream(blobs, settings, "real_control", control_provenance(fake)));
    streams.push_back(open_stream(blobs, settings, "mask_alpha", fake));
    streams.push_back(open_stream(blobs, settings, "mask_changed", fake));
  }

  BlobStore& blobs;
  Settings settings;
  Sidecar sidecar;  ///< without its frames
  SidecarFile sidecar_file;
  std::vector<OutputStream> streams;
  std::vector<FrameStatus> statuses;
};

JobOutputs::JobOutputs(BlobStore& blobs, const Settings& settings, const Provenance& fake)
    : state_(std::make_unique<State>(blobs, settings, fake)) {}

JobOutputs::~JobOutputs() = default;

void JobOutputs::write(const Frame& target, const ComposedFrame& composed, double pts_seconds) {
  const std::int64_t strays = count_background_changes(target, composed);
  CHANGELING_REQUIRE(strays == 0, "bg_exact: " + std::to_string(strays) +
                                      " pixels outside the alpha mask differ from the target");
  state_->streams[0].writer.write(composed.frame, pts_seconds);
  state_->streams[1].writer.write(target, pts_seconds);
  state_->streams[2].writer.write(composed.alpha, pts_seconds);
  state_->streams[3].writer.write(composed.changed, pts_seconds);
  state_->statuses.push_back(composed.status);
  if (composed.record) {
    state_->sidecar_file.add(*composed.record);
  }
}

void JobOutputs::flush() {
  for (OutputStream& stream : state_->streams) {
    stream.writer.flush();
  }
}

std::int64_t JobOutputs::swapped_frames() const {
  return std::count(state_->statuses.begin(), state_->statuses.end(), FrameStatus::kSwapped);
}

FakeRow JobOutputs::publish() {
  FakeRow row;
  row.spans = to_spans(state_->statuses);
  state_->sidecar.spans = row.spans;
  for (OutputStream& stream : state_->streams) {
    const WrittenVideo written = stream.writer.finish();
    const BlobRow blob = state_->blobs.adopt_file(written.path, stream.media_type);
    ArtifactRow artifact;
    artifact.profile = state_->settings.profile;
    artifact.kind = stream.kind;
    artifact.sha256 = blob.sha256;
    artifact.stream_sha256 = written.stream_sha256;
    artifact.n_frames = written.n_frames;
    if (stream.kind == "fake_video") {
      artifact.manipulated_frames = swapped_frames();
    }
    row.blobs.push_back(blob);
    row.artifacts.push_back(artifact);
    state_->sidecar.outputs.push_back(
        {stream.kind, stream.label, blob.sha256, written.stream_sha256, written.n_frames});
  }
  ArtifactRow sidecar;
  sidecar.profile = state_->settings.profile;
  sidecar.kind = "sidecar";
  row.blobs.push_back(state_->sidecar_file.publish(state_->sidecar, state_->blobs));
  sidecar.sha256 = row.blobs.back().sha256;
  row.artifacts.push_back(sidecar);
  return row;
}

std::int64_t count_background_changes(const Frame& target, const ComposedFrame& composed) {
  CHANGELING_REQUIRE(composed.frame.size_bytes() == target.size_bytes() &&
                         composed.alpha.size_bytes() * 3 == target.size_bytes(),
                     "a composed frame has the size of its target");
  const std::uint8_t* alpha = composed.alpha.data();
  const std::uint8_t* made = composed.frame.data();
  const std::uint8_t* original = target.data();
  std::int64_t count = 0;
  for (std::size_t i = 0; i < composed.alpha.size_bytes(); ++i) {
    const bool differs = made[3 * i] != original[3 * i] || made[3 * i + 1] != original[3 * i + 1] ||
                         made[3 * i + 2] != original[3 * i + 2];
    count += alpha[i] == 0 && differs ? 1 : 0;
  }
  return count;
}

}  // namespace changeling
