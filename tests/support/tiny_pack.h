// tests/support/tiny_pack.h: frame packs of noise, for tests.
#pragma once

#include <cmath>
#include <string>

#include "common/base/rng.h"
#include "common/packs/frame_pack.h"

namespace changeling {

/// `sequences` people with one video of `frames` frames each, crops of `side` px.
inline FramePack tiny_pack(const std::string& part, const std::string& prefix, int sequences = 2,
                           int frames = 3, int side = 16, int landmarks = 5) {
  FramePack pack;
  pack.part = part;
  pack.layout = {side, 1.2, landmarks, "given", "hull"};
  pack.terms = {{"tiny", "CC0-1.0", "synthetic", true}};
  CounterRng rng(7);
  for (int s = 0; s < sequences; ++s) {
    const std::string key = prefix + std::to_string(s);
    pack.sequences.push_back({"video-" + key, "tiny/" + key, frames});
    for (int f = 0; f < frames; ++f) {
      pack.frame_index.push_back(2 * f);
      pack.sharpness.push_back(static_cast<float>(rng.uniform()) * 100);
    }
  }
  const auto n = static_cast<std::size_t>(sequences) * static_cast<std::size_t>(frames);
  const auto area = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  for (std::size_t i = 0; i < n * area * 3; ++i) {
    pack.pixels.push_back(static_cast<char>(rng.below(256)));
  }
  for (std::size_t i = 0; i < n * area; ++i) {
    pack.masks.push_back(static_cast<char>(rng.below(3)));
  }
  for (std::size_t i = 0; i < n * 2 * static_cast<std::size_t>(landmarks); ++i) {
    pack.landmarks.push_back(static_cast<float>(rng.uniform()));
  }
  for (std::size_t i = 0; i < n * 3; ++i) {
    pack.poses.push_back(static_cast<float>(rng.uniform()) * 60 - 30);
  }
  return pack;
}

}  // namespace changeling
