#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/face/face_models.h"

namespace changeling {
namespace {

std::vector<FrameCrop> aligned_crops(const std::vector<Frame>& frames,
                                     const std::vector<std::size_t>& frame_of_face,
                                     const std::vector<Landmarks>& landmarks,
                                     CropTransform (*alignment)(const Landmarks&)) {
  CHANGELING_REQUIRE(frame_of_face.size() == landmarks.size(), "one frame index per face");
  std::vector<FrameCrop> crops;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    crops.push_back({&frame_at(frames, frame_of_face[i]), alignment(landmarks[i])});
  }
  return crops;
}

/// Each row has its own norm, so its bits do not depend on the other rows.
at::Tensor unit_rows(const at::Tensor& rows) {
  std::vector<at::Tensor> normalised;
  for (const at::Tensor& row : rows.split(1)) {
    normalised.push_back(row / row.norm().clamp_min(1e-12));
  }
  return at::cat(normalised);
}

}  // namespace

IdentityEmbedder::IdentityEmbedder(GraphNet net) : net_(std::move(net)) {
  CHANGELING_REQUIRE(net_.id() == "id512", "the identity embedder runs id512");
}

at::Tensor IdentityEmbedder::embed(const std::vector<Frame>& frames,
                                   const std::vector<std::size_t>& frame_of_face,
                                   const std::vector<Landmarks>& landmarks) const {
  const at::Tensor rows = run_on_crops(
      aligned_crops(frames, frame_of_face, landmarks, identity_alignment_112), 112,
      [this](const at::Tensor& rgb) { return net_.run((rgb - 127) / 128).at("output"); });
  return rows.defined() ? unit_rows(rows) : at::empty({0, 512});
}

IndependentIdentityEmbedder::IndependentIdentityEmbedder(DlibResNet net) : net_(std::move(net)) {}

at::Tensor IndependentIdentityEmbedder::embed(const std::vector<Frame>& frames,
                                              const std::vector<std::size_t>& frame_of_face,
                                              const std::vector<Landmarks>& landmarks) const {
  const at::Tensor rows =
      run_on_crops(aligned_crops(frames, frame_of_face, landmarks, identity_alignment_150), 150,
                   [this](const at::Tensor& rgb) { return net_.run(rgb); });
  return rows.defined() ? rows : at::empty({0, 128});
}

}  // namespace changeling
