// common/front/report_files.h: reports as files of a folder. Layer 7.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/atomic_file.h"
#include "common/cli/config.h"
#include "common/front/page_line.h"
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

/// Writes report.json, index.md and index.html once all are made, so that none is of another report
/// than its neighbours. Throws as check_stop before the first is written.
template <typename Model>
void write_report(const Model& model, const std::filesystem::path& folder) {
  const std::string html = render_html(model, find_chart_library());
  check_stop();
  const std::string markdown = render_markdown(model);
  const std::string json = render_json(model);
  check_stop();
  write_file_atomically(folder / "report.json", json);
  write_file_atomically(folder / "index.md", markdown);
  write_file_atomically(folder / "index.html", html);
}

}  // namespace changeling
