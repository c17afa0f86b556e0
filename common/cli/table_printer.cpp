#include "common/cli/table_printer.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <ostream>

namespace changeling {
namespace {

bool is_number(const std::string& cell) {
  if (cell.empty()) {
    return false;
  }
  char* end = nullptr;
  std::strtod(cell.c_str(), &end);
  return *end == '\0';
}

/// Code points: good enough for names with accents.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  }));
}

void print_row(std::ostream& out, const std::vector<std::string>& row,
               const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string cell = i < row.size() ? row[i] : "";
    const std::string padding(widths[i] - width_of(cell), ' ');
    line += (i == 0 ? "" : "  ") + (is_number(cell) ? padding + cell : cell + padding);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

}  // namespace

void print_table(std::ostream& out, const std::vector<std::string>& header,
                 const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& cell : header) {
    widths.push_back(width_of(cell));
  }
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  print_row(out, header, widths);
  for (const std::vector<std::string>& row : rows) {
    print_row(out, row, widths);
  }
}

}  // namespace changeling
