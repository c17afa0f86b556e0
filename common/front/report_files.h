// common/front/report_files.h: reports as files of a folder. Layer 7.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/base/stop_signal.h"
#include "common/cli/config.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"

namespace changeling {

/// uPlot as fetched by script/fetch-assets; nothing when it is not there.
[[nodiscard]] ChartLibrary find_chart_library();

/// report.out, or where it is unset `kind` below the folder `report`; an empty kind is that folder.
/// Thus no verb overwrites what another one wrote. `report serve` has the others beside the report:
/// at /card/ and so on.
[[nodiscard]] std::filesystem::path report_folder(const Config& config, const std::string& kind);

/// A file that is made and not yet written.
struct ReportFile {
  std::filesystem::path path;
  std::string text;
};

/// report.json, index.md and index.html of a folder. Throws as check_stop.
template <typename Model>
[[nodiscard]] std::vector<ReportFile> make_report(const Model& model,
                                                  const std::filesystem::path& folder) {
  check_stop();
  std::string html = render_html(model, find_chart_library());
  check_stop();
  return {{folder / "report.json", render_json(model)},
          {folder / "index.md", render_markdown(model)},
          {folder / "index.html", std::move(html)}};
}

/// Writes files that belong together once all are made, so that none is of another report than its
/// neighbours. Throws as check_stop before the first is written, not between them.
void write_files(const std::vector<ReportFile>& files);

}  // namespace changeling
