#include "evaluator/run/corpus_fakes.h"

#include <algorithm>
#include <utility>

#include "catalog/store/score_store.h"
#include "catalog/store/sighting_roles.h"
#include "common/base/error.h"
#include "common/clips/media_locator.h"

namespace changeling {
namespace {

/// Parts of two paths that are equal at the same place: c23 of c23 rather than of c40.
int likeness(const std::string& a, const std::string& b) {
  const std::filesystem::path first(a);
  const std::filesystem::path second(b);
  int equal = 0;
  for (auto x = first.begin(), y = second.begin(); x != first.end() && y != second.end();
       ++x, ++y) {
    equal += *x == *y ? 1 : 0;
  }
  return equal;
}

}  // namespace

CorpusFakes::CorpusFakes(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
                         CorpusId corpus)
    : corpora_(database), blobs_(blobs), roots_(roots) {
  const CorpusRow row = corpora_.corpus(corpus);
  (void)roots_.resolve(row.root_alias);
  for (const MediaRow& media : corpora_.media(corpus)) {  // by path
    media_.emplace(media.id, media);
    if (media.label == "real") {
      for (const SightingRow& sighting : corpora_.sightings(media.id)) {
        seen_in_[sighting.subject_id].push_back(media.id);
      }
    }
  }
  for (const ArtifactRow& fake : ScoreStore(database).fakes(corpus)) {
    fakes_.push_back(fake);
    const MediaRow& media = media_.at(*fake.media_id);
    FakeFacts facts;
    facts.method = media.method.value_or("");
    for (const SightingRow& sighting : corpora_.sightings(media.id)) {
      (sighting.ext_sighting_id == kLenderRole ? facts.source_subject : facts.target_subject) =
          sighting.subject_id;
    }
    const MediaRow* original = original_of(media, facts.target_subject);
    facts.target_media = original != nullptr ? original->id : media.id;
    facts_.emplace(fake.id, std::move(facts));
  }
  if (fakes_.empty()) {
    throw Error(ErrorKind::kConfig, "corpus '" + row.name + "' has no probed fake of its own");
  }
}

const FakeFacts& CorpusFakes::facts(ArtifactId fake) const {
  const auto found = facts_.find(fake);
  CHANGELING_REQUIRE(found != facts_.end(), "the artifact belongs to another corpus");
  return found->second;
}

std::filesystem::path CorpusFakes::file_of(const MediaRow& media) {
  const auto known = files_.find(media.id);
  return known != files_.end()
             ? known->second
             : files_.emplace(media.id, MediaLocator(corpora_, roots_).checked_path(media))
                   .first->second;
}

const MediaRow* CorpusFakes::original_of(const MediaRow& fake, SubjectId person) const {
  const auto seen = seen_in_.find(person);
  if (!fake.source_clip || seen == seen_in_.end()) {
    return nullptr;
  }
  const MediaRow* best = nullptr;
  for (const MediaId id : seen->second) {
    const MediaRow& media = media_.at(id);
    const bool fits = media.source_clip == fake.source_clip && media.n_frames == fake.n_frames &&
                      media.width_px == fake.width_px && media.height_px == fake.height_px;
    if (fits && (best == nullptr || likeness(media.rel_path, fake.rel_path) >
                                        likeness(best->rel_path, fake.rel_path))) {
      best = &media;
    }
  }
  return best;
}

std::optional<AnalysedFace> CorpusFakes::face_of(const MediaRow& media, SubjectId subject) const {
  const std::vector<VideoAnalysis> analyses = cached_analyses(corpora_, blobs_, media);
  if (analyses.empty()) {
    throw Error(ErrorKind::kConfig, "the face analysis of '" + media.rel_path +
                                        "' is missing (run 'changeling generate analyze')");
  }
  return analysed_face(corpora_, analyses, media.id, subject);
}

PersonClip CorpusFakes::source_of(SubjectId subject) {
  const auto known = sources_.find(subject);
  if (known != sources_.end()) {
    return known->second;
  }
  PersonClip clip;
  clip.subject_id = subject;
  for (const MediaId id : seen_in_[subject]) {
    const MediaRow& media = media_.at(id);
    const std::optional<AnalysedFace> face =
        analysed_face(corpora_, cached_analyses(corpora_, blobs_, media), id, subject);
    if (face) {
      clip.media_id = id;
      clip.file = file_of(media);
      clip.track = face->track;
      clip.last_frame = face->n_frames - 1;
      break;
    }
  }
  return sources_.emplace(subject, std::move(clip)).first->second;
}

ClipPair CorpusFakes::open(const ArtifactRow& fake) {
  const FakeFacts& known = facts(fake.id);
  const MediaRow& media = media_.at(*fake.media_id);
  ClipPair clip;
  clip.artifact_id = fake.id;
  clip.fake_file = file_of(media);
  clip.n_frames = fake.n_frames.value_or(0);
  clip.target.media_id = known.target_media;
  clip.target.subject_id = known.target_subject;
  const MediaRow& target = media_.at(known.target_media);
  std::optional<AnalysedFace> face = face_of(target, known.target_subject);
  if (face && target.id != media.id) {
    clip.target.file = file_of(target);
  } else if (target.id != media.id) {
    face = face_of(media, known.target_subject);
  }
  if (face) {
    clip.target.track = face->track;
    clip.n_frames = std::min(clip.n_frames, face->n_frames);
  }
  clip.target.last_frame = clip.n_frames - 1;
  clip.source = source_of(known.source_subject);
  return clip;
}

}  // namespace changeling
