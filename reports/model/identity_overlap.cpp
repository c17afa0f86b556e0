#include "reports/model/identity_overlap.h"

#include <algorithm>

namespace changeling {
namespace {

bool is_word_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return text;
}

bool has_words(const std::string& text, const std::string& words) {
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    const std::size_t end = at + words.size();
    if ((at == 0 || !is_word_letter(text[at - 1])) &&
        (end == text.size() || !is_word_letter(text[end]))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string identity_overlap(const std::string& trained_on, const std::set<std::string>& corpora) {
  const std::string text = lower_case(trained_on);
  std::string named;
  for (const std::string& corpus : corpora) {
    if (!corpus.empty() && has_words(text, lower_case(corpus))) {
      named += (named.empty() ? "" : ", ") + corpus;
    }
  }
  return named.empty() ? "unknown" : named;
}

}  // namespace changeling
