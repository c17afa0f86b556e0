#include "catalog/corpora/csv_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/plain_text.h"

namespace changeling {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& file)
    : CsvReader(read_file(file), file.filename().string()) {}

CsvReader::CsvReader(std::string text, std::string name)
    : text_(std::move(text)), name_(std::move(name)) {
  if (text_.compare(0, kByteOrderMark.size(), kByteOrderMark) == 0) {
    position_ = kByteOrderMark.size();
  }
  std::optional<CsvRow> row = next();
  if (!row) {
    fail("is empty; a header line is required");
  }
  for (const std::string& field : row->fields) {
    header_.emplace_back(trim_blanks(field));
    if (!columns_.emplace(to_lower_ascii(header_.back()), header_.size() - 1).second) {
      fail("has the column '" + header_.back() + "' twice");
    }
  }
}

std::optional<std::size_t> CsvReader::find_column(std::string_view name) const {
  const auto found = columns_.find(to_lower_ascii(name));
  return found == columns_.end() ? std::nullopt : std::make_optional(found->second);
}

void CsvReader::require_columns(const std::vector<std::string>& names) const {
  std::string missing;
  for (const std::string& name : names) {
    if (!find_column(name)) {
      missing += (missing.empty() ? "'" : ", '") + name + "'";
    }
  }
  if (!missing.empty()) {
    throw Error(ErrorKind::kInput, "'" + name_ + "' lacks the column(s) " + missing +
                                       ": the first line must name them");
  }
}

std::optional<CsvRow> CsvReader::next() {
  skip_line_ends();
  if (position_ >= text_.size()) {
    return std::nullopt;
  }
  CsvRow row;
  row.line = line_;
  while (true) {
    const bool is_quoted = position_ < text_.size() && text_[position_] == '"';
    row.fields.push_back(is_quoted ? read_quoted() : read_plain());
    check_field(row.fields.back());
    if (position_ >= text_.size() || text_[position_] != ',') {
      return row;
    }
    ++position_;
  }
}

void CsvReader::skip_line_ends() {
  while (position_ < text_.size() && (text_[position_] == '\n' || text_[position_] == '\r')) {
    if (text_[position_] == '\r' && text_.compare(position_, 2, "\r\n") != 0) {
      fail("has a carriage return without a line feed");
    }
    line_ += text_[position_] == '\n' ? 1 : 0;
    ++position_;
  }
}

std::string CsvReader::read_quoted() {
  std::string field;
  for (++position_; position_ < text_.size(); ++position_) {
    const char byte = text_[position_];
    if (byte != '"') {
      line_ += byte == '\n' ? 1 : 0;
      field += byte;
    } else if (position_ + 1 < text_.size() && text_[position_ + 1] == '"') {
      field += '"';
      ++position_;
    } else {
      ++position_;
      if (position_ < text_.size() && text_[position_] != ',' && text_[position_] != '\n' &&
          text_[position_] != '\r') {
        fail("has text behind a closing quote");
      }
      return field;
    }
    if (field.size() > kMaxFieldBytes) {
      check_field(field);
    }
  }
  fail("ends inside a quoted field");
}

std::string CsvReader::read_plain() {
  const std::size_t begin = position_;
  position_ = std::min(text_.find_first_of(",\r\n\"", begin), text_.size());
  if (position_ < text_.size() && text_[position_] == '"') {
    fail("has a quote inside an unquoted field (quote the whole field and double it)");
  }
  return text_.substr(begin, position_ - begin);
}

void CsvReader::check_field(const std::string& field) const {
  if (field.size() > kMaxFieldBytes) {
    fail("has a field of more than " + std::to_string(kMaxFieldBytes) +
         " bytes (is a quote missing?)");
  }
  if (field.find('\0') != std::string::npos) {
    fail("has a NUL byte: it is no text file");
  }
  if (!is_utf8(field)) {
    fail("is not UTF-8 (save the list in that encoding)");
  }
}

void CsvReader::fail(const std::string& what) const {
  throw Error(ErrorKind::kInput, "'" + name_ + "' line " + std::to_string(line_) + " " + what);
}

CsvNumber parse_csv_number(std::string_view field) {
  field = trim_blanks(field);
  if (field.empty() || to_lower_ascii(field) == "nan") {
    return {};
  }
  if (field.front() == '+') {
    field.remove_prefix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value)) {
    return {std::nullopt, false};
  }
  return {value, true};
}

std::optional<std::string> parse_csv_id(std::string_view field) {
  field = trim_blanks(field);
  if (field.empty() || to_lower_ascii(field) == "nan") {
    return std::nullopt;
  }
  const CsvNumber number = parse_csv_number(field);
  const bool has_fraction = field.find_first_of(".eE") != std::string_view::npos;
  if (has_fraction && number.value && std::abs(*number.value) < 9e15 &&
      std::floor(*number.value) == *number.value) {
    return std::to_string(static_cast<std::int64_t>(*number.value));
  }
  return std::string(field);
}

std::string_view trim_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string to_lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& byte : lower) {
    byte = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  }
  return lower;
}

}  // namespace changeling
