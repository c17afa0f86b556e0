// common/cli/table_printer.h: aligned plain-text tables on stdout. Layer 1.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace changeling {

/// Prints a header and rows in columns; columns that hold only numbers are right-aligned.
/// Control characters in cells are written out (plain_text.h).
void print_table(std::ostream& out, const std::vector<std::string>& header,
                 std::vector<std::vector<std::string>> rows);

}  // namespace changeling
