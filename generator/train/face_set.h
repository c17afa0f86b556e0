// generator/train/face_set.h: the face crops that training reads. Layer 6, Torch only.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "common/base/rng.h"
#include "generator/train/crop_rows.h"

namespace changeling {

/// Crops of one part (train, val or test) of a frozen split. Immutable.
struct FaceSet {
  std::shared_ptr<const CropRows> crops;  ///< N: pixels and classes
  at::Tensor landmarks;                   ///< float32 (N,68,2) in [0,1] of the crop, CPU
  std::vector<std::int64_t> sequence;     ///< N: crops of one video share a number
  std::vector<std::int64_t> person;       ///< N
  double crop_scale = 1.2;                ///< side of the crops / side of the face box

  [[nodiscard]] std::int64_t size() const { return crops == nullptr ? 0 : crops->size(); }
};

/// Checks sizes and that there is something to train on. Throws Error(kInput) naming `part`: no
/// crops, sizes that do not agree, landmarks that are not finite.
void require_face_set(const FaceSet& set, const char* part);

/// Which crops of a part a validation looks at, ascending: all up to `most`, else pairs of
/// neighbours, evenly spread: sets list a person's crops one after another, so that most pairs are
/// two of one person. `most` is even.
[[nodiscard]] std::vector<std::int64_t> validation_rows(const FaceSet& set,
                                                        std::int64_t most = 2000);

/// `rows` in runs of `size`, the last one shorter.
[[nodiscard]] std::vector<std::vector<std::int64_t>> batches_of(
    const std::vector<std::int64_t>& rows, std::int64_t size);

/// A batch as the networks see it.
struct FaceBatch {
  at::Tensor images;     ///< float32 (B,3,R,R) in [-1,1]
  at::Tensor landmarks;  ///< float32 (B,68,2)
  at::Tensor classes;    ///< int64 (B,R,R), -100 where not labelled
};

/// The crops `rows` as a batch on `device`: they go there as bytes and become numbers there.
/// Throws as CropRows::read.
[[nodiscard]] FaceBatch gather(const FaceSet& set, const std::vector<std::int64_t>& rows,
                               c10::Device device = c10::kCPU);

/// Mirrors the rows of the batch for which `flip` is true: pixels, classes and landmarks, which are
/// renumbered.
[[nodiscard]] FaceBatch flipped(const FaceBatch& batch, const std::vector<bool>& flip);

/// Two crops of one sequence.
struct CropPair {
  std::int64_t source = 0;
  std::int64_t target = 0;
};

/// A source and the target of each row.
struct PairBatch {
  FaceBatch source;
  FaceBatch target;
};

/// The crops of these pairs as batches on `device`.
[[nodiscard]] PairBatch gather_pairs(const FaceSet& set, const std::vector<CropPair>& pairs,
                                     c10::Device device = c10::kCPU);

/// Both crops of a pair together.
[[nodiscard]] PairBatch flipped(const PairBatch& pairs, const std::vector<bool>& flip);

/// Draws sequences uniformly, then two different crops of each: a video with many frames counts no
/// more than one with few.
class PairDrawer {
 public:
  /// Throws Error(kInput) when no sequence has two crops.
  explicit PairDrawer(const FaceSet& set);

  [[nodiscard]] CropPair draw(CounterRng& rng) const;
  /// Every ordered pair inside a sequence, in order.
  [[nodiscard]] std::vector<CropPair> all() const;

 private:
  std::vector<std::vector<std::int64_t>> sequences_;  ///< with two crops or more
};

}  // namespace changeling
