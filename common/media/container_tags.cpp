#include "common/media/container_tags.h"

#include <string_view>

#include "common/base/error.h"
#include "common/base/label_tags.h"
#include "common/base/source_type.h"

namespace changeling {
namespace {

constexpr std::size_t kMethodBytes = 32;
constexpr std::size_t kSentenceBytes = 96;

std::string padded(std::string_view name, std::string_view value, std::size_t bytes) {
  if (value.size() > bytes) {
    throw Error(ErrorKind::kConfig, "tag " + std::string(name) + " '" + std::string(value) +
                                        "' is longer than " + std::to_string(bytes) + " bytes");
  }
  std::string text(value);
  text.resize(bytes, ' ');
  return text;
}

std::string_view sentence_of(Label label, LabelOrigin origin) {
  if (origin == LabelOrigin::kDeclared) {
    return label == Label::kFake
               ? "Synthetic media: this clip was changed by software, says the corpus it is from."
               : "Real footage, says the corpus it is from.";
  }
  switch (label) {
    case Label::kFake:
      return "Synthetic media: a face in this clip was replaced by software.";
    case Label::kRealControl:
      return "Control clip: real footage, encoded again, no face was changed.";
    case Label::kReal:
      break;
  }
  return "Real footage.";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> label_tags(const Provenance& provenance,
                                                            LabelOrigin origin) {
  const std::string label = padded(kLabelTag, to_string(provenance.label), kLabelBytes);
  const std::string job = provenance.job_key.hex();
  const std::string sentence =
      padded("comment", sentence_of(provenance.label, origin), kSentenceBytes);
  const std::string_view method =  // a corpus may have a longer name for its own
      origin == LabelOrigin::kDeclared ? std::string_view(provenance.method).substr(0, kMethodBytes)
                                       : std::string_view(provenance.method);
  return {
      {"comment", sentence + " " + kLabelSentence + label + " " + kJobInSentence + job},
      {kLabelTag, label},
      {kMethodTag, padded(kMethodTag, method, kMethodBytes)},
      {kJobTag, job},
      {kSourceTypeTag, padded(kSourceTypeTag, provenance.digital_source_type, kSourceTypeBytes)},
  };
}

}  // namespace changeling
