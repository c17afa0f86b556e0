// generator/train/source_finetuner.h: G_r trained on for a moment on the source of a swap (FSGAN,
// section 4.1: "fine-tune on a source"). Layer 6, Torch only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "generator/methods/fsgan/fsgan_options.h"
#include "generator/methods/fsgan/source_tuner.h"
#include "generator/train/face_set.h"
#include "generator/train/perceptual_net.h"

namespace changeling {

struct FinetuneOptions {
  int samples = 800;               ///< pairs of views that are seen in all (YuvalNirkin/fsgan, v2)
  double learning_rate = 1e-4;     ///< Adam's
  std::string perception_licence;  ///< terms of the perceptual network, for the provenance
};

/// Trains on random pairs of a source's views with the loss that G_r was trained with: the pairs
/// show one person, so their target is the truth. Batches of three, one after another; the last
/// one may be smaller. The result is stored as bfloat16 under the digests of G_r, of the perceptual
/// network and of the crops, and read back from there, so that a swap has the same pixels whether
/// the network was found or made.
class SourceFinetuner : public SourceTuner {
 public:
  /// `base` is G_r. `perception` may be null: then the perceptual term is left out.
  SourceFinetuner(NetWeights base, std::unique_ptr<const PerceptualNet> perception,
                  const FinetuneOptions& options, const FsganOptions& swap);
  ~SourceFinetuner() override;

  /// Null for fewer than two views. Throws Error(kInternal) when the loss is not finite any more,
  /// Error(kResource) when the file cannot be written.
  [[nodiscard]] std::shared_ptr<const NetRunner> tune(
      const TunerCrops& crops, SourceStore* store,
      const std::function<void()>& heartbeat) const override;

  /// The perceptual network.
  [[nodiscard]] std::vector<ProvenanceModel> models() const override;

 private:
  [[nodiscard]] Digest key_of(const FaceSet& set) const;
  [[nodiscard]] NetWeights train(const FaceSet& set, const Digest& key,
                                 const std::function<void()>& heartbeat) const;

  NetWeights base_;
  std::shared_ptr<const PerceptualNet> perception_;
  FinetuneOptions options_;
  FsganOptions swap_;
};

}  // namespace changeling
