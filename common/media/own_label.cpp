#include "common/media/own_label.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>

#include "common/base/atomic_file.h"
#include "common/base/label_tags.h"
#include "common/base/provenance.h"
#include "common/base/source_type.h"
#include "common/media/container_boxes.h"
#include "common/media/container_tags.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

constexpr std::size_t kLongestWord = 32;  ///< no label is as long
constexpr std::size_t kMostBlanks = 16;   ///< between label and job
constexpr std::int64_t kMostBoxBytes = 1 << 24;

/// Boxes of samples, which may hold any bytes.
bool is_samples(const std::string& box) {
  constexpr std::array<std::string_view, 5> kTypes = {"mdat", "free", "skip", "moof", "sidx"};
  return std::find(kTypes.begin(), kTypes.end(), box) != kTypes.end();
}

std::optional<std::string> composed_in_boxes(const std::filesystem::path& clip) {
  std::ifstream file(clip, std::ios::binary);
  for (const ContainerBox& box : container_boxes(clip)) {
    const bool was_read = box.path.find('/') != std::string::npos;  // with the one it is in
    if (was_read || is_samples(box.path)) {
      continue;
    }
    std::string bytes(static_cast<std::size_t>(std::min(box.bytes, kMostBoxBytes)), '\0');
    file.seekg(box.at);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (std::optional<std::string> term = find_composed(bytes)) {
      return term;
    }
  }
  return std::nullopt;
}

bool is_label(std::string_view word) {
  constexpr std::array<Label, 3> kLabels = {Label::kFake, Label::kRealControl, Label::kReal};
  return std::any_of(kLabels.begin(), kLabels.end(),
                     [word](Label label) { return word == to_string(label); });
}

/// The job in what stands behind a label, which begins with a blank.
std::string job_behind(std::string_view text) {
  constexpr std::string_view kBefore = kJobInSentence;
  constexpr std::size_t kDigits = 64;
  const std::size_t blanks = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(blanks);
  if (blanks > kMostBlanks || text.substr(0, kBefore.size()) != kBefore) {
    return {};
  }
  const std::string_view job = text.substr(kBefore.size(), kDigits);
  const bool is_key =
      job.size() == kDigits && job.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_key ? std::string(job) : std::string();
}

/// The first label of a text; empty when there is none.
std::string label_in_comment(std::string_view text) {
  const std::vector<LabelSentence> sentences = label_sentences(text);
  return sentences.empty() ? std::string() : sentences.front().label;
}

std::string reason_of_term(const std::string& term) {
  return "its IPTC source type is '" + term + "'";
}

std::string reason_of_label() {
  return "it is labelled '" + std::string(to_string(Label::kFake)) + "' by a program like this";
}

}  // namespace

std::vector<LabelSentence> label_sentences(std::string_view text) {
  constexpr std::string_view kBegin = kLabelSentence;
  std::vector<LabelSentence> sentences;
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos;
       at = text.find(kBegin, at + 1)) {
    const std::string_view rest = text.substr(at + kBegin.size());
    const std::size_t end = rest.substr(0, kLongestWord + 1).find(' ');
    if (end != std::string_view::npos && is_label(rest.substr(0, end))) {
      sentences.push_back({std::string(rest.substr(0, end)), job_behind(rest.substr(end))});
    }
  }
  return sentences;
}

std::string label_of_tags(const ContainerTags& tags) {
  std::string label;
  for (const auto& [key, value] : tags) {
    if (key == kLabelTag && is_label(value)) {
      return value;
    }
    if (key == "comment") {
      label = label_in_comment(value);
    }
  }
  return label;
}

std::string label_of_clip(const std::filesystem::path& clip) {
  return label_of_tags(read_container_tags(clip));
}

void LabelFinder::add(std::string_view bytes) {
  constexpr std::size_t kTailBytes = 64;  // longer than kLabelSentence and kLongestWord
  if (label_.empty()) {
    tail_ += bytes;
    label_ = label_in_comment(tail_);
    tail_.erase(0, tail_.size() - std::min(tail_.size(), kTailBytes));
  }
}

std::optional<std::string> fake_by_own_words(const std::filesystem::path& clip) {
  const ContainerTags tags = read_container_tags(clip);
  if (label_of_tags(tags) == to_string(Label::kFake)) {
    return reason_of_label();
  }
  std::optional<std::string> term;
  for (const auto& tag : tags) {
    term = term ? term : find_composed(tag.second);
  }
  term = term ? term : composed_in_boxes(clip);
  return term ? std::optional(reason_of_term(*term)) : std::nullopt;
}

std::optional<std::string> fake_picture_by_own_words(const std::filesystem::path& picture) {
  const std::string bytes = read_file(picture);
  const std::string chunk = std::string(kLabelTag) + '\0' + std::string(to_string(Label::kFake));
  if (bytes.find(chunk) != std::string::npos) {
    return reason_of_label();
  }
  const std::optional<std::string> term = find_composed(bytes);
  return term ? std::optional(reason_of_term(*term)) : std::nullopt;
}

}  // namespace changeling
