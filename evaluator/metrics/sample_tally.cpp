#include "evaluator/metrics/sample_tally.h"

namespace changeling {

void SampleTally::add(SampleStatus status) {
  ++counts_[status];
}

std::int64_t SampleTally::n_ok() const {
  const auto ok = counts_.find(SampleStatus::kOk);
  return ok == counts_.end() ? 0 : ok->second;
}

std::int64_t SampleTally::n_asked() const {
  std::int64_t sum = 0;
  for (const auto& [status, count] : counts_) {
    sum += count;
  }
  return sum;
}

SampleStatus SampleTally::status() const {
  if (n_ok() > 0 && 2 * n_ok() >= n_asked()) {
    return SampleStatus::kOk;
  }
  SampleStatus commonest = SampleStatus::kSkipped;
  std::int64_t most = 0;
  for (const auto& [status, count] : counts_) {
    if (status != SampleStatus::kOk && count > most) {
      commonest = status;
      most = count;
    }
  }
  return commonest;
}

}  // namespace changeling
