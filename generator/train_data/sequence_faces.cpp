#include "generator/train_data/sequence_faces.h"

#include <algorithm>
#include <utility>

#include "catalog/corpora/builtin_corpora.h"
#include "catalog/corpora/registration.h"
#include "common/base/error.h"
#include "common/clips/cached_analyses.h"
#include "common/clips/sighting_hint.h"
#include "common/media/image_codec.h"

namespace changeling {
namespace {

/// FFmpeg gives grey pictures as equal channels.
Frame first_channel(const Frame& rgb) {
  std::vector<std::uint8_t> grey;
  grey.reserve(rgb.size_bytes() / 3);
  for (std::size_t i = 0; i < rgb.size_bytes(); i += 3) {
    grey.push_back(rgb.data()[i]);
  }
  return Frame(rgb.width_px(), rgb.height_px(), PixelFormat::kGray8, std::move(grey));
}

/// Those of one frame of a sequence, as of a picture by itself.
std::vector<SightingRow> in_picture(const std::vector<SightingRow>& sightings, std::int64_t place) {
  std::vector<SightingRow> here;
  for (const SightingRow& sighting : sightings) {
    if (sighting.frame == place) {
      here.push_back(sighting);
      here.back().frame = 0;
    }
  }
  return here;
}

/// Whether a face of the picture can have these points: each at most a picture's size outside it
/// (which no number that is none passes), and not all on one line along an axis.
bool can_be_face(const Frame& picture, const std::vector<PointF>& points) {
  const auto width = static_cast<float>(picture.width_px());
  const auto height = static_cast<float>(picture.height_px());
  const bool are_near =
      std::all_of(points.begin(), points.end(), [width, height](const PointF& point) {
        return point.x >= -width && point.x <= 2 * width && point.y >= -height &&
               point.y <= 2 * height;
      });
  const auto [left, right] = std::minmax_element(
      points.begin(), points.end(), [](const PointF& a, const PointF& b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(
      points.begin(), points.end(), [](const PointF& a, const PointF& b) { return a.y < b.y; });
  return are_near && right->x - left->x >= 1 && bottom->y - top->y >= 1;
}

}  // namespace

std::vector<SightingRow> own_sightings(const PlannedSequence& sequence,
                                       const std::vector<SightingRow>& everybody) {
  std::vector<SightingRow> own;
  for (const SightingRow& sighting : everybody) {
    if (sighting.subject_id == sequence.subject.id &&
        is_of_sequence(sequence.media.front(), sighting)) {
      own.push_back(sighting);
    }
  }
  std::sort(own.begin(), own.end(),
            [](const SightingRow& a, const SightingRow& b) { return a.frame < b.frame; });
  return own;
}

std::vector<Candidate> SequenceFaces::of(const PlannedSequence& sequence) {
  if (sequence.is_video()) {
    return of_video(sequence);
  }
  return sequence.is_frame_sequence() ? of_frames(sequence) : of_stills(sequence);
}

std::vector<Candidate> SequenceFaces::of_stills(const PlannedSequence& sequence) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < sequence.media.size(); ++i) {
    std::optional<Candidate> candidate = of_still(sequence, sequence.media[i]);
    if (candidate) {
      candidate->face.frame_index = static_cast<std::int64_t>(i);
      candidates.push_back(std::move(*candidate));
    }
  }
  return candidates;
}

std::optional<Candidate> SequenceFaces::of_still(const PlannedSequence& sequence,
                                                 const MediaRow& medium) {
  const StillAnnotation* annotation = annotation_of(sequence.corpus, medium.rel_path);
  if (options_.masks == MaskChoice::kLabels &&
      (annotation == nullptr || annotation->label_path.empty())) {
    left_out_.add(LeftOut::kNoLabels);
    return std::nullopt;
  }
  Candidate candidate;
  try {
    candidate.picture = std::make_shared<const Frame>(read_image(locator_.checked_path(medium)));
    if (options_.masks == MaskChoice::kLabels) {
      const std::filesystem::path root = roots_.resolve(sequence.corpus.root_alias);
      candidate.labels = std::make_shared<const FaceLabels>(FaceLabels{
          first_channel(read_image(root / annotation->label_path)), annotation->label_parts});
    }
  } catch (const Error& error) {
    left_out_.warn_of(medium, error);
    left_out_.add(LeftOut::kNotProbed);
    return std::nullopt;
  }
  if (annotation != nullptr && !annotation->landmarks_px.empty() &&
      !can_be_face(*candidate.picture, annotation->landmarks_px)) {
    left_out_.add(LeftOut::kBadLandmarks);
    return std::nullopt;
  }
  return with_face(std::move(candidate), annotation,
                   sighting_hint(corpora_, medium.id, sequence.subject.id));
}

std::optional<Candidate> SequenceFaces::with_face(Candidate candidate,
                                                  const StillAnnotation* annotation,
                                                  const TrackHint& hint) {
  std::optional<FoundFace> face = finder().find(*candidate.picture, annotation, hint);
  if (!face) {
    left_out_.add(LeftOut::kNoFace);
    return std::nullopt;
  }
  candidate.face = std::move(*face);
  return candidate;
}

std::vector<Candidate> SequenceFaces::of_frames(const PlannedSequence& sequence) {
  const MediaRow& medium = sequence.media.front();
  if (options_.masks == MaskChoice::kLabels) {
    left_out_.add(LeftOut::kNoLabels);
    return {};
  }
  std::vector<Candidate> candidates;
  try {
    const std::map<std::int64_t, std::filesystem::path> files = locator_.checked_frames(medium);
    const std::vector<SightingRow> everybody = corpora_.sightings(medium.id);
    for (const SightingRow& sighting : own_sightings(sequence, everybody)) {
      const std::int64_t place = sighting.frame;
      Candidate candidate;
      candidate.picture = std::make_shared<const Frame>(read_image(files.at(place)));
      std::optional<Candidate> found =
          with_face(std::move(candidate), nullptr,
                    sighting_hint(in_picture(everybody, place), sequence.subject.id));
      if (found) {
        found->face.frame_index = place;
        candidates.push_back(std::move(*found));
      }
    }
  } catch (const Error& error) {
    left_out_.warn_of(medium, error);
    left_out_.add(LeftOut::kNotProbed);
    return {};
  }
  return candidates;
}

std::vector<Candidate> SequenceFaces::of_video(const PlannedSequence& sequence) {
  const MediaRow& medium = sequence.media.front();
  if (options_.masks == MaskChoice::kLabels) {
    left_out_.add(LeftOut::kNoLabels);
    return {};
  }
  const std::vector<VideoAnalysis> analyses = cached_analyses(corpora_, blobs_, medium);
  if (analyses.empty()) {
    left_out_.add(LeftOut::kNotAnalyzed);
    return {};
  }
  const std::optional<AnalysedFace> face =
      analysed_face(corpora_, analyses, medium.id, sequence.subject.id);
  if (!face) {
    left_out_.add(LeftOut::kNoFace);
    return {};
  }
  std::vector<Candidate> candidates;
  for (const FaceObservation& seen : face->track.observations) {
    if (seen.status != FaceStatus::kInterpolated) {
      Candidate candidate;
      candidate.face = {seen.landmarks, seen.pose_deg, seen.sharpness, seen.frame_index};
      candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

/// nullptr when the corpus says nothing about the picture.
const StillAnnotation* SequenceFaces::annotation_of(const CorpusRow& corpus,
                                                    const std::string& rel_path) {
  auto [entry, is_new] = annotations_.try_emplace(corpus.root_alias);
  if (is_new) {
    const auto adapter = make_corpus(adapter_of_alias(corpus.root_alias));
    for (StillAnnotation& annotation : adapter->annotations(roots_.resolve(corpus.root_alias))) {
      entry->second.emplace(annotation.rel_path, std::move(annotation));
    }
  }
  const auto found = entry->second.find(rel_path);
  return found == entry->second.end() ? nullptr : &found->second;
}

/// Loaded with the first still: videos need no network.
const FaceFinder& SequenceFaces::finder() {
  if (!finder_) {
    finder_.emplace(options_.models_dir, options_.landmarks);
  }
  return *finder_;
}

}  // namespace changeling
