// generator/methods/fsgan/fsgan_nets.h: the networks of the FSGAN swap, loaded once per run.
// Layer 5, Torch only.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/base/provenance.h"
#include "common/nets/net_runner.h"
#include "generator/methods/fsgan/fsgan_options.h"

namespace changeling {

/// Networks by their part; null where the options do without.
struct FsganNets {
  std::unique_ptr<NetRunner> reenactment;     ///< G_r: view, landmark maps -> I_r
  std::unique_ptr<NetRunner> segmentation;    ///< G_s: image -> logits of background, face, hair
  std::unique_ptr<NetRunner> inpainting;      ///< G_c: I_r, target mask -> completed face
  std::unique_ptr<NetRunner> blending;        ///< G_b: transfer, target, mask -> blended face
  std::vector<ProvenanceModel> models;        ///< of those that are there; role "fsgan_" + part
  Precision precision = Precision::kFloat32;  ///< that they run in
};

/// "reenactment", "segmentation", "inpainting", "blending": the files `<role>.safetensors` that
/// these options need, in this order.
[[nodiscard]] std::vector<std::string> needed_nets(const FsganOptions& options);

/// Whether G_r also gets the view bent onto the target's landmarks (mesh_warp.h).
[[nodiscard]] bool starts_from_mesh_warp(const NetInfo& info);

/// What a file of this role must say about itself under these options; width, depth and kind are
/// free. notes["prior"] decides whether G_r starts from a mesh warp (mesh_warp.h), G_c and G_b from
/// the picture they are given (input_prior.h).
[[nodiscard]] NetInfo expected_net(const std::string& role, const FsganOptions& options,
                                   const NetInfo& found);

/// A network as these options run it.
[[nodiscard]] std::unique_ptr<NetRunner> make_fsgan_runner(const NetWeights& weights,
                                                           const FsganOptions& options);

/// Reads the needed networks of a folder. Throws Error(kModel) naming the missing file and how to
/// get one, whatever read_net_weights refuses, and every mismatch with both values.
[[nodiscard]] FsganNets load_fsgan_nets(const std::filesystem::path& folder,
                                        const FsganOptions& options);

/// The same from memory; every needed role must be among them.
[[nodiscard]] FsganNets prepare_fsgan_nets(const std::vector<NetWeights>& weights,
                                           const FsganOptions& options);

/// Untrained networks of the four roles, 68 landmarks, width `ngf` (G_s: feature scale so that it
/// is about as wide): they swap nothing, and their description says so.
[[nodiscard]] std::vector<NetWeights> random_fsgan_weights(int ngf, int resolution_px,
                                                           double crop_scale, std::uint64_t seed);

}  // namespace changeling
