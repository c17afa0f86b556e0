#include "generator/job/builtin_methods.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "generator/job/fsgan_config.h"
#include "generator/methods/fsgan/fsgan_method.h"
#include "generator/methods/mesh_swap/mesh_swap_method.h"
#include "generator/methods/self_blend/self_blend_method.h"

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

std::unique_ptr<SwapMethod> make_self_blend(const Config& config) {
  SelfBlendOptions options;
  options.min_face_px = static_cast<float>(config.get_int("self_blend.min_face_px"));
  options.min_track_frames = static_cast<int>(config.get_int("self_blend.min_track_frames"));
  return std::make_unique<SelfBlendMethod>(options);
}

}  // namespace

MethodSet::MethodSet(std::vector<std::unique_ptr<SwapMethod>> methods)
    : methods_(std::move(methods)) {
  for (const std::unique_ptr<SwapMethod>& method : methods_) {
    std::size_t index = 0;
    for (SwapMethod::Variant& variant : method->variants()) {
      entries_.push_back({method.get(), index++, std::move(variant)});
    }
  }
}

std::vector<SwapMethod::Variant> MethodSet::variants() const {
  std::vector<SwapMethod::Variant> variants;
  for (const Entry& entry : entries_) {
    variants.push_back(entry.variant);
  }
  return variants;
}

const MethodSet::Entry& MethodSet::find(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [name](const Entry& entry) {
    return entry.variant.name == name;
  });
  CHANGELING_REQUIRE(found != entries_.end(), "no method makes '" + std::string(name) + "'");
  return *found;
}

std::vector<std::string> MethodSet::made_with(std::string_view name) const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) {
    if (entry.method == find(name).method && entry.variant.name != name) {
      names.push_back(entry.variant.name);
    }
  }
  return names;
}

MethodSet make_methods(const Config& config) {
  const std::vector<std::string> listed = config.get_list("generate.method");
  const std::set<std::string> names(listed.begin(), listed.end());
  std::vector<std::unique_ptr<SwapMethod>> methods;
  std::vector<Rung> rungs;
  for (const std::string& name : names) {
    if (const std::optional<Rung> rung = rung_of(name)) {
      rungs.push_back(*rung);
    }
  }
  if (!rungs.empty()) {
    methods.push_back(make_fsgan(config, std::move(rungs)));
  }
  if (names.count("mesh_swap") > 0) {
    methods.push_back(make_mesh_swap(config));
  }
  if (names.count("self_blend") > 0) {
    methods.push_back(make_self_blend(config));
  }
  if (methods.empty()) {
    throw Error(ErrorKind::kConfig, "generate.method names no method");
  }
  return MethodSet(std::move(methods));
}

}  // namespace changeling
