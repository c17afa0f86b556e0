// generator/job/job_outputs.h: the files of one job: fake, real control, alpha and changed masks,
// sidecar. Layer 7. One object per job, used on its encode lane.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/records.h"
#include "common/base/provenance.h"
#include "common/media/labeled_video_writer.h"
#include "generator/methods/swap_method.h"

namespace changeling {

class JobOutputs {
 public:
  struct Settings {
    std::string name;  ///< unique file stem in the staging folder
    LabeledVideoWriter::Settings video;
    std::string profile;  ///< "c23", "lossless": artifact.profile
  };

  /// `fake` becomes the provenance of fake, masks and sidecar; the control gets its own, derived
  /// from it: same inputs without the source, no method.
  JobOutputs(BlobStore& blobs, const Settings& settings, const Provenance& fake);
  ~JobOutputs();
  JobOutputs(const JobOutputs&) = delete;
  JobOutputs& operator=(const JobOutputs&) = delete;

  /// Appends a frame to all four streams. Throws Error(kInternal) when a pixel differs from the
  /// target where alpha is 0 (the product's invariant `bg_exact`).
  void write(const Frame& target, const ComposedFrame& composed, double pts_seconds);

  /// Encodes what the encoders hold back; no frame may follow.
  void flush();

  /// Ends the files, moves them into the blob store and returns what the catalog records. Timings
  /// and face labels are left to the caller.
  [[nodiscard]] FakeRow publish();

  /// Frames with status swapped so far.
  [[nodiscard]] std::int64_t swapped_frames() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Pixels that differ from the target although alpha is 0: must be none.
[[nodiscard]] std::int64_t count_background_changes(const Frame& target,
                                                    const ComposedFrame& composed);

}  // namespace changeling
