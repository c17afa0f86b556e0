// common/base/plain_text.h: text that came from outside, for terminals and files of text. Layer 0.
#pragma once

#include <string>
#include <string_view>

namespace changeling {

/// True for well-formed UTF-8 (RFC 3629): shortest forms only, no surrogates, at most U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// The text with control characters (C0, DEL, C1 of U+0080 to U+009F) written as \xNN, so that
/// no file name can move a terminal's cursor or break a line.
[[nodiscard]] std::string without_controls(std::string_view text);

/// A field of a list (RFC 4180): in quotes where it holds a comma, a quote or a line's end.
[[nodiscard]] std::string csv_field(const std::string& text);

}  // namespace changeling
