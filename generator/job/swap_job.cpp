#include "generator/job/swap_job.h"

#include <optional>
#include <utility>
#include <variant>

#include "common/base/build_info.h"
#include "common/base/error.h"
#include "common/clips/media_locator.h"
#include "common/clips/sighting_hint.h"
#include "common/face/track_choice.h"
#include "common/media/video_reader.h"
#include "generator/job/job_outputs.h"
#include "generator/job/lanes.h"
#include "generator/job/library_versions.h"

namespace changeling {
namespace {

constexpr int kBatchFrames = 4;

/// 16 hex digits that stand for a person without naming one.
std::string subject_key(const CorpusRow& corpus, const SubjectRow& subject) {
  return Sha256()
      .update_field(corpus.name)
      .update_field(corpus.version)
      .update_field(subject.ext_id)
      .finish()
      .hex()
      .substr(0, 16);
}

/// Fetches source frames in any order through one reader.
FrameFetcher frame_fetcher(const std::filesystem::path& file) {
  auto reader = std::make_shared<VideoReader>(file);
  return [reader](std::int64_t index) {
    reader->seek(index);
    std::optional<FrameBatch> batch = reader->next_batch(1);
    CHANGELING_REQUIRE(batch && !batch->frames.empty(), "source frame " + std::to_string(index) +
                                                            " was analysed but cannot be decoded");
    return batch->frames.front();
  };
}

}  // namespace

/// One clip of the pair with everything known about it.
struct SwapJob::Side {
  MediaRow media;
  CorpusRow corpus;
  SubjectRow subject;
  std::filesystem::path file;
  StoredAnalysis stored;
  std::size_t track = 0;

  [[nodiscard]] AnalyzedClip clip() const { return {stored.analysis, track}; }
};

SwapJob::SwapJob(CorpusStore& corpora, const PairStore& pairs, BlobStore& blobs,
                 const CorpusRoots& roots, CachedAnalysis& analyses, const SwapMethod& method,
                 Settings settings)
    : corpora_(corpora),
      pairs_(pairs),
      blobs_(blobs),
      roots_(roots),
      analyses_(analyses),
      method_(method),
      settings_(std::move(settings)) {}

Outcome<SwapJob::Side> SwapJob::prepare_side(MediaId media, SubjectId subject,
                                             const std::string& role, StageTimings& timings,
                                             const Heartbeat& heartbeat) {
  return guard<Side>("analyze_" + role, [&]() -> Outcome<Side> {
    Side side;
    side.media = corpora_.media_by_id(media);
    side.corpus = corpora_.corpus(side.media.corpus_id);
    side.subject = corpora_.subject_by_id(subject);
    side.file = MediaLocator(corpora_, roots_).checked_path(side.media);
    side.stored = analyses_.analyze(side.media, side.file, "analyze_" + role, timings, heartbeat);
    if (side.stored.analysis.tracks.empty()) {
      return Rejected{RejectReason::kNoFace,
                      "no face in the " + role + " '" + side.media.rel_path + "'"};
    }
    const std::optional<std::size_t> track =
        choose_subject_track(side.stored.analysis, sighting_hint(corpora_, media, subject));
    if (!track) {
      return Rejected{RejectReason::kSubjectNotFound,
                      "several people in the " + role + " '" + side.media.rel_path +
                          "' and no box or point tells which is meant"};
    }
    side.track = *track;
    return side;
  });
}

Provenance SwapJob::make_provenance(const JobRow& job, const Side& source, const Side& target) {
  Provenance provenance(Label::kFake);
  const SwapMethod::Variant method = method_.variants().front();
  provenance.method = method.name;
  provenance.digital_source_type = method.digital_source_type;
  provenance.job_key = job.job_key;
  provenance.config_sha256 = settings_.config_sha256;
  provenance.seed = job.seed;
  provenance.git_commit = git_commit();
  provenance.git_dirty = git_dirty();
  provenance.versions = library_versions();
  provenance.versions[method.name] = method.version;
  provenance.models = analyses_.models();
  provenance.models.insert(provenance.models.end(), method.models.begin(), method.models.end());
  for (const auto& [role, side] : {std::pair("target", &target), std::pair("source", &source)}) {
    ProvenanceInput input;
    input.role = role;
    input.corpus = side->corpus.name + "@" + side->corpus.version;
    input.licence = side->media.licence.value_or(side->corpus.licence);
    input.consent_basis = side->media.consent_basis.value_or(side->corpus.consent_basis);
    input.redistributable =
        side->corpus.redistributable && side->media.redistributable.value_or(true);
    input.media_sha256 = *side->media.sha256;
    input.subject_key = subject_key(side->corpus, side->subject);
    input.first_frame = 0;
    input.last_frame = side->stored.analysis.n_frames - 1;
    provenance.inputs.push_back(input);
  }
  return provenance;
}

Outcome<FakeRow> SwapJob::swap_clip(const JobRow& job, Side& source, Side& target,
                                    StageTimings& timings, const Heartbeat& heartbeat) {
  SwapRequest request{source.clip(), target.clip(), frame_fetcher(source.file), job.seed};
  Outcome<std::unique_ptr<SwapPlan>> planned = guard<std::unique_ptr<SwapPlan>>("plan", [&] {
    const StageSpan span(timings, "plan", target.stored.analysis.n_frames);
    return method_.plan(std::move(request));
  });
  if (auto* rejected = std::get_if<Rejected>(&planned)) {
    return std::move(*rejected);
  }
  if (auto* failure = std::get_if<Failure>(&planned)) {
    return std::move(*failure);
  }
  const SwapPlan& plan = *std::get<std::unique_ptr<SwapPlan>>(planned);

  DecodeLane decode(target.file, settings_.max_frames, kBatchFrames, settings_.queue_frames);
  JobOutputs::Settings output_settings;
  output_settings.name = job.job_key.hex().substr(0, 16);
  output_settings.profile = settings_.profile;
  output_settings.video.width_px = decode.info().width_px;
  output_settings.video.height_px = decode.info().height_px;
  output_settings.video.frame_rate = decode.info().frame_rate;
  output_settings.video.color_matrix = decode.info().color_matrix;
  output_settings.video.encode = settings_.encode;
  if (settings_.keep_audio && decode.info().has_audio) {
    output_settings.video.audio_from = target.file;
  }
  JobOutputs outputs(blobs_, output_settings, make_provenance(job, source, target));
  OrderedLane encode("encode", settings_.queue_frames);
  while (const std::optional<FrameBatch> batch = decode.next()) {
    for (std::size_t i = 0; i < batch->frames.size(); ++i) {
      heartbeat();
      const std::int64_t index = batch->first_index + static_cast<std::int64_t>(i);
      const Frame& frame = batch->frames[i];
      std::optional<ComposedFrame> composed;
      {
        const StageSpan span(timings, "swap", 1);
        composed = method_.swap({{&plan, index, {frame}, index}}).front().front();
      }
      encode.push([&outputs, frame, done = std::move(*composed), pts = batch->pts_seconds[i]] {
        outputs.write(frame, done, pts);
      });
    }
  }
  encode.finish();
  timings.add(decode.timing());
  timings.add(encode.timing());
  if (outputs.swapped_frames() == 0) {
    return Rejected{RejectReason::kNoFace, "no frame of the target could be swapped"};
  }
  const StageSpan span(timings, "publish", 1);
  return outputs.publish();
}

Outcome<FakeRow> SwapJob::run(const JobRow& job, const Heartbeat& heartbeat) {
  StageTimings timings;
  const PairRow pair = pairs_.pair(job.pair_id);
  Outcome<Side> source =
      prepare_side(pair.source_media, pair.source_subject, "source", timings, heartbeat);
  if (auto* rejected = std::get_if<Rejected>(&source)) {
    return std::move(*rejected);
  }
  if (auto* failure = std::get_if<Failure>(&source)) {
    return std::move(*failure);
  }
  Outcome<Side> target =
      prepare_side(pair.target_media, pair.target_subject, "target", timings, heartbeat);
  if (auto* rejected = std::get_if<Rejected>(&target)) {
    return std::move(*rejected);
  }
  if (auto* failure = std::get_if<Failure>(&target)) {
    return std::move(*failure);
  }
  Side& target_side = std::get<Side>(target);
  Outcome<FakeRow> outcome = guard<FakeRow>("swap", [&] {
    return swap_clip(job, std::get<Side>(source), target_side, timings, heartbeat);
  });
  if (auto* fake = std::get_if<FakeRow>(&outcome)) {
    fake->timings = timings.entries();
    const std::vector<TrackId>& tracks = target_side.stored.track_ids;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
      const bool is_fake = i == target_side.track;
      fake->face_labels.push_back({tracks[i], is_fake ? "fake" : "real",
                                   is_fake ? std::optional(pair.source_subject) : std::nullopt});
    }
  }
  return outcome;
}

std::string profile_name(const EncodeOptions& encode) {
  return encode.codec == "h264" ? "c" + std::to_string(encode.crf) : "lossless";
}

Digest job_key(const CorpusStore& corpora, const PairRow& pair, const SwapMethod::Variant& method,
               const std::string& params_json, std::uint64_t seed) {
  Sha256 hash;
  for (const auto& [media_id, subject_id] : {std::pair(pair.source_media, pair.source_subject),
                                             std::pair(pair.target_media, pair.target_subject)}) {
    const MediaRow media = corpora.media_by_id(media_id);
    const CorpusRow corpus = corpora.corpus(media.corpus_id);
    hash.update_field(corpus.name + "@" + corpus.version);
    hash.update_field(media.rel_path);
    hash.update_field(media.sha256 ? media.sha256->hex() : "");
    hash.update_field(corpora.subject_by_id(subject_id).ext_id);
  }
  return hash.update_field(method.name + "@" + method.version)
      .update_field(params_json)
      .update_field(std::to_string(seed))
      .finish();
}

}  // namespace changeling
