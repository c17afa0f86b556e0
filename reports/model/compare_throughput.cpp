// Speed of two columns, clip by clip; only equal machines get a verdict.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/store/swap_stage.h"
#include "common/statistics/cluster_bootstrap.h"
#include "common/statistics/quantile.h"
#include "reports/model/comparison_parts.h"
#include "reports/model/number_format.h"
#include "reports/model/run_texts.h"

namespace changeling {
namespace {

// The stage of a pass is gated: every pass runs it anew, analyses come from a cache. Its name says
// what the pass makes, so equal names are the same work.

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
    if (is_swap_stage(timing.stage) && is_cpu(timing.device)) {
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
  const BootstrapEstimate result =
      bootstrap_mean(stage.log_ratios, {"throughput", key.stage, key.device}, drawn_by(rules));
  delta.ratio = std::exp(result.mean);
  if (result.interval) {
    delta.low = std::exp(result.interval->low);
    delta.high = std::exp(result.interval->high);
  }
  return delta;
}

/// The passes that a column's jobs bear the time of: stage and device.
using Passes = std::set<std::pair<std::string, std::string>>;

Passes passes_of(const SideData& side) {
  Passes passes;
  for (const JobData* job : side.jobs) {
    if (job == nullptr || job->job.state != "done") {
      continue;
    }
    for (const StageTiming& timing : job->timings) {
      if (is_swap_stage(timing.stage)) {
        passes.emplace(timing.stage, timing.device);
      }
    }
  }
  return passes;
}

/// "as swap (a, b) on cpu".
std::string passes_text(const Passes& passes) {
  std::set<std::string> texts;
  for (const auto& [stage, device] : passes) {
    texts.insert(stage + " on " + device);
  }
  return texts.empty() ? "in the pass of another method" : "as " + comma_list(texts);
}

/// What is said of the gated stage where no pass of one kind was timed in both columns; nullopt
/// where one was, or where neither column bears the time of one.
std::optional<ThroughputDelta> other_passes(const ComparisonData& data, std::size_t side) {
  const Passes before = passes_of(data.sides.front());
  const Passes now = passes_of(data.sides[side]);
  const bool is_common =
      std::any_of(now.begin(), now.end(), [&](const auto& pass) { return before.count(pass) > 0; });
  if (is_common || (before.empty() && now.empty())) {
    return std::nullopt;
  }
  ThroughputDelta delta;
  delta.side = side;
  delta.stage = swap_stage({});
  delta.device = now.empty() ? before.begin()->second : now.begin()->second;
  delta.measure = kWallTime;
  delta.note = "Not judged: timed " + passes_text(now) + ", what it is compared with " +
               passes_text(before) + ".";
  return delta;
}

/// Before passes were named, all that one made stood as "swap" with one of its jobs, and nothing
/// says what its others were.
bool has_unnamed_passes(const RunData& run) {
  std::set<PairId> named;  // pairs with a pass of several methods
  std::set<PairId> without;
  for (const JobData& job : run.jobs) {
    bool bears_pass = false;
    for (const StageTiming& timing : job.timings) {
      bears_pass = bears_pass || is_swap_stage(timing.stage);
      if (is_swap_stage(timing.stage) && timing.stage != swap_stage({})) {
        named.insert(job.pair.id);
      }
    }
    if (job.is_done() && !job.timings.empty() && !bears_pass) {
      without.insert(job.pair.id);
    }
  }
  return std::any_of(without.begin(), without.end(),
                     [&](PairId pair) { return named.count(pair) == 0; });
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
    const bool are_named =
        !has_unnamed_passes(data.first()) && !has_unnamed_passes(*data.sides[side].run);
    const bool same_method = data.sides.front().method == data.sides[side].method;
    const std::map<StageKey, StagePair> stages = pair_stages(data, side);
    const GateRules watched = counted(data, rules, "speed", stages.size());
    for (const auto& [key, stage] : stages) {
      ThroughputDelta delta = make_stage(side, key, stage, watched);
      const bool has_better =
          key.measure != kCpuTime && stages.count({key.stage, key.device, kCpuTime}) > 0;
      if (!is_swap_stage(key.stage) || has_better) {
        delta.note = "Shown only.";
      } else if (!is_equal) {
        delta.note = "Not judged: the runs had other machines or libraries.";
      } else if (!same_method) {
        delta.note = "Not judged: the methods differ.";
      } else if (!are_named) {
        delta.note =
            "Not judged: an earlier program made the fakes of several methods in one "
            "pass, and nothing says of which.";
      } else {
        judge_speed(is_cpu(key.device) ? rules.throughput_cpu : rules.throughput_gpu, delta);
      }
      deltas.push_back(delta);
    }
    if (std::optional<ThroughputDelta> delta = other_passes(data, side)) {
      deltas.push_back(*std::move(delta));
    }
  }
  return deltas;
}

}  // namespace changeling
