// Crops of drawn heads as training data: small, exact landmarks, face class from their hull.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

#include "common/face/face_crops.h"
#include "common/tensor/image_ops.h"
#include "generator/train/face_set.h"
#include "tests/support/landmark_face.h"

namespace changeling {

/// `videos` heads of different colours, `frames` crops each, turned and with other mouths.
inline FaceSet drawn_faces(int videos, int frames, int size_px) {
  std::vector<at::Tensor> images;
  std::vector<at::Tensor> landmarks;
  std::vector<at::Tensor> classes;
  FaceSet set;
  for (int v = 0; v < videos; ++v) {
    for (int f = 0; f < frames; ++f) {
      LandmarkFace face;
      face.colors.skin[0] = 140 + 20 * (v % 5);
      face.colors.iris[2] = 60 + 40 * (v % 4);
      face.yaw_deg = -15.0F + 10.0F * static_cast<float>((f + v) % 4);
      face.mouth_open = 0.3F * static_cast<float>(f % 3);
      const Landmarks points = landmarks_of(face);
      const CropTransform square = landmark_square(points, 1.5F, size_px);
      images.push_back(crop(draw(face), square, size_px).round().to(at::kByte).permute({1, 2, 0}));
      at::Tensor rows = at::empty({68, 2});
      for (std::size_t i = 0; i < 68; ++i) {
        const PointF at = square.to_crop(points[i]);
        rows.data_ptr<float>()[2 * i] = at.x / static_cast<float>(size_px);
        rows.data_ptr<float>()[2 * i + 1] = at.y / static_cast<float>(size_px);
      }
      landmarks.push_back(rows);
      // An ellipse around the landmarks' middle stands for the face.
      const at::Tensor axis = (at::arange(size_px) + 0.5) / size_px - 0.5;
      classes.push_back(
          (axis.square().unsqueeze(0) + axis.square().unsqueeze(1) < 0.09).to(at::kByte));
      set.sequence.push_back(v);
      set.person.push_back(v);
    }
  }
  set.crops = crops_in_memory({at::stack(images).contiguous(), at::stack(classes)});
  set.landmarks = at::stack(landmarks);
  return set;
}

/// Copies of all crops, to look at or to change.
inline CropBytes all_crops(const FaceSet& set) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < set.size(); ++row) {
    rows.push_back(row);
  }
  return set.crops->read(rows);
}

/// The set with other pixels.
inline FaceSet with_images(FaceSet set, const at::Tensor& images) {
  set.crops = crops_in_memory({images, all_crops(set).classes});
  return set;
}

/// The set with other classes; undefined: none.
inline FaceSet with_classes(FaceSet set, const at::Tensor& classes) {
  set.crops = crops_in_memory({all_crops(set).images, classes});
  return set;
}

}  // namespace changeling
