// common/media/xmp_box.h: the IPTC source type of a clip as XMP in an mp4 file. Layer 1.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace changeling {

/// The box `uuid` of XMP (XMP specification part 3, 1.1.4) with Iptc4xmpExt:DigitalSourceType, the
/// URI of an IPTC term, or the empty element for an unknown source. Of one length for every term.
/// Throws Error(kConfig) for a term that is longer than 48 bytes or no word of letters.
[[nodiscard]] std::string xmp_box(std::string_view source_type);

/// The whole box of XMP of an mp4 file; empty without one. Throws Error(kInput) for a file that
/// cannot be read.
[[nodiscard]] std::string read_xmp_box(const std::filesystem::path& path);

/// The IPTC term that the XMP of an mp4 file names, empty for the empty element; nullopt when there
/// is no such box or no such element, or when it names something else. Throws Error(kInput) for a
/// file that cannot be read.
[[nodiscard]] std::optional<std::string> read_xmp_source_type(const std::filesystem::path& path);

}  // namespace changeling
