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

/// What happens to keys of groups that no option of the table belongs to ("sample.*" in the
/// generator).
enum class UnknownGroups { kRefuse, kSkip };

/// Resolved values of all known keys. Immutable for its readers.
class Config {
 public:
  struct Value {
    std::string text;  ///< canonical scalar; lists joined by commas
    std::string
        origin;  ///< "default", "configs/demo.yaml:12", "CHANGELING_SEED", "--set", "--seed"
  };

  /// Starts from the defaults of `options` (global ones and those of every verb: one namespace of
  /// keys). Throws Error(kInternal) when a default does not fit its option.
  explicit Config(const std::vector<Option>& options,
                  UnknownGroups unknown_groups = UnknownGroups::kRefuse);

  /// Applies a YAML file and what it `extends:` (relative to the file). Unknown keys, wrong types
  /// and values out of range throw Error(kConfig) naming file, line and the nearest known key; a
  /// missing file throws Error(kInput).
  void apply_file(const std::filesystem::path& file);

  /// Applies `CHANGELING_GROUP__KEY=value` entries. Names that are no keys are ignored (debug log):
  /// see reserved_environment_names.
  void apply_environment(char** environment);

  /// `key=value`.
  void apply_setting(std::string_view assignment, std::string_view origin);

  // Typed reads. Each throws Error(kInternal) for an unknown key or another type, Error(kConfig)
  // when a value is unset; an unset list is empty. An empty text counts as unset.
  [[nodiscard]] bool get_bool(std::string_view key) const;
  [[nodiscard]] std::int64_t get_int(std::string_view key) const;
  [[nodiscard]] double get_double(std::string_view key) const;
  [[nodiscard]] std::string get_string(std::string_view key) const;  ///< also kEnum
  [[nodiscard]] std::string get_text(std::string_view key) const;    ///< empty where unset
  [[nodiscard]] std::filesystem::path get_path(std::string_view key) const;
  /// Paths that must name a file, or a folder, that is there. Throw Error(kConfig) with key, origin
  /// and absolute path where none is.
  [[nodiscard]] std::filesystem::path get_file(std::string_view key) const;
  [[nodiscard]] std::filesystem::path get_folder(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> get_list(std::string_view key) const;
  [[nodiscard]] bool is_set(std::string_view key) const;

  [[nodiscard]] const std::map<std::string, Value, std::less<>>& values() const { return values_; }

  [[nodiscard]] const std::map<std::string, Option, std::less<>>& options() const {
    return options_;
  }

  /// Nested JSON, sorted keys, of the keys under the given prefixes (all when empty): stored with a
  /// run.
  [[nodiscard]] std::string to_json(const std::vector<std::string>& prefixes = {}) const;
  /// SHA-256 of to_json(prefixes).
  [[nodiscard]] Digest digest(const std::vector<std::string>& prefixes = {}) const;

 private:
  void apply_file_chain(const std::filesystem::path& file,
                        std::vector<std::filesystem::path>& open_files);
  void set(const std::string& key, const std::string& text, const std::string& origin);
  [[nodiscard]] bool is_foreign(std::string_view key) const;
  [[nodiscard]] const std::string& text_of(std::string_view key, OptionType type) const;
  [[noreturn]] void fail_missing(std::string_view key, std::string_view what) const;

  UnknownGroups unknown_groups_;
  std::map<std::string, Option, std::less<>> options_;
  std::map<std::string, Value, std::less<>> values_;
};

/// CHANGELING_ variables that are no configuration keys: CHANGELING_ASSETS_DIR (fetched assets),
/// CHANGELING_DATA_DIR (shared data folder, tests), CHANGELING_EXEC_PATH (heavy programs),
/// CHANGELING_TARBALL_DIR (bootstrap), CHANGELING_KEEP (goals).
[[nodiscard]] const std::vector<std::string>& reserved_environment_names();

}  // namespace changeling
