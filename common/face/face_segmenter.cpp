#include "common/face/face_segmenter.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_box.h"
#include "common/face/face_crops.h"
#include "common/nets/inference_engine.h"
#include "common/tensor/frame_tensor.h"
#include "common/tensor/grid_sampling.h"

namespace changeling {
namespace {

/// Columns or rows whose centres lie in [from, to), cut to the frame.
struct PixelRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

PixelRange pixels_between(float from, float to, int size_px) {
  const auto bound = [size_px](float edge) {
    return static_cast<std::int64_t>(
        std::clamp(std::ceil(static_cast<double>(edge) - 0.5), 0.0, static_cast<double>(size_px)));
  };
  return {bound(from), bound(to) - bound(from)};
}

/// Where the centres of these pixels lie between `from` and `to`, as -1..1.
at::Tensor positions(const PixelRange& range, float from, float to) {
  const at::Tensor centres = at::arange(range.first, range.first + range.count, at::kDouble) + 0.5;
  const double side = static_cast<double>(to) - static_cast<double>(from);
  return ((centres - static_cast<double>(from)) * (2 / side) - 1).to(at::kFloat);
}

}  // namespace

Frame area_of_margin(const at::Tensor& margin, const CropTransform& crop, int width_px,
                     int height_px) {
  CHANGELING_REQUIRE(margin.dim() == 2 && margin.size(0) == margin.size(1), "a crop is a square");
  const auto side = static_cast<float>(margin.size(0));
  const PointF from = crop.to_frame({0, 0});
  const PointF to = crop.to_frame({side, side});
  const PixelRange columns = pixels_between(from.x, to.x, width_px);
  const PixelRange rows = pixels_between(from.y, to.y, height_px);
  const at::Tensor area = at::zeros({height_px, width_px}, at::kByte);
  if (columns.count > 0 && rows.count > 0) {
    const at::Tensor x = positions(columns, from.x, to.x).expand({rows.count, columns.count});
    const at::Tensor y =
        positions(rows, from.y, to.y).unsqueeze(1).expand({rows.count, columns.count});
    const at::Tensor sampled = at::grid_sampler(
        margin.reshape({1, 1, margin.size(0), margin.size(1)}), at::stack({x, y}, 2).unsqueeze(0),
        grid_sampling::kBilinear, grid_sampling::kBorder, false);
    area.narrow(0, rows.first, rows.count)
        .narrow(1, columns.first, columns.count)
        .copy_(sampled[0][0].gt(0).to(at::kByte) * 255);
  }
  return to_frame(area);
}

FaceSegmenter::FaceSegmenter(const NetWeights& weights) {
  const NetInfo& info = weights.info;
  if (info.kind != NetKind::kSegUnet || info.out != std::vector<int>{3} || info.in != 3) {
    throw Error(ErrorKind::kModel, "the network of role '" + info.role +
                                       "' does not tell background, face and hair apart");
  }
  EngineOptions options;
  options.precision = Precision::kFloat32;  // the same values on every machine
  net_ = make_engine(weights, options);
}

std::vector<Frame> FaceSegmenter::areas(const std::vector<Frame>& frames,
                                        const std::vector<std::size_t>& frame_of_face,
                                        const std::vector<Landmarks>& landmarks) const {
  CHANGELING_REQUIRE(frame_of_face.size() == landmarks.size(), "one frame index per face");
  const int size_px = net_->info().resolution_px;
  std::vector<FrameCrop> crops;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    const BBox box = face_box(landmarks[i]);
    const auto side = static_cast<float>(net_->info().crop_scale) * std::max(box.width, box.height);
    crops.push_back(
        {&frame_at(frames, frame_of_face[i]), CropTransform::square(box.center(), side, size_px)});
  }
  const at::Tensor logits = run_on_crops(
      crops, size_px, [&](const at::Tensor& rgb) { return net_->run(rgb / 127.5 - 1); });
  std::vector<Frame> result;
  for (std::size_t i = 0; i < crops.size(); ++i) {
    const at::Tensor of_face = logits[static_cast<std::int64_t>(i)];
    const at::Tensor margin = of_face[1] - at::maximum(of_face[0], of_face[2]);
    result.push_back(area_of_margin(margin, crops[i].transform, crops[i].frame->width_px(),
                                    crops[i].frame->height_px()));
  }
  return result;
}

}  // namespace changeling
