#include "reports/model/comparison_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "catalog/store/detector_store.h"
#include "common/base/error.h"

namespace changeling {
namespace {

using DrawKey = std::tuple<std::string, std::string, std::int64_t>;

DrawKey draw_key(const PairRow& pair) {
  return {pair.part, pair.stratum, pair.draw_index};
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::kConfig, "these columns cannot be compared: " + why);
}

std::string digest_of(const PairListRow& list) {
  return list.list_sha256 ? list.list_sha256->hex().substr(0, 12) : "not frozen";
}

/// Numbers over different pairs, or of suites with other rules, mean different things.
void check_comparable(const RunData& anchor, const RunData& other) {
  if (anchor.list.list_sha256 != other.list.list_sha256) {
    refuse("run " + anchor.run.run_id + " has pair list " + anchor.list.name + " (" +
           digest_of(anchor.list) + "), run " + other.run.run_id + " has " + other.list.name +
           " (" + digest_of(other.list) + ")");
  }
  if (anchor.run.suite && other.run.suite && anchor.run.suite != other.run.suite) {
    refuse("run " + anchor.run.run_id + " is of suite '" + *anchor.run.suite + "', run " +
           other.run.run_id + " of '" + *other.run.suite + "'");
  }
}

/// Runs come oldest first, so the newest of a name stays.
std::vector<DetectorData> read_detectors(Database& database, std::string_view run_id) {
  const DetectorStore store(database);
  std::map<std::string, DetectorData> newest;
  for (const std::string& run : store.runs_about(run_id)) {
    const std::optional<ModelRow> model = store.detector_of(run);
    if (!model) {
      continue;
    }
    DetectorData data{
        model->name + "@" + model->version, model->sha256, store.was_trained_here(model->id), {}};
    for (const DetectorScoreRow& row : store.scores(run)) {
      if (row.frame < 0) {
        data.clips.emplace(row.artifact_id, row);
      }
    }
    newest.insert_or_assign(data.name, std::move(data));
  }
  std::vector<DetectorData> detectors;
  for (auto& entry : newest) {
    detectors.push_back(std::move(entry.second));
  }
  return detectors;
}

/// A run's rows; the jobs of a column are still to be found among them.
SideData read_side(Database& database, const std::string& run_id, const PageProgress& progress) {
  return {"",
          std::make_shared<const RunData>(read_run_data(database, run_id, progress)),
          std::make_shared<const std::vector<DetectorData>>(read_detectors(database, run_id)),
          {}};
}

SideData align(const SideSpec& spec, SideData side, const std::map<DrawKey, std::size_t>& places) {
  side.method = spec.method;
  side.jobs.assign(places.size(), nullptr);
  for (const JobData& job : side.run->jobs) {
    if (job.job.method == spec.method) {
      side.jobs[places.at(draw_key(job.pair))] = &job;
    }
  }
  if (std::all_of(side.jobs.begin(), side.jobs.end(), [](const JobData* job) { return !job; })) {
    throw Error(ErrorKind::kConfig,
                "run " + spec.run_id + " has no job of method '" + spec.method + "'");
  }
  return side;
}

}  // namespace

ComparisonData read_comparison_data(Database& database, const std::vector<SideSpec>& sides,
                                    const PageProgress& progress) {
  if (sides.size() < 2) {
    refuse("there is only one (name a second run, or a run with several methods)");
  }
  ComparisonData data;
  data.progress = progress;
  std::map<std::string, SideData> runs;
  std::map<DrawKey, std::size_t> places;
  for (const SideSpec& spec : sides) {
    const auto equal = [&](const SideSpec& other) {
      return other.run_id == spec.run_id && other.method == spec.method;
    };
    if (std::count_if(sides.begin(), sides.end(), equal) > 1) {
      refuse("run " + spec.run_id + ", method " + spec.method + " stands there twice");
    }
    SideData& side = runs[spec.run_id];
    if (!side.run) {
      side = read_side(database, spec.run_id, progress);
    }
    if (data.pairs.empty()) {
      data.pairs = PairStore(database).pairs(side.run->list.id);
      for (const PairRow& pair : data.pairs) {
        places.emplace(draw_key(pair), places.size());
      }
    } else {
      check_comparable(data.first(), *side.run);
    }
    data.sides.push_back(align(spec, side, places));
  }
  return data;
}

ValueColumn read_column(const SideData& side, const MetricDefRow& definition) {
  ValueColumn column;
  column.values.resize(side.jobs.size());
  std::map<JobId, std::size_t> place_of;
  for (std::size_t i = 0; i < side.jobs.size(); ++i) {
    if (side.jobs[i] != nullptr && side.jobs[i]->job.state == "done") {
      place_of.emplace(side.jobs[i]->job.id, i);
      ++column.n_asked;
    }
  }
  for (const MetricData& metric : side.run->metrics) {
    if (metric.definition.name != definition.name ||
        metric.definition.version != definition.version) {
      continue;
    }
    for (const ClipValue& score : metric.scores) {
      const auto place = place_of.find(score.job_id);
      if (place == place_of.end()) {
        continue;
      }
      if (score.value) {
        column.values[place->second] = score.value;
      } else {
        ++column.missing[score.status];
      }
    }
  }
  return column;
}

ValueColumn yield_column(const SideData& side) {
  ValueColumn column;
  for (const JobData* job : side.jobs) {
    std::optional<double>& value = column.values.emplace_back();
    if (job == nullptr) {
      continue;
    }
    ++column.n_asked;
    if (job->is_open()) {
      ++column.missing["open"];
    } else {
      value = job->is_done() ? 1 : 0;
    }
  }
  return column;
}

std::shared_ptr<const RunData> rows_of(const SideData& side) {
  const bool is_alone =
      std::all_of(side.run->jobs.begin(), side.run->jobs.end(),
                  [&side](const JobData& job) { return job.job.method == side.method; });
  if (is_alone) {
    return side.run;
  }
  RunData data = *side.run;
  data.jobs.clear();
  std::set<JobId> ids;
  for (const JobData* job : side.jobs) {
    if (job != nullptr) {
      data.jobs.push_back(*job);
      ids.insert(job->job.id);
    }
  }
  for (MetricData& metric : data.metrics) {
    const auto foreign = [&](const ClipValue& score) { return ids.count(score.job_id) == 0; };
    metric.scores.erase(std::remove_if(metric.scores.begin(), metric.scores.end(), foreign),
                        metric.scores.end());
  }
  return std::make_shared<const RunData>(std::move(data));
}

std::string pair_name(const PairRow& pair) {
  return pair.part + "/" + pair.stratum + "/" + std::to_string(pair.draw_index);
}

}  // namespace changeling
