#include "common/front/report_files.h"

#include <system_error>

#include "common/base/atomic_file.h"
#include "common/cli/standard_paths.h"

namespace changeling {

namespace fs = std::filesystem;

ChartLibrary find_chart_library() {
  const fs::path folder = assets_dir() / "npm" / "uplot" / "dist";
  std::error_code failed;
  if (!fs::exists(folder / "uPlot.iife.min.js", failed) ||
      !fs::exists(folder / "uPlot.min.css", failed)) {
    return {};
  }
  return {read_file(folder / "uPlot.iife.min.js"), read_file(folder / "uPlot.min.css")};
}

fs::path report_folder(const Config& config, const std::string& kind) {
  if (config.is_set("report.out")) {
    return config.get_path("report.out");
  }
  const fs::path folder = "report";
  return kind.empty() ? folder : folder / kind;
}

void write_files(const std::vector<ReportFile>& files) {
  check_stop();
  for (const ReportFile& file : files) {
    write_file_atomically(file.path, file.text);
  }
}

}  // namespace changeling
