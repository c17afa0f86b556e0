#include "generator/train/curve_file.h"

#include <charconv>
#include <cstdio>
#include <sstream>
#include <utility>

#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {
namespace {

constexpr const char* kFirstColumn = "step";

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string header_of(const FitProgress& progress) {
  std::string header = kFirstColumn;
  for (const auto& [name, value] : progress.terms) {
    header += "," + name;
  }
  return header + ",validation,samples_per_second,wait_share,input_share";
}

std::string row_of(const FitProgress& progress) {
  std::string row = std::to_string(progress.step);
  for (const auto& [name, value] : progress.terms) {
    row += "," + number(value);
  }
  row += "," + (progress.validated ? number(progress.validation) : std::string());
  return row + "," + number(progress.samples_per_second) + "," + number(progress.stage_wait_share) +
         "," + number(progress.input_share);
}

}  // namespace

CurveFile::CurveFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) {
    return;
  }
  std::istringstream lines(read_file(path_));
  std::getline(lines, header_);
  for (std::string line; std::getline(lines, line);) {
    std::int64_t step = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), step);
    if (parsed.ec != std::errc() || header_.rfind(kFirstColumn, 0) != 0) {
      throw Error(ErrorKind::kInput, "'" + path_.string() + "' is no curve of a training");
    }
    rows_[step] = line;
  }
}

void CurveFile::add(const FitProgress& progress) {
  const std::string header = header_of(progress);
  if (header != header_) {
    rows_.clear();  // of a training with other terms
    header_ = header;
  }
  rows_[progress.step] = row_of(progress);
  std::string text = header_ + "\n";
  for (const auto& [step, row] : rows_) {
    text += row + "\n";
  }
  write_file_atomically(path_, text);
}

}  // namespace changeling
