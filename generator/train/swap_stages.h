// generator/train/swap_stages.h: what a swap hands to G_c and G_b, made from pairs of training
// crops by the swap's own functions (generator/methods/fsgan). Layer 6, Torch only.
#pragma once

#include <memory>
#include <vector>

#include "common/nets/net_runner.h"
#include "generator/methods/fsgan/fsgan_options.h"
#include "generator/methods/fsgan/segmenter.h"
#include "generator/methods/fsgan/stage_types.h"
#include "generator/train/face_set.h"

namespace changeling {

/// Networks that are trained already. Null: what the comment says stands in.
struct TrainedNets {
  std::shared_ptr<const NetRunner> reenactment;   ///< the source bent onto the target's landmarks
  std::shared_ptr<const NetRunner> segmentation;  ///< the crops' class maps
  std::shared_ptr<const NetRunner> inpainting;    ///< the reenacted face as it is
};

/// The stages before G_c and G_b. Row i of `source` and of `target` are a pair; both have class
/// maps. A row's result does not depend on the others. No gradients. One thread.
class SwapStages {
 public:
  SwapStages(TrainedNets nets, int resolution_px);

  [[nodiscard]] AlignedBatch align(const FaceBatch& source, const FaceBatch& target) const;

  /// I_r of the aligned views; without networks the face of `source` is bent with its pixels.
  [[nodiscard]] ReenactedBatch reenact(const FaceBatch& source, const AlignedBatch& aligned) const;

  /// The face that G_b gets, in the target's colours (color_match.h). Without G_c only where source
  /// and target both show face: elsewhere the reenacted picture has hair or background.
  [[nodiscard]] CompletedBatch complete(const AlignedBatch& aligned,
                                        const ReenactedBatch& reenacted) const;

  [[nodiscard]] const FsganOptions& options() const { return options_; }

 private:
  [[nodiscard]] at::Tensor face_of(const FaceBatch& faces) const;

  TrainedNets nets_;
  FsganOptions options_;
  Segmenter segmenter_;
};

/// image (N,3,R,R) where mask (N,1,R,R) is 1, -1 ("removed") where it is 0.
[[nodiscard]] at::Tensor cut_out(const at::Tensor& image, const at::Tensor& mask);

/// Where the source of a pair comes from.
enum class SourceRule {
  kSameVideo,    ///< half of the time the target itself, else another crop of its video, if any
  kOtherPerson,  ///< any video of another person
};

/// Draws pairs among the crops that show a face: videos uniformly, then their crops.
class StagePairDrawer {
 public:
  /// Throws Error(kInput) naming `part`: crops without class maps, no crop with a pixel of class
  /// 1 (face); for kOtherPerson a single person.
  StagePairDrawer(const FaceSet& set, const char* part, SourceRule rule);

  [[nodiscard]] CropPair draw(CounterRng& rng) const;

  /// At most `count` pairs, the same every time; their targets are spread over all crops.
  [[nodiscard]] std::vector<CropPair> fixed(int count) const;

 private:
  struct Video {
    std::int64_t person = 0;
    std::vector<std::int64_t> crops;
  };

  [[nodiscard]] CropPair with_source(std::size_t video, std::int64_t target, CounterRng& rng) const;

  SourceRule rule_;
  std::vector<Video> videos_;  ///< by person
};

}  // namespace changeling
