// evaluator/run/detector_crops.h: face crops of catalogued clips, as detectors see them. Layer 6.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"
#include "catalog/store/records.h"
#include "evaluator/detectors/detector.h"

namespace changeling {

struct CropOptions {
  int frames_per_clip = 8;  ///< evenly spread over the clip
  int resolution_px = 64;   ///< a divisor of 256 or any side up to it
};

/// Crops of one clip, and the frames that were asked for without one.
struct ClipCrops {
  at::Tensor images;                  ///< uint8 (N,R,R,3); undefined without any
  std::vector<std::int64_t> frames;   ///< N: 0-based
  std::vector<std::int64_t> no_face;  ///< frames where the analysis saw no face
};

/// Cuts crops by detector_crop (catalog/export/face_frames.h). Which frames are cut hangs on the
/// clip's length alone, never on its label; boxes are those of the target's track for fakes and
/// controls alike. One thread.
class CropReader {
 public:
  CropReader(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
             const CropOptions& options);
  ~CropReader();

  /// Throws Error(kCatalog), Error(kInput) for a clip that is missing, damaged or undecodable.
  [[nodiscard]] ClipCrops read(const ClipRow& clip);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The crops of many clips to train on: of a fake the swapped frames alone, since its others are
/// real. Adds to `reasons` the clips without a usable crop.
[[nodiscard]] CropSet read_crop_set(CropReader& reader, const std::vector<ClipRow>& clips,
                                    const std::map<ArtifactId, std::vector<ManipulatedSpan>>& spans,
                                    std::map<std::string, std::int64_t>& reasons);

}  // namespace changeling
