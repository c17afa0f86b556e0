// common/media/container_tags.h: the label tags of a written clip. Layer 1, module-private.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/provenance.h"

namespace changeling {

/// Whose word a label is.
enum class LabelOrigin {
  kMade,      ///< ours: a clip that we wrote
  kDeclared,  ///< that of the corpus which a clip is from
};

/// How the sentence in the comment begins that says label and job for copies without our tags.
inline constexpr const char* kLabelSentence = "changeling label=";
inline constexpr const char* kJobInSentence = "job=";

/// Keys and values in writing order: comment, changeling_label, changeling_method, changeling_job,
/// changeling_source_type. Keys and value lengths are the same for every label, method and origin.
/// Throws Error(kConfig) when the method (of a declared label: its first 32 bytes are taken) or
/// source type is longer than its field.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> label_tags(
    const Provenance& provenance, LabelOrigin origin = LabelOrigin::kMade);

}  // namespace changeling
