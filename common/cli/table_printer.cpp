#include "common/cli/table_printer.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <ostream>

#include "common/base/plain_text.h"

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

struct Column {
  std::size_t width = 0;
  bool is_numeric = true;  ///< every filled cell below the header parses as a number
};

void print_row(std::ostream& out, const std::vector<std::string>& row,
               const std::vector<Column>& columns) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cell = i < row.size() ? row[i] : "";
    const std::string padding(columns[i].width - width_of(cell), ' ');
    line += (i == 0 ? "" : "  ") + (columns[i].is_numeric ? padding + cell : cell + padding);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

}  // namespace

void print_table(std::ostream& out, const std::vector<std::string>& header,
                 std::vector<std::vector<std::string>> rows) {
  for (std::vector<std::string>& row : rows) {
    for (std::string& cell : row) {
      cell = without_controls(cell);
    }
  }
  std::vector<Column> columns(header.size());
  for (std::size_t i = 0; i < header.size(); ++i) {
    columns[i].width = width_of(header[i]);
    for (const std::vector<std::string>& row : rows) {
      if (i < row.size()) {
        columns[i].width = std::max(columns[i].width, width_of(row[i]));
        columns[i].is_numeric = columns[i].is_numeric && (row[i].empty() || is_number(row[i]));
      }
    }
  }
  print_row(out, header, columns);
  for (const std::vector<std::string>& row : rows) {
    print_row(out, row, columns);
  }
}

}  // namespace changeling
