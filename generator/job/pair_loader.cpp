#include "generator/job/pair_loader.h"

#include <optional>
#include <utility>

#include "common/base/build_info.h"
#include "common/clips/media_locator.h"
#include "common/clips/sighting_hint.h"
#include "common/face/track_choice.h"
#include "generator/job/library_versions.h"

namespace changeling {
namespace {

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

ProvenanceInput provenance_input(const char* role, const PairSide& side, const FrameRange& frames) {
  ProvenanceInput input;
  input.role = role;
  input.corpus = side.corpus.name + "@" + side.corpus.version;
  input.licence = side.media.licence.value_or(side.corpus.licence);
  input.consent_basis = side.media.consent_basis.value_or(side.corpus.consent_basis);
  input.redistributable = side.corpus.redistributable && side.media.redistributable.value_or(true);
  input.media_sha256 = *side.media.sha256;
  input.subject_key = subject_key(side.corpus, side.subject);
  input.first_frame = frames.first;
  input.last_frame = frames.last;
  return input;
}

}  // namespace

Outcome<PairSide> PairLoader::load_side(MediaId media, SubjectId subject, const std::string& role,
                                        StageTimings& timings,
                                        const std::function<void()>& heartbeat) {
  return guard<PairSide>("analyze_" + role, [&]() -> Outcome<PairSide> {
    PairSide side;
    side.media = corpora_.media_by_id(media);
    side.corpus = corpora_.corpus(side.media.corpus_id);
    side.subject = corpora_.subject_by_id(subject);
    side.file = MediaLocator(corpora_, roots_).checked_path(side.media);
    side.stored = analyses_.analyze(side.media, side.file, "analyze_" + role, timings, heartbeat);
    side.n_frames = side.stored.analysis.n_frames;
    if (side.stored.analysis.tracks.empty()) {
      return Rejected{RejectReason::kNoFace,
                      "no face in the " + role + " '" + side.media.rel_path + "'"};
    }
    const std::optional<std::size_t> track =
        choose_subject_track(side.stored.analysis, sighting_hint(corpora_, media, subject));
    if (!track) {
      return Rejected{RejectReason::kSubjectNotFound,
                      "no face in the " + role + " '" + side.media.rel_path +
                          "' is surely the person's by the boxes or point that the corpus has"};
    }
    side.track = *track;
    return side;
  });
}

Outcome<LoadedPair> PairLoader::load(PairId pair, StageTimings& timings,
                                     const std::function<void()>& heartbeat) {
  LoadedPair loaded;
  loaded.row = pairs_.pair(pair);
  const auto load_into = [&](PairSide& side, MediaId media, SubjectId subject,
                             const char* role) -> std::optional<Outcome<LoadedPair>> {
    Outcome<PairSide> outcome = load_side(media, subject, role, timings, heartbeat);
    if (auto* rejected = std::get_if<Rejected>(&outcome)) {
      return std::move(*rejected);
    }
    if (auto* failure = std::get_if<Failure>(&outcome)) {
      return std::move(*failure);
    }
    side = std::move(std::get<PairSide>(outcome));
    return std::nullopt;
  };
  const PairRow& row = loaded.row;
  if (auto end = load_into(loaded.source, row.source_media, row.source_subject, "source")) {
    return *std::move(end);
  }
  if (auto end = load_into(loaded.target, row.target_media, row.target_subject, "target")) {
    return *std::move(end);
  }
  return loaded;
}

Provenance make_provenance(const JobRow& job, const LoadedPair& pair, const FrameRange& frames,
                           const SwapMethod::Variant& variant,
                           const std::vector<ProvenanceModel>& analysis_models) {
  Provenance provenance(Label::kFake);
  provenance.method = variant.name;
  provenance.digital_source_type = variant.digital_source_type;
  provenance.job_key = job.job_key;
  provenance.config_sha256 = sha256(job.params_json);
  provenance.seed = job.seed;
  provenance.git_commit = git_commit();
  provenance.git_dirty = git_dirty();
  provenance.versions = library_versions();
  provenance.versions[variant.name] = variant.version;
  provenance.models = analysis_models;
  provenance.models.insert(provenance.models.end(), variant.models.begin(), variant.models.end());
  provenance.inputs = {provenance_input("target", pair.target, frames),
                       provenance_input("source", pair.source, {0, pair.source.n_frames - 1})};
  return provenance;
}

std::vector<FaceLabelRow> face_labels(const LoadedPair& pair) {
  std::vector<FaceLabelRow> labels;
  const std::vector<TrackId>& tracks = pair.target.stored.track_ids;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const bool is_fake = i == pair.target.track;
    labels.push_back({tracks[i], is_fake ? "fake" : "real",
                      is_fake ? std::optional(pair.row.source_subject) : std::nullopt});
  }
  return labels;
}

}  // namespace changeling
