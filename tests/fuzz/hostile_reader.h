// tests/fuzz/hostile_reader.h: every reader of bytes from outside, and what must hold for any
// bytes. Shared by the fuzzer (reader_fuzz.cpp) and by the mutation test.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace changeling {

/// An accepted input that breaks what the reader promises.
class BrokenPromise : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws BrokenPromise.
inline void expect(bool holds, const char* promise) {
  if (!holds) {
    throw BrokenPromise(promise);
  }
}

struct HostileReader {
  std::string name;                                    ///< of the fuzz target
  std::vector<ErrorKind> refusals;                     ///< the kinds of Error that it may throw
  std::vector<std::string> seeds;                      ///< sound inputs
  std::function<void(const std::string& bytes)> read;  ///< throws Error, BrokenPromise
};

/// All that a program has, names unique: hostile_list.cpp, or torch_readers.cpp for those that need
/// LibTorch, of which there is no libFuzzer program.
[[nodiscard]] const std::vector<HostileReader>& hostile_readers();

// The list in parts, by what is read.
[[nodiscard]] std::vector<HostileReader> weights_readers();
[[nodiscard]] std::vector<HostileReader> config_readers();
[[nodiscard]] std::vector<HostileReader> list_readers();
[[nodiscard]] std::vector<HostileReader> label_readers();
[[nodiscard]] std::vector<HostileReader> pack_readers();

/// Reads `bytes`: nothing, or what went wrong. Exceptions other than Error are the caller's to
/// report.
[[nodiscard]] std::optional<std::string> violation(const HostileReader& reader,
                                                   const std::string& bytes);

/// A place below a temporary folder of this process, for readers that take a path.
[[nodiscard]] std::filesystem::path scratch_path(const std::string& name);

/// The same with these bytes in it; overwrites.
[[nodiscard]] std::filesystem::path scratch_file(const std::string& name, std::string_view bytes);

}  // namespace changeling
