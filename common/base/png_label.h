// common/base/png_label.h: the label of a picture that we write, in the file. Layer 0.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/provenance.h"

namespace changeling {

/// The PNG with two tEXt chunks behind its head: changeling_label and the URI of the IPTC source
/// type (empty = unknown). They are of one length for every label and type. Throws Error(kInput)
/// for bytes that do not begin as a PNG, Error(kConfig) for a term of more than 48 bytes.
[[nodiscard]] std::string label_png(std::string_view png, Label label,
                                    std::string_view digital_source_type);

/// The label that label_png wrote: "fake", "real_control" or "real"; empty for other pictures. The
/// first kPngLabelBytes of a file are enough.
[[nodiscard]] std::string label_of_png(std::string_view png);

inline constexpr std::size_t kPngLabelBytes = 256;

}  // namespace changeling
