// reports/model/comparison_model.h: everything a comparison of runs or methods says, as plain
// values. Renderers add nothing to it. Layer 2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/model/report_model.h"

namespace changeling {

inline constexpr int kComparisonSchemaVersion = 1;

/// What a comparison ends in, worst first when several apply: fail, warn, inconclusive, pass.
enum class Verdict { kPass, kInconclusive, kWarn, kFail };

/// "pass", "inconclusive", "warn", "fail".
[[nodiscard]] std::string to_string(Verdict verdict);

/// One column: a run, or one method of it. The first column is the anchor.
struct ComparisonSide {
  std::string letter;  ///< "A", "B", ...
  std::string run_id;
  std::string method;
  std::int64_t n_pairs = 0;       ///< attempted
  std::int64_t n_fakes = 0;       ///< recorded
  std::vector<ReportFact> facts;  ///< commit, start, configuration, environment, ...
};

/// A metric over the clips of one column.
struct SideMetric {
  std::optional<double> mean, low, high;  ///< interval: 95 %
  std::int64_t n_clips = 0;               ///< faces of a distance of sets
  std::int64_t n_people = 0;
  double coverage = 0;  ///< clips with a value / clips that should have one
  std::map<std::string, std::int64_t> missing;
};

/// A column minus another over the pairs that have a value in both. Above 0 = better.
struct PairedDelta {
  std::size_t side = 0;
  std::optional<double> delta;
  std::optional<double> low, high;            ///< interval, 95 %
  std::optional<double> mde;                  ///< minimum detectable difference at this size
  std::optional<double> p_value;              ///< one-sided, of "worse by more than the tolerance"
  std::optional<double> p_holm;               ///< adjusted over all tests judged together
  std::optional<double> tolerance;            ///< absolute; absent = not gated
  std::optional<std::int64_t> people_needed;  ///< to detect the tolerance
  std::int64_t n_pairs = 0;
  std::int64_t n_people = 0;
  std::int64_t replicates = 0;     ///< behind interval and p; 0 = neither
  std::optional<Verdict> verdict;  ///< absent = not gated
  /// Why, in a sentence; empty for a plain pass. Set beside no delta, it says why there is none.
  std::string note;
};

/// One pair in a scatter plot; values by column.
struct ComparedClip {
  std::string pair;  ///< "train/plausible/3": part, stratum, draw
  std::vector<std::optional<double>> values;
};

struct ComparedMetric {
  std::string name;
  int version = 1;
  std::string title;
  std::string definition;
  std::string unit;
  std::string direction;
  std::vector<SideMetric> sides;
  std::vector<PairedDelta> deltas;  ///< every column but the first, against the first
  std::vector<PairedDelta> rungs;   ///< every column but the first, against the one before it
  std::vector<ComparedClip> clips;  ///< by pair; empty = not a number of clips
  bool is_gated = false;
  std::vector<ReportBaseline> baselines;  ///< of the first column's run
};

/// One cell of the heat map.
struct SliceCell {
  std::optional<double> mean;  ///< absent when suppressed
  std::int64_t n_clips = 0;
  std::int64_t n_people = 0;
  PairedDelta delta;  ///< against the first column; without values for the first one
};

/// One slice of one gated metric.
struct ComparedSlice {
  std::string metric;
  std::string group;
  std::string bin;
  std::vector<SliceCell> cells;  ///< by column
};

/// A pair whose outcome changed.
struct ComparisonFlip {
  std::size_t side = 0;
  std::string pair;
  std::string what;  ///< "identity lost", "identity gained", "fake lost", "fake gained"
  std::string before;
  std::string after;
};

/// A pair that is shown, with the job of every column (0 = no fake).
struct ComparisonExemplar {
  std::string rank;  ///< "worst 1", "best 3", "most changed 2"
  std::string pair;
  std::string source;  ///< keys of people and clips, never names
  std::string target;
  std::vector<JobId> jobs;
  std::vector<std::string> fakes;  ///< SHA-256 of the fake videos, by column; empty = none
  std::vector<ReportFact> values;  ///< "A": value of the exemplar metric
  std::int64_t frame_index = 0;    ///< of the target's file, shown in the pictures
  std::vector<ReportPicture> pictures;
  std::string sheet_note;  ///< why there are no pictures
};

/// CPU time of the thread that runs a stage: other load on the machine hardly counts in it.
inline constexpr const char* kCpuTime = "CPU time";
inline constexpr const char* kWallTime = "wall time";

/// Speed of one stage, as ratio of a column to the first over common pairs.
struct ThroughputDelta {
  std::size_t side = 0;
  std::string stage;
  std::string device;
  std::string measure;  ///< kCpuTime, kWallTime: what the frames are divided by
  std::int64_t n_pairs = 0;
  std::optional<double> anchor_fps, side_fps;  ///< medians over clips
  std::optional<double> ratio, low, high;      ///< geometric mean of the clips' ratios, interval
  std::optional<Verdict> verdict;
  std::string note;
};

/// A setting or fact in which the columns differ.
struct ComparisonDifference {
  std::string name;
  std::vector<std::string> values;  ///< by column
};

/// What pages say where ComparisonModel::determinism is empty.
inline constexpr const char* kNoEqualJobs =
    "No job is the same in both runs, by one clean build: whether equal jobs give equal fakes was "
    "not asked.";

struct ComparisonModel {
  std::string title;
  std::string suite;             ///< empty = none
  std::string pair_list_sha256;  ///< hex
  std::vector<ComparisonSide> sides;
  std::vector<Verdict> verdicts;  ///< of every column but the first
  Verdict verdict = Verdict::kPass;
  std::optional<ReportCheck> determinism;  ///< empty where the columns have no equal jobs
  std::vector<ReportCheck> invariants;     ///< of the last column; determinism first, if asked
  std::vector<ComparedMetric> metrics;     ///< yield and coverage first, then gated ones
  std::vector<ComparedSlice> slices;
  std::vector<ComparisonFlip> flips;
  std::string exemplar_metric;
  std::vector<ComparisonExemplar> exemplars;
  std::vector<std::vector<ReportFailure>> failures;  ///< by column
  std::vector<ThroughputDelta> throughput;
  std::vector<ComparisonDifference> differences;
  std::vector<ReportQuery> queries;
  std::vector<std::string> not_measured;
};

}  // namespace changeling
