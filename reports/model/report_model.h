// reports/model/report_model.h: everything a report of one generate run says, as plain values.
// Renderers add nothing to it. Layer 2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "reports/model/histogram.h"

namespace changeling {

inline constexpr int kReportSchemaVersion = 2;

/// A line of a list of facts.
struct ReportFact {
  std::string name;
  std::string value;
};

/// A property that must hold for every fake of the run.
struct ReportCheck {
  std::string name;
  bool holds = false;
  std::string detail;  ///< counts behind the verdict
};

/// A proportion. The interval, 95 %, resamples people: none below ten of them, where all of them
/// came out alike, or for frames.
struct ReportShare {
  std::string name;
  std::string definition;
  std::int64_t count = 0;
  std::int64_t total = 0;
  std::optional<double> value, low, high;  ///< 0..1; value absent when total is 0
  std::string query;                       ///< id of the ReportQuery behind it
};

/// What one rule of `auto_reject` makes of the fakes of a method. They are kept and counted.
struct ReportReject {
  std::string method;  ///< empty when the run has one method
  int version = 1;     ///< of auto_reject
  int rule = 1;        ///< rules are asked in their order; the first that rejects counts
  std::string text;    ///< "id_margin <= 0"
  std::int64_t n_rejected = 0;
  std::int64_t n_clips = 0;  ///< fakes with a verdict
  double judged = 0;         ///< share of the fakes that the rule could judge, 0..1
};

/// What a metric gives when a baseline stands in the fake's place: where its scale begins and ends.
struct ReportBaseline {
  std::string name;            ///< "copy_target"
  std::optional<double> mean;  ///< absent when no clip has a value
  std::int64_t n_clips = 0;
};

/// One metric over the clips of the run, or of one of its methods. Mean and interval are the stored
/// aggregate of the newest evaluation; the distribution is that of the clip values.
struct ReportMetric {
  std::string name;
  int version = 1;
  std::string method;  ///< empty when the run has one method
  std::string title;
  std::string definition;
  std::string unit;       ///< as stored: "1", "dB", "deg", "%IOD"
  std::string direction;  ///< as stored: up, down, to_zero, to_one
  std::string status;     ///< ok, too_few, undefined, not_measured
  std::optional<double> mean, low, high;
  std::string interval_method;
  std::int64_t n_clips = 0;         ///< behind the mean
  std::int64_t n_clusters = 0;      ///< people
  double coverage = 0;              ///< clips with a value / clips asked
  std::vector<double> clip_values;  ///< ascending
  Spread spread;
  Histogram histogram;
  std::map<std::string, std::int64_t> missing;  ///< status -> clips without a value
  std::vector<ReportBaseline> baselines;        ///< in the order of baseline_texts()
};

/// A metric over the fakes of a slice of the targets: whom or what a mean hides.
struct ReportSlice {
  std::string method;  ///< empty when the run has one method
  std::string group;   ///< "skin tone"
  std::string bin;     ///< "3-4"
  std::string metric;
  int version = 1;
  std::string unit;
  std::string direction;
  std::optional<double> mean, low, high;  ///< mean absent where there are too few clips or people
  std::int64_t n_clips = 0;               ///< with a value; jobs of the yield
  std::int64_t n_people = 0;
};

/// One number of a detector on clips of the run, as its detector run stored it.
struct ReportDetector {
  std::string run_id;
  std::string detector;    ///< name@version
  std::string trained_on;  ///< as the catalog has it; empty = not stated
  std::string metric;      ///< "detector_auc"
  int version = 1;         ///< of the metric
  std::string slice;       ///< all: a missing score is p = 0.5; ok_only; method=..; pose=..
  std::string direction;   ///< up, down
  std::string status;      ///< ok, too_few, undefined
  std::optional<double> value, low, high;
  std::string interval_method;  ///< as stored: how the interval came about, or why there is none
  std::int64_t n_items = 0;     ///< clips; frames of a frame metric
  std::int64_t n_people = 0;
  double coverage = 0;                          ///< items with a score / items asked
  std::map<std::string, std::int64_t> missing;  ///< status -> clips of the detector run without one
};

/// An encoded still picture.
struct ReportPicture {
  std::string caption;     ///< "target"
  std::string media_type;  ///< "image/jpeg"
  std::string bytes;
  int width_px = 0;
  int height_px = 0;
};

/// One moment of a clip: source, target, fake, alpha.
struct ReportSheetRow {
  std::int64_t frame_index = 0;  ///< in the fake
  std::vector<ReportPicture> pictures;
};

/// A clip that is shown.
struct ReportExemplar {
  std::string rank;  ///< best, median, worst
  std::string job;   ///< first 12 hex digits of the job key
  std::string method;
  JobId job_id;        ///< for whoever decodes the frames; not rendered
  std::string source;  ///< keys of people and clips, never names
  std::string target;
  std::string stratum;
  std::int64_t n_frames = 0;
  std::int64_t n_swapped = 0;
  std::string fake_sha256;         ///< of the fake video; empty = none
  std::vector<ReportFact> values;  ///< metric -> value of this clip
  std::vector<ReportSheetRow> sheet;
  std::string sheet_note;  ///< why there are no pictures; empty when there are
};

/// Sums over the last attempts of the jobs of one method. What a pass does once for several methods
/// stands under the first of them (catalog/store/swap_stage.h).
struct ReportStage {
  std::string method;  ///< empty when the run has one method
  std::string stage;
  std::string device;
  std::int64_t n_jobs = 0;
  std::int64_t frames = 0;
  double wall_seconds = 0;
  double cpu_seconds = 0;
  double frames_per_second = 0;  ///< frames / wall_seconds; 0 without frames
  double peak_mebibytes = 0;     ///< 0 = unknown
};

/// Jobs or draws that came to nothing, by reason.
struct ReportFailure {
  std::string where;   ///< "sampler", "job skipped", "job failed", "job quarantined", "metric"
  std::string stage;   ///< may be empty
  std::string reason;  ///< reject reason, error kind or metric status
  std::int64_t count = 0;
  std::string example;  ///< message of the first one
};

/// Terms of a group of inputs.
struct ReportLicence {
  std::string corpus;  ///< name@version
  std::string licence;
  std::string consent_basis;
  bool redistributable = false;
  std::int64_t n_media = 0;
  std::int64_t n_people = 0;
  std::string permits;  ///< a sentence
};

struct ReportNetwork {
  std::string used_by;  ///< "generate", "evaluate", "generate, evaluate"
  std::string role;
  std::string name;
  std::string version;
  std::string sha256;
  std::string licence;
  std::string trained_on;
};

/// What a person may paste into `changeling catalog query`.
struct ReportQuery {
  std::string id;  ///< anchor, "q-metric-id_margin"
  std::string title;
  std::string sql;
};

/// A stored verdict of the run against its baseline; differences above 0 are better.
struct ReportGateRow {
  std::string method;  ///< empty when the method does not matter
  std::string metric;
  int version = 1;
  std::string unit;
  std::string direction;
  double delta = 0;
  std::optional<double> low, high, mde, p_holm;
  double tolerance = 0;
  std::string verdict;  ///< pass, warn, fail, inconclusive
};

/// What the newest gate of the run said.
struct ReportGate {
  std::string verdict;
  std::string baseline_run;  ///< empty = there was none
  std::int64_t broken_checks = 0;
  std::vector<ReportGateRow> rows;
};

struct ReportModel {
  std::string title;
  std::string run_id;
  bool all_checks_hold = false;
  std::optional<ReportGate> gate;  ///< absent = the run was not gated
  std::vector<ReportCheck> checks;
  std::vector<ReportShare> shares;  ///< yield and coverage, shown before every mean
  std::map<std::string, std::int64_t> job_states;
  std::vector<ReportReject> rejects;  ///< by method and rule; empty when nothing is judged
  std::vector<ReportMetric> metrics;
  std::vector<ReportSlice> slices;        ///< by method, group, bin and metric
  std::vector<ReportDetector> detectors;  ///< by detector run, metric and slice
  std::string exemplar_metric;            ///< "id_margin"; empty when nothing is measured
  std::vector<ReportExemplar> exemplars;
  std::vector<ReportStage> stages;
  std::int64_t n_retried_jobs = 0;
  std::vector<ReportFailure> failures;
  std::vector<ReportLicence> licences;
  std::string permitted_use;  ///< of the run's outputs, a sentence
  std::vector<ReportNetwork> networks;
  std::vector<ReportFact> run_facts;      ///< commit, seed, digests, pair list, ...
  std::vector<ReportFact> versions;       ///< library -> version
  std::vector<ReportQuery> queries;       ///< the SQL behind the numbers
  std::vector<std::string> not_measured;  ///< what is missing here, and why
};

}  // namespace changeling
