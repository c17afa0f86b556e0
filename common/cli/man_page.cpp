#include "common/cli/man_page.h"

#include <cstddef>
#include <vector>

#include "common/base/build_info.h"
#include "common/cli/verb_help.h"

namespace changeling {
namespace {

/// Text that roff prints as it is; long lists without blanks may break behind bars and commas.
std::string escaped(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool joins_words = (c == '|' || c == ',') && i + 1 < text.size() && text[i + 1] != ' ';
    result += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
    result += joins_words ? "\\:" : "";
  }
  const bool looks_like_request = !text.empty() && (text[0] == '.' || text[0] == '\'');
  return (looks_like_request ? "\\&" : "") + result;
}

/// A macro's argument; quotes inside are doubled.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : escaped(text)) {
    result += c == '"' ? "\"\"" : std::string(1, c);
  }
  return result + "\"";
}

class PageWriter {
 public:
  /// The page's title and foot; text is set flush left, without hyphens.
  void heading(const std::string& name, const std::string& source) {
    text_ += ".TH " + quoted(name) + " 1 \"\" " + quoted(source) + "\n.ad l\n.nh\n";
  }

  void request(const std::string& macro, const std::string& argument) {
    text_ += "." + macro + " " + quoted(argument) + "\n";
  }

  void line(const std::string& text) { text_ += escaped(text) + "\n"; }

  void paragraph(const std::string& text) {
    text_ += ".PP\n";
    line(text);
  }

  /// Lines as they are.
  void code(const std::vector<std::string>& lines) {
    text_ += ".nf\n";
    for (const std::string& each : lines) {
      line(each);
    }
    text_ += ".fi\n";
  }

  void section(const HelpSection& section) {
    request("SS", section.title);
    for (const auto& [name, meaning] : section.rows) {
      text_ += ".TP\n";
      request("B", name);
      line(meaning);
    }
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Usage of every verb that runs, the last of the path and those below it.
void collect_usage(const std::vector<const Verb*>& verbs, std::vector<std::string>& lines) {
  const Verb& verb = *verbs.back();
  if (verb.sub_verbs.empty() || !verb.positionals.empty()) {
    lines.push_back(usage_of(verbs));
  }
  for (const Verb& below : verb.sub_verbs) {
    std::vector<const Verb*> path = verbs;
    path.push_back(&below);
    collect_usage(path, lines);
  }
}

void describe(PageWriter& page, const std::vector<const Verb*>& verbs) {
  const Verb& verb = *verbs.back();
  page.line(verb.summary + ".");
  if (!verb.description.empty()) {
    page.paragraph(verb.description);
  }
  if (!verb.examples.empty()) {
    page.request("SS", "Examples");
    page.code(verb.examples);
  }
  for (const HelpSection& section : verb_sections(verbs)) {
    page.section(section);
  }
}

void describe_below(PageWriter& page, const std::vector<const Verb*>& verbs) {
  for (const Verb& below : verbs.back()->sub_verbs) {
    std::vector<const Verb*> path = verbs;
    path.push_back(&below);
    page.request("SH", usage_of(path));
    describe(page, path);
    describe_below(page, path);
  }
}

void name_other_pages(PageWriter& page, const Verb& root, const Verb* verb) {
  page.request("SH", "SEE ALSO");
  std::string names = verb == nullptr ? "" : man_page_name(root) + "(1)";
  for (const Verb& other : root.sub_verbs) {
    if (verb == nullptr) {
      names += (names.empty() ? "" : ", ") + man_page_name(root, &other) + "(1)";
    }
  }
  page.line(names);
}

}  // namespace

std::string man_page_name(const Verb& root, const Verb* verb) {
  return verb == nullptr ? root.name : root.name + "-" + verb->name;
}

std::string man_page(const Verb& root, const Verb* verb) {
  const std::vector<const Verb*> verbs =
      verb == nullptr ? std::vector<const Verb*>{&root} : std::vector<const Verb*>{&root, verb};
  PageWriter page;
  page.heading(man_page_name(root, verb), root.name + " " + std::string(project_version()));
  page.request("SH", "NAME");
  page.line(man_page_name(root, verb) + " - " + verbs.back()->summary);
  page.request("SH", "SYNOPSIS");
  std::vector<std::string> usage;
  if (verb == nullptr) {
    usage = {usage_of(verbs)};
  } else {
    collect_usage(verbs, usage);
  }
  page.code(usage);
  page.request("SH", "DESCRIPTION");
  describe(page, verbs);
  if (verb != nullptr) {
    describe_below(page, verbs);
  } else {
    for (const HelpSection& section : global_sections()) {
      page.section(section);
    }
  }
  name_other_pages(page, root, verb);
  return page.text();
}

}  // namespace changeling
