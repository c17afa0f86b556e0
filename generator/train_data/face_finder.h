// generator/train_data/face_finder.h: the face in a still picture, by its annotation or by the
// networks. Layer 6. One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "catalog/corpora/still_annotation.h"
#include "common/base/digest.h"
#include "common/base/frame.h"
#include "common/face/face_models.h"
#include "common/face/track_choice.h"
#include "generator/train_data/found_face.h"

namespace changeling {

/// Where landmarks come from when a corpus gives some.
enum class LandmarkSource {
  kGiven,    ///< the corpus; the network for pictures without
  kNetwork,  ///< lmk68 started from the given ones: what a swap will see
};

class FaceFinder {
 public:
  /// Of the networks' files. Throws Error(kModel) when one is missing.
  [[nodiscard]] static Digest networks(const std::filesystem::path& models_dir);

  /// Throws Error(kModel) when a network is missing.
  FaceFinder(const std::filesystem::path& models_dir, LandmarkSource source);

  /// The person's face: where `annotation` (may be null) has its landmarks, else the detected face
  /// that choose_subject_track takes by `hint`, whose frames count the picture as frame 0. A box is
  /// looked at closely, so a face may be small in its picture; without one the picture may be a
  /// tight crop of the face. nullopt when there is no face, or none that is surely the person's.
  [[nodiscard]] std::optional<FoundFace> find(const Frame& picture,
                                              const StillAnnotation* annotation,
                                              const TrackHint& hint) const;

 private:
  [[nodiscard]] std::optional<Landmarks> detect(const Frame& picture, const TrackHint& hint) const;

  LandmarkSource source_;
  FaceDetector detector_;
  LandmarkEstimator landmarks_;
  PoseEstimator poses_;
};

}  // namespace changeling
