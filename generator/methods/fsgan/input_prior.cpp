#include "generator/methods/fsgan/input_prior.h"

#include <ATen/ATen.h>

#include "common/face/mesh_warp.h"

namespace changeling {

std::string prior_of(const NetInfo& info) {
  const auto prior = info.notes.find("prior");
  return prior != info.notes.end() ? prior->second : std::string();
}

bool starts_from_input(const NetInfo& info) {
  return prior_of(info) == kInputPrior;
}

at::Tensor stage_image(const NetInfo& info, const at::Tensor& input, const at::Tensor& heads) {
  return starts_from_input(info) ? blend_with_prior(input.narrow(1, 0, 3), heads)
                                 : heads.narrow(1, 0, 3);
}

}  // namespace changeling
