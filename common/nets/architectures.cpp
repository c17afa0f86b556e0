#include "common/nets/architectures.h"

#include "common/base/error.h"

namespace changeling {

int input_level_count(NetKind kind) {
  switch (kind) {
    case NetKind::kMsResUnetV2:
    case NetKind::kMsResUnetV1:
    case NetKind::kPatchDiscriminator:
      return 2;
    case NetKind::kSegUnet:
    case NetKind::kHopenet:
    case NetKind::kVgg19:
    case NetKind::kVgg19Bn:
      return 1;
  }
  return 1;
}

std::vector<Feature> build_network(Layers& layers, const NetInfo& info,
                                   const std::vector<Feature>& levels) {
  CHANGELING_REQUIRE(
      !levels.empty() && levels.size() <= static_cast<std::size_t>(input_level_count(info.kind)),
      "the network takes another number of input levels");
  switch (info.kind) {
    case NetKind::kMsResUnetV2:
    case NetKind::kMsResUnetV1:
      return build_ms_res_unet(layers, info, levels);
    case NetKind::kPatchDiscriminator:
      return build_patch_discriminator(layers, info, levels);
    case NetKind::kSegUnet:
      return {build_seg_unet(layers, info, levels.front())};
    case NetKind::kHopenet:
      return build_hopenet(layers, info, levels.front());
    case NetKind::kVgg19:
    case NetKind::kVgg19Bn:
      return {build_vgg19(layers, info, levels.front())};
  }
  return {};
}

}  // namespace changeling
