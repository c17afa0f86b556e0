#include "tests/support/net_cost_table.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "common/nets/architectures.h"
#include "common/nets/layer_counter.h"
#include "tests/support/net_fill.h"

namespace changeling {
namespace {

/// A printed figure: 305.1 stands for everything that rounds to it.
struct Printed {
  double value;
  int decimals;
};

class Table {
 public:
  void add(const std::string& name, const NetInfo& info, std::int64_t parameters, Printed gmac,
           std::int64_t resolution_px = 256, int levels = 0) {
    add_counted(name, parameters, parameter_count(info), gmac,
                mac_count(info, resolution_px, levels));
  }

  void add_size(const std::string& name, const NetInfo& info, std::int64_t parameters) {
    add_counted(name, parameters, parameter_count(info), {0, 0}, 0);
  }

  /// A row about cost alone.
  void add_macs(const std::string& name, Printed gmac, std::int64_t macs) {
    add_counted(name, 0, 0, gmac, macs);
  }

  std::vector<NetCostRow> take() { return std::move(rows_); }

 private:
  void add_counted(const std::string& name, std::int64_t parameters, std::int64_t counted,
                   Printed gmac, std::int64_t macs) {
    rows_.push_back({name, parameters, gmac.value, 0.5 * std::pow(10, -gmac.decimals), counted,
                     static_cast<double>(macs) * 1e-9});
  }

  std::vector<NetCostRow> rows_;
};

void add_full_generators(Table& table) {
  const auto base_stage = [&](const std::string& name, const NetInfo& info, double gmac) {
    table.add_macs(name + ", base at 128", {gmac, 1}, mac_count(info, 128, 1));
  };
  const NetInfo gr98 = ms_res_unet_info(101, 128);
  const NetInfo gr68 = ms_res_unet_info(71, 128);
  const NetInfo gc = ms_res_unet_info(4, 128);
  const NetInfo gb = ms_res_unet_info(7, 128);
  table.add("G_r v2, 98 landmarks", gr98, 76'003'840, {305.1, 1});
  base_stage("G_r v2, 98 landmarks", gr98, 205.0);
  table.add("G_r v2, 68 landmarks", gr68, 75'439'360, {286.6, 1});
  base_stage("G_r v2, 68 landmarks", gr68, 198.8);
  table.add("G_r v2 split, 98 landmarks", ms_res_unet_info(101, 128, {2, 2, 2, 2}, {3, 3}),
            76'060'288, {306.3, 1});
  table.add("G_r v2 split, 68 landmarks", ms_res_unet_info(71, 128, {2, 2, 2, 2}, {3, 3}),
            75'495'808, {287.8, 1});
  table.add("G_c v2", gc, 74'178'688, {245.3, 1});
  base_stage("G_c v2", gc, 185.0);
  table.add("G_b v2", gb, 74'235'136, {247.1, 1});
  base_stage("G_b v2", gb, 185.7);
  const NetKind v1 = NetKind::kMsResUnetV1;
  table.add("G_r v1", ms_res_unet_info(71, 128, {2, 0, 2, 3}, {3, 3}, v1), 94'669'184, {283.0, 1});
  table.add("G_c v1", ms_res_unet_info(4, 128, {2, 0, 2, 3}, {3}, v1), 93'352'064, {240.5, 1});
  table.add("G_b v1", ms_res_unet_info(7, 128, {1, 0, 1, 1}, {3}, v1), 49'750'272, {165.0, 1});
}

void add_scaled_generators(Table& table) {
  struct Cost {
    std::int64_t parameters;
    Printed gmac;
  };

  struct Profile {
    int ngf;
    Cost gr98, gr68, gc, gb;
  };

  // G_c at 8 is 1.1749; the reference table has 1.18, rounded from 1.175.
  const std::vector<Profile> profiles = {
      {4, {134'192, {2.22, 2}}, {116'552, {1.64, 2}}, {77'156, {0.35, 2}}, {78'920, {0.41, 2}}},
      {8, {412'960, {4.91, 2}}, {377'680, {3.76, 2}}, {298'888, {1.175, 3}}, {302'416, {1.29, 2}}},
      {16,
       {1'404'224, {11.7, 1}},
       {1'333'664, {9.40, 2}},
       {1'176'080, {4.24, 2}},
       {1'183'136, {4.47, 2}}}};
  for (const Profile& profile : profiles) {
    const std::string width = ", ngf " + std::to_string(profile.ngf);
    const auto add = [&](const std::string& name, int in, const Cost& cost) {
      table.add(name + width, ms_res_unet_info(in, profile.ngf), cost.parameters, cost.gmac);
    };
    add("G_r v2, 98 landmarks", 101, profile.gr98);
    add("G_r v2, 68 landmarks", 71, profile.gr68);
    add("G_c v2", 4, profile.gc);
    add("G_b v2", 7, profile.gb);
  }
}

void add_others(Table& table) {
  const auto unet = [](int scale) { return net_info(NetKind::kSegUnet, 64 / scale, {3}); };
  table.add("G_s, feature scale 1", unet(1), 28'950'851, {48.2, 1});
  table.add("G_s, feature scale 2", unet(2), 7'241'891, {12.1, 1});
  table.add("G_s, feature scale 4", unet(4), 1'812'563, {3.03, 2});
  table.add("G_s, feature scale 8", unet(8), 454'187, {0.77, 2});
  table.add("G_s, feature scale 16", unet(16), 114'071, {0.20, 2});
  table.add_size("D, ndf 64", net_info(NetKind::kPatchDiscriminator, 64, {1}), 5'533'058);
  table.add_size("D, ndf 8", net_info(NetKind::kPatchDiscriminator, 8, {1}), 89'522);
  table.add("Hopenet", net_info(NetKind::kHopenet, 64, {66, 66, 66}, 224), 23'919'890, {4.1, 1},
            224);
  const NetInfo vgg = net_info(NetKind::kVgg19Bn, 64, {});
  table.add_size("VGG-19-BN, features", vgg, 20'035'392);
  LayerCounter counter;
  (void)build_vgg19_taps(counter, vgg, input_features(vgg, 256, 1).front());
  table.add_macs("VGG-19-BN, up to conv4_1", {15.8, 1}, counter.macs());
}

}  // namespace

bool NetCostRow::holds() const {
  const bool cost_holds = gmac == 0 || std::abs(counted_gmac - gmac) <= gmac_rounding * 1.0001;
  return counted_parameters == parameters && cost_holds;
}

std::string NetCostRow::text() const {
  std::array<char, 200> line{};
  (void)std::snprintf(line.data(), line.size(),
                      "%-38s %11lld = %11lld parameters, %8.3f = %7.3f GMAC", name.c_str(),
                      static_cast<long long>(counted_parameters),
                      static_cast<long long>(parameters), counted_gmac, gmac);
  return line.data();
}

std::vector<NetCostRow> net_cost_table() {
  Table table;
  add_full_generators(table);
  add_scaled_generators(table);
  add_others(table);
  return table.take();
}

}  // namespace changeling
