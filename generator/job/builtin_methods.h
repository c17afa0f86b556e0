// generator/job/builtin_methods.h: every swap method of the program, by name. Layer 7.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/cli/config.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// The methods of a run and what each makes.
class MethodSet {
 public:
  /// Where a variant comes from.
  struct Entry {
    const SwapMethod* method = nullptr;
    std::size_t index = 0;  ///< into the method's variants and results
    SwapMethod::Variant variant;
  };

  explicit MethodSet(std::vector<std::unique_ptr<SwapMethod>> methods);

  /// In the order of the methods.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  [[nodiscard]] std::vector<SwapMethod::Variant> variants() const;

  /// Throws Error(kInternal) for a name that is not in the set.
  [[nodiscard]] const Entry& find(std::string_view name) const;

  /// The other variants of the method that makes `name`: one pass gives them all.
  [[nodiscard]] std::vector<std::string> made_with(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<SwapMethod>> methods_;
  std::vector<Entry> entries_;
};

/// Makes the methods of `generate.method` with their options, sorted by name, each once. Throws
/// Error(kConfig) for none.
[[nodiscard]] MethodSet make_methods(const Config& config);

}  // namespace changeling
