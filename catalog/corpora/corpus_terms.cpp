#include "catalog/corpora/corpus_terms.h"

#include <algorithm>
#include <array>
#include <string>

namespace changeling {
namespace {

/// From free to strict.
constexpr std::array<std::string_view, 4> kConsentBases = {"synthetic", "consented", "licensed",
                                                           "public-research"};

std::size_t consent_rank(std::string_view basis) {
  return static_cast<std::size_t>(std::find(kConsentBases.begin(), kConsentBases.end(), basis) -
                                  kConsentBases.begin());
}

}  // namespace

bool is_consent_basis(std::string_view text) {
  return consent_rank(text) < kConsentBases.size();
}

CorpusTerms strictest_terms(const std::vector<MediaRow>& media, CorpusTerms terms) {
  if (media.empty()) {
    return terms;
  }
  terms = {*media.front().licence, std::string(kConsentBases.front()), true};
  for (const MediaRow& medium : media) {
    if (*medium.licence != terms.licence) {
      terms.licence = "mixed, stated per file";
    }
    if (consent_rank(*medium.consent_basis) > consent_rank(terms.consent_basis)) {
      terms.consent_basis = *medium.consent_basis;
    }
    terms.redistributable = terms.redistributable && *medium.redistributable;
  }
  return terms;
}

}  // namespace changeling
