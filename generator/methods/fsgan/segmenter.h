// generator/methods/fsgan/segmenter.h: where the face is in a crop. Layer 5, Torch only.
#pragma once

#include <ATen/core/Tensor.h>

#include "common/nets/net_runner.h"

namespace changeling {

/// Face masks of crops by network G_s or, without one, by the hull of the landmarks.
/// One caller at a time.
class Segmenter {
 public:
  /// `net` may be null; it must outlive this object.
  explicit Segmenter(const NetRunner* net) : net_(net) {}

  [[nodiscard]] bool has_net() const { return net_ != nullptr; }

  /// images float32 (N,3,S,S) in [-1,1] -> logits (N,3,S,S): background, face, hair. Throws
  /// Error(kInternal) without a network.
  [[nodiscard]] at::Tensor logits(const at::Tensor& images) const;

  /// (N,1,S,S): 1 where the face's logit is the largest.
  [[nodiscard]] static at::Tensor face_of(const at::Tensor& logits);

  /// (N,1,S,S) of single images; landmarks (N,68,2) in [0,1] are used without a network only.
  [[nodiscard]] at::Tensor face_mask(const at::Tensor& images, const at::Tensor& landmarks) const;

 private:
  const NetRunner* net_;
};

}  // namespace changeling
