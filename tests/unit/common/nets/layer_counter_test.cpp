// Parameters and multiply-adds of every network, full size and scaled down, as counted on the
// reference networks.
#include "common/nets/layer_counter.h"

#include <gtest/gtest.h>

#include "common/nets/architectures.h"
#include "tests/support/net_cost_table.h"
#include "tests/support/net_fill.h"

namespace changeling {
namespace {

TEST(LayerCounter, CountsTheParametersAndMultiplyAddsOfTheReference) {
  for (const NetCostRow& row : net_cost_table()) {
    EXPECT_TRUE(row.holds()) << row.text();
  }
}

TEST(LayerCounter, PatchMapsHaveTheSizesOfTheReference) {
  const NetInfo info = net_info(NetKind::kPatchDiscriminator, 64, {1});
  const std::vector<std::pair<std::int64_t, std::int64_t>> sizes = {
      {256, 35}, {128, 19}, {64, 11}, {32, 7}};
  for (const auto& [side, patches] : sizes) {
    LayerCounter counter;
    const auto maps = build_network(counter, info, input_features(info, side, 1));
    EXPECT_EQ(maps.at(0).height, patches);
    EXPECT_EQ(maps.at(0).width, patches);
  }
}

TEST(LayerCounter, CostGrowsWithTheNumberOfPixels) {
  const NetInfo info = ms_res_unet_info(71, 16);
  EXPECT_EQ(mac_count(info, 256), 4 * mac_count(info, 128));
  EXPECT_EQ(mac_count(info, 256), 16 * mac_count(info, 64));
}

TEST(LayerCounter, NamesEachTensorOnce) {
  const auto layout = tensor_layout(ms_res_unet_info(7, 4, {0, 0, 0, 0}, {3, 3}));
  std::vector<std::string> heads;
  for (const TensorSpec& spec : layout) {
    if (spec.name.find("out_conv") != std::string::npos) {
      heads.push_back(spec.name);
    }
  }
  EXPECT_EQ(heads, (std::vector<std::string>{
                       "enhancer1.out_conv1.1.weight", "enhancer1.out_conv2.1.weight",
                       "base.out_conv1.1.weight", "base.out_conv2.1.weight"}));
}

}  // namespace
}  // namespace changeling
