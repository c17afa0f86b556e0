#include "common/cli/arguments.h"

#include <algorithm>
#include <cstddef>
#include <map>

#include <boost/program_options.hpp>

#include "common/base/error.h"
#include "common/cli/suggestion.h"

namespace changeling {
namespace {

namespace po = boost::program_options;

constexpr const char* kPositional = "(positional)";

/// Letters of the flags that have one.
std::string with_letter(const std::string& flag) {
  if (flag == "dry-run") {
    return flag + ",n";
  }
  return flag == "quiet" || flag == "verbose" ? flag + "," + flag.substr(0, 1) : flag;
}

/// The flags of one verb, for Boost and by name.
class FlagSet {
 public:
  explicit FlagSet(const std::vector<Option>& options) {
    description_.add_options()("help,h", "");
    description_.add_options()(kPositional, po::value<std::vector<std::string>>(), "");
    for (const Option& option : options) {
      add(option);
    }
  }

  [[nodiscard]] const po::options_description& description() const { return description_; }

  /// The option and, for kBool, the value that the spelling stands for.
  [[nodiscard]] FlagUse use_of(const std::string& name) const { return by_name_.at(name); }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names = {"help"};
    for (const auto& entry : by_name_) {
      names.push_back(entry.first);
    }
    return names;
  }

 private:
  void add(const Option& option) {
    if (option.flag.empty() || by_name_.count(option.flag) > 0) {
      return;
    }
    const std::string name = with_letter(option.flag);
    if (option.type != OptionType::kBool) {
      description_.add_options()(name.c_str(), po::value<std::vector<std::string>>(), "");
      by_name_[option.flag] = {option, ""};
      return;
    }
    const std::string negated = "no-" + option.flag;
    description_.add_options()(name.c_str(), "")(negated.c_str(), "");
    by_name_[option.flag] = {option, "true"};
    by_name_[negated] = {option, "false"};
  }

  po::options_description description_;
  std::map<std::string, FlagUse> by_name_;
};

[[noreturn]] void refuse(const std::vector<const Verb*>& verbs, const std::string& message) {
  throw Error(ErrorKind::kConfig, full_name(verbs) + ": " + message);
}

std::vector<std::string> names_of(const std::vector<Verb>& verbs) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) {
    names.push_back(verb.name);
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

/// How many words before the verb are global flags and their values.
std::size_t count_leading_flags(const std::vector<std::string>& words) {
  std::size_t i = 0;
  while (i < words.size() && words[i].size() > 1 && words[i][0] == '-' && words[i] != "--") {
    const std::string& word = words[i++];
    const auto takes_value = [&](const Option& option) {
      return option.type != OptionType::kBool && word == "--" + option.flag;
    };
    const std::vector<Option>& options = global_options();
    if (std::any_of(options.begin(), options.end(), takes_value) && i < words.size()) {
      ++i;
    }
  }
  return i;
}

/// Follows verbs as long as they match; returns the index of the first word behind them.
std::size_t follow_verbs(const std::vector<std::string>& words, std::size_t first,
                         std::vector<const Verb*>& verbs) {
  std::size_t i = first;
  while (i < words.size()) {
    const Verb* next = verbs.back()->find(words[i]);
    if (next == nullptr) {
      break;
    }
    verbs.push_back(next);
    ++i;
  }
  return i;
}

void check_verb_complete(const std::vector<const Verb*>& verbs,
                         const std::vector<std::string>& positionals) {
  const Verb& verb = *verbs.back();
  const bool runs_itself = !verb.positionals.empty() && !positionals.empty();
  if (verb.sub_verbs.empty() || runs_itself) {
    return;
  }
  const std::vector<std::string> names = names_of(verb.sub_verbs);
  if (positionals.empty()) {
    refuse(verbs, "the verb is missing, one of " + listed(names) + " (see '" + full_name(verbs) +
                      " --help')");
  }
  if (verb.find(positionals.front()) != nullptr) {
    refuse(verbs, "the verb '" + positionals.front() + "' must stand before '--'");
  }
  refuse(verbs,
         "unknown verb '" + positionals.front() + "'" + did_you_mean(positionals.front(), names));
}

void check_positionals(const std::vector<const Verb*>& verbs,
                       const std::vector<std::string>& given) {
  const std::vector<Positional>& wanted = verbs.back()->positionals;
  for (std::size_t i = given.size(); i < wanted.size(); ++i) {
    if (wanted[i].required) {
      refuse(verbs, wanted[i].name + " is missing (see '" + full_name(verbs) + " --help')");
    }
  }
  for (std::size_t i = 0; i < std::min(given.size(), wanted.size()); ++i) {
    if (given[i].empty()) {
      refuse(verbs, wanted[i].name + " is empty");
    }
  }
  const bool open_ended = !wanted.empty() && wanted.back().repeated;
  if (given.size() > wanted.size() && !open_ended) {
    refuse(verbs, "unexpected argument '" + given[wanted.size()] + "'");
  }
}

std::string without_dashes(const std::string& word) {
  const std::size_t first = word.find_first_not_of('-');
  const std::string name = first == std::string::npos ? word : word.substr(first);
  return name.substr(0, name.find('='));
}

po::parsed_options parse_with_boost(const std::vector<const Verb*>& verbs, const FlagSet& flags,
                                    const std::vector<std::string>& words) {
  using Style = po::command_line_style::style_t;
  const int style = Style::allow_long | Style::allow_short | Style::allow_dash_for_short |
                    Style::long_allow_adjacent | Style::long_allow_next |
                    Style::short_allow_adjacent | Style::short_allow_next | Style::allow_sticky;
  po::positional_options_description positional;
  positional.add(kPositional, -1);
  try {
    return po::command_line_parser(words)
        .options(flags.description())
        .positional(positional)
        .style(style)
        .run();
  } catch (const po::unknown_option& error) {
    const std::string typed = error.get_option_name();
    refuse(verbs, "unknown flag '" + typed + "'" +
                      did_you_mean(without_dashes(typed), flags.names(), "--"));
  } catch (const po::error_with_option_name& error) {
    refuse(verbs, "flag '" + error.get_option_name() + "': " + error.what());
  } catch (const po::error& error) {
    refuse(verbs, error.what());
  }
}

bool asks_for_help(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") {
      return false;
    }
    if (word == "-h" || word == "--help") {
      return true;
    }
  }
  return false;
}

/// `--color` decides how help looks, so it counts even when nothing else is parsed.
void keep_color(const std::vector<std::string>& words, Arguments& arguments) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool split = words[i] == "--color" && i + 1 < words.size();
    if (!split && words[i].rfind("--color=", 0) != 0) {
      continue;
    }
    for (const Option& option : global_options()) {
      if (option.flag == "color") {
        arguments.flags.push_back({option, split ? words[i + 1] : words[i].substr(8)});
      }
    }
  }
}

}  // namespace

std::vector<std::string> Arguments::verb_path() const {
  std::vector<std::string> path;
  for (std::size_t i = 1; i < verbs.size(); ++i) {
    path.push_back(verbs[i]->name);
  }
  return path;
}

Arguments parse_arguments(const Verb& root, const std::vector<std::string>& words) {
  Arguments arguments;
  arguments.verbs = {&root};
  std::size_t leading = count_leading_flags(words);
  const bool help_verb = leading < words.size() && words[leading] == "help";
  const std::size_t first_verb = leading + (help_verb ? 1 : 0);
  const std::size_t behind = follow_verbs(words, first_verb, arguments.verbs);
  std::vector<std::string> rest(words.begin(),
                                words.begin() + static_cast<std::ptrdiff_t>(leading));
  rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(behind), words.end());

  if (help_verb && behind < words.size() && words[behind][0] != '-') {
    check_verb_complete(arguments.verbs, {words[behind]});
  }
  if (help_verb || asks_for_help(rest)) {
    arguments.help = true;
    const Verb* own = root.find("help");
    if (help_verb && behind == first_verb && own != nullptr && asks_for_help(rest)) {
      arguments.verbs.push_back(own);  // `help --help`
    }
    keep_color(rest, arguments);
    return arguments;
  }
  std::vector<Option> options = options_of(arguments.verbs);
  options.insert(options.end(), global_options().begin(), global_options().end());
  const FlagSet flags(options);
  for (const po::option& parsed : parse_with_boost(arguments.verbs, flags, rest).options) {
    if (parsed.string_key == kPositional) {
      arguments.positionals.insert(arguments.positionals.end(), parsed.value.begin(),
                                   parsed.value.end());
      continue;
    }
    FlagUse use = flags.use_of(parsed.string_key);
    if (use.option.type != OptionType::kBool) {
      use.value = parsed.value.empty() ? "" : parsed.value.front();
    }
    arguments.flags.push_back(std::move(use));
  }
  check_verb_complete(arguments.verbs, arguments.positionals);
  check_positionals(arguments.verbs, arguments.positionals);
  return arguments;
}

std::string full_name(const std::vector<const Verb*>& verbs) {
  std::string name;
  for (const Verb* verb : verbs) {
    name += (name.empty() ? "" : " ") + verb->name;
  }
  return name;
}

std::vector<Option> options_of(const std::vector<const Verb*>& verbs) {
  std::vector<Option> options;
  for (const Verb* verb : verbs) {
    if (verb == verbs.back() || verb->positionals.empty()) {
      options.insert(options.end(), verb->options.begin(), verb->options.end());
    }
  }
  return options;
}

}  // namespace changeling
