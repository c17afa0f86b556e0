#include "evaluator/scores/score_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "catalog/corpora/csv_reader.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {
namespace {

using nlohmann::json;

constexpr std::size_t kKeyDigits = 16;
constexpr std::array<const char*, 5> kFields = {"key", "artifact", "frame", "status", "p_fake"};
constexpr std::array<const char*, 5> kStatuses = {"ok", "no_face", "too_small", "decode_error",
                                                  "timeout"};

/// Field -> text; an empty text counts as no field.
using Fields = std::map<std::string, std::string>;

template <std::size_t N>
bool is_one_of(const std::array<const char*, N>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Turns one record's fields into a line; every complaint names its place.
class LineParser {
 public:
  LineParser(const std::string& file, std::size_t line)
      : place_("'" + file + "' line " + std::to_string(line) + ": "), line_(line) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kInput, place_ + what);
  }

  [[nodiscard]] ScoreLine parse(const Fields& fields) const {
    ScoreLine result;
    result.line = line_;
    for (const auto& [name, text] : fields) {
      set(name, text, result);
    }
    if (fields.count("key") + fields.count("artifact") != 1) {
      fail("names its clip by either 'key' or 'artifact'");
    }
    if ((result.status == "ok") != result.p_fake.has_value()) {
      fail(result.status == "ok" ? "has no 'p_fake'"
                                 : "has a 'p_fake' beside the status '" + result.status + "'");
    }
    return result;
  }

 private:
  void set(const std::string& name, const std::string& text, ScoreLine& result) const {
    if (name == "key") {
      result.key = key(text);
    } else if (name == "artifact") {
      result.artifact = whole(name, text, 1);
    } else if (name == "frame") {
      result.frame = whole(name, text, -1);
    } else if (name == "status") {
      if (!is_one_of(kStatuses, text)) {
        fail("unknown status '" + text.substr(0, 40) + "'");
      }
      result.status = text;
    } else {
      result.p_fake = probability(text);
    }
  }

  [[nodiscard]] std::string key(const std::string& text) const {
    const bool is_hex = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (text.size() != kKeyDigits || !is_hex) {
      fail("the key is not 16 hex digits in lower case");
    }
    return text;
  }

  [[nodiscard]] std::int64_t whole(const std::string& name, const std::string& text,
                                   std::int64_t least) const {
    std::int64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size() || value < least) {
      fail("'" + name + "' is no whole number from " + std::to_string(least) + " on");
    }
    return value;
  }

  [[nodiscard]] double probability(const std::string& text) const {
    const CsvNumber number = parse_csv_number(text);
    if (!number.is_valid || !number.value || *number.value < 0 || *number.value > 1) {
      fail("'p_fake' is no number in 0..1");
    }
    return *number.value;
  }

  std::string place_;
  std::size_t line_;
};

std::vector<ScoreLine> read_csv(const std::filesystem::path& file) {
  CsvReader reader(file);
  for (const std::string& column : reader.header()) {
    if (!is_one_of(kFields, column)) {
      LineParser(file.string(), 1).fail("unknown column '" + column.substr(0, 40) + "'");
    }
  }
  std::vector<ScoreLine> lines;
  while (const std::optional<CsvRow> row = reader.next()) {
    const LineParser parser(file.string(), row->line);
    if (!reader.fits(*row)) {
      parser.fail("another number of fields than the header");
    }
    Fields fields;
    for (std::size_t i = 0; i < row->fields.size(); ++i) {
      const std::string text(trim_blanks(row->fields[i]));
      if (!text.empty()) {
        fields.emplace(reader.header()[i], text);
      }
    }
    lines.push_back(parser.parse(fields));
  }
  return lines;
}

/// The members of one object, numbers as text that reads back as the same number.
Fields json_fields(const std::string& text, const LineParser& parser) {
  Fields fields;
  std::set<std::string> seen;
  const auto refuse_twice = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth == 1 && event == json::parse_event_t::key &&
        !seen.insert(parsed.get<std::string>()).second) {
      parser.fail("a member stands twice");
    }
    return true;
  };
  const json object = json::parse(text, refuse_twice, false);
  if (!object.is_object()) {
    parser.fail("no JSON object");
  }
  for (const auto& [name, value] : object.items()) {
    if (!is_one_of(kFields, name)) {
      parser.fail("unknown member '" + name.substr(0, 40) + "'");
    }
    if (!value.is_null() && !value.is_string() && !value.is_number()) {
      parser.fail("'" + name + "' is neither text nor a number");
    }
    if (!value.is_null()) {
      fields.emplace(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return fields;
}

std::vector<ScoreLine> read_json_lines(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  std::vector<ScoreLine> lines;
  std::size_t number = 0;
  for (std::size_t first = 0; first < text.size();) {
    const std::size_t last = std::min(text.find('\n', first), text.size());
    const std::string line(trim_blanks(std::string_view(text).substr(first, last - first)));
    first = last + 1;
    ++number;
    if (!line.empty() && line != "\r") {
      const LineParser parser(file.string(), number);
      lines.push_back(parser.parse(json_fields(line, parser)));
    }
  }
  return lines;
}

}  // namespace

std::vector<ScoreLine> read_score_file(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  std::vector<ScoreLine> lines =
      extension == ".jsonl" || extension == ".ndjson" ? read_json_lines(file) : read_csv(file);
  if (lines.empty()) {
    throw Error(ErrorKind::kInput, "'" + file.string() + "' holds no scores");
  }
  return lines;
}

}  // namespace changeling
