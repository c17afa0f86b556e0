// common/front/clip_files.h: pictures out of the files of one fake clip. Layer 7.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "common/base/provenance.h"
#include "common/front/still_pictures.h"
#include "common/media/video_reader.h"
#include "reports/model/report_model.h"

namespace changeling {

/// A square picture as JPEG.
[[nodiscard]] ReportPicture make_picture(const std::string& caption, const Frame& picture);

/// The frame at a 0-based index. Throws Error(kInput), naming `what`, when there is none.
[[nodiscard]] Frame frame_at(VideoReader& reader, std::int64_t index, const std::string& what);

/// Fake, control, alpha mask and sidecar of one job, open. The constructor and all members throw
/// Error when a file is missing or damaged; one that is gone on purpose as require_files() says it.
/// One thread an object.
class ClipFiles {
 public:
  ClipFiles(Database& database, const BlobStore& blobs, JobId job);

  /// 0-based frames that the method swapped, ascending.
  [[nodiscard]] std::vector<std::int64_t> swapped_frames() const;

  /// The frames of a person's clip that went in; `role` is "source" or "target".
  [[nodiscard]] const ProvenanceInput& input(const std::string& role) const;

  /// Around the swapped face.
  [[nodiscard]] SquareCrop crop(std::int64_t frame);

  /// Stills of that crop, of kTilePx; the fake bears its label in the pixels.
  [[nodiscard]] Frame target(std::int64_t frame, const SquareCrop& crop);
  [[nodiscard]] Frame fake(std::int64_t frame, const SquareCrop& crop);
  [[nodiscard]] Frame alpha(std::int64_t frame, const SquareCrop& crop);

  /// How far the fake is from its control, four times as strong.
  [[nodiscard]] Frame difference(std::int64_t frame, const SquareCrop& crop);

 private:
  [[nodiscard]] const ArtifactRow& artifact(const std::string& kind) const;
  [[nodiscard]] std::filesystem::path blob(const std::string& kind) const;

  std::vector<ArtifactRow> artifacts_;
  const BlobStore& blobs_;
  VideoReader fake_;
  VideoReader control_;
  VideoReader alpha_;
  std::vector<ManipulatedSpan> spans_;
  Sidecar sidecar_;
};

/// The whole source person's clip, still by still, at the same relative moments as a fake of
/// `n_frames` frames. Throws Error when the corpus is not on this machine.
[[nodiscard]] std::vector<Frame> source_frames(Database& database, MediaId media,
                                               const ProvenanceInput& source, std::int64_t n_frames,
                                               const std::vector<std::int64_t>& moments);

}  // namespace changeling
