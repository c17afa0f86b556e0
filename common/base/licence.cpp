#include "common/base/licence.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace changeling {
namespace {

/// The words of a licence in lower case, split at everything but letters, each between blanks.
std::string words_of(const std::string& licence) {
  std::string words = " ";
  for (const char c : licence) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (words.back() != ' ') {
      words += ' ';
    }
  }
  return words.back() == ' ' ? words : words + ' ';
}

bool has_any(const std::string& words, std::initializer_list<std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&words](std::string_view phrase) {
    return words.find(" " + std::string(phrase) + " ") != std::string::npos;
  });
}

}  // namespace

bool forbids_redistribution(const std::string& licence) {
  const std::string words = words_of(licence);
  return has_any(words, {kNotRedistributable,
                         "non redistributable",
                         "nonredistributable",
                         "not redistribute",
                         "not be redistributed",
                         "not to be redistributed",
                         "not distribute",
                         "not be distributed",
                         "no redistribution",
                         "no distribution",
                         "not for redistribution",
                         "not for distribution",
                         "redistribution prohibited",
                         "redistribution is prohibited",
                         "redistribution forbidden",
                         "redistribution is forbidden",
                         "redistribution is not permitted",
                         "redistribution is not allowed",
                         "redistribution not permitted",
                         "redistribution not allowed",
                         "all rights reserved"}) ||
         (has_any(words, {"only", "solely"}) &&
          has_any(words, {"personal", "private", "internal", "evaluation"}));
}

bool forbids_derivatives(const std::string& licence) {
  return has_any(words_of(licence), {"nd", "noderivatives", "noderivs", "no derivatives",
                                     "no derivative", "no derivs", "no derived"});
}

bool is_for_some_uses(const std::string& licence) {
  const std::string words = words_of(licence);
  return has_any(
      words, {"nc", "noncommercial", "non commercial", "no commercial", "not commercial",
              "not for commercial", "not commercially", "research", "academic", "personal use"});
}

bool is_unknown_licence(const std::string& licence) {
  const std::string words = words_of(licence);
  return words == " " || has_any(words, {"unknown", "none", "proprietary"});
}

bool forbids_more(const std::string& text, const std::string& other) {
  bool (*const rules[])(const std::string&) = {forbids_redistribution, forbids_derivatives,
                                               is_for_some_uses, is_unknown_licence};
  return std::any_of(std::begin(rules), std::end(rules),
                     [&](auto* rule) { return rule(text) && !rule(other); });
}

}  // namespace changeling
