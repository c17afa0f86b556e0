// The memory of a pretended card (pretended_card.cpp): it lies in the process, and a touch of it
// outside an operation on the card ends the program with a backtrace, as reading a GPU's memory
// from the host would.
#pragma once

#include <c10/core/Allocator.h>

namespace changeling {

/// Never fails before 16 GiB are in use; freed blocks are given out again.
c10::Allocator* pretended_memory();

/// While one lives the memory can be touched, from all threads.
class OpenMemory {
 public:
  OpenMemory();
  ~OpenMemory();
  OpenMemory(const OpenMemory&) = delete;
  OpenMemory& operator=(const OpenMemory&) = delete;
};

}  // namespace changeling
