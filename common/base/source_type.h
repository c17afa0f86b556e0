// common/base/source_type.h: what the IPTC digital source types that we meet say. Layer 0.
// Terms: http://cv.iptc.org/newscodes/digitalsourcetype/
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace changeling {

/// Whether the term says that a picture was composed or generated: composite*, algorithmicMedia,
/// trainedAlgorithmicMedia.
[[nodiscard]] bool says_composed(std::string_view term);

/// Whether the term says that a picture shows what stood before a lens: digitalCapture,
/// computationalCapture, negativeFilm, positiveFilm, print, minorHumanEdits.
[[nodiscard]] bool says_captured(std::string_view term);

/// The first term in any text or file's bytes, named by its URI, that says_composed; nullopt =
/// none.
[[nodiscard]] std::optional<std::string> find_composed(std::string_view text);

}  // namespace changeling
