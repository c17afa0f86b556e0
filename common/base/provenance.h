// common/base/provenance.h: where a written clip comes from and what it is. Layer 0.
// The only video writer takes a Provenance, so no clip leaves the generator without its label.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "common/base/geometry.h"

namespace changeling {

enum class Label {
  kFake,         ///< at least one frame is manipulated
  kRealControl,  ///< the target through the same decode and encode chain, no swap
  kReal,         ///< corpus footage as it is
};

/// "fake", "real_control", "real".
[[nodiscard]] std::string_view to_string(Label label);

/// Inverse of to_string. Throws Error(kInput).
[[nodiscard]] Label label_from_string(std::string_view text);

/// What happened to a frame of a fake clip; frames outside "swapped" are real.
enum class FrameStatus { kSwapped, kPassthrough, kFailed };

/// "swapped", "passthrough", "failed".
[[nodiscard]] std::string_view to_string(FrameStatus status);

[[nodiscard]] FrameStatus frame_status_from_string(std::string_view text);

/// A run of frames of equal status; both ends included, frames counted in the written clip.
struct ManipulatedSpan {
  std::int64_t first_frame = 0;
  std::int64_t last_frame = 0;
  FrameStatus status = FrameStatus::kSwapped;
};

/// Groups per-frame statuses into spans.
[[nodiscard]] std::vector<ManipulatedSpan> to_spans(const std::vector<FrameStatus>& statuses);

[[nodiscard]] std::int64_t count_swapped(const std::vector<ManipulatedSpan>& spans);  ///< frames

/// Whether a span of swapped frames holds the frame.
[[nodiscard]] bool is_swapped(const std::vector<ManipulatedSpan>& spans, std::int64_t frame);

/// One input clip of a fake or control.
struct ProvenanceInput {
  std::string role;    ///< "target" or "source"
  std::string corpus;  ///< name@version
  std::string licence;
  std::string consent_basis;
  bool redistributable = false;
  Digest media_sha256;
  std::string subject_key;       ///< 16 hex digits of SHA-256(corpus | ext_id): never a name
  std::int64_t first_frame = 0;  ///< frames used, last included
  std::int64_t last_frame = 0;
};

/// One network that took part.
struct ProvenanceModel {
  std::string role;  ///< id of models.json, for example "lmk68"
  std::string name;
  std::string version;
  Digest sha256;
  std::string licence;
  std::string trained_on;  ///< for the catalog; empty = not stated
};

/// Everything that made a clip. No field has a meaningful default: `label` must be given.
struct Provenance {
  explicit Provenance(Label clip_label) : label(clip_label) {}

  Label label;
  std::string method;               ///< "mesh_swap", "fsgan", ...; empty for real clips
  std::string digital_source_type;  ///< IPTC term, for example "compositeCapture"
  Digest job_key;
  Digest config_sha256;
  std::uint64_t seed = 0;
  std::string git_commit;
  bool git_dirty = false;
  std::map<std::string, std::string> versions;  ///< library -> version
  std::vector<ProvenanceInput> inputs;
  std::vector<ProvenanceModel> models;

  /// True when every input may be given away, and what every network makes.
  [[nodiscard]] bool redistributable() const;
};

/// The provenance of the real control that belongs to a fake: its target, no source, no method.
[[nodiscard]] Provenance control_provenance(const Provenance& fake);

/// A file that a job wrote, as listed in its sidecar.
struct SidecarOutput {
  std::string
      kind;  ///< artifact kind of the catalog: fake_video, real_control, mask_alpha, mask_changed
  std::string label;  ///< "fake", "real_control", or empty for masks
  Digest sha256;
  Digest stream_sha256;
  std::int64_t n_frames = 0;
};

/// A source frame that a swapped frame was painted from.
struct FrameSource {
  std::int64_t frame_index = 0;  ///< in the source clip
  bool is_mirrored = false;
  double weight = 0;
};

/// How one frame of a fake came about, for methods that tell.
struct FrameRecord {
  std::int64_t frame_index = 0;    ///< in the target clip
  std::string reason;              ///< why it is passthrough: "no_face", "empty_mask"; else empty
  std::vector<std::string> flags;  ///< "interpolated", "pose_clamped", "nearest_view", "finetuned"
  BBox box_px;                     ///< the square that was swapped
  EulerPose pose_deg;              ///< of the target
  double pose_gap_deg = 0;         ///< from the target's pose to the nearest source view
  std::vector<FrameSource> sources;
};

/// The manifest beside a job's files: provenance of the fake, its outputs and its manipulated
/// frames.
struct Sidecar {
  explicit Sidecar(Provenance fake) : provenance(std::move(fake)) {}

  Provenance provenance;
  std::vector<SidecarOutput> outputs;
  std::vector<ManipulatedSpan> spans;
  std::vector<FrameRecord> frames;  ///< by frame, or none
  std::string recipe_json;          ///< of a rendition: how it was made of its parent; else empty
  /// Of a rendition: share of the pixels with alpha in which fake and control still differ by more
  /// than 2 of 255 levels after decoding.
  std::optional<double> mask_survival;
};

/// The input of a role, "source" or "target". Throws Error(kCatalog) when there is none.
[[nodiscard]] const ProvenanceInput& input_of(const Sidecar& sidecar, std::string_view role);

/// JSON with sorted keys, UTF-8, no insignificant space; "schema_version": 1.
[[nodiscard]] std::string to_json(const Provenance& provenance);
[[nodiscard]] std::string to_json(const Sidecar& sidecar);

/// An element of the sidecar's "frames".
[[nodiscard]] std::string to_json(const FrameRecord& record);

/// Inverse of to_json. Throws Error(kInput): a member missing or wrong, spans that do not ascend.
[[nodiscard]] Provenance provenance_from_json(std::string_view json);
[[nodiscard]] Sidecar sidecar_from_json(std::string_view json);

}  // namespace changeling
