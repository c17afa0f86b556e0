// tests/fuzz/safetensors_fuzz.cpp: libFuzzer target for the safetensors reader; see script/fuzz.
// An input whose first byte is odd is a header with its data behind the first NUL byte, and gets
// the right length in front; any other is taken as the file itself.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/safetensors_check.h"

namespace {

std::string file_of(const std::string& input) {
  if (input.empty() || (static_cast<unsigned char>(input[0]) & 1U) == 0) {
    return input;
  }
  const std::string rest = input.substr(1);
  const std::size_t end = std::min(rest.find('\0'), rest.size());
  return changeling::with_length(rest.substr(0, end), rest.substr(std::min(end + 1, rest.size())));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string input(bytes, bytes + size);
  if (const auto violation = changeling::safetensors_violation(file_of(input))) {
    std::fprintf(stderr, "%s\n", violation->c_str());
    std::abort();
  }
  return 0;
}
