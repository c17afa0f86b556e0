// tests/support/peak_memory.h: how much memory a stretch of this process takes at most.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace changeling {

/// Makes the peak start anew. False where the kernel does not allow it.
inline bool reset_peak_memory() {
  std::ofstream clear("/proc/self/clear_refs");
  clear << 5;
  clear.close();
  return clear.good();
}

/// Resident bytes at most since then; 0 where the kernel does not tell.
inline std::int64_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmHWM:") {
      std::int64_t kib = 0;
      status >> kib;
      return kib * 1024;
    }
  }
  return 0;
}

}  // namespace changeling
