#include "generator/methods/fsgan/segmenter.h"

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "generator/methods/fsgan/face_hull_mask.h"

namespace changeling {

at::Tensor Segmenter::logits(const at::Tensor& images) const {
  CHANGELING_REQUIRE(net_ != nullptr, "there is no segmentation network");
  return net_->run(images);
}

at::Tensor Segmenter::face_of(const at::Tensor& logits) {
  const at::Tensor face = logits.narrow(1, 1, 1);
  return face.gt(logits.narrow(1, 0, 1))
      .logical_and(face.ge(logits.narrow(1, 2, 1)))
      .to(at::kFloat);
}

at::Tensor Segmenter::face_mask(const at::Tensor& images, const at::Tensor& landmarks) const {
  return has_net() ? face_of(logits(images))
                   : face_hull_mask(landmarks, static_cast<int>(images.size(3)));
}

}  // namespace changeling
