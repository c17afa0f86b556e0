// catalog/store/records.h: plain row structs of the catalog, one per table. Layer 1.
// Columns and their rules: catalog/store/schema/0001_initial.sql. std::optional = NULL allowed.
// Frame ranges include both ends; frame -1 means the whole clip.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "common/base/ids.h"
#include "common/base/provenance.h"
#include "common/base/stopwatch.h"

namespace changeling {

struct CorpusRow {
  CorpusId id;
  std::string name;
  std::string version;
  std::string root_alias;  ///< key of CorpusRoots; the path itself is never stored in the catalog
  std::string licence;
  std::string consent_basis;  ///< consented, licensed, public-research, synthetic
  bool redistributable = false;
};

/// True for unknown bystanders ("?<media>:<n>"): people of their own, in no split and never paired.
[[nodiscard]] inline bool is_pseudo_subject(std::string_view ext_id) {
  return !ext_id.empty() && ext_id.front() == '?';
}

struct SubjectRow {
  SubjectId id;
  CorpusId corpus_id;
  std::string ext_id;
  std::optional<std::string> gender;
  std::optional<int> skintone;  ///< 1..6
  std::optional<int> age_bin;
  std::optional<std::string> withdrawn_at;
};

struct MediaRow {
  MediaId id;
  CorpusId corpus_id;
  std::string rel_path;  ///< POSIX, below the corpus root; of a frame_seq: see frame_sequence.h
  std::string kind = "video";         ///< video, frame_seq, image
  std::string label = "real";         ///< real, or fake for fakes that the corpus ships
  std::optional<std::string> method;  ///< of a shipped fake
  std::optional<std::string> source_clip;
  std::optional<std::string> licence;  ///< empty = as the corpus
  std::optional<std::string> consent_basis;
  std::optional<bool> redistributable;
  std::optional<Digest> sha256;
  std::optional<Digest> stream_sha256;
  std::optional<std::string> codec;
  std::optional<std::string> pix_fmt;
  std::optional<int> width_px;
  std::optional<int> height_px;
  std::optional<int> rotation_deg;
  std::optional<int> fps_num;
  std::optional<int> fps_den;
  std::optional<bool> is_vfr;
  std::optional<std::int64_t> n_frames;
  std::optional<std::int64_t> duration_us;
  std::optional<std::string> probe_error;
};

struct SightingRow {
  MediaId media_id;
  SubjectId subject_id;
  std::string ext_sighting_id;
  std::int64_t frame = 0;
  std::optional<std::int64_t> last_frame;
  std::optional<double> x, y, w, h;  ///< px of the frame, as the corpus gives them
  std::optional<double> yaw, roll;   ///< degrees, as the corpus gives them
  std::optional<int> occ_mask, facial_hair, indoor;
};

struct TrackRow {
  TrackId id;
  MediaId media_id;
  std::optional<SubjectId> subject_id;
  std::int64_t first_frame = 0;
  std::int64_t last_frame = 0;
  std::optional<double> side_px;  ///< median short side of the face box
  std::optional<double> yaw_min, yaw_max;
  std::optional<double> sharpness;
  Digest boxes_sha256;  ///< blob with the track's observations
};

struct SplitRow {
  SplitId id;
  std::string name;
  std::string algorithm;
  std::uint64_t seed = 0;
  std::optional<std::string> frozen_at;
};

struct SplitSubjectRow {
  SubjectId subject_id;
  std::int64_t leak_group = 0;
  std::string part;  ///< train, val, test
};

struct PairListRow {
  PairListId id;
  std::string name;
  SplitId split_id;
  std::string sampler;  ///< name@version
  std::uint64_t seed = 0;
  std::string spec_json;
  std::optional<Digest> list_sha256;
};

struct PairRow {
  PairId id;
  PairListId list_id;
  std::string part;
  std::string stratum;
  std::int64_t draw_index = 0;
  MediaId source_media, target_media;
  SubjectId source_subject, target_subject;
  std::optional<TrackId> source_track, target_track;
};

/// A refused draw; with a draw_index below -1 it has no media and stands for `attempt` of them.
struct PairRefusalRow {
  std::string part;
  std::string stratum;
  std::int64_t draw_index = 0;
  std::int64_t attempt = 0;  ///< of the draw, from 0
  std::optional<MediaId> source_media, target_media;
  std::string reason;

  [[nodiscard]] std::int64_t draws() const { return draw_index < -1 ? attempt : 1; }
};

struct MethodRow {
  std::string name;
  bool self_paired = false;
  std::string digital_source_type;
};

struct ModelRow {
  ModelId id;
  std::string role;
  std::string name;
  std::string version;
  Digest sha256;
  std::optional<std::string> licence;
  std::optional<std::string> trained_on;
};

struct RunRow {
  std::string run_id;  ///< UUIDv7, made by RunStore::begin when empty
  std::string kind;    ///< generate, evaluate, nightly, import, train, detector, export, bench
  std::optional<std::string> suite;
  std::optional<PairListId> list_id;
  std::optional<std::string> parent_run_id;
  std::string status;  ///< running, ok, partial, failed, aborted
  std::string started_at;
  std::optional<std::string> finished_at;
  std::string git_commit;
  bool git_dirty = false;
  Digest config_sha256;
  std::string config_json;
  std::uint64_t seed = 0;
  std::string host;
  std::string env_json;
  std::optional<VersionId> version_id;  ///< the data set that a train or detector run read
};

struct JobRow {
  JobId id;
  std::string run_id;
  PairId pair_id;
  std::string method;
  Digest job_key;
  std::string params_json;
  std::uint64_t seed = 0;
  int attempts = 0;
  std::string state;  ///< queued, claimed, done, skipped, failed, quarantined
  std::optional<std::string> reject_reason;
  std::optional<std::string> error_kind;
  std::optional<std::string> error_stage;
  std::optional<std::string> error_text;
};

struct BlobRow {
  Digest sha256;
  std::int64_t bytes = 0;
  std::string media_type;
  std::string state = "present";  ///< present, external, missing, corrupt, purged
};

struct ArtifactRow {
  ArtifactId id;
  std::optional<JobId> job_id;
  std::optional<MediaId> media_id;
  std::string profile;  ///< encoding: c23, lossless, ...
  std::string kind;     ///< fake_video real_control real_video mask_alpha mask_changed sidecar ...
  std::optional<std::string> label;  ///< generated from kind by the schema; ignored on insert
  Digest sha256;
  std::optional<Digest> stream_sha256;
  std::optional<std::int64_t> n_frames;
  std::optional<std::int64_t> manipulated_frames;
};

struct FaceLabelRow {
  TrackId track_id;
  std::string label;  ///< real, fake
  std::optional<SubjectId> source_subject;
};

/// Everything one finished job leaves in the catalog, recorded in one transaction.
struct FakeRow {
  std::vector<BlobRow> blobs;
  std::vector<ArtifactRow> artifacts;     ///< job_id is filled in by RunStore::record_done
  std::vector<ManipulatedSpan> spans;     ///< of the artifact of kind fake_video
  std::vector<FaceLabelRow> face_labels;  ///< of the artifact of kind fake_video
  std::optional<TrackId> source_track;    ///< whose face it took; not of renditions
  std::vector<StageTiming> timings;
};

/// A clip with a label, and what it was made of. A control names its target only.
struct ClipRow {
  ArtifactRow artifact;  ///< fake_video, real_control or real_video
  std::int64_t bytes = 0;
  std::string blob_state;             ///< state of the file's blob row
  std::optional<std::string> run_id;  ///< this and the next eight: clips made by a job
  std::optional<std::string> method;  ///< also of a fake that a corpus ships
  std::optional<Digest> job_key;
  std::optional<SplitId> split_id;
  std::optional<std::string> part, stratum;
  std::optional<MediaId> source_media;
  std::optional<SubjectId> source_subject, target_subject;
  MediaId target_media;                    ///< of a corpus file: the medium itself
  std::optional<std::string> recipe_json;  ///< of a rendition: how it was degraded
};

struct DatasetVersionRow {
  VersionId id;
  std::string name;
  std::string semver;
  SplitId split_id;
  std::string run_id;        ///< of kind export
  std::string access_class;  ///< internal, gated, public
  std::string spec_json;
  std::string created_at;
  std::optional<Digest> merkle_root;          ///< set = sealed
  std::optional<std::string> invalidated_at;  ///< a person in it was withdrawn
};

struct DatasetItemRow {
  ArtifactId artifact_id;
  std::string item_key;  ///< first 16 hex digits of the stream digest
  std::string part;
};

/// A metric over the fakes of a version, by their newest clip rows of runs that ended before the
/// version was frozen.
struct VersionQualityRow {
  std::string metric, unit;
  int metric_version = 1;
  std::int64_t clips = 0, clips_ok = 0;    ///< asked, and with a value
  std::int64_t frames = 0, frames_ok = 0;  ///< of all clips
  std::optional<double> mean, lowest, highest;
  std::optional<std::string> scorer, scorer_trained_on;  ///< network's role and training data
};

/// How many jobs of a version's runs, ended before it was frozen, came to an end for a reason.
struct VersionOutcomeRow {
  std::string method, state;
  std::string reason;  ///< refusal or kind of error; empty for done
  std::int64_t jobs = 0;
};

struct MetricDefRow {
  MetricId id;
  std::string name;
  int version = 1;
  std::string unit;
  std::string direction;  ///< up, down, to_zero, to_one
  std::string level;      ///< frame, clip, set
  std::optional<ModelId> scorer_model;
  std::string params_json = "{}";
};

/// One measured value or the reason why there is none.
struct ScoreRow {
  MetricId metric_id;
  ArtifactId artifact_id;
  std::int64_t frame = -1;
  std::string status = "ok";  ///< ok, no_face, decode_error, nan, skipped
  std::optional<double> value, p05, p50, p95;
  std::optional<std::int64_t> n_ok, n_asked;
};

/// One aggregate of a run with its interval.
/// Slice of the fakes of one method: "method=mesh_swap".
[[nodiscard]] inline std::string method_slice(const std::string& method) {
  return "method=" + method;
}

/// Slice of what stood in a fake's place: "baseline=copy_target".
[[nodiscard]] inline std::string baseline_slice(const std::string& baseline) {
  return "baseline=" + baseline;
}

struct AggregateRow {
  MetricId metric_id;
  std::string slice = "all";  ///< every fake of the run, a method_slice() or a baseline_slice()
  std::string status = "ok";  ///< ok, too_few, undefined
  std::optional<double> value, ci_lo, ci_hi;
  std::optional<std::string> ci_method;
  std::int64_t n = 0;
  std::int64_t n_clusters = 0;
  double coverage = 0;
};

/// Names of metrics of detectors begin with this; all others measure fakes.
inline constexpr std::string_view kDetectorMetricPrefix = "detector_";

[[nodiscard]] inline bool is_detector_metric(std::string_view name) {
  return name.substr(0, kDetectorMetricPrefix.size()) == kDetectorMetricPrefix;
}

/// What a detector says of one frame, or of a clip (frame -1), or why it says nothing.
struct DetectorScoreRow {
  ArtifactId artifact_id;
  std::int64_t frame = -1;
  std::string status = "ok";  ///< ok, no_face, too_small, decode_error, timeout
  std::optional<double> p_fake;
};

/// One verdict of a run against its baseline. Differences above 0 are better, whatever the metric's
/// direction.
struct GateResultRow {
  std::string run_id;
  std::string baseline_run;
  MetricId metric_id;
  std::string slice = "all";
  double delta = 0;
  std::optional<double> delta_lo, delta_hi;
  std::optional<double> mde;     ///< minimum detectable difference
  std::optional<double> p_holm;  ///< one-sided, adjusted over the gated metrics
  double tolerance = 0;
  std::string verdict;  ///< pass, warn, fail, inconclusive
};

/// What the runs of a suite are compared with from a moment on.
struct BaselineRow {
  std::string suite;
  std::string effective_from;
  std::string run_id;
  std::string approved_by;
  std::string reason;
};

}  // namespace changeling
