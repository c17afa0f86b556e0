// tests/support/face_packs.h: a small frame set to train on, without OpenCV or LibTorch.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>

#include "common/base/rng.h"
#include "common/packs/frame_set.h"

namespace changeling {

/// `people` of two soft pictures each as part `part`: an ellipse of face on other ground, landmarks
/// on rings inside it, 68 of them. Crops of `side` px, scale 1.2.
inline FramePack face_pack(const std::string& part, int people, int side) {
  constexpr int kFrames = 2;
  constexpr int kLandmarks = 68;
  FramePack pack;
  pack.part = part;
  pack.layout = {side, 1.2, kLandmarks, "given", "hull"};
  pack.terms = {{"soft", "CC0-1.0", "synthetic", true}};
  CounterRng rng(derive_seed(1, {part}));
  for (int person = 0; person < people; ++person) {
    const std::string key = part + std::to_string(person);
    pack.sequences.push_back({"video-" + key, "soft/" + key, kFrames});
    const double skin = 90 + 120 * rng.uniform();
    for (int frame = 0; frame < kFrames; ++frame) {
      pack.frame_index.push_back(frame);
      pack.sharpness.push_back(1);
      const double shift = 0.04 * frame;
      for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
          const double u = (x + 0.5) / side - 0.5 - shift;
          const double v = (y + 0.5) / side - 0.5;
          const bool is_face = u * u + v * v < 0.09;
          pack.masks.push_back(static_cast<char>(is_face ? 1 : 0));
          const double shade = is_face ? skin + 40 * std::cos(9 * u) : 60 + 50 * v;
          for (const double tint : {1.0, 0.8, 0.7}) {
            pack.pixels.push_back(static_cast<char>(static_cast<std::uint8_t>(tint * shade)));
          }
        }
      }
      for (int i = 0; i < kLandmarks; ++i) {
        const double turn = 2.399963 * i;  // no three of them in a line
        const double radius = 0.27 * std::sqrt((i + 0.5) / kLandmarks);
        pack.landmarks.push_back(static_cast<float>(0.5 + shift + radius * std::cos(turn)));
        pack.landmarks.push_back(static_cast<float>(0.5 + radius * std::sin(turn)));
      }
      pack.poses.insert(pack.poses.end(), 3, 0.0F);
    }
  }
  return pack;
}

/// A frame set of three people to train on and two to validate with.
inline FrameSet write_face_set(const std::filesystem::path& folder, int side) {
  const FramePack train = face_pack("train", 3, side);
  FrameSetWriter writer(folder, train.layout);
  writer.add(train);
  writer.add(face_pack("val", 2, side));
  return writer.finish("by hand");
}

}  // namespace changeling
