#include "common/cli/config.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/cli/option_value.h"
#include "common/cli/suggestion.h"
#include "common/cli/yaml_settings.h"

namespace changeling {
namespace {

constexpr std::string_view kEnvironmentPrefix = "CHANGELING_";

/// "CHANGELING_GENERATE__MAX_FRAMES" -> "generate.max_frames".
std::string key_of_variable(std::string_view name) {
  name.remove_prefix(kEnvironmentPrefix.size());
  std::string key;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i, 2) == "__") {
      key += '.';
      ++i;
    } else {
      key += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
  }
  return key;
}

std::vector<std::string> names_of(const std::map<std::string, Option, std::less<>>& options) {
  std::vector<std::string> names;
  for (const auto& entry : options) {
    names.push_back(entry.first);
  }
  return names;
}

bool has_prefix(std::string_view key, const std::vector<std::string>& prefixes) {
  return prefixes.empty() ||
         std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
           return key == prefix || key.substr(0, prefix.size() + 1) == prefix + ".";
         });
}

template <typename Number>
Number number_from(const std::string& canonical) {
  Number value{};
  std::from_chars(canonical.data(), canonical.data() + canonical.size(), value);
  return value;
}

nlohmann::json typed_value(OptionType type, const std::string& text) {
  switch (type) {
    case OptionType::kBool:
      return text == "true";
    case OptionType::kInt:
      return number_from<std::int64_t>(text);
    case OptionType::kDouble:
      return number_from<double>(text);
    case OptionType::kStringList:
      return split_list(text);
    case OptionType::kString:
    case OptionType::kPath:
    case OptionType::kEnum:
      break;
  }
  return text;
}

}  // namespace

Config::Config(const std::vector<Option>& options, UnknownGroups unknown_groups)
    : unknown_groups_(unknown_groups) {
  for (const Option& option : options) {
    if (option.key.empty()) {
      continue;
    }
    options_.emplace(option.key, option);
    if (option.default_value.empty()) {
      continue;
    }
    try {
      values_[option.key] = {canonical_value(option, option.default_value, "default"), "default"};
    } catch (const Error& error) {
      throw Error(ErrorKind::kInternal, error.what());
    }
  }
}

void Config::apply_file(const std::filesystem::path& file) {
  std::vector<std::filesystem::path> open_files;
  apply_file_chain(file, open_files);
}

void Config::apply_file_chain(const std::filesystem::path& file,
                              std::vector<std::filesystem::path>& open_files) {
  const std::filesystem::path real = std::filesystem::weakly_canonical(file);
  if (std::find(open_files.begin(), open_files.end(), real) != open_files.end()) {
    throw Error(ErrorKind::kConfig, "configuration file '" + file.string() +
                                        "' extends itself: 'extends' runs in a circle");
  }
  open_files.push_back(real);
  const YamlSettings content = read_yaml_settings(file);
  for (const std::filesystem::path& base : content.extends) {
    const std::filesystem::path extended = file.parent_path() / base;
    std::error_code failed;
    if (!std::filesystem::is_regular_file(extended, failed)) {
      throw Error(ErrorKind::kConfig, "cannot open configuration file '" + extended.string() +
                                          "', which '" + file.string() +
                                          "' extends (a path there starts at the folder of '" +
                                          file.filename().string() + "')");
    }
    apply_file_chain(extended, open_files);
  }
  open_files.pop_back();
  for (const YamlSetting& setting : content.settings) {
    const std::string where = file.string() + ":" + std::to_string(setting.line);
    const auto option = options_.find(setting.key);
    if (option != options_.end() && setting.is_list &&
        option->second.type != OptionType::kStringList) {
      throw Error(ErrorKind::kConfig,
                  setting.key + " (" + where + "): takes one value, not a list");
    }
    set(setting.key, setting.text, where);
  }
}

void Config::apply_environment(char** environment) {
  const std::vector<std::string>& reserved = reserved_environment_names();
  for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos ||
        text.substr(0, kEnvironmentPrefix.size()) != kEnvironmentPrefix) {
      continue;
    }
    const std::string name(text.substr(0, equals));
    const std::string key = key_of_variable(name);
    if (options_.count(key) > 0) {
      set(key, std::string(text.substr(equals + 1)), name);
    } else if (std::find(reserved.begin(), reserved.end(), name) == reserved.end()) {
      log_debug("environment variable is no configuration key", {{"name", name}});
    }
  }
}

void Config::apply_setting(std::string_view assignment, std::string_view origin) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw Error(ErrorKind::kConfig, std::string(origin) + ": '" + std::string(assignment) +
                                        "' is not of the form KEY=VALUE");
  }
  set(std::string(assignment.substr(0, equals)), std::string(assignment.substr(equals + 1)),
      std::string(origin));
}

bool Config::is_foreign(std::string_view key) const {
  const std::size_t dot = key.find('.');
  if (unknown_groups_ == UnknownGroups::kRefuse || dot == std::string_view::npos) {
    return false;
  }
  const std::string group(key.substr(0, dot + 1));
  const auto known = options_.lower_bound(group);
  return known == options_.end() || known->first.rfind(group, 0) != 0;
}

void Config::set(const std::string& key, const std::string& text, const std::string& origin) {
  const auto option = options_.find(key);
  if (option != options_.end()) {
    values_[key] = {canonical_value(option->second, text, origin), origin};
  } else if (!is_foreign(key)) {
    throw Error(ErrorKind::kConfig, "unknown configuration key '" + key + "' (" + origin + ")" +
                                        did_you_mean(key, names_of(options_)));
  }
}

const std::string& Config::text_of(std::string_view key, OptionType type) const {
  const auto option = options_.find(key);
  CHANGELING_REQUIRE(option != options_.end(), "no option has the key " + std::string(key));
  const OptionType stored =
      option->second.type == OptionType::kEnum ? OptionType::kString : option->second.type;
  CHANGELING_REQUIRE(stored == type, "key " + std::string(key) + " has another type");
  const auto value = values_.find(key);
  if (!is_set(key)) {
    const std::string flag = option->second.flag;
    throw Error(ErrorKind::kConfig,
                "no value for '" + std::string(key) + "': set it with --" +
                    (flag.empty() ? "set " + std::string(key) + "=VALUE" : flag));
  }
  return value->second.text;
}

bool Config::get_bool(std::string_view key) const {
  return text_of(key, OptionType::kBool) == "true";
}

std::int64_t Config::get_int(std::string_view key) const {
  return number_from<std::int64_t>(text_of(key, OptionType::kInt));
}

double Config::get_double(std::string_view key) const {
  return number_from<double>(text_of(key, OptionType::kDouble));
}

std::string Config::get_string(std::string_view key) const {
  return text_of(key, OptionType::kString);
}

std::string Config::get_text(std::string_view key) const {
  return is_set(key) ? get_string(key) : std::string();
}

std::filesystem::path Config::get_path(std::string_view key) const {
  return text_of(key, OptionType::kPath);
}

std::filesystem::path Config::get_file(std::string_view key) const {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(get_path(key), failed)) {
    fail_missing(key, "file");
  }
  return get_path(key);
}

std::filesystem::path Config::get_folder(std::string_view key) const {
  std::error_code failed;
  if (!std::filesystem::is_directory(get_path(key), failed)) {
    fail_missing(key, "folder");
  }
  return get_path(key);
}

void Config::fail_missing(std::string_view key, std::string_view what) const {
  const std::filesystem::path path = get_path(key);
  throw Error(ErrorKind::kConfig,
              std::string(key) + " (" + values_.find(key)->second.origin + "): no " +
                  std::string(what) + " '" + std::filesystem::absolute(path).string() + "'" +
                  (path.is_relative() ? " (a relative path starts at the working folder)" : ""));
}

std::vector<std::string> Config::get_list(std::string_view key) const {
  return is_set(key) ? split_list(text_of(key, OptionType::kStringList))
                     : std::vector<std::string>();
}

bool Config::is_set(std::string_view key) const {
  const auto option = options_.find(key);
  CHANGELING_REQUIRE(option != options_.end(), "no option has the key " + std::string(key));
  const auto value = values_.find(key);
  return value != values_.end() &&
         (option->second.type != OptionType::kString || !value->second.text.empty());
}

std::string Config::to_json(const std::vector<std::string>& prefixes) const {
  nlohmann::json document = nlohmann::json::object();
  for (const auto& [key, value] : values_) {
    if (!has_prefix(key, prefixes)) {
      continue;
    }
    std::string pointer = "/" + key;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    document[nlohmann::json::json_pointer(pointer)] =
        typed_value(options_.find(key)->second.type, value.text);
  }
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Digest Config::digest(const std::vector<std::string>& prefixes) const {
  return sha256(to_json(prefixes));
}

const std::vector<std::string>& reserved_environment_names() {
  static const std::vector<std::string> names = {"CHANGELING_ASSETS_DIR", "CHANGELING_DATA_DIR",
                                                 "CHANGELING_EXEC_PATH", "CHANGELING_TARBALL_DIR",
                                                 "CHANGELING_KEEP"};
  return names;
}

}  // namespace changeling
