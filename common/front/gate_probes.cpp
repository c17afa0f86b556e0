#include "common/front/gate_probes.h"

#include <algorithm>
#include <set>
#include <variant>
#include <vector>

#include "catalog/store/detector_store.h"
#include "catalog/store/pruned_runs.h"
#include "common/base/error.h"
#include "common/base/outcome.h"
#include "common/base/stop_signal.h"
#include "reports/model/number_format.h"

namespace changeling {
namespace {

ReportCheck check_of(const ProbeResult& probe) {
  ReportCheck check;
  check.name = "Probe " + probe.name + " tells fakes from controls no better than chance";
  check.holds = !probe.fails();
  const std::string people = std::to_string(probe.people) + " people";
  check.detail =
      "AUC " + format_number(probe.auc) + ", 95 % interval " +
      format_interval(probe.interval ? std::optional(probe.interval->low) : std::nullopt,
                      probe.interval ? std::optional(probe.interval->high) : std::nullopt) +
      ", allowed 0.5 +- " + format_number(probe.allowance()) + ", on shuffled labels " +
      format_number(probe.shuffled_auc) + ", " + people +
      (probe.feature.empty() ? ", nothing varies" : ", most telling " + probe.feature);
  return check;
}

}  // namespace

std::vector<ProbeResult> watched_probes(Database& database, const BlobStore& blobs,
                                        const CorpusRoots& roots, const std::vector<ClipRow>& clips,
                                        const PageProgress& progress) {
  std::int64_t done = 0;
  const auto total = static_cast<std::int64_t>(clips.size());
  const auto tell = part_of(progress, "probe", "clips");
  return probe_set(
      database, blobs, roots, clips, {}, [&] { tell(++done, total); },
      part_of(progress, "leak probes", "steps"));
}

void add_probe_checks(Database& database, const std::filesystem::path& catalog,
                      const std::string& run_id, GateRequest& request) {
  const DetectorStore store(database);
  const BlobStore blobs(objects_folder(catalog));
  std::vector<ClipRow> clips = store.all_clips(store.find_set(run_id));
  const std::set<JobId> pruned = pruned_jobs(database);
  const auto absent = std::count_if(clips.begin(), clips.end(), [&](const ClipRow& clip) {
    return pruned.count(clip.artifact.job_id.value_or(JobId{})) > 0 ||
           !blobs.contains(clip.artifact.sha256);
  });
  if (absent > 0 || clips.empty()) {
    request.remarks.push_back("Leak probes were not run: " + std::to_string(absent) + " of " +
                              std::to_string(clips.size()) + " clips have no file.");
    return;
  }
  const auto outcome = guard<std::vector<ProbeResult>>("leak probes", [&] {
    return watched_probes(database, blobs, CorpusRoots(catalog), clips, request.progress);
  });
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    check_stop();
    request.more_checks.push_back(
        {"Leak probes can read every fake and control", false, failure->message});
  } else if (const auto* probes = std::get_if<std::vector<ProbeResult>>(&outcome)) {
    for (const ProbeResult& probe : *probes) {
      if (probe.auc) {
        request.more_checks.push_back(check_of(probe));
      } else {
        request.remarks.push_back("Leak probe " + probe.name +
                                  " was not judged: " + std::to_string(probe.people) + " people, " +
                                  std::to_string(kLeastProbePeople) + " are needed.");
      }
    }
  }
}

}  // namespace changeling
