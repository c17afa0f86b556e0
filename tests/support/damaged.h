// tests/support/damaged.h: bytes as a bad disk or a bad sender hands them over.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/rng.h"

namespace changeling {

/// Overwrites, removes, repeats or cuts off a few stretches of `bytes`.
inline std::string damaged(std::string bytes, CounterRng& rng) {
  for (std::uint64_t edits = 1 + rng.below(3); edits > 0 && !bytes.empty(); --edits) {
    const std::size_t at = rng.below(bytes.size());
    const std::size_t length = 1 + rng.below(12);
    switch (rng.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(rng.below(256));
        break;
      case 1:
        bytes.erase(at, length);
        break;
      case 2:
        bytes.insert(at, bytes.substr(rng.below(bytes.size()), length));
        break;
      default:
        bytes.resize(at);
        break;
    }
  }
  return bytes;
}

}  // namespace changeling
