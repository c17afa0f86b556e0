#include "generator/train_data/crop_maker.h"

#include <ATen/ATen.h>

#include "common/face/face_box.h"
#include "common/face/landmark_tensor.h"
#include "common/tensor/frame_tensor.h"
#include "generator/methods/fsgan/crop_geometry.h"
#include "generator/methods/fsgan/face_hull_mask.h"
#include "generator/train_data/label_classes.h"

namespace changeling {
namespace {

void append_bytes(std::string& to, const at::Tensor& bytes) {
  const at::Tensor rows = bytes.contiguous();
  to.append(reinterpret_cast<const char*>(rows.data_ptr<std::uint8_t>()),
            static_cast<std::size_t>(rows.numel()));
}

at::Tensor hull_classes(const Landmarks& landmarks_crop, int size_px) {
  return face_hull_mask(to_tensor({landmarks_crop}), size_px)[0][0].to(at::kByte);
}

}  // namespace

std::optional<LeftOut> CropMaker::add(FramePack& pack, const Frame& picture, const FoundFace& face,
                                      const FaceLabels* labels) const {
  const CropSquare square = crop_square(face_box(face.landmarks_px), layout_.crop_scale);
  const Landmarks landmarks_crop = to_crop(face.landmarks_px, square);
  if (layout_.mask_source != "none") {
    const bool by_labels = layout_.mask_source == "labels";
    if (by_labels && labels == nullptr) {
      return LeftOut::kNoLabels;
    }
    const at::Tensor classes = by_labels ? label_classes(labels->picture, labels->parts, square,
                                                         landmarks_crop, layout_.resolution_px)
                                         : hull_classes(landmarks_crop, layout_.resolution_px);
    if ((classes == kMaskFace).to(at::kDouble).mean().item<double>() < min_mask_share_) {
      return LeftOut::kMaskTooSmall;
    }
    append_bytes(pack.masks, classes);
  }
  append_bytes(pack.pixels, to_pixels(take_crop(picture, square, layout_.resolution_px)));
  for (const PointF& point : landmarks_crop) {
    pack.landmarks.insert(pack.landmarks.end(), {point.x, point.y});
  }
  pack.poses.insert(pack.poses.end(),
                    {face.pose_deg.yaw_deg, face.pose_deg.pitch_deg, face.pose_deg.roll_deg});
  pack.sharpness.push_back(face.sharpness);
  pack.frame_index.push_back(face.frame_index);
  return std::nullopt;
}

}  // namespace changeling
