#include "common/cli/table_printer.h"

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <utility>

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

}  // namespace

TablePrinter::TablePrinter(std::ostream& out, std::vector<std::string> header, std::size_t measured)
    : out_(out), header_(std::move(header)), measured_(measured) {}

void TablePrinter::add(std::vector<std::string> row) {
  for (std::string& cell : row) {
    cell = without_controls(cell);
  }
  if (is_begun_) {
    print(row);
    return;
  }
  held_.push_back(std::move(row));
  if (held_.size() >= measured_) {
    end();
  }
}

void TablePrinter::end() {
  if (is_begun_) {
    return;
  }
  is_begun_ = true;
  measure();
  print(header_);
  for (const std::vector<std::string>& row : held_) {
    print(row);
  }
  held_ = {};
}

void TablePrinter::measure() {
  columns_.resize(header_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    column.width = width_of(header_[i]);
    for (const std::vector<std::string>& row : held_) {
      if (i < row.size()) {
        column.width = std::max(column.width, width_of(row[i]));
        column.is_numeric = column.is_numeric && (row[i].empty() || is_number(row[i]));
      }
    }
  }
}

void TablePrinter::print(const std::vector<std::string>& row) {
  std::string line;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string cell = i < row.size() ? row[i] : "";
    const std::size_t width = width_of(cell);
    const std::string padding(std::max(columns_[i].width, width) - width, ' ');
    line += (i == 0 ? "" : "  ") + (columns_[i].is_numeric ? padding + cell : cell + padding);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out_ << line << '\n';
}

void print_table(std::ostream& out, const std::vector<std::string>& header,
                 std::vector<std::vector<std::string>> rows) {
  TablePrinter table(out, header, rows.size());
  for (std::vector<std::string>& row : rows) {
    table.add(std::move(row));
  }
  table.end();
}

}  // namespace changeling
