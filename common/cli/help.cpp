#include "common/cli/help.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <utility>

#include "common/cli/arguments.h"
#include "common/cli/option_value.h"

namespace changeling {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kMaxLeft = 34;

/// Words of `text` in lines that begin at `indent`; the first line goes on after `used` columns.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t used) {
  std::istringstream words(text);
  std::string result, word;
  std::size_t column = used;
  while (words >> word) {
    if (column > indent && column + 1 + word.size() > kColumns) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result + "\n";
}

/// Collects sections of two columns.
class HelpWriter {
 public:
  explicit HelpWriter(bool color) : color_(color) {}

  void heading(const std::string& text) {
    out_ << "\n" << (color_ ? "\x1b[1m" : "") << text << (color_ ? "\x1b[0m" : "") << "\n";
  }

  void paragraph(const std::string& text) { out_ << "\n" << wrapped(text, 0, 0); }

  void line(const std::string& text) { out_ << "  " << text << "\n"; }

  void pairs(const std::string& title,
             const std::vector<std::pair<std::string, std::string>>& rows) {
    if (rows.empty()) {
      return;
    }
    heading(title);
    std::size_t left = 0;
    for (const auto& row : rows) {
      left = std::max(left, std::min(row.first.size(), kMaxLeft));
    }
    for (const auto& [name, text] : rows) {
      out_ << "  " << name;
      if (name.size() > left) {
        out_ << "\n" << std::string(left + 4, ' ');
      } else {
        out_ << std::string(left + 2 - name.size(), ' ');
      }
      out_ << wrapped(text, left + 4, left + 4);
    }
  }

  [[nodiscard]] std::string text() const { return out_.str(); }

 private:
  bool color_;
  std::ostringstream out_;
};

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

std::vector<std::pair<std::string, std::string>> flag_rows(const std::vector<Option>& options) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Option& option : options) {
    if (!option.flag.empty()) {
      rows.emplace_back(flag_text(option), option.help + limits_of(option));
    }
  }
  return rows;
}

std::vector<std::pair<std::string, std::string>> key_rows(const std::vector<Option>& options) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Option& option : options) {
    if (option.flag.empty()) {
      const std::string name = value_name(option);
      rows.emplace_back(option.key + (name.empty() ? "" : " " + name),
                        option.help + limits_of(option));
    }
  }
  return rows;
}

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

/// Leaf verbs below a group, by the words behind its own name.
void list_verbs(const Verb& group, const std::string& prefix,
                std::vector<std::pair<std::string, std::string>>& rows) {
  for (const Verb& verb : group.sub_verbs) {
    rows.emplace_back(prefix + verb.name, verb.summary);
    list_verbs(verb, prefix + verb.name + " ", rows);
  }
}

}  // namespace

std::string help_text(const std::vector<const Verb*>& verbs, bool color) {
  const Verb& verb = *verbs.back();
  HelpWriter writer(color);
  if (!verb.examples.empty()) {
    writer.heading("Examples");
    for (const std::string& example : verb.examples) {
      writer.line(example);
    }
  }
  writer.heading("Usage");
  writer.line(usage_of(verbs));
  writer.paragraph(verb.summary + ".");
  if (!verb.description.empty()) {
    writer.paragraph(verb.description);
  }
  std::vector<std::pair<std::string, std::string>> rows;
  list_verbs(verb, "", rows);
  writer.pairs("Verbs", rows);
  rows.clear();
  for (const Positional& positional : verb.positionals) {
    rows.emplace_back(positional.name, positional.help);
  }
  writer.pairs("Arguments", rows);
  writer.pairs("Flags", flag_rows(options_of(verbs)));
  writer.pairs("Settings without a flag (configuration file, or --set KEY=VALUE)",
               key_rows(options_of(verbs)));
  rows = flag_rows(global_options());
  rows.emplace_back("--help, -h", "This text.");
  writer.pairs("Flags of every verb", rows);
  writer.pairs("Settings of every verb without a flag", key_rows(global_options()));
  return writer.text().substr(1);  // the first heading's empty line
}

}  // namespace changeling
