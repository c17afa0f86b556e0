#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/face/face_models.h"

namespace changeling {
namespace {

constexpr float kScale = 1.5F;

}  // namespace

FeatureExtractor::FeatureExtractor(GraphNet net) : net_(std::move(net)) {
  const bool is_dense_net = net_.id() == "feat_dn121x";
  CHANGELING_REQUIRE(is_dense_net || net_.id() == "feat_iv3n",
                     "the feature extractor runs feat_dn121x or feat_iv3n");
  pooled_ = is_dense_net ? "1159" : "output";  // of GlobalAveragePool; iv3n was imported up to it
  dimensions_ = is_dense_net ? 1024 : 2048;
}

at::Tensor FeatureExtractor::features(const std::vector<Frame>& frames,
                                      const std::vector<std::size_t>& frame_of_face,
                                      const std::vector<Landmarks>& landmarks) const {
  const auto size = static_cast<int>(net_.input_shape()[2]);
  const std::vector<FrameCrop> crops =
      landmark_crops(frames, frame_of_face, landmarks, kScale, size);
  const at::Tensor pooled = run_on_crops(crops, size, [&](const at::Tensor& rgb) {
    return net_.run(rgb / 255, {pooled_}).at(pooled_).flatten(1);
  });
  return pooled.defined() ? pooled : at::empty({0, dimensions_});
}

}  // namespace changeling
