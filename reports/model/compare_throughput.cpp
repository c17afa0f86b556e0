// Speed of two columns, clip by clip; only equal machines get a verdict.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/statistics/cluster_bootstrap.h"
#include "common/statistics/quantile.h"
#include "reports/model/comparison_parts.h"
#include "reports/model/number_format.h"
#include "reports/model/run_texts.h"

namespace changeling {
namespace {

/// The stage that every job runs anew; analyses come from a cache.
constexpr const char* kGatedStage = "swap";
constexpr std::int64_t kFewestClips = 6;  ///< beside the first, which warms up

/// What the frames of a stage are divided by.
struct StageKey {
  std::string stage;
  std::string device;
  std::string measure;

  friend bool operator<(const StageKey& a, const StageKey& b) {
    return std::tie(a.stage, a.device, a.measure) < std::tie(b.stage, b.device, b.measure);
  }
};

bool is_cpu(const std::string& device) {
  return device == "cpu";
}

/// Frames per second of wall time, and of the gated stage on a CPU also of CPU time.
std::map<StageKey, double> speeds_of(const JobData& job) {
  std::map<StageKey, double> speeds;
  const auto add = [&](const StageTiming& timing, const char* measure, std::int64_t spent_us) {
    if (timing.frames > 0 && spent_us > 0) {
      speeds[{timing.stage, timing.device, measure}] =
          static_cast<double>(timing.frames) * 1e6 / static_cast<double>(spent_us);
    }
  };
  for (const StageTiming& timing : job.timings) {
    add(timing, kWallTime, timing.wall_us);
    if (timing.stage == kGatedStage && is_cpu(timing.device)) {
      add(timing, kCpuTime, timing.cpu_us);
    }
  }
  return speeds;
}

/// Speeds of one stage over the clips that both columns made.
struct StagePair {
  std::vector<double> anchor;
  std::vector<double> side;
  std::vector<ClusteredValue> log_ratios;
};

std::map<StageKey, StagePair> pair_stages(const ComparisonData& data, std::size_t side) {
  std::map<StageKey, StagePair> stages;
  bool is_warm = false;
  for (std::size_t pair = 0; pair < data.pairs.size(); ++pair) {
    const JobData* a = data.sides.front().jobs[pair];
    const JobData* b = data.sides[side].jobs[pair];
    if (a == nullptr || b == nullptr || a->job.state != "done" || b->job.state != "done") {
      continue;
    }
    if (!std::exchange(is_warm, true)) {
      continue;  // the first clip pays for loading and warming up
    }
    const std::map<StageKey, double> anchor_speeds = speeds_of(*a);
    for (const auto& [key, speed] : speeds_of(*b)) {
      const auto found = anchor_speeds.find(key);
      if (found != anchor_speeds.end()) {
        StagePair& stage = stages[key];
        stage.anchor.push_back(found->second);
        stage.side.push_back(speed);
        stage.log_ratios.push_back(
            {std::log(speed / found->second), static_cast<std::int64_t>(pair)});
      }
    }
  }
  return stages;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return quantile_of_sorted(values, 0.5);
}

std::string percent_text(double share) {
  return format_number(100 * share) + " %";
}

/// Other load on the machine slows the wall time of the whole run, which no interval over its clips
/// can tell from slower code: it fails nothing.
void judge_speed(double limit, ThroughputDelta& delta) {
  const bool can_fail = delta.measure == kCpuTime;
  const std::string slower =
      "Slower in " + delta.measure + " by more than " + percent_text(limit) + ", ";
  if (delta.n_pairs < kFewestClips || !delta.low) {
    delta.verdict = Verdict::kInconclusive;
    delta.note = "Too few common clips for a verdict.";
  } else if (*delta.high < 1 - limit) {
    delta.verdict = can_fail ? Verdict::kFail : Verdict::kWarn;
    delta.note =
        slower + (can_fail ? "beyond chance." : "but it may be other load on the machine.");
  } else if (*delta.ratio < 1 - limit) {
    delta.verdict = Verdict::kWarn;
    delta.note = slower + "but it may be chance.";
  } else if (*delta.high - *delta.low > 4 * limit) {
    delta.verdict = Verdict::kInconclusive;
    delta.note = "The interval is wider than the limit allows.";
  } else {
    delta.verdict = Verdict::kPass;
    delta.note = "In " + delta.measure + ".";
  }
}

ThroughputDelta make_stage(std::size_t side, const StageKey& key, const StagePair& stage,
                           const GateRules& rules) {
  ThroughputDelta delta;
  delta.side = side;
  delta.stage = key.stage;
  delta.device = key.device;
  delta.measure = key.measure;
  delta.n_pairs = static_cast<std::int64_t>(stage.anchor.size());
  delta.anchor_fps = median(stage.anchor);
  delta.side_fps = median(stage.side);
  const BootstrapEstimate result = bootstrap_mean(
      stage.log_ratios, {"throughput", key.stage, key.device}, {rules.replicates, 0.95});
  delta.ratio = std::exp(result.mean);
  if (result.interval) {
    delta.low = std::exp(result.interval->low);
    delta.high = std::exp(result.interval->high);
  }
  return delta;
}

/// Where the gated stage of a column was timed.
std::set<std::string> gated_devices(const SideData& side) {
  std::set<std::string> devices;
  for (const JobData* job : side.jobs) {
    if (job == nullptr || job->job.state != "done") {
      continue;
    }
    for (const StageTiming& timing : job->timings) {
      if (timing.stage == kGatedStage) {
        devices.insert(timing.device);
      }
    }
  }
  return devices;
}

/// What is said of the gated stage where no device timed it in both columns; nullopt where one did.
std::optional<ThroughputDelta> other_devices(const ComparisonData& data, std::size_t side) {
  const std::set<std::string> before = gated_devices(data.sides.front());
  const std::set<std::string> now = gated_devices(data.sides[side]);
  const bool is_common = std::any_of(
      now.begin(), now.end(), [&](const std::string& device) { return before.count(device) > 0; });
  if (before.empty() || now.empty() || is_common) {
    return std::nullopt;
  }
  ThroughputDelta delta;
  delta.side = side;
  delta.stage = kGatedStage;
  delta.device = comma_list(now);
  delta.measure = kWallTime;
  delta.note = "Not judged: timed on " + delta.device + ", what it is compared with on " +
               comma_list(before) + ".";
  return delta;
}

/// What the run says of its machine and libraries, without Changeling's own version.
nlohmann::json environment_of(const RunRow& run) {
  nlohmann::json environment = nlohmann::json::parse(run.env_json, nullptr, false);
  if (environment.is_object() && environment.contains("versions") &&
      environment["versions"].is_object()) {
    environment["versions"].erase("changeling");
  }
  return environment;
}

}  // namespace

bool equal_environment(const RunRow& a, const RunRow& b) {
  return a.host == b.host && environment_of(a) == environment_of(b);
}

std::vector<ThroughputDelta> make_throughput(const ComparisonData& data, const GateRules& rules) {
  std::vector<ThroughputDelta> deltas;
  for (std::size_t side = 1; side < data.sides.size(); ++side) {
    const bool is_equal = equal_environment(data.first().run, data.sides[side].run->run);
    const bool same_method = data.sides.front().method == data.sides[side].method;
    const std::map<StageKey, StagePair> stages = pair_stages(data, side);
    for (const auto& [key, stage] : stages) {
      ThroughputDelta delta = make_stage(side, key, stage, rules);
      const bool has_better =
          key.measure != kCpuTime && stages.count({key.stage, key.device, kCpuTime}) > 0;
      if (key.stage != kGatedStage || has_better) {
        delta.note = "Shown only.";
      } else if (!is_equal) {
        delta.note = "Not judged: the runs had other machines or libraries.";
      } else if (!same_method) {
        delta.note = "Not judged: the methods differ.";
      } else {
        judge_speed(is_cpu(key.device) ? rules.throughput_cpu : rules.throughput_gpu, delta);
      }
      deltas.push_back(delta);
    }
    if (std::optional<ThroughputDelta> delta = other_devices(data, side)) {
      deltas.push_back(*std::move(delta));
    }
  }
  return deltas;
}

}  // namespace changeling
