#include "catalog/export/access_class.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "common/base/licence.h"

namespace changeling {
namespace {

/// Words of a licence in lower case, split at everything but letters.
std::set<std::string> words_of(const std::string& licence) {
  std::set<std::string> words;
  std::string word;
  for (const char c : licence + " ") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.insert(word);
      word.clear();
    }
  }
  return words;
}

bool is_unknown(const std::set<std::string>& words) {
  return words.empty() || words.count("unknown") > 0 || words.count("none") > 0 ||
         words.count("proprietary") > 0;
}

bool is_research_only(const std::set<std::string>& words) {
  return words.count("nc") > 0 || words.count("noncommercial") > 0 || words.count("research") > 0 ||
         words.count("academic") > 0 || (words.count("non") > 0 && words.count("commercial") > 0);
}

bool forbids_derivatives(const std::set<std::string>& words) {
  return words.count("nd") > 0 || words.count("noderivatives") > 0 || words.count("noderivs") > 0;
}

}  // namespace

std::string_view to_string(AccessClass access) {
  switch (access) {
    case AccessClass::kInternal:
      return "internal";
    case AccessClass::kGated:
      return "gated";
    case AccessClass::kPublic:
      break;
  }
  return "public";
}

AccessTerm media_access(const std::string& name, const std::string& licence,
                        bool is_redistributable) {
  const std::set<std::string> words = words_of(licence);
  if (!is_redistributable) {
    return {AccessClass::kInternal, name + " is not redistributable"};
  }
  if (!is_unknown(words) && forbids_derivatives(words)) {
    return {AccessClass::kInternal, name + " forbids derivatives (" + licence + ")"};
  }
  return model_access(name, licence);  // derivatives aside, the words mean the same
}

AccessTerm model_access(const std::string& name, const std::string& licence) {
  const std::set<std::string> words = words_of(licence);
  if (is_unknown(words)) {
    return {AccessClass::kInternal, name + " has no known licence"};
  }
  if (forbids_redistribution(licence)) {
    return {AccessClass::kInternal,
            name + " may not be given away, nor what is made with it (" + licence + ")"};
  }
  if (is_research_only(words)) {
    return {AccessClass::kGated, name + " is not for every use (" + licence + ")"};
  }
  return {AccessClass::kPublic, ""};
}

AccessClass strictest(const std::vector<AccessTerm>& terms) {
  AccessClass access = AccessClass::kPublic;
  for (const AccessTerm& term : terms) {
    access = std::min(access, term.access);
  }
  return access;
}

}  // namespace changeling
