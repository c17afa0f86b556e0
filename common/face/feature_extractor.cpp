#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/face/face_models.h"

namespace changeling {
namespace {

constexpr int kSize = 224;
constexpr float kScale = 1.5F;
constexpr const char* kPooled = "1159";  // output of the network's GlobalAveragePool

}  // namespace

FeatureExtractor::FeatureExtractor(GraphNet net) : net_(std::move(net)) {
  CHANGELING_REQUIRE(net_.id() == "feat_dn121x", "the feature extractor runs feat_dn121x");
}

at::Tensor FeatureExtractor::features(const std::vector<Frame>& frames,
                                      const std::vector<std::size_t>& frame_of_face,
                                      const std::vector<Landmarks>& landmarks) const {
  const std::vector<FrameCrop> crops =
      landmark_crops(frames, frame_of_face, landmarks, kScale, kSize);
  const at::Tensor pooled = run_on_crops(crops, kSize, [&](const at::Tensor& rgb) {
    return net_.run(rgb / 255, {kPooled}).at(kPooled).flatten(1);
  });
  return pooled.defined() ? pooled : at::empty({0, kDimensions});
}

}  // namespace changeling
