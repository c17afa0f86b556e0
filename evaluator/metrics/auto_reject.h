// evaluator/metrics/auto_reject.h: rules that turn down single fakes by what other metrics say of
// them. Layer 4, pure. No frame is looked at: evaluator/run reads the stored clip values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/metrics/metric.h"

namespace changeling {

/// Start values of the specification: they have been calibrated on no real set yet.
struct RejectLimits {
  double id_margin = 0;       ///< rejected at this or below
  double pose_deg = 15;       ///< rejected above
  double coverage = 0.8;      ///< rejected below
  double seam_low = 0.5;      ///< rejected below
  double seam_high = 2;       ///< rejected above
  double jitter_medians = 3;  ///< rejected above this many medians of the method's fakes
};

/// How a fake was made, as far as rules must know it.
struct FakeKind {
  bool is_self = false;     ///< source and target are one person
  bool is_partial = false;  ///< frames that show the face were left out on purpose
};

/// One rule over the clip value of one metric. Every limit that is set may reject.
struct RejectRule {
  std::string metric;
  std::optional<double> at_most;  ///< rejects values at this or below
  std::optional<double> below;    ///< rejects smaller values
  std::optional<double> above;    ///< rejects larger values
  bool is_of_median = false;      ///< `above` counts medians of the method's fakes
  bool spares_self = false;       ///< judges no fake of a person with themselves
  bool spares_partial = false;    ///< judges no fake that is swapped in parts on purpose

  /// What the rule rejects: "seam_ratio < 0.5 or > 2".
  [[nodiscard]] std::string text() const;
};

/// In the order in which they are asked; a rule's number is its place from 1.
[[nodiscard]] std::vector<RejectRule> reject_rules(const RejectLimits& limits);

/// What one rule is asked of one clip.
struct RuleInput {
  std::optional<double> value;   ///< of the rule's metric; none where the clip has none
  std::optional<double> median;  ///< of the method's fakes, for a rule of medians
};

/// True = rejected. Not judged: no value, or for a rule of medians no median above 0, of which a
/// multiple would say nothing.
[[nodiscard]] std::optional<bool> rejects(const RejectRule& rule, const RuleInput& input);

struct RejectVerdict {
  int rule = 0;                 ///< number of the first rule that rejects; 0 = kept
  std::vector<bool> is_judged;  ///< by rule

  [[nodiscard]] std::size_t n_judged() const;
};

/// `inputs` are one for each rule. A rule that cannot be judged, or that spares fakes of this kind,
/// does not reject.
[[nodiscard]] RejectVerdict judge_clip(const std::vector<RejectRule>& rules,
                                       const std::vector<RuleInput>& inputs,
                                       const FakeKind& kind = {});

/// `auto_reject` under these limits; params_json tells the rules and the versions of their metrics,
/// so that another limit, or another definition of a metric, is another definition of this one.
[[nodiscard]] MetricInfo auto_reject_info(const RejectLimits& limits);

}  // namespace changeling
