// tests/support/net_cost_table.h: parameters and multiply-adds that the reference networks have,
// beside those that the architectures count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace changeling {

struct NetCostRow {
  std::string name;             ///< "G_r v2, 68 landmarks"
  std::int64_t parameters = 0;  ///< of the reference; 0 = this row is about cost only
  double gmac = 0;              ///< of the reference, as printed; 0 = this row is about size only
  double gmac_rounding = 0;     ///< half a unit of its last printed digit
  std::int64_t counted_parameters = 0;
  double counted_gmac = 0;

  [[nodiscard]] bool holds() const;
  [[nodiscard]] std::string text() const;
};

std::vector<NetCostRow> net_cost_table();

}  // namespace changeling
