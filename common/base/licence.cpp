#include "common/base/licence.h"

#include <algorithm>
#include <cctype>

namespace changeling {

bool forbids_redistribution(const std::string& licence) {
  const auto equal_letters = [](char text, char lower) {
    return std::tolower(static_cast<unsigned char>(text)) == lower;
  };
  return std::search(licence.begin(), licence.end(), kNotRedistributable.begin(),
                     kNotRedistributable.end(), equal_letters) != licence.end();
}

}  // namespace changeling
