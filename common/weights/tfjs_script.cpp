#include "common/weights/tfjs_script.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "common/base/error.h"

namespace changeling {
namespace {

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw Error(ErrorKind::kModel, "'" + name + "': tfjs script: " + what);
}

/// 0..63, or -1 for what is no letter of base64.
int base64_value(char letter) {
  if (letter >= 'A' && letter <= 'Z') {
    return letter - 'A';
  }
  if (letter >= 'a' && letter <= 'z') {
    return letter - 'a' + 26;
  }
  if (letter >= '0' && letter <= '9') {
    return letter - '0' + 52;
  }
  return letter == '+' ? 62 : letter == '/' ? 63 : -1;
}

std::string_view longest_run(std::string_view text) {
  std::string_view longest;
  for (std::size_t first = 0; first < text.size();) {
    std::size_t last = first;
    while (last < text.size() && base64_value(text[last]) >= 0) {
      ++last;
    }
    if (last - first > longest.size()) {
      longest = text.substr(first, last - first);
    }
    first = last + 1;
  }
  return longest;
}

bool is_key_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '$';
}

/// The literal that begins with text[first] = '[', up to its end; texts inside are in double quotes
/// without escapes.
std::string_view literal_at(std::string_view text, std::size_t first, const std::string& name) {
  int depth = 0;
  bool is_text = false;
  for (std::size_t i = first; i < text.size(); ++i) {
    is_text = is_text != (text[i] == '"');
    if (is_text) {
      continue;
    }
    depth += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
    if (depth == 0) {
      return text.substr(first, i + 1 - first);
    }
  }
  fail(name, "the list of weights does not end");
}

/// Bare keys in quotes, a 0 before numbers that begin with a point.
std::string to_json(std::string_view literal) {
  std::string json;
  for (std::size_t i = 0; i < literal.size();) {
    const char letter = literal[i];
    if (letter == '"') {
      const std::size_t end = std::min(literal.find('"', i + 1), literal.size() - 1);
      json += literal.substr(i, end + 1 - i);
      i = end + 1;
    } else if (std::isalpha(static_cast<unsigned char>(letter)) != 0 &&
               (json.back() == '{' || json.back() == ',')) {
      std::size_t end = i;
      while (end < literal.size() && is_key_letter(literal[end])) {
        ++end;
      }
      json += '"' + std::string(literal.substr(i, end - i)) + '"';
      i = end;
    } else {
      const bool lacks_zero =
          letter == '.' && std::isdigit(static_cast<unsigned char>(json.back())) == 0;
      json += lacks_zero ? "0." : std::string(1, letter);
      ++i;
    }
  }
  return json;
}

}  // namespace

std::string read_script_data(std::string_view script, const std::string& name) {
  const std::string_view letters = longest_run(script);
  if (letters.empty() || letters.size() % 4 == 1) {
    fail(name, "no base64 data");
  }
  std::string bytes;
  bytes.reserve(letters.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int n_bits = 0;
  for (const char letter : letters) {
    bits = (bits << 6U | static_cast<std::uint32_t>(base64_value(letter))) & 0xFFFFFFU;
    n_bits += 6;
    if (n_bits >= 8) {
      n_bits -= 8;
      bytes.push_back(static_cast<char>(bits >> static_cast<unsigned>(n_bits) & 0xFFU));
    }
  }
  return bytes;
}

std::string read_script_manifest(std::string_view script, const std::string& name) {
  constexpr std::string_view kKey = "weights:";
  const std::size_t key = script.find(std::string(kKey) + "[");
  if (key == std::string_view::npos) {
    fail(name, "no list of weights");
  }
  return R"([{"weights":)" + to_json(literal_at(script, key + kKey.size(), name)) + "}]";
}

}  // namespace changeling
