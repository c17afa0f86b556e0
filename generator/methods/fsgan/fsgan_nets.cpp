#include "generator/methods/fsgan/fsgan_nets.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/base/error.h"
#include "common/face/mesh_warp.h"
#include "common/nets/inference_engine.h"
#include "generator/methods/fsgan/input_prior.h"

namespace changeling {
namespace {

constexpr int kLandmarks = 68;
constexpr int kPriorChannels = 4;

bool has_rung(const FsganOptions& options, Rung least) {
  return std::any_of(options.rungs.begin(), options.rungs.end(),
                     [least](Rung rung) { return rung >= least; });
}

ProvenanceModel provenance_of(const NetWeights& weights) {
  ProvenanceModel model;
  model.role = "fsgan_" + weights.info.role;
  model.name = model.role;
  model.version = std::string(to_string(weights.info.kind));
  if (const std::string prior = prior_of(weights.info); !prior.empty()) {
    model.version += "+" + prior;
  }
  model.sha256 = weights.sha256;
  model.licence = weights.info.licence;
  model.trained_on = weights.info.trained_on;
  return model;
}

std::unique_ptr<NetRunner>& part_of(FsganNets& nets, const std::string& role) {
  return role == "reenactment"    ? nets.reenactment
         : role == "segmentation" ? nets.segmentation
         : role == "inpainting"   ? nets.inpainting
                                  : nets.blending;
}

NetInfo described(const std::string& role, int in, int ngf, int resolution_px, double crop_scale) {
  NetInfo info;
  info.role = role;
  info.in = in;
  info.ngf = ngf;
  info.flat = {2, 2, 2, 2};
  info.resolution_px = resolution_px;
  info.crop_scale = crop_scale;
  info.licence = "CC0-1.0";
  return info;
}

}  // namespace

bool starts_from_mesh_warp(const NetInfo& info) {
  return prior_of(info) == kMeshWarpPrior;
}

std::vector<std::string> needed_nets(const FsganOptions& options) {
  std::vector<std::string> roles = {"reenactment"};
  if (options.segmenter == SegmenterKind::kNet) {
    roles.emplace_back("segmentation");
  }
  if (has_rung(options, Rung::kInpainted)) {
    roles.emplace_back("inpainting");
  }
  if (has_rung(options, Rung::kBlended)) {
    roles.emplace_back("blending");
  }
  return roles;
}

NetInfo expected_net(const std::string& role, const FsganOptions& options, const NetInfo& found) {
  NetInfo expected = found;
  expected.role = role;
  expected.crop_scale = options.crop_scale;
  expected.resolution_px = options.resolution_px;
  expected.landmarks = 0;
  expected.out = {3};
  if (role == "segmentation") {
    expected.kind = NetKind::kSegUnet;
    expected.in = 3;
    return expected;
  }
  if (found.kind != NetKind::kMsResUnetV1) {
    expected.kind = NetKind::kMsResUnetV2;
  }
  expected.in = role == "inpainting" ? 4 : 7;
  if (found.out == std::vector<int>{3, 3}) {
    expected.out = found.out;  // image and segmentation head; the second is not used
  }
  if (role == "reenactment") {
    expected.landmarks = kLandmarks;
    expected.in = 3 + kLandmarks;
    if (starts_from_mesh_warp(found)) {
      expected.in += kPriorChannels;
      expected.out = {3, 1};
    }
  } else if (starts_from_input(found)) {
    expected.out = {3, 1};
  }
  return expected;
}

std::unique_ptr<NetRunner> make_fsgan_runner(const NetWeights& weights,
                                             const FsganOptions& options) {
  if (options.mode == FsganMode::kFrameByFrame) {
    return make_eager_runner(weights, options.device);
  }
  EngineOptions engine;
  engine.device = options.device;
  engine.precision = options.precision;
  engine.buckets = production_buckets(options.device);
  return make_engine(weights, engine);
}

FsganNets prepare_fsgan_nets(const std::vector<NetWeights>& weights, const FsganOptions& options) {
  FsganNets nets;
  nets.precision = options.mode == FsganMode::kFrameByFrame
                       ? Precision::kFloat32
                       : resolve_precision(options.precision, options.device);
  for (const std::string& role : needed_nets(options)) {
    const auto found = std::find_if(weights.begin(), weights.end(),
                                    [&](const NetWeights& each) { return each.info.role == role; });
    CHANGELING_REQUIRE(found != weights.end(), "no weights of role " + role);
    require_net(*found, expected_net(role, options, found->info));
    part_of(nets, role) = make_fsgan_runner(*found, options);
    nets.models.push_back(provenance_of(*found));
  }
  return nets;
}

FsganNets load_fsgan_nets(const std::filesystem::path& folder, const FsganOptions& options) {
  std::vector<NetWeights> weights;
  for (const std::string& role : needed_nets(options)) {
    const std::filesystem::path file = folder / (role + ".safetensors");
    if (!std::filesystem::exists(file)) {
      throw Error(ErrorKind::kConfig,
                  "no weights '" + file.string() +
                      "': set fsgan.weights to a folder of trained or converted networks "
                      "('changeling models init-fsgan' makes untrained ones for trials)");
    }
    weights.push_back(read_net_weights(file));
    try {
      require_net(weights.back(), expected_net(role, options, weights.back().info));
    } catch (const Error& error) {
      throw Error(error.kind(), "'" + file.string() + "' does not fit: " + error.what() +
                                    " (fsgan.resolution and fsgan.crop_scale say for what "
                                    "crops networks are needed)");
    }
  }
  return prepare_fsgan_nets(weights, options);
}

std::vector<NetWeights> random_fsgan_weights(int ngf, int resolution_px, double crop_scale,
                                             std::uint64_t seed) {
  NetInfo reenactment = described("reenactment", 3 + kLandmarks, ngf, resolution_px, crop_scale);
  reenactment.landmarks = kLandmarks;
  NetInfo segmentation =
      described("segmentation", 3, std::max(1, ngf / 2), resolution_px, crop_scale);
  segmentation.kind = NetKind::kSegUnet;
  segmentation.flat.clear();
  return {random_net_weights(reenactment, seed), random_net_weights(segmentation, seed + 1),
          random_net_weights(described("inpainting", 4, ngf, resolution_px, crop_scale), seed + 2),
          random_net_weights(described("blending", 7, ngf, resolution_px, crop_scale), seed + 3)};
}

}  // namespace changeling
