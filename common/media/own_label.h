// common/media/own_label.h: what a file says of itself that footage would not. Layer 1.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace changeling {

/// As read_container_tags and VideoReader::tags.
using ContainerTags = std::vector<std::pair<std::string, std::string>>;

/// What a sentence of the comment says, all that a copy without our tags keeps.
struct LabelSentence {
  std::string label;  ///< "fake", "real_control" or "real"
  std::string job;    ///< 64 hex digits; empty where none stand behind the label
};

/// All such sentences of a text, in order. Other words in the place of a label hide none behind
/// them.
[[nodiscard]] std::vector<LabelSentence> label_sentences(std::string_view text);

/// The label that a clip of ours carries in its container, "fake", "real_control" or "real"; empty
/// for clips of others; another word is no label. What a copy without our tags kept of it in its
/// comment counts, too.
[[nodiscard]] std::string label_of_tags(const ContainerTags& tags);

/// The same of a file. Throws Error(kInput) for one that is no video.
[[nodiscard]] std::string label_of_clip(const std::filesystem::path& clip);

/// The same of a clip that comes in pieces, such as a member of an archive, from its comment.
class LabelFinder {
 public:
  void add(std::string_view bytes);

  /// Empty for clips of others.
  [[nodiscard]] const std::string& label() const { return label_; }

 private:
  std::string tail_;  ///< of what was added before, where a label may begin
  std::string label_;
};

/// Why a clip is no footage by its own words: our label of fakes, or an IPTC source type that says
/// composed or generated, whoever wrote it (tags, XMP, C2PA). nullopt = it says no such thing.
/// Throws Error(kInput) for a file that is no video.
[[nodiscard]] std::optional<std::string> fake_by_own_words(const std::filesystem::path& clip);

/// The same of a still picture.
[[nodiscard]] std::optional<std::string> fake_picture_by_own_words(
    const std::filesystem::path& picture);

}  // namespace changeling
