// common/cli/yaml_settings.h: a YAML file as a flat list of settings with line numbers. Layer 1.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace changeling {

/// One leaf of the file.
struct YamlSetting {
  std::string key;   ///< "generate.max_frames"
  std::string text;  ///< the scalar as written; list items joined by commas
  int line = 0;      ///< 1-based
  bool is_list = false;
};

struct YamlSettings {
  std::vector<std::filesystem::path> extends;  ///< as written, in order
  std::vector<YamlSetting> settings;           ///< in file order, keys unique
};

/// Reads mappings of scalars and lists of scalars, at most 16 levels deep and 1 MiB long, 4 MiB
/// with every alias written out. Throws Error(kInput) when the file cannot be read, Error(kConfig)
/// with file and line for damaged YAML, a key that stands twice, a key without a value, nested
/// lists, or a list item with a comma.
[[nodiscard]] YamlSettings read_yaml_settings(const std::filesystem::path& file);

}  // namespace changeling
