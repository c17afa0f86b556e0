#include "common/cli/help.h"

#include <algorithm>
#include <cstddef>
#include <sstream>

#include "common/cli/verb_help.h"

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

  void pairs(const HelpSection& section) {
    heading(section.title);
    std::size_t left = 0;
    for (const auto& row : section.rows) {
      left = std::max(left, std::min(row.first.size(), kMaxLeft));
    }
    for (const auto& [name, text] : section.rows) {
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
  for (const auto& sections : {verb_sections(verbs), global_sections()}) {
    for (const HelpSection& section : sections) {
      writer.pairs(section);
    }
  }
  return writer.text().substr(1);  // the first heading's empty line
}

}  // namespace changeling
