#include "common/front/verb_report.h"

#include <iostream>
#include <system_error>

#include <nlohmann/json.hpp>

#include "catalog/store/database.h"
#include "common/base/atomic_file.h"
#include "common/cli/standard_paths.h"
#include "common/front/contact_sheet.h"
#include "reports/model/build_report.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// uPlot as fetched by script/fetch-assets; nothing when it is not there.
ChartLibrary find_chart_library() {
  const fs::path folder = assets_dir() / "npm" / "uplot" / "dist";
  std::error_code failed;
  if (!fs::exists(folder / "uPlot.iife.min.js", failed) ||
      !fs::exists(folder / "uPlot.min.css", failed)) {
    return {};
  }
  return {read_file(folder / "uPlot.iife.min.js"), read_file(folder / "uPlot.min.css")};
}

void print_result(const Command& command, const ReportModel& model, const fs::path& folder) {
  std::int64_t holding = 0;
  for (const ReportCheck& check : model.checks) {
    holding += check.holds ? 1 : 0;
  }
  if (command.json) {
    const nlohmann::json document = {{"schema_version", 1},
                                     {"run_id", model.run_id},
                                     {"report", (folder / "index.html").string()},
                                     {"written", !command.dry_run},
                                     {"checks", model.checks.size()},
                                     {"checks_holding", holding}};
    std::cout << document.dump() << "\n";
    return;
  }
  std::cout << (command.dry_run ? "would write " : "") << (folder / "index.html").string() << ": "
            << holding << " of " << model.checks.size() << " checks hold, " << model.metrics.size()
            << " metrics, " << model.exemplars.size() << " clips shown\n";
}

ExitCode run_build(const Command& command) {
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const std::string run_id =
      command.positionals.empty() ? latest_generate_run(database) : command.positionals.front();
  ReportModel model = build_report(database, run_id);
  const fs::path folder = command.config.get_path("report.out");
  if (!command.dry_run) {
    add_contact_sheets(database, model);
    write_file_atomically(folder / "report.json", render_json(model));
    write_file_atomically(folder / "index.md", render_markdown(model));
    write_file_atomically(folder / "index.html", render_html(model, find_chart_library()));
  }
  print_result(command, model, folder);
  return ExitCode::kOk;
}

}  // namespace

Verb report_verb() {
  Option out;
  out.key = "report.out";
  out.flag = "out";
  out.type = OptionType::kPath;
  out.default_value = "report";
  out.help = "Folder of index.html, index.md and report.json.";

  Verb build;
  build.name = "build";
  build.summary = "Write the report of a generate run as one page, Markdown and JSON";
  build.description =
      "Checks, yield and coverage, metrics with intervals, distributions, pictures of the best, "
      "median and worst clip, throughput, failures and the terms of the inputs. The page needs no "
      "network. The same catalog gives the same bytes.";
  build.examples = {"changeling report build --catalog demo-run/catalog.db --out demo-run/report",
                    "changeling report build 0190a3c2-7b1e-7c55-8f0a-2f4f3f1f9d11 --json"};
  build.positionals = {
      {"RUN", "Id of the generate run; the newest one when left out.", false, false}};
  build.options = {out};

  Verb verb;
  verb.name = "report";
  verb.summary = "Write reports from the catalog";
  verb.sub_verbs = {build};
  return verb;
}

std::vector<VerbEntry> report_functions() {
  return {{{"report", "build"}, run_build}};
}

}  // namespace changeling
