#include "tests/gpu/check_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>
#include <torch/version.h>

#include "common/base/atomic_file.h"
#include "common/base/build_info.h"
#include "common/base/error.h"

namespace changeling {

void print_row(const FigureRow& row) {
  const char* verdict = !row.holds ? "     " : *row.holds ? "ok   " : "FAIL ";
  std::printf("%s%-52s %12.5g %-9s %s\n", verdict, row.name.c_str(), row.value, row.unit.c_str(),
              row.note.c_str());
  std::fflush(stdout);
}

void write_rows(const GpuArguments& arguments, const std::vector<FigureRow>& rows) {
  if (arguments.json_path.empty()) {
    return;
  }
  nlohmann::json list = nlohmann::json::array();
  for (const FigureRow& row : rows) {
    nlohmann::json entry = {{"name", row.name}, {"unit", row.unit}, {"note", row.note}};
    entry["value"] = std::isfinite(row.value) ? nlohmann::json(row.value) : nlohmann::json();
    if (row.holds) {
      entry["holds"] = *row.holds;
    }
    list.push_back(entry);
  }
  const nlohmann::json document = {{"device", arguments.device},
                                   {"card", arguments.card},
                                   {"torch", TORCH_VERSION},
                                   {"commit", std::string(git_commit())},
                                   {"rows", list}};
  write_file_atomically(arguments.json_path, document.dump(1) + "\n");
}

int status_of(const std::vector<FigureRow>& rows) {
  const auto count = [&](bool wanted) {
    return std::count_if(rows.begin(), rows.end(),
                         [wanted](const FigureRow& row) { return row.holds == wanted; });
  };
  const auto failed = count(false);
  std::printf("%ld checks, %ld failed\n", static_cast<long>(count(true) + failed),
              static_cast<long>(failed));
  return failed == 0 ? 0 : 4;
}

GpuArguments parse_gpu_arguments(int argc, char** argv) {
  GpuArguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--quick") {
      arguments.quick = true;
      continue;
    }
    std::string* value = name == "--device" ? &arguments.device
                         : name == "--card" ? &arguments.card
                         : name == "--json" ? &arguments.json_path
                         : name == "--pack" ? &arguments.pack_path
                                            : nullptr;
    if (value == nullptr || i + 1 == argc) {
      throw Error(ErrorKind::kConfig,
                  "usage: [--device NAME] [--card TEXT] [--quick] [--json FILE] [--pack FILE]");
    }
    *value = argv[++i];
  }
  return arguments;
}

}  // namespace changeling
