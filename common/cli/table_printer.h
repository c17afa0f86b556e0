// common/cli/table_printer.h: aligned plain-text tables on stdout. Layer 1.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace changeling {

/// Prints a table whose rows come one by one. The header and the first `measured` rows tell how
/// wide the columns are, and which hold only numbers and are right-aligned; wider cells behind them
/// stick out. Control characters in cells are written out (plain_text.h). Holds no more than the
/// rows that are measured. One thread.
class TablePrinter {
 public:
  /// `out` must outlive this.
  TablePrinter(std::ostream& out, std::vector<std::string> header, std::size_t measured);

  /// One row, of which cells beyond the header are dropped.
  void add(std::vector<std::string> row);

  /// Prints what was not yet; nothing is added after it.
  void end();

 private:
  struct Column {
    std::size_t width = 0;
    bool is_numeric = true;  ///< every filled cell below the header parses as a number
  };

  void measure();
  void print(const std::vector<std::string>& row);

  std::ostream& out_;
  std::vector<std::string> header_;
  std::size_t measured_;
  bool is_begun_ = false;                       ///< the header is printed
  std::vector<std::vector<std::string>> held_;  ///< until then
  std::vector<Column> columns_;
};

/// The same of rows that are there: all of them are measured.
void print_table(std::ostream& out, const std::vector<std::string>& header,
                 std::vector<std::vector<std::string>> rows);

}  // namespace changeling
