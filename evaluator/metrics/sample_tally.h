// evaluator/metrics/sample_tally.h: whether a clip has a value, from the statuses of its frames.
// Layer 4.
#pragma once

#include <cstdint>
#include <map>

#include "evaluator/metrics/metric.h"

namespace changeling {

/// Failure policy (README.md, "Rules"): a clip is ok if at least half of what was asked is.
class SampleTally {
 public:
  void add(SampleStatus status);

  [[nodiscard]] std::int64_t n_ok() const;
  [[nodiscard]] std::int64_t n_asked() const;

  /// ok, or the commonest reason why not; skipped when nothing was asked.
  [[nodiscard]] SampleStatus status() const;

 private:
  std::map<SampleStatus, std::int64_t> counts_;
};

}  // namespace changeling
