// common/base/source_type.h: IPTC digital source types, how they are written, and what those that
// we meet say. Layer 0.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace changeling {

/// What stands before a term; names their list, too.
inline constexpr std::string_view kSourceTypeUri =
    "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// Room for a term in every file that we write; the longest is
/// "compositeWithTrainedAlgorithmicMedia".
inline constexpr std::size_t kSourceTypeBytes = 48;

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
