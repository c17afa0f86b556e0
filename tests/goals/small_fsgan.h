// tests/goals/small_fsgan.h: fsgan with small random networks, and clips of drawn heads for it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "generator/methods/fsgan/fsgan_method.h"
#include "tests/support/head_corpus.h"

namespace changeling {

/// A clip of 160 x 150 px.
inline HeadFile head_file(const std::string& name, const LandmarkFace& look, int n_frames) {
  HeadFile file;
  file.name = name;
  file.clip.face = framed(look, 160, 150, 76);
  file.clip.n_frames = n_frames;
  return file;
}

/// Networks of 64 px and this width; G_s is made to see faces everywhere, as its share of the work
/// counts.
inline std::unique_ptr<SwapMethod> small_fsgan(int width) {
  constexpr int kResolution = 64;
  FsganOptions options;
  options.resolution_px = kResolution;
  options.precision = Precision::kFloat32;
  std::vector<NetWeights> weights = random_fsgan_weights(width, kResolution, 1.2, 1);
  for (NetWeights& each : weights) {
    if (each.info.role == "segmentation") {
      each.tensors.at("final.bias") = at::tensor({0.0F, 10.0F, 0.0F});
    }
  }
  return std::make_unique<FsganMethod>(prepare_fsgan_nets(weights, options), options);
}

}  // namespace changeling
