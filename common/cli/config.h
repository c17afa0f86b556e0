// common/cli/config.h: layered configuration with the origin of every value. Layer 1.
// Low to high: built-in defaults < XDG system and user files < project file (`extends:`) <
// CHANGELING_* environment (`__` for nesting) < --config files in order < --set and flags.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "common/cli/option_table.h"

namespace changeling {

/// Resolved values of all known keys. Immutable for its readers.
class Config {
 public:
  struct Value {
    std::string text;    ///< canonical scalar; lists joined by commas
    std::string origin;  ///< "default", "configs/demo.yaml:12", "CHANGELING_SEED", "--set", "--seed"
  };

  /// Starts from the defaults of `options` (global ones and those of every verb: one namespace of keys).
  explicit Config(const std::vector<Option>& options);

  /// Applies a YAML file and what it `extends:`. Unknown keys, wrong types and values out of range throw
  /// Error(kConfig) naming file, line and the nearest known key.
  void apply_file(const std::filesystem::path& file);
  void apply_environment(char** environment);
  /// `key=value`.
  void apply_setting(std::string_view assignment, std::string_view origin);

  // Typed reads. Each throws Error(kInternal) for an unknown key, Error(kConfig) when a value is unset.
  [[nodiscard]] bool get_bool(std::string_view key) const;
  [[nodiscard]] std::int64_t get_int(std::string_view key) const;
  [[nodiscard]] double get_double(std::string_view key) const;
  [[nodiscard]] std::string get_string(std::string_view key) const;
  [[nodiscard]] std::filesystem::path get_path(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> get_list(std::string_view key) const;
  [[nodiscard]] bool is_set(std::string_view key) const;

  [[nodiscard]] const std::map<std::string, Value, std::less<>>& values() const { return values_; }

  /// Nested JSON, sorted keys, of the keys under the given prefixes (all when empty): stored with a run.
  [[nodiscard]] std::string to_json(const std::vector<std::string>& prefixes = {}) const;
  /// SHA-256 of to_json(prefixes).
  [[nodiscard]] Digest digest(const std::vector<std::string>& prefixes = {}) const;

 private:
  std::map<std::string, Option, std::less<>> options_;
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace changeling
