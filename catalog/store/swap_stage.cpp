#include "catalog/store/swap_stage.h"

#include <algorithm>

namespace changeling {
namespace {

constexpr std::string_view kAlone = "swap";
constexpr std::string_view kTogether = "swap (";

}  // namespace

std::string swap_stage(std::vector<std::string> methods) {
  if (methods.size() < 2) {
    return std::string(kAlone);
  }
  std::sort(methods.begin(), methods.end());
  std::string stage(kTogether);
  for (const std::string& method : methods) {
    stage += (stage.size() == kTogether.size() ? "" : ", ") + method;
  }
  return stage + ")";
}

bool is_swap_stage(std::string_view stage) {
  return stage == kAlone || stage.rfind(kTogether, 0) == 0;
}

}  // namespace changeling
