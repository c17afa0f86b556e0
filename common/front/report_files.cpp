#include "common/front/report_files.h"

#include <system_error>

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

}  // namespace changeling
