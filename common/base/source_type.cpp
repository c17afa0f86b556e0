#include "common/base/source_type.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace changeling {
namespace {

constexpr std::string_view kUri = kSourceTypeUri.substr(7);  // behind http:// or https://
constexpr std::string_view kComposite = "composite";         ///< begins four terms
constexpr std::array<std::string_view, 2> kGenerated = {"algorithmicMedia",
                                                        "trainedAlgorithmicMedia"};
constexpr std::array<std::string_view, 6> kCaptured = {"digitalCapture", "computationalCapture",
                                                       "negativeFilm",   "positiveFilm",
                                                       "print",          "minorHumanEdits"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& terms, std::string_view term) {
  return std::find(terms.begin(), terms.end(), term) != terms.end();
}

}  // namespace

bool says_composed(std::string_view term) {
  return term.substr(0, kComposite.size()) == kComposite || is_one_of(kGenerated, term);
}

bool says_captured(std::string_view term) {
  return is_one_of(kCaptured, term);
}

std::optional<std::string> find_composed(std::string_view text) {
  for (std::size_t at = text.find(kUri); at != std::string_view::npos; at = text.find(kUri, at)) {
    at += kUri.size();
    std::size_t end = at;
    while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end])) != 0) {
      ++end;
    }
    if (const std::string_view term = text.substr(at, end - at); says_composed(term)) {
      return std::string(term);
    }
  }
  return std::nullopt;
}

}  // namespace changeling
