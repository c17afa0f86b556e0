#include "generator/job/builtin_methods.h"

#include "common/base/error.h"
#include "generator/methods/mesh_swap/mesh_swap_method.h"

namespace changeling {
namespace {

std::unique_ptr<SwapMethod> make_mesh_swap(const Config& config) {
  MeshSwapOptions options;
  options.min_face_px = static_cast<float>(config.get_int("mesh_swap.min_face_px"));
  options.min_track_frames = static_cast<int>(config.get_int("mesh_swap.min_track_frames"));
  options.max_pose_gap_deg = static_cast<float>(config.get_double("mesh_swap.max_pose_gap_deg"));
  options.max_views = static_cast<int>(config.get_int("mesh_swap.max_views"));
  return std::make_unique<MeshSwapMethod>(options);
}

}  // namespace

std::unique_ptr<SwapMethod> make_method(std::string_view name, const Config& config) {
  if (name == "mesh_swap") {
    return make_mesh_swap(config);
  }
  throw Error(ErrorKind::kConfig, "unknown method '" + std::string(name) + "' (known: mesh_swap)");
}

}  // namespace changeling
