#include "common/cli/yaml_settings.h"

#include <map>
#include <system_error>

#include <yaml-cpp/yaml.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kMaxDepth = 16;
constexpr std::uintmax_t kMaxBytes = 1 << 20;

/// Walks one document; yaml-cpp keeps both entries of a key that stands twice, so they are seen
/// here.
class Flattener {
 public:
  explicit Flattener(std::string file) : file_(std::move(file)) {}

  YamlSettings run(const YAML::Node& root) {
    if (root.IsNull()) {
      return {};
    }
    if (!root.IsMap()) {
      fail(root, "the file is not a mapping of keys to values");
    }
    add_map(root, "", 0);
    return std::move(found_);
  }

 private:
  static int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

  [[noreturn]] void fail(const YAML::Node& node, const std::string& message) const {
    throw Error(ErrorKind::kConfig,
                message + " (" + file_ + ":" + std::to_string(line_of(node)) + ")");
  }

  void add_map(const YAML::Node& map, const std::string& prefix, int depth) {
    if (depth >= kMaxDepth) {
      fail(map, "settings are nested more than " + std::to_string(kMaxDepth) + " levels deep");
    }
    for (const auto& entry : map) {
      if (!entry.first.IsScalar() || entry.first.Scalar().empty()) {
        fail(entry.first, "a key is not a word");
      }
      const std::string key = prefix + entry.first.Scalar();
      if (key == "extends") {
        remember(key, entry.first);
        add_extends(entry.second);
      } else if (entry.second.IsMap()) {
        remember(key, entry.first);
        add_map(entry.second, key + ".", depth + 1);
      } else {
        remember(key, entry.first);
        add_leaf(key, entry.first, entry.second);
      }
    }
  }

  /// An alias repeats what it names, so that a short file may hold more than memory does. Keys
  /// are counted with those above them, so the bar is higher than a file's.
  void count(std::size_t bytes, const YAML::Node& where) {
    constexpr std::uintmax_t kMostWritten = 4 * kMaxBytes;
    bytes_ += bytes;
    if (bytes_ > kMostWritten) {
      fail(where, "the settings are longer than 4 MiB with their aliases written out");
    }
  }

  void remember(const std::string& key, const YAML::Node& where) {
    count(key.size(), where);
    const auto [entry, is_new] = first_lines_.emplace(key, line_of(where));
    if (!is_new) {
      fail(where, "key '" + key + "' stands twice, first in line " + std::to_string(entry->second));
    }
  }

  void add_leaf(const std::string& key, const YAML::Node& name, const YAML::Node& value) {
    YamlSetting setting;
    setting.key = key;
    setting.line = line_of(name);
    if (value.IsNull() || !value.IsDefined()) {
      fail(name, "key '" + key + "' has no value: write one or remove the line");
    }
    setting.is_list = value.IsSequence();
    if (value.IsScalar()) {
      setting.text = value.Scalar();
      count(setting.text.size(), name);
    } else {
      setting.text = joined(key, value);
    }
    found_.settings.push_back(std::move(setting));
  }

  std::string joined(const std::string& key, const YAML::Node& list) {
    std::string text;
    for (const YAML::Node& item : list) {
      if (!item.IsScalar() || item.Scalar().empty()) {
        fail(item, "an item of the list '" + key + "' is not a word or number");
      }
      if (item.Scalar().find(',') != std::string::npos) {
        fail(item, "an item of the list '" + key + "' contains a comma");
      }
      count(item.Scalar().size(), item);
      text += (text.empty() ? "" : ",") + item.Scalar();
    }
    return text;
  }

  void add_extends(const YAML::Node& value) {
    if (value.IsScalar()) {
      found_.extends.emplace_back(value.Scalar());
      return;
    }
    if (!value.IsSequence()) {
      fail(value, "'extends' names no file");
    }
    for (const YAML::Node& item : value) {
      if (!item.IsScalar()) {
        fail(item, "'extends' names no file");
      }
      count(item.Scalar().size(), item);
      found_.extends.emplace_back(item.Scalar());
    }
  }

  std::string file_;
  std::uintmax_t bytes_ = 0;  ///< of keys and values found
  YamlSettings found_;
  std::map<std::string, int> first_lines_;
};

}  // namespace

YamlSettings read_yaml_settings(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed)) {
    throw Error(ErrorKind::kInput,
                "cannot open configuration file '" + file.string() + "'" +
                    (std::filesystem::is_directory(file, failed) ? ": it is a folder" : ""));
  }
  if (std::filesystem::file_size(file, failed) > kMaxBytes) {
    throw Error(ErrorKind::kConfig,
                "configuration file '" + file.string() + "' is longer than 1 MiB");
  }
  const std::string text = read_file(file);
  YAML::Node root;
  try {
    root = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw Error(ErrorKind::kConfig, "damaged YAML (" + file.string() + ":" +
                                        std::to_string(error.mark.line + 1) + "): " + error.msg);
  }
  return Flattener(file.string()).run(root);
}

}  // namespace changeling
