// generator/train_data/sequence_faces.h: the person's faces in the media of a planned sequence.
// Layer 6. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "common/clips/media_locator.h"
#include "generator/train_data/crop_maker.h"
#include "generator/train_data/face_finder.h"
#include "generator/train_data/left_out_media.h"
#include "generator/train_data/prepare.h"
#include "generator/train_data/sequence_plan.h"

namespace changeling {

/// A face and, of a still, its picture and labels.
struct Candidate {
  FoundFace face;
  std::shared_ptr<const Frame> picture;
  std::shared_ptr<const FaceLabels> labels;
};

/// Where the person of a frame sequence is seen in it, by frame.
[[nodiscard]] std::vector<SightingRow> own_sightings(const PlannedSequence& sequence,
                                                     const std::vector<SightingRow>& everybody);

/// Refers to all arguments of its constructor.
class SequenceFaces {
 public:
  SequenceFaces(const PrepareOptions& options, const CorpusStore& corpora, const BlobStore& blobs,
                const CorpusRoots& roots, const MediaLocator& locator, LeftOutMedia& left_out)
      : options_(options),
        corpora_(corpora),
        blobs_(blobs),
        roots_(roots),
        locator_(locator),
        left_out_(left_out) {}

  /// By frame index: of a video from its analysis, without a picture; of stills and frame sequences
  /// by looking at them. What has no face, or cannot be used, is counted as left out. Throws
  /// Error(kModel) when a network is missing that a still needs.
  [[nodiscard]] std::vector<Candidate> of(const PlannedSequence& sequence);

 private:
  using Annotations = std::map<std::string, StillAnnotation>;  ///< by path below the root

  std::vector<Candidate> of_stills(const PlannedSequence& sequence);
  std::vector<Candidate> of_frames(const PlannedSequence& sequence);
  std::vector<Candidate> of_video(const PlannedSequence& sequence);
  std::optional<Candidate> of_still(const PlannedSequence& sequence, const MediaRow& medium);
  std::optional<Candidate> with_face(Candidate candidate, const StillAnnotation* annotation,
                                     const TrackHint& hint);
  const StillAnnotation* annotation_of(const CorpusRow& corpus, const std::string& rel_path);
  const FaceFinder& finder();

  const PrepareOptions& options_;
  const CorpusStore& corpora_;
  const BlobStore& blobs_;
  const CorpusRoots& roots_;
  const MediaLocator& locator_;
  LeftOutMedia& left_out_;
  std::map<std::string, Annotations> annotations_;  ///< by corpus, read with its first still
  std::optional<FaceFinder> finder_;
};

}  // namespace changeling
