#include "common/front/sql_text.h"

#include <type_traits>
#include <variant>

#include <nlohmann/json.hpp>

#include "common/base/plain_text.h"

namespace changeling {
namespace {

using Json = nlohmann::ordered_json;

std::string hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

Json to_json_value(const SqlValue& value) {
  return std::visit(
      [](const auto& v) -> Json {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<T, SqlBytes>) {
          return hex(v.bytes);
        } else {
          return v;
        }
      },
      value);
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string json_line(const std::vector<std::string>& columns, const std::vector<SqlValue>& row) {
  Json object;
  for (std::size_t i = 0; i < row.size(); ++i) {
    object[columns[i]] = to_json_value(row[i]);
  }
  return dump(object);
}

std::string cell_text(const SqlValue& value) {
  const Json cell = to_json_value(value);
  return cell.is_null() ? "" : cell.is_string() ? cell.get<std::string>() : dump(cell);
}

std::string csv_line(const std::vector<SqlValue>& row) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    line += i == 0 ? "" : ",";
    const std::string text = cell_text(row[i]);
    const bool is_text = std::holds_alternative<std::string>(row[i]);
    // An empty text is no NULL.
    line += !is_text ? text : text.empty() ? "\"\"" : csv_field(text);
  }
  return line;
}

}  // namespace changeling
