// Do equal jobs give equal fakes?
#include "reports/model/comparison_parts.h"

namespace changeling {

std::optional<ReportCheck> check_determinism(const ComparisonData& data) {
  const SideData& a = data.sides.front();
  const SideData& b = data.sides.back();
  std::int64_t equal_jobs = 0;
  std::int64_t equal_files = 0;
  const bool one_build = a.run->run.git_commit == b.run->run.git_commit && !a.run->run.git_dirty &&
                         !b.run->run.git_dirty;
  for (std::size_t pair = 0; one_build && pair < data.pairs.size(); ++pair) {
    if (a.jobs[pair] == nullptr || b.jobs[pair] == nullptr ||
        a.jobs[pair]->job.job_key != b.jobs[pair]->job.job_key) {
      continue;
    }
    const ArtifactRow* fake_a = a.jobs[pair]->find("fake_video");
    const ArtifactRow* fake_b = b.jobs[pair]->find("fake_video");
    if (fake_a != nullptr && fake_b != nullptr) {
      ++equal_jobs;
      equal_files += fake_a->stream_sha256 == fake_b->stream_sha256 ? 1 : 0;
    }
  }
  if (equal_jobs == 0) {
    return std::nullopt;
  }
  return ReportCheck{"Equal jobs of one build gave equal fakes", equal_files == equal_jobs,
                     std::to_string(equal_files) + " of " + std::to_string(equal_jobs) + " fakes"};
}

}  // namespace changeling
