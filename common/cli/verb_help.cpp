#include "common/cli/verb_help.h"

#include <algorithm>

#include "common/cli/arguments.h"
#include "common/cli/option_value.h"

namespace changeling {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string limits_of(const Option& option) {
  std::string text;
  if (option.min && option.max) {
    text = shortest_number(*option.min) + ".." + shortest_number(*option.max);
  }
  if (!option.default_value.empty()) {
    text += (text.empty() ? "" : ", ") + std::string("default ") + option.default_value;
  }
  return text.empty() ? "" : " [" + text + "]";
}

std::string flag_text(const Option& option) {
  std::string text = "--" + option.flag;
  if (option.type == OptionType::kBool) {
    return option.default_value.empty() ? text : "--[no-]" + option.flag;
  }
  return text + " " + value_name(option);
}

Rows flag_rows(const std::vector<Option>& options) {
  Rows rows;
  for (const Option& option : options) {
    if (!option.flag.empty()) {
      rows.emplace_back(flag_text(option), option.help + limits_of(option));
    }
  }
  return rows;
}

Rows key_rows(const std::vector<Option>& options) {
  Rows rows;
  for (const Option& option : options) {
    if (option.flag.empty()) {
      const std::string name = value_name(option);
      rows.emplace_back(option.key + (name.empty() ? "" : " " + name),
                        option.help + limits_of(option));
    }
  }
  return rows;
}

/// Leaf verbs below a group, by the words behind its own name.
void list_verbs(const Verb& group, const std::string& prefix, Rows& rows) {
  for (const Verb& verb : group.sub_verbs) {
    rows.emplace_back(prefix + verb.name, verb.summary);
    list_verbs(verb, prefix + verb.name + " ", rows);
  }
}

std::vector<HelpSection> without_empty(std::vector<HelpSection> sections) {
  sections.erase(std::remove_if(sections.begin(), sections.end(),
                                [](const HelpSection& section) { return section.rows.empty(); }),
                 sections.end());
  return sections;
}

}  // namespace

std::string usage_of(const std::vector<const Verb*>& verbs) {
  std::string usage = full_name(verbs);
  const Verb& verb = *verbs.back();
  if (!verb.sub_verbs.empty() && verb.positionals.empty()) {
    return usage + " VERB [FLAGS]";
  }
  for (const Positional& positional : verb.positionals) {
    const std::string name = positional.name + (positional.repeated ? "..." : "");
    usage += positional.required ? " " + name : " [" + name + "]";
  }
  return usage + " [FLAGS]";
}

std::vector<HelpSection> verb_sections(const std::vector<const Verb*>& verbs) {
  const Verb& verb = *verbs.back();
  Rows below, arguments;
  list_verbs(verb, "", below);
  for (const Positional& positional : verb.positionals) {
    arguments.emplace_back(positional.name, positional.help);
  }
  const std::vector<Option> options = options_of(verbs);
  return without_empty(
      {{"Verbs", below},
       {"Arguments", arguments},
       {"Flags", flag_rows(options)},
       {"Settings without a flag (configuration file, or --set KEY=VALUE)", key_rows(options)}});
}

std::vector<HelpSection> global_sections() {
  Rows flags = flag_rows(global_options());
  flags.emplace_back("--help, -h", "This text.");
  return without_empty({{"Flags of every verb", flags},
                        {"Settings of every verb without a flag", key_rows(global_options())}});
}

}  // namespace changeling
