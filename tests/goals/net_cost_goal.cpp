// Goal F2: parameters and multiply-adds of the networks beside those of the reference.
#include <cstdio>

#include "tests/support/net_cost_table.h"

int main() {
  const auto rows = changeling::net_cost_table();
  std::size_t equal = 0;
  for (const changeling::NetCostRow& row : rows) {
    std::printf("%s %s\n", row.holds() ? "equal " : "DIFFER", row.text().c_str());
    equal += row.holds() ? 1 : 0;
  }
  const bool holds = equal == rows.size();
  std::printf("F2 %s: %zu of %zu rows equal\n", holds ? "holds" : "does not hold", equal,
              rows.size());
  return holds ? 0 : 4;
}
