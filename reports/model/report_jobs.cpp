// Checks, yield, stages and failures: what the jobs of a run tell.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "reports/model/clip_summary.h"
#include "reports/model/report_parts.h"

namespace changeling {
namespace {

std::string of(std::int64_t count, std::int64_t total) {
  return std::to_string(count) + " of " + std::to_string(total);
}

std::int64_t count_jobs(const RunData& data, std::string_view state) {
  return std::count_if(data.jobs.begin(), data.jobs.end(),
                       [&](const JobData& job) { return job.job.state == state; });
}

/// Counts the done jobs for which `holds` is true.
template <typename Predicate>
ReportCheck check_done_jobs(const RunData& data, std::string name, const Predicate& holds) {
  std::int64_t good = 0;
  std::int64_t total = 0;
  for (const JobData& job : data.jobs) {
    if (job.is_done()) {
      ++total;
      good += holds(job) ? 1 : 0;
    }
  }
  return {std::move(name), good == total, of(good, total) + " fakes"};
}

bool has_all_artifacts(const JobData& job) {
  const std::set<std::string> wanted = {"fake_video", "real_control", "mask_alpha", "mask_changed",
                                        "sidecar"};
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const std::string& kind) { return job.find(kind) != nullptr; });
}

bool same_length(const JobData& job) {
  const ArtifactRow* fake = job.find("fake_video");
  return fake != nullptr &&
         std::all_of(job.artifacts.begin(), job.artifacts.end(), [&](const ArtifactRow& artifact) {
           return artifact.kind == "sidecar" || artifact.n_frames == fake->n_frames;
         });
}

bool is_labelled(const JobData& job) {
  const ArtifactRow* fake = job.find("fake_video");
  const ArtifactRow* control = job.find("real_control");
  return fake != nullptr && fake->label == "fake" && fake->manipulated_frames.value_or(0) > 0 &&
         control != nullptr && control->label == "real_control";
}

bool has_reason(const JobData& job) {
  const JobRow& row = job.job;
  if (row.state == "skipped") {
    return row.reject_reason && !row.reject_reason->empty();
  }
  if (row.state == "failed" || row.state == "quarantined") {
    return row.error_kind && row.error_text && !row.error_text->empty();
  }
  return true;
}

ReportShare make_share(std::string name, std::string definition, std::int64_t count,
                       std::int64_t total) {
  ReportShare share{std::move(name), std::move(definition), count, total, {}, {}, {}, {}};
  if (total > 0) {
    share.value = static_cast<double>(count) / static_cast<double>(total);
  }
  return share;
}

/// Jobs of one person stand or fall together: the interval resamples people, as those of means do.
/// None below ten, and none where all jobs came out alike, since no replicate could differ.
template <typename Asked, typename Counts>
void set_interval(const RunData& data, const Asked& is_asked, const Counts& counts,
                  const BootstrapOptions& options, ReportShare& share) {
  std::vector<CrossedValue> values;
  for (const JobData& job : data.jobs) {
    if (is_asked(job)) {
      values.push_back(
          {counts(job) ? 1.0 : 0.0, job.pair.source_subject.value, job.pair.target_subject.value});
    }
  }
  const SideMetric summary = summarize_values(values, data.run, share.name, 1, options);
  share.low = summary.low;
  share.high = summary.high;
}

/// Of the jobs that came to an end: an open one is no failure.
ReportShare make_yield(const RunData& data, const BootstrapOptions& options) {
  const std::int64_t n_open =
      std::count_if(data.jobs.begin(), data.jobs.end(), std::mem_fn(&JobData::is_open));
  std::string definition = "Fakes recorded of the jobs: one for each pair and method.";
  if (n_open > 0) {
    definition += " Open jobs are not counted: " + std::to_string(n_open) + ".";
  }
  ReportShare yield = make_share("Yield", std::move(definition), count_jobs(data, "done"),
                                 static_cast<std::int64_t>(data.jobs.size()) - n_open);
  set_interval(
      data, [](const JobData& job) { return !job.is_open(); }, std::mem_fn(&JobData::is_done),
      options, yield);
  yield.query = "q-yield";
  return yield;
}

/// Of the fakes that could be judged.
ReportShare make_rejected(const RunData& data, const BootstrapOptions& options) {
  const auto is_rejected = [&](const JobData& job) { return data.rejected_by.at(job.job.id) > 0; };
  const auto is_judged = [&](const JobData& job) { return data.rejected_by.count(job.job.id) > 0; };
  const std::int64_t count = std::count_if(data.rejected_by.begin(), data.rejected_by.end(),
                                           [](const auto& verdict) { return verdict.second > 0; });
  ReportShare rejected =
      make_share("Rejected fakes",
                 "Fakes that a rule of auto_reject rejects, of those that it could judge. They are "
                 "kept. Unless set, the limits are start values, calibrated on no real set.",
                 count, static_cast<std::int64_t>(data.rejected_by.size()));
  set_interval(data, is_judged, is_rejected, options, rejected);
  rejected.query = "q-rejected";
  return rejected;
}

void add_failure(std::map<std::tuple<std::string, std::string, std::string>, ReportFailure>& found,
                 const ReportFailure& failure) {
  const auto key = std::make_tuple(failure.where, failure.stage, failure.reason);
  const auto [entry, is_new] = found.emplace(key, failure);
  if (!is_new) {
    entry->second.count += failure.count;
  }
}

ReportFailure failure_of(const JobRow& job) {
  ReportFailure failure;
  failure.where = "job " + job.state;
  failure.reason = job.reject_reason.value_or(job.error_kind.value_or(""));
  failure.stage = job.error_stage.value_or("");
  failure.count = 1;
  failure.example = job.error_text.value_or("");
  return failure;
}

}  // namespace

std::vector<ReportCheck> make_checks(const RunData& data) {
  const auto total = static_cast<std::int64_t>(data.jobs.size());
  const std::int64_t open =
      std::count_if(data.jobs.begin(), data.jobs.end(), std::mem_fn(&JobData::is_open));
  const auto explained = std::count_if(data.jobs.begin(), data.jobs.end(), has_reason);
  return {
      {"Every job came to an end", open == 0, of(total - open, total) + " jobs"},
      {"Every job without a fake has a reason", explained == total, of(explained, total) + " jobs"},
      check_done_jobs(data, "Every fake has its control, masks and sidecar", has_all_artifacts),
      check_done_jobs(data, "Every fake and control bears its label", is_labelled),
      check_done_jobs(data, "Fake, control and masks have equal length", same_length),
      check_done_jobs(data, "Source and target are different people, except in self pairs",
                      [](const JobData& job) {
                        const bool is_self = job.pair.source_subject == job.pair.target_subject;
                        return is_self == (job.pair.stratum == "self");
                      })};
}

std::vector<ReportShare> make_shares(const RunData& data, const PageProgress& progress) {
  const BootstrapOptions options =
      watched_draws(progress, "shares", data.rejected_by.empty() ? 2 : 3, kPageReplicates);
  const std::int64_t done = count_jobs(data, "done");
  std::int64_t frames = 0;
  std::int64_t swapped = 0;
  for (const JobData& job : data.jobs) {
    if (const ArtifactRow* fake = job.find("fake_video")) {
      frames += fake->n_frames.value_or(0);
      swapped += fake->manipulated_frames.value_or(0);
    }
  }
  std::set<JobId> scored;
  for (const MetricData& metric : data.metrics) {
    for (const ClipValue& score : metric.scores) {
      if (score.status == "ok") {
        scored.insert(score.job_id);
      }
    }
  }
  ReportShare swapped_share =  // frames of one clip are not independent: no interval
      make_share("Swapped frames", "Swapped frames of all frames of the fakes.", swapped, frames);
  swapped_share.query = "q-frames";
  ReportShare measured = make_share("Measured clips", "Fakes with at least one metric value.",
                                    static_cast<std::int64_t>(scored.size()), done);
  set_interval(
      data, std::mem_fn(&JobData::is_done),
      [&](const JobData& job) { return scored.count(job.job.id) > 0; }, options, measured);
  measured.query = "q-measured";
  std::vector<ReportShare> shares = {make_yield(data, options), measured, swapped_share};
  if (!data.rejected_by.empty()) {
    shares.push_back(make_rejected(data, options));
  }
  return shares;
}

std::vector<ReportStage> make_stages(const RunData& data) {
  const bool has_methods = jobs_by_method(data).size() > 1;
  std::map<std::tuple<std::string, std::string, std::string>, ReportStage> found;
  for (const JobData& job : data.jobs) {
    const std::string method = has_methods ? job.job.method : "";
    for (const StageTiming& timing : job.timings) {
      ReportStage& stage = found[{method, timing.stage, timing.device}];
      stage.method = method;
      stage.stage = timing.stage;
      stage.device = timing.device;
      ++stage.n_jobs;
      stage.frames += timing.frames;
      stage.wall_seconds += static_cast<double>(timing.wall_us) / 1e6;
      stage.cpu_seconds += static_cast<double>(timing.cpu_us) / 1e6;
      stage.peak_mebibytes =
          std::max(stage.peak_mebibytes, static_cast<double>(timing.peak_bytes) / 1048576.0);
    }
  }
  std::vector<ReportStage> stages;
  for (auto& [key, stage] : found) {
    if (stage.wall_seconds > 0) {
      stage.frames_per_second = static_cast<double>(stage.frames) / stage.wall_seconds;
    }
    stages.push_back(stage);
  }
  return stages;
}

std::vector<ReportFailure> make_failures(const RunData& data) {
  std::map<std::tuple<std::string, std::string, std::string>, ReportFailure> found;
  for (const auto& [reason, count] : data.refusals) {
    add_failure(found, {"sampler", "", reason, count, ""});
  }
  for (const JobData& job : data.jobs) {
    if (job.job.state == "skipped" || job.job.state == "failed" || job.job.state == "quarantined") {
      add_failure(found, failure_of(job.job));
    }
  }
  for (const MetricData& metric : data.metrics) {
    for (const ClipValue& score : metric.scores) {
      if (score.status != "ok") {
        add_failure(found, {"metric", metric.definition.name, score.status, 1, ""});
      }
    }
  }
  std::vector<ReportFailure> failures;
  for (const auto& entry : found) {
    failures.push_back(entry.second);
  }
  std::stable_sort(
      failures.begin(), failures.end(),
      [](const ReportFailure& a, const ReportFailure& b) { return a.count > b.count; });
  return failures;
}

}  // namespace changeling
