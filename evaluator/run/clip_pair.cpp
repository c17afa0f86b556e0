#include "evaluator/run/clip_pair.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/store/changed_inputs.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/clips/cached_analyses.h"
#include "common/clips/media_locator.h"
#include "common/clips/partial_draw.h"
#include "common/clips/sighting_hint.h"
#include "common/face/track_choice.h"

namespace changeling {
namespace {

/// Whether the job drew to swap its clip in parts: asked of the draw itself, since few swapped
/// frames may as well be a fault. Where that cannot be repeated, the fake may be partial, and is
/// taken for it. Jobs from before this option do not name it.
bool is_partial(const CorpusStore& corpora, const JobRow& job, const PairRow& pair,
                const std::set<JobId>& jobs_of_changed_inputs) {
  using Pointer = nlohmann::json::json_pointer;
  const auto params = nlohmann::json::parse(job.params_json, nullptr, false);
  const double share =
      params.is_discarded() ? 0 : params.value(Pointer("/generate/partial/share"), 0.0);
  if (!(share > 0)) {
    return false;
  }
  if (jobs_of_changed_inputs.count(job.id) > 0) {
    return true;
  }
  CounterRng draws = partial_draws(
      job.seed,
      {corpora.media_by_id(pair.source_media), corpora.subject_by_id(pair.source_subject)},
      {corpora.media_by_id(pair.target_media), corpora.subject_by_id(pair.target_subject)});
  const std::optional<TrackRow> face = corpora.swapped_track(job.id);
  const std::int64_t range = face ? face->last_frame - face->first_frame + 1
                                  : std::numeric_limits<std::int64_t>::max();  // long enough
  return draws_parts(share, params.value(Pointer("/generate/partial/segments"), std::int64_t{1}),
                     range, draws);
}

}  // namespace

ClipPairs::ClipPairs(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
                     std::string_view generate_run)
    : corpora_(database),
      runs_(database),
      blobs_(blobs),
      roots_(roots),
      artifacts_(runs_.run_artifacts(generate_run)) {
  std::copy_if(artifacts_.begin(), artifacts_.end(), std::back_inserter(fakes_),
               [](const ArtifactRow& artifact) { return artifact.kind == "fake_video"; });
  std::sort(fakes_.begin(), fakes_.end(),
            [](const ArtifactRow& a, const ArtifactRow& b) { return a.id < b.id; });
  std::stable_sort(
      artifacts_.begin(), artifacts_.end(),
      [](const ArtifactRow& a, const ArtifactRow& b) { return *a.job_id < *b.job_id; });
  const PairStore pairs(database);
  std::map<JobId, JobRow> jobs;
  for (const JobRow& job : runs_.jobs(generate_run)) {
    pairs_.emplace(job.id, pairs.pair(job.pair_id));
    jobs.emplace(job.id, job);
  }
  const std::set<JobId> changed = jobs_of_changed_inputs(database, generate_run);
  std::set<CorpusId> corpora_in_use;
  for (const ArtifactRow& fake : fakes_) {
    const PairRow& used = pairs_.at(*fake.job_id);
    const JobRow& job = jobs.at(*fake.job_id);
    facts_.emplace(
        fake.id, FakeFacts{job.method, used.target_media, used.source_subject, used.target_subject,
                           used.id, is_partial(corpora_, job, used, changed)});
    corpora_in_use.insert(corpora_.media_by_id(used.source_media).corpus_id);
    corpora_in_use.insert(corpora_.media_by_id(used.target_media).corpus_id);
  }
  for (const CorpusId corpus : corpora_in_use) {
    (void)roots_.resolve(corpora_.corpus(corpus).root_alias);
  }
}

const FakeFacts& ClipPairs::facts(ArtifactId fake) const {
  const auto found = facts_.find(fake);
  CHANGELING_REQUIRE(found != facts_.end(), "the artifact belongs to another run");
  return found->second;
}

const ArtifactRow& ClipPairs::artifact(JobId job, std::string_view kind) const {
  const auto first =
      std::lower_bound(artifacts_.begin(), artifacts_.end(), job,
                       [](const ArtifactRow& row, JobId id) { return *row.job_id < id; });
  const auto found = std::find_if(first, artifacts_.end(), [&](const ArtifactRow& artifact) {
    return artifact.job_id != job || artifact.kind == kind;
  });
  if (found == artifacts_.end() || found->job_id != job) {
    throw Error(ErrorKind::kCatalog, "job " + std::to_string(job.value) + " has no artifact '" +
                                         std::string(kind) + "'");
  }
  return *found;
}

std::filesystem::path ClipPairs::blob_file(JobId job, std::string_view kind) const {
  const Digest digest = artifact(job, kind).sha256;
  const std::filesystem::path file = blobs_.path(digest);
  if (!blobs_.contains(digest) || sha256_file(file) != digest) {
    throw Error(ErrorKind::kCatalog,
                "blob " + digest.hex() + " ('" + std::string(kind) +
                    "') is missing or damaged (run 'changeling catalog verify')");
  }
  return file;
}

std::filesystem::path ClipPairs::media_file(const MediaRow& media) {
  const auto known = checked_files_.find(media.id);
  if (known != checked_files_.end()) {
    return known->second;
  }
  const std::filesystem::path file = MediaLocator(corpora_, roots_).checked_path(media);
  checked_files_.emplace(media.id, file);
  return file;
}

FaceTrack ClipPairs::chosen_track(const MediaRow& media, SubjectId subject, std::int64_t n_frames,
                                  const std::optional<TrackRow>& noted) const {
  if (const auto bytes = noted ? blobs_.find(noted->boxes_sha256) : std::nullopt) {
    return deserialize_track(*bytes);
  }
  std::vector<VideoAnalysis> analyses = cached_analyses(corpora_, blobs_, media);
  analyses.erase(std::remove_if(analyses.begin(), analyses.end(),
                                [n_frames](const VideoAnalysis& analysis) {
                                  return analysis.n_frames != n_frames;  // other options
                                }),
                 analyses.end());
  for (const VideoAnalysis& analysis : analyses) {
    for (const FaceTrack& track : analysis.tracks) {
      if (noted && sha256(serialize(track)) == noted->boxes_sha256) {
        return track;
      }
    }
  }
  for (const VideoAnalysis& analysis : analyses) {
    const std::optional<std::size_t> track =
        choose_subject_track(analysis, sighting_hint(corpora_, media.id, subject));
    if (track) {
      return analysis.tracks.at(*track);
    }
  }
  // No damage of the fake: made good by another analysis, so it must not be recorded as
  // undecodable.
  throw Error(ErrorKind::kConfig,
              !analyses.empty() ? "what the corpus tells of the people in '" + media.rel_path +
                                      "' changed since the swap (swap it again)"
                                : "the face analysis of '" + media.rel_path +
                                      "' is missing (run 'changeling generate analyze')");
}

PersonClip ClipPairs::person(const Sidecar& sidecar, const std::string& role, MediaId media_id,
                             SubjectId subject, const std::optional<TrackRow>& noted) {
  const ProvenanceInput& input = input_of(sidecar, role);
  const MediaRow media = corpora_.media_by_id(media_id);
  PersonClip clip;
  clip.media_id = media_id;
  clip.subject_id = subject;
  clip.file = media_file(media);
  clip.first_frame = input.first_frame;
  clip.last_frame = input.last_frame;
  clip.track = chosen_track(media, subject, input.last_frame + 1, noted);
  return clip;
}

ClipPair ClipPairs::open(const ArtifactRow& fake) {
  const PairRow& used = pairs_.at(*fake.job_id);
  const Sidecar sidecar = sidecar_from_json(read_file(blob_file(*fake.job_id, "sidecar")));
  ClipPair clip;
  clip.artifact_id = fake.id;
  clip.fake_file = blob_file(*fake.job_id, "fake_video");
  clip.control_file = blob_file(*fake.job_id, "real_control");
  clip.control_stream = artifact(*fake.job_id, "real_control").stream_sha256;
  clip.alpha_file = blob_file(*fake.job_id, "mask_alpha");
  clip.source = person(sidecar, "source", used.source_media, used.source_subject,
                       corpora_.source_track(*fake.job_id));
  clip.target = person(sidecar, "target", used.target_media, used.target_subject,
                       corpora_.swapped_track(*fake.job_id));
  clip.n_frames = fake.n_frames.value_or(0);
  clip.n_swapped_frames = count_swapped(runs_.spans(fake.id));
  return clip;
}

}  // namespace changeling
