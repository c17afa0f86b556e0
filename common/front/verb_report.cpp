#include "common/front/verb_report.h"

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "catalog/export/version_card.h"
#include "catalog/store/database.h"
#include "catalog/store/run_store.h"
#include "common/base/stop_signal.h"
#include "common/base/training_files.h"
#include "common/cli/option_makers.h"
#include "common/cli/table_printer.h"
#include "common/front/contact_sheet.h"
#include "common/front/json_output.h"
#include "common/front/page_line.h"
#include "common/front/report_files.h"
#include "common/front/report_server.h"
#include "common/front/verb_gate.h"
#include "reports/model/build_report.h"
#include "reports/model/compare_runs.h"
#include "reports/model/corpus_card.h"
#include "reports/model/number_format.h"
#include "reports/model/trend_model.h"
#include "reports/renderers/csv_renderer.h"
#include "reports/training_page.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// Clips with pictures; a dry run makes none and counts those to show.
std::int64_t clips_shown(const Command& command, const ReportModel& model) {
  return std::count_if(
      model.exemplars.begin(), model.exemplars.end(),
      [&](const ReportExemplar& clip) { return command.dry_run || !clip.sheet.empty(); });
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
  if (command.quiet) {
    return;
  }
  std::cout << (command.dry_run ? "would write " : "") << (folder / "index.html").string() << ": "
            << holding << " of " << model.checks.size() << " checks hold, " << model.metrics.size()
            << " metrics, " << clips_shown(command, model) << " clips shown\n";
}

ExitCode run_build(const Command& command) {
  install_stop_signal();
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const std::string run_id =
      RunStore(database)
          .find_generate_run(command.positionals.empty() ? "" : command.positionals.front())
          .run_id;
  PhaseProgress line(command.progress);
  ReportModel model = build_report(database, run_id, page_progress(line));
  const fs::path folder = report_folder(command.config, "");
  check_stop();
  if (!command.dry_run) {
    add_contact_sheets(database, model);
    std::vector<ReportFile> files = make_report(model, folder);
    files.push_back({folder / "metrics.csv", render_csv(model)});
    write_files(files);
  }
  line.end();
  print_result(command, model, folder);
  return ExitCode::kOk;
}

/// "fail: lmk_nme B -0.2 (worse by ..)", one line per gated metric.
void print_comparison(const Command& command, const ComparisonModel& model,
                      const fs::path& folder) {
  nlohmann::json gated = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const ComparedMetric& metric : model.metrics) {
    for (const PairedDelta& delta : metric.deltas) {
      if (delta.verdict) {
        const std::string& letter = model.sides[delta.side].letter;
        gated.push_back({{"metric", metric.name},
                         {"column", letter},
                         {"verdict", to_string(*delta.verdict)},
                         {"note", delta.note}});
        rows.push_back({metric.name, letter, to_string(*delta.verdict), format_number(delta.delta),
                        format_interval(delta.low, delta.high), delta.note});
      }
    }
  }
  if (command.json) {
    print_json({{"verdict", to_string(model.verdict)},
                {"report", (folder / "index.html").string()},
                {"written", !command.dry_run},
                {"gated", gated}});
    return;
  }
  if (command.quiet) {
    return;
  }
  print_table(std::cout, {"metric", "column", "verdict", "difference", "95 % interval", "note"},
              rows);
  std::cout << to_string(model.verdict) << "; " << (command.dry_run ? "would write " : "")
            << (folder / "index.html").string() << "\n";
}

ExitCode run_compare(const Command& command) {
  install_stop_signal();
  Database database = Database::open_reader(command.config.get_path("catalog"));
  PhaseProgress line(command.progress);
  ComparisonModel model = compare_runs(database, resolve_sides(database, command.positionals),
                                       gate_rules(command.config), page_progress(line));
  const fs::path folder = report_folder(command.config, "compare");
  check_stop();
  if (!command.dry_run) {
    add_contact_sheets(database, model);
    write_files(make_report(model, folder));
  }
  line.end();
  print_comparison(command, model, folder);
  return ExitCode::kOk;
}

/// What was written, or would be, as JSON with `members` or as a line that ends in `text`.
void print_written(const Command& command, const fs::path& page, nlohmann::json members,
                   const std::string& text) {
  if (command.json) {
    members["report"] = page.string();
    members["written"] = !command.dry_run;
    print_json(members);
  } else if (!command.quiet) {
    std::cout << (command.dry_run ? "would write " : "") << page.string() << ": " << text << "\n";
  }
}

ExitCode run_trend(const Command& command) {
  install_stop_signal();
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const std::string suite = command.positionals.empty() ? "" : command.positionals.front();
  PhaseProgress line(command.progress);
  const TrendModel model =
      build_trend(database, suite, static_cast<int>(command.config.get_int("gate.replicates")),
                  page_progress(line));
  const fs::path folder = report_folder(command.config, "trend");
  check_stop();
  if (!command.dry_run) {
    write_files(make_report(model, folder));
  }
  line.end();
  print_written(command, folder / "index.html", {{"suite", suite}, {"runs", model.runs.size()}},
                std::to_string(model.runs.size()) + " runs, " +
                    std::to_string(model.metrics.size()) + " metrics");
  return ExitCode::kOk;
}

CardModel make_card(Database& database, const std::string& what) {
  const std::string corpus = "corpus:";
  return what.rfind(corpus, 0) == 0 ? corpus_card(database, what.substr(corpus.size()))
                                    : version_card(database, what);
}

ExitCode run_card(const Command& command) {
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const CardModel model = make_card(database, command.positionals.front());
  const fs::path folder = report_folder(command.config, "card");
  if (!command.dry_run) {
    write_files(make_report(model, folder));
  }
  print_written(
      command, folder / "index.html", {{"kind", model.kind}, {"subject", model.subject}},
      "card of " + model.subject + ", " + std::to_string(model.sections.size()) + " sections");
  return ExitCode::kOk;
}

/// `folder`, or the trainings in it, by name. Throws Error(kInput) when there is none.
std::vector<fs::path> trainings_at(const fs::path& folder) {
  if (is_training_folder(folder)) {
    return {folder};
  }
  std::vector<fs::path> trainings;
  std::error_code unread;
  for (const auto& entry : fs::directory_iterator(folder, unread)) {
    if (is_training_folder(entry.path())) {
      trainings.push_back(entry.path());
    }
  }
  if (trainings.empty()) {
    throw Error(ErrorKind::kInput, "no training in '" + folder.string() +
                                       "': neither it nor a folder in it has " +
                                       training_files::kCurve + ", " + training_files::kCheckpoint +
                                       " or " + training_files::kBest);
  }
  std::sort(trainings.begin(), trainings.end());
  return trainings;
}

std::string fact_of(const TrainingModel& model, const std::string& name) {
  const auto found = std::find_if(model.facts.begin(), model.facts.end(),
                                  [&](const ReportFact& fact) { return fact.name == name; });
  return found == model.facts.end() ? "" : found->value;
}

ExitCode run_training(const Command& command) {
  nlohmann::json pages = nlohmann::json::array();
  for (const fs::path& folder : trainings_at(command.positionals.front())) {
    const TrainingModel model =
        command.dry_run ? read_training(folder) : write_training_page(folder);
    const fs::path page = folder / training_files::kPage;
    pages.push_back({{"title", model.title}, {"report", page.string()}});
    if (!command.json && !command.quiet) {
      std::cout << (command.dry_run ? "would write " : "") << page.string() << ": " << model.title
                << ", steps " << fact_of(model, "steps") << ", " << fact_of(model, "end") << "\n";
    }
  }
  if (command.json) {
    print_json({{"pages", pages}, {"written", !command.dry_run}});
  }
  return ExitCode::kOk;
}

ExitCode run_serve(const Command& command) {
  const ServedReport report = {report_folder(command.config, ""),
                               command.config.get_path("catalog"),
                               static_cast<int>(command.config.get_int("report.port"))};
  serve_report(report, [](int port) {
    std::cout << "http://127.0.0.1:" << port << "/ (stop with Ctrl-C)" << std::endl;
  });
  return ExitCode::kOk;
}

Verb serve_verb(const Option& out) {
  Verb serve;
  serve.name = "serve";
  serve.summary = "Show a report in the browser with its clips";
  serve.description =
      "Serves the report folder and the catalog's fakes and controls to this machine alone, read "
      "only. A report that is opened as a file shows pictures; served, it plays the clips. Card, "
      "comparison, gate and trend below it are at /card/, /compare/, /gate/ and /trend/; without a "
      "report above them, --out names one of their folders.";
  serve.examples = {"changeling report serve --catalog demo-run/catalog.db --out demo-run/report"};
  serve.options = {
      make_int("report.port", "port", "8080", "Port on 127.0.0.1; 0 = any free one.", 0, 65535),
      out};
  return serve;
}

Verb compare_verb(const Option& out) {
  Verb compare;
  compare.name = "compare";
  compare.summary = "Compare runs, or methods of a run, pair by pair";
  compare.description =
      "Every column is compared with the first over the pairs that have a value in both: "
      "differences with intervals that resample people, verdicts, slices, flips, speed. Columns of "
      "other pair lists or suites are refused. The verdict changes no exit code: that is what "
      "'report gate' does.";
  compare.examples = {"changeling report compare 0190a3c2 0190b7d4 --out compare",
                      "changeling report compare latest:mesh_swap latest:fsgan"};
  compare.positionals = {{"COLUMN",
                          "RUN or RUN:METHOD; RUN is an id, the beginning of one, or latest. "
                          "Without a method every method of the run is a column.",
                          true, true}};
  compare.options = gate_options();
  compare.options.push_back(out);
  return compare;
}

Verb trend_verb(const Option& out) {
  Verb trend;
  trend.name = "trend";
  trend.summary = "Show the history of a suite";
  trend.description =
      "Means with intervals of every run and method of a suite, with marks where commit, settings, "
      "networks or environment changed.";
  trend.examples = {"changeling report trend nightly --out trend"};
  trend.positionals = {{"SUITE",
                        "Name of the suite; left out: runs over the newest run's pair list.", false,
                        false}};
  trend.options = {gate_options()[1], out};
  return trend;
}

Verb card_verb(const Option& out) {
  Verb card;
  card.name = "card";
  card.summary = "Write the card of a data set or corpus as one page, Markdown and JSON";
  card.description =
      "What a frozen version or a registered corpus holds and under which terms, from the catalog "
      "alone: counts, people, licences and consent, checks, quality, refusals and failures, "
      "networks and whether they may know these people. What nothing is known of says so. The same "
      "catalog gives the same bytes.";
  card.examples = {"changeling report card faces@1.0.0 --out card",
                   "changeling report card corpus:clips --out card"};
  card.positionals = {
      {"DATASET", "NAME@VERSION of 'export list', or corpus:NAME of 'corpus list'.", true, false}};
  card.options = {out};
  return card;
}

Verb training_verb() {
  Verb training;
  training.name = "training";
  training.summary = "Write the page of a training from the files in its folder";
  training.description =
      std::string(
          "Curves as charts, the newest picture, data, licence, settings and how it ended, as ") +
      training_files::kPage + " in the training's folder. Reads " + training_files::kCurve + ", " +
      training_files::kPictures + "/, " + training_files::kEnd + " and the metadata of " +
      training_files::kCheckpoint + " and " + training_files::kBest +
      ", as far as they are there: finished or not, by 'train fit' or by script/gpu-train on "
      "another machine.";
  training.examples = {"changeling report training trained/reenactment",
                       "changeling report training gpu-train   # every stage in it"};
  training.positionals = {
      {"FOLDER", "Folder of a training, or of several, each of which gets its page.", true, false}};
  return training;
}

}  // namespace

Verb report_verb() {
  Option out;
  out.key = "report.out";
  out.flag = "out";
  out.type = OptionType::kPath;
  out.help =
      "Folder of index.html, index.md and report.json; default: report, for a card, comparison, "
      "gate or trend report/card, report/compare, report/gate or report/trend.";

  Verb build;
  build.name = "build";
  build.summary = "Write the report of a generate run as one page, Markdown and JSON";
  build.description =
      "Checks, yield and coverage, metrics with intervals, distributions, pictures of the best, "
      "median and worst clip, throughput, failures and the terms of the inputs. The page needs no "
      "network. The same catalog gives the same bytes.";
  build.examples = {"changeling report build --catalog demo-run/catalog.db --out demo-run/report",
                    "changeling report build 0190a3c2 --json"};
  build.positionals = {
      {"RUN", "An id, the beginning of one, or latest; latest when left out.", false, false}};
  build.options = {out};

  Verb verb;
  verb.name = "report";
  verb.summary = "Write reports from the catalog, and pages of trainings";
  verb.sub_verbs = {build,           card_verb(out),  compare_verb(out), gate_verb(out),
                    serve_verb(out), training_verb(), trend_verb(out)};
  return verb;
}

std::vector<VerbEntry> report_functions() {
  return {{{"report", "build"}, run_build},     {{"report", "card"}, run_card},
          {{"report", "compare"}, run_compare}, {{"report", "gate"}, run_gate},
          {{"report", "serve"}, run_serve},     {{"report", "training"}, run_training},
          {{"report", "trend"}, run_trend}};
}

}  // namespace changeling
