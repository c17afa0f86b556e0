// reports/model/gate_rules.h: when a difference is a pass, a warning or a failure. Layer 2.
// Rules: docs/formats/report.md, "Verdicts of a gate".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/model/comparison_model.h"

namespace changeling {

/// How much worse a metric may get, > 0.
struct Tolerance {
  double value = 0;
  bool is_relative = false;  ///< share of the first column's mean

  [[nodiscard]] double absolute(double anchor_mean) const;
};

struct GateRules {
  std::map<std::string, Tolerance> tolerances;  ///< by metric id; metrics without one are not gated
  int replicates = 2000;  ///< at least; a verdict draws more where a fail needs them
  std::int64_t min_people = 10;
  double max_coverage_gap = 0.02;
  double throughput_cpu = 0.10;  ///< largest loss of speed, as share
  double throughput_gpu = 0.05;
  std::function<void()> on_replicate = {};  ///< that of every interval's BootstrapOptions

  /// The rule of a metric, nullptr = not gated. `detector_auc` is the rule of every detector's
  /// detector_auc:NAME@VERSION.
  [[nodiscard]] const Tolerance* find(const std::string& metric) const;
};

/// Reads "id_margin=0.01" and "lmk_nme=1%". Throws Error(kConfig) for anything else, a tolerance of
/// 0 or less, a metric named twice, and a name that is not among gateable_metrics().
[[nodiscard]] std::map<std::string, Tolerance> parse_tolerances(
    const std::vector<std::string>& texts);

/// A fail needs an adjusted p value below this.
inline constexpr double kGateLevel = 0.05;

/// The most replicates that a verdict draws: fifty tests over ten people need 338,000. A mean takes
/// about 2 s then, a detector's area over 300 pairs 24 s.
inline constexpr std::int64_t kMostReplicates = 400'000;

/// What a delta is judged by, beside itself.
struct GateContext {
  double coverage_gap = 0;  ///< absolute difference of the two coverages
  const GateRules* rules = nullptr;
  std::int64_t n_tests = 1;  ///< that Holm's procedure adjusts over
};

/// Replicates without which the delta could not fail however bad it is, when its p value is one of
/// `n_tests` that Holm's procedure adjusts. 0 = more would not make it fail: its p lies above the
/// floor that its replicates give (p_value_of_one_above), or it has none.
[[nodiscard]] std::int64_t replicates_for_a_fail(const PairedDelta& delta, std::int64_t n_tests);

/// Sets verdict and note of a gated delta (tolerance and p_holm are set). The first rule that holds
/// counts: fail = interval wholly below -tolerance and p_holm < kGateLevel; inconclusive = interval
/// wholly below -tolerance and p at its floor, but with these replicates, people and tests no p
/// could be that small; warn = delta below -tolerance; inconclusive = no interval, half-width over
/// twice the tolerance or coverage too far apart; else pass.
void judge(const GateContext& context, PairedDelta& delta);

/// The worst of all; pass for none.
[[nodiscard]] Verdict worst(const std::vector<Verdict>& verdicts);

}  // namespace changeling
