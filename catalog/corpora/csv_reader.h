// catalog/corpora/csv_reader.h: comma-separated lists (RFC 4180) as corpora ship them, and the
// values in their fields. Layer 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace changeling {

/// One record. Its fields may be fewer or more than the header's: see CsvReader::fits.
struct CsvRow {
  std::size_t line = 0;  ///< 1-based line on which the record begins
  std::vector<std::string> fields;
};

/// Reads a list with a header line, record by record. Accepts a UTF-8 byte order mark, LF and CRLF,
/// quoted fields with doubled quotes and line breaks; skips empty lines. One thread per object.
/// Throws Error(kInput), naming file and line: a field above kMaxFieldBytes, a quote inside an
/// unquoted field or one that never ends, text behind a closing quote, a lone carriage return, a
/// NUL byte, no header, or a column name that stands twice.
class CsvReader {
 public:
  static constexpr std::size_t kMaxFieldBytes = 1'000'000;

  /// Reads the file and its header. Throws Error(kInput) also when it cannot be read.
  explicit CsvReader(const std::filesystem::path& file);

  /// Reads text that stands for the file `name`.
  CsvReader(std::string text, std::string name);

  /// Names without surrounding blanks.
  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }

  /// Position of a column, by name without regard to case.
  [[nodiscard]] std::optional<std::size_t> find_column(std::string_view name) const;

  /// Throws Error(kInput) that names every column of `names` which is missing.
  void require_columns(const std::vector<std::string>& names) const;

  /// The next record; nullopt at the end.
  std::optional<CsvRow> next();

  /// True when the record has as many fields as the header.
  [[nodiscard]] bool fits(const CsvRow& row) const { return row.fields.size() == header_.size(); }

 private:
  void skip_line_ends();
  [[nodiscard]] std::string read_quoted();
  [[nodiscard]] std::string read_plain();
  void check_field(const std::string& field) const;
  [[noreturn]] void fail(const std::string& what) const;

  std::string text_;
  std::string name_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::vector<std::string> header_;
  std::map<std::string, std::size_t> columns_;  ///< by name in lower case
};

/// A numeric field: absent when empty or "nan", refused when it is no finite number.
struct CsvNumber {
  std::optional<double> value;
  bool is_valid = true;
};

[[nodiscard]] CsvNumber parse_csv_number(std::string_view field);

/// An id without surrounding blanks; whole floats lose their fraction ("1.0" is "1"). nullopt for
/// an empty field and for "nan".
[[nodiscard]] std::optional<std::string> parse_csv_id(std::string_view field);

/// Without leading and trailing blanks and tabs.
[[nodiscard]] std::string_view trim_blanks(std::string_view text);

/// ASCII letters in lower case, other bytes as they are.
[[nodiscard]] std::string to_lower_ascii(std::string_view text);

}  // namespace changeling
