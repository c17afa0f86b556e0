#include "tests/fuzz/hostile_reader.h"

namespace changeling {

const std::vector<HostileReader>& hostile_readers() {
  static const std::vector<HostileReader> readers = [] {
    std::vector<HostileReader> all;
    for (const auto& part :
         {weights_readers(), config_readers(), list_readers(), label_readers(), pack_readers()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return readers;
}

}  // namespace changeling
