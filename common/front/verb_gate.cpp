#include "common/front/verb_gate.h"

#include <algorithm>
#include <iostream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "catalog/store/database.h"
#include "catalog/store/gate_store.h"
#include "catalog/store/run_store.h"
#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/cli/option_makers.h"
#include "common/cli/table_printer.h"
#include "common/front/contact_sheet.h"
#include "common/front/gate_probes.h"
#include "common/front/json_output.h"
#include "common/front/page_line.h"
#include "common/front/report_files.h"
#include "common/front/user_name.h"
#include "reports/model/number_format.h"
#include "reports/renderers/gate_renderer.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

void write_gate(Database& database, GateModel& model, const fs::path& folder) {
  std::vector<ReportFile> files;
  for (GateComparison& comparison : model.comparisons) {
    add_contact_sheets(database, comparison.model);
    std::vector<ReportFile> page =
        make_report(comparison.model, folder / ("compare-" + comparison.method));
    std::move(page.begin(), page.end(), std::back_inserter(files));
  }
  files.push_back({folder / "gate.json", render_json(model)});
  files.push_back({folder / "gate.xml", render_junit(model)});
  files.push_back({folder / "index.md", render_markdown(model)});
  files.push_back({folder / "index.html", render_html(model)});
  write_files(files);
}

void print_lines(const GateModel& model) {
  std::vector<std::vector<std::string>> rows;
  for (const GateLine& line : model.lines) {
    rows.push_back({line.method, line.metric, to_string(*line.delta.verdict),
                    format_number(line.delta.delta),
                    format_interval(line.delta.low, line.delta.high), line.delta.note});
  }
  print_table(std::cout, {"METHOD", "METRIC", "VERDICT", "DIFFERENCE", "95 % INTERVAL", "NOTE"},
              rows);
  for (const ReportCheck& check : model.checks) {
    if (!check.holds) {
      std::cout << "does not hold: " << check.name << " (" << check.detail << ")\n";
    }
  }
  for (const std::string& remark : model.remarks) {
    std::cout << remark << "\n";
  }
}

void print_gate(const Command& command, const GateModel& model, const fs::path& folder) {
  if (command.json) {
    std::cout << nlohmann::json::parse(render_json(model)).dump() << "\n";
    return;
  }
  if (!command.quiet) {
    print_lines(model);
  }
  if (!command.quiet || !model.is_open) {
    std::cout << to_string(model.verdict) << "; " << (command.dry_run ? "would write " : "")
              << (folder / "index.html").string() << "\n";
  }
}

Database open_catalog(const Command& command) {
  const fs::path file = command.config.get_path("catalog");
  return command.dry_run ? Database::open_reader(file) : Database::open_writer(file);
}

ExitCode run_set(const Command& command) {
  const std::string& suite = command.positionals.at(0);
  const std::string reason = command.config.get_string("baseline.reason");
  const std::string by =
      command.config.is_set("baseline.by") ? command.config.get_string("baseline.by") : user_name();
  Database database = open_catalog(command);
  const std::string run_id = RunStore(database).find_generate_run(command.positionals.at(1)).run_id;
  if (command.dry_run) {
    GateStore(database).check_baseline(suite, run_id);
  } else {
    GateStore(database).set_baseline(suite, run_id, by, reason);
  }
  if (command.json) {
    print_json({{"suite", suite}, {"run_id", run_id}, {"approved_by", by}, {"reason", reason}});
  } else if (!command.quiet) {
    std::cout << (command.dry_run ? "would make " : "made ") << run_id << " the baseline of suite '"
              << suite << "'\n";
  }
  return ExitCode::kOk;
}

ExitCode run_show(const Command& command) {
  Database database = Database::open_reader(command.config.get_path("catalog"));
  nlohmann::json list = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const BaselineRow& row : GateStore(database).baselines()) {
    if (!command.positionals.empty() && row.suite != command.positionals.front()) {
      continue;
    }
    list.push_back({{"suite", row.suite},
                    {"since", row.effective_from},
                    {"run_id", row.run_id},
                    {"approved_by", row.approved_by},
                    {"reason", row.reason}});
    rows.push_back({row.suite, row.effective_from, row.run_id, row.approved_by, row.reason});
  }
  if (command.json) {
    print_json({{"baselines", list}});
  } else {
    print_table(std::cout, {"SUITE", "SINCE", "RUN", "BY", "REASON"}, rows);
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<Option> gate_options() {
  return {make_option(
              OptionType::kStringList, "gate.tolerances", "tolerances",
              "yield=0.01,coverage=0.005,auto_reject=0.01,id_margin_dlib=0.01,pose_l2_deg=0.1,lmk_"
              "nme=1%,"
              "ssim_bg=0.002,psnr_bg=0.5,ewarp_ratio=0.03,detector_auc=0.01",
              "Gated metrics and how much worse each may get, METRIC=NUMBER or METRIC=PERCENT%; "
              "detector_auc is that of each detector which scored both runs."),
          make_int("gate.replicates", "replicates", "2000",
                   "Bootstrap replicates of each interval, more where a fail needs them; 10000 for "
                   "a release.",
                   100, 1e6)};
}

GateRules gate_rules(const Config& config) {
  GateRules rules;
  rules.tolerances = parse_tolerances(config.get_list("gate.tolerances"));
  rules.replicates = static_cast<int>(config.get_int("gate.replicates"));
  return rules;
}

Verb gate_verb(const Option& out) {
  Verb gate;
  gate.name = "gate";
  gate.summary = "Judge a run against the baseline of its suite; exits 4 when it fails";
  gate.description =
      "Hard checks with the leak probes, then every gated metric of every method pair by pair: "
      "pass, warn, fail or "
      "inconclusive. The verdicts are stored in the catalog and written as JSON, JUnit XML, "
      "Markdown and a page. A baseline of another suite or pair list is refused.";
  gate.examples = {"changeling report gate --out gate",
                   "changeling report gate 0190a3c2 --release --replicates 10000"};
  gate.positionals = {{"RUN",
                       "RUN is an id, the beginning of one, or latest; latest when left out.",
                       false, false}};
  gate.options = gate_options();
  gate.options.push_back(make_option(OptionType::kBool, "gate.release", "release", "false",
                                     "For a release: inconclusive fails, too."));
  gate.options.push_back(
      make_option(OptionType::kString, "gate.against", "against", "",
                  "Run to compare with instead of the suite's baseline; of the same suite."));
  gate.options.push_back(make_option(
      OptionType::kBool, "gate.probes", "probes", "true",
      "Leak probes on fakes and controls as hard checks; decodes four frames of each clip."));
  gate.options.push_back(out);
  return gate;
}

ExitCode run_gate(const Command& command) {
  install_stop_signal();
  Database database = open_catalog(command);
  GateRequest request;
  request.run_id =
      RunStore(database)
          .find_generate_run(command.positionals.empty() ? "" : command.positionals.front())
          .run_id;
  if (command.config.is_set("gate.against")) {
    request.against =
        RunStore(database).find_generate_run(command.config.get_string("gate.against")).run_id;
  }
  request.is_release = command.config.get_bool("gate.release");
  request.rules = gate_rules(command.config);
  PhaseProgress line(command.progress);
  request.progress = page_progress(line);
  if (command.config.get_bool("gate.probes")) {
    add_probe_checks(database, command.config.get_path("catalog"), request.run_id, request);
  }
  GateModel model = judge_run(database, request);
  const fs::path folder = report_folder(command.config, "gate");
  check_stop();
  if (!command.dry_run) {
    write_gate(database, model, folder);
    record_gate(database, model);
  }
  line.end();
  print_gate(command, model, folder);
  return model.is_open ? ExitCode::kOk : ExitCode::kGateFailed;
}

Verb baseline_verb() {
  Verb set;
  set.name = "set";
  set.summary = "Make a run what its suite is compared with from now on";
  set.description =
      "The run must have ended without failures and no gate of it may have failed. The change goes "
      "into the audit log; earlier baselines stay listed.";
  set.examples = {
      "changeling baseline set nightly 0190a3c2 --reason 'first run on the new machine'"};
  set.positionals = {{"SUITE", "Name of the suite.", true, false},
                     {"RUN", "An id, the beginning of one, or latest.", true, false}};
  set.options = {make_option(OptionType::kString, "baseline.reason", "reason", "",
                             "Why; goes into the audit log."),
                 make_option(OptionType::kString, "baseline.by", "by", "",
                             "Who decided it; default: the user's name.")};

  Verb show;
  show.name = "show";
  show.summary = "List the baselines with who set them and why";
  show.examples = {"changeling baseline show nightly"};
  show.positionals = {{"SUITE", "Only this suite.", false, false}};

  Verb verb;
  verb.name = "baseline";
  verb.summary = "Set and show what the runs of a suite are compared with";
  verb.sub_verbs = {set, show};
  return verb;
}

std::vector<VerbEntry> baseline_functions() {
  return {{{"baseline", "set"}, run_set}, {{"baseline", "show"}, run_show}};
}

}  // namespace changeling
