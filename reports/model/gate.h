// reports/model/gate.h: the verdict over one run against the baseline of its suite. Layer 2.
// Rules: docs/formats/report.md, "Verdicts of a gate".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"
#include "reports/model/comparison_model.h"
#include "reports/model/gate_rules.h"
#include "reports/model/page_progress.h"

namespace changeling {

inline constexpr int kGateSchemaVersion = 1;

/// One gated metric of one method. Its delta always has a verdict; without a value in both runs it
/// is `inconclusive`, and the note says why.
struct GateLine {
  std::string method;
  std::string metric;
  int version = 1;
  std::string title;
  std::string unit;
  std::string direction = "up";  ///< as stored; speed: up
  std::optional<double> baseline_mean, mean;
  double baseline_coverage = 0;
  double coverage = 0;
  PairedDelta delta;
};

/// The columns behind the lines of one method.
struct GateComparison {
  std::string method;
  ComparisonModel model;
};

struct GateModel {
  std::string title;
  std::string run_id;
  std::string suite;
  std::string pair_list_sha256;
  std::optional<BaselineRow> baseline;  ///< absent = nothing to compare with yet
  bool is_release = false;              ///< inconclusive counts as a failure
  int replicates = 0;
  Verdict verdict = Verdict::kPass;
  bool is_open = true;               ///< the gate lets the run through
  std::vector<ReportCheck> checks;   ///< hard: one that does not hold fails the gate
  std::vector<GateLine> lines;       ///< methods by name; yield and coverage first
  std::vector<std::string> remarks;  ///< what could not be compared, and why
  std::vector<GateComparison> comparisons;
};

struct GateRequest {
  std::string run_id;
  std::string against;  ///< run to compare with instead of the suite's baseline; empty = that
  bool is_release = false;
  GateRules rules;
  std::vector<ReportCheck> more_checks =
      {};                                 ///< hard checks made elsewhere: those that decode clips
  std::vector<std::string> remarks = {};  ///< what such checks left out, and why
  PageProgress progress = {};
};

/// Judges a generate run. Without a baseline the hard checks alone decide between fail and
/// inconclusive. The same catalog gives the same model. Throws Error(kConfig) when the run belongs
/// to no suite, or baseline and run are of different suites or pair lists.
[[nodiscard]] GateModel judge_run(Database& database, const GateRequest& request);

/// Stores the verdicts: one row for every line with a difference, slice "method=NAME", and a row of
/// the metric `gate` with the verdict of the whole, whose delta is minus the number of hard checks
/// that do not hold. Without a baseline the run stands in its place. Needs a writer.
void record_gate(Database& database, const GateModel& model);

/// The stored verdict of a run's newest gate; nullopt = never gated.
[[nodiscard]] std::optional<ReportGate> read_gate(Database& database, std::string_view run_id);

}  // namespace changeling
