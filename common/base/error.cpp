#include "common/base/error.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/plain_text.h"

namespace changeling {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 7> kNames = {{
    {ErrorKind::kInput, "input"},
    {ErrorKind::kConfig, "config"},
    {ErrorKind::kModel, "model"},
    {ErrorKind::kResource, "resource"},
    {ErrorKind::kCatalog, "catalog"},
    {ErrorKind::kCancelled, "cancelled"},
    {ErrorKind::kInternal, "internal"},
}};

/// Messages are one line of plain text by contract, whatever a library or a file's name brought.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\r', ' ');
  return without_controls(text);
}

}  // namespace

std::string_view to_string(ErrorKind kind) {
  for (const auto& [value, name] : kNames) {
    if (value == kind) {
      return name;
    }
  }
  return "internal";
}

Error::Error(ErrorKind kind, const std::string& message)
    : std::runtime_error(one_line(message)), kind_(kind) {}

void internal::throw_requirement(const char* file, int line, const char* condition,
                                 const std::string& message) {
  throw Error(ErrorKind::kInternal,
              message + " [" + condition + " at " + file + ":" + std::to_string(line) + "]");
}

}  // namespace changeling
