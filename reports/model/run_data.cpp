#include "reports/model/run_data.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/digest.h"
#include "common/base/error.h"

namespace changeling {
namespace {

std::optional<RunRow> newest_evaluation(const RunStore& runs, std::string_view generate_run) {
  std::optional<RunRow> newest;
  for (const RunRow& run : runs.runs()) {
    if (run.kind == "evaluate" && run.parent_run_id == generate_run &&
        (run.status == "ok" || run.status == "partial")) {
      newest = run;
    }
  }
  return newest;
}

std::vector<JobData> read_jobs(const RunStore& runs, const PairStore& pairs,
                               std::string_view run_id, PairListId list,
                               const PageProgress& progress) {
  std::map<PairId, PairRow> pair_of;
  for (const PairRow& pair : pairs.pairs(list)) {
    pair_of[pair.id] = pair;
  }
  std::vector<JobRow> rows = runs.jobs(run_id);
  const auto total = static_cast<std::int64_t>(rows.size());
  const auto tell = part_of(progress, "read jobs", "jobs");
  tell(0, total);  // the query before it may be long
  std::vector<JobData> jobs;
  jobs.reserve(rows.size());  // a list may have 100,000 jobs: what is spare counts that often
  for (JobRow& row : rows) {
    JobData& job = jobs.emplace_back();
    job.artifacts = runs.artifacts(row.id);
    job.artifacts.shrink_to_fit();
    job.timings = runs.timings(row.id);
    job.timings.shrink_to_fit();
    job.pair = pair_of.at(row.pair_id);
    job.job = std::move(row);
    tell(static_cast<std::int64_t>(jobs.size()), total);
  }
  return jobs;
}

/// Only the newest version of a metric is shown; older numbers mean something else. Versions of
/// kAutoReject are settings: of it the one that the evaluation stored, where it stored one.
std::vector<MetricDefRow> versions_to_show(const std::vector<MetricDefRow>& definitions,
                                           const std::vector<AggregateRow>& aggregates) {
  std::map<std::string, int> shown;
  for (const MetricDefRow& definition : definitions) {
    int& version = shown[definition.name];
    version = std::max(version, definition.version);
  }
  for (const MetricDefRow& definition : definitions) {
    const auto is_of_it = [&](const AggregateRow& row) { return row.metric_id == definition.id; };
    if (definition.name == kAutoReject &&
        std::any_of(aggregates.begin(), aggregates.end(), is_of_it)) {
      shown[definition.name] = definition.version;
    }
  }
  std::vector<MetricDefRow> chosen;
  std::copy_if(definitions.begin(), definitions.end(), std::back_inserter(chosen),
               [&](const MetricDefRow& row) { return row.version == shown[row.name]; });
  return chosen;
}

/// Rules in data.rejected_by, shares in the clip values.
void split_verdicts(MetricData& verdicts, RunData& data) {
  for (ClipValue& clip : verdicts.scores) {
    if (clip.value) {
      data.rejected_by[clip.job_id] = static_cast<int>(*clip.value);
      clip.value = *clip.value > 0 ? 1 : 0;
    }
  }
}

std::vector<ClipValue> clip_values(const ScoreStore& scores, MetricId metric,
                                   const std::string& run_id) {
  std::vector<ClipScore> rows = scores.clip_scores(metric, run_id);
  std::vector<ClipValue> values;
  values.reserve(rows.size());
  for (ClipScore& row : rows) {
    values.push_back({row.job_id, row.score.value, std::move(row.score.status)});
  }
  return values;
}

void read_metrics(const ScoreStore& scores, const PageProgress& progress, RunData& data) {
  std::vector<AggregateRow> aggregates;
  if (data.evaluation) {
    aggregates = scores.aggregates(data.evaluation->run_id);
  }
  const std::vector<MetricDefRow> shown = versions_to_show(scores.metrics(), aggregates);
  const auto total = static_cast<std::int64_t>(shown.size());
  const auto tell = part_of(progress, "read scores", "metrics");
  std::int64_t done = 0;
  for (const MetricDefRow& definition : shown) {
    tell(done++, total);
    if (is_detector_metric(definition.name)) {
      continue;
    }
    MetricData metric{definition, clip_values(scores, definition.id, data.run.run_id), {}};
    for (const AggregateRow& aggregate : aggregates) {
      if (aggregate.metric_id == definition.id) {
        metric.aggregates.emplace(aggregate.slice, aggregate);
      }
    }
    if (definition.name == kAutoReject) {
      split_verdicts(metric, data);
    }
    data.metrics.push_back(std::move(metric));
  }
  tell(total, total);
}

/// Of a target that no job swapped.
std::vector<TrackRow> unswapped_tracks(const CorpusStore& store, const PairRow& pair) {
  if (pair.target_track) {
    return {store.find_track(*pair.target_track).value()};
  }
  return store.tracks_of(pair.target_media, pair.target_subject);
}

void read_people(const CorpusStore& store, const PageProgress& progress, RunData& data) {
  const auto total = static_cast<std::int64_t>(data.jobs.size());
  const auto tell = part_of(progress, "read people", "jobs");
  std::int64_t done = 0;
  for (const JobData& job : data.jobs) {
    tell(++done, total);
    for (const MediaId media : {job.pair.source_media, job.pair.target_media}) {
      if (data.media.count(media) == 0) {
        const MediaRow row = store.media_by_id(media);
        data.media[media] = row;
        data.corpora.emplace(row.corpus_id, store.corpus(row.corpus_id));
      }
    }
    std::vector<TrackRow>& tracks = data.target_tracks[job.pair.id];
    if (const std::optional<TrackRow> swapped = store.swapped_track(job.job.id)) {
      tracks = {*swapped};
    } else if (tracks.empty()) {
      tracks = unswapped_tracks(store, job.pair);
    }
    if (data.sightings.count(job.pair.target_media) == 0) {
      data.sightings[job.pair.target_media] = store.sightings(job.pair.target_media);
    }
    for (const SubjectId subject : {job.pair.source_subject, job.pair.target_subject}) {
      if (data.subjects.count(subject) == 0) {
        const SubjectRow row = store.subject_by_id(subject);
        data.subjects[subject] = row;
        data.corpora.emplace(row.corpus_id, store.corpus(row.corpus_id));
      }
    }
  }
}

RunRow find_generate_run(const RunStore& runs, std::string_view run_id) {
  const std::optional<RunRow> run = runs.find_run(run_id);
  if (!run || run->kind != "generate" || !run->list_id) {
    throw Error(ErrorKind::kConfig,
                "no generate run '" + std::string(run_id) +
                    "' in this catalog (list them with 'changeling catalog query \"SELECT run_id, "
                    "kind FROM run\"')");
  }
  return *run;
}

}  // namespace

const ArtifactRow* JobData::find(std::string_view kind) const {
  for (const ArtifactRow& artifact : artifacts) {
    if (artifact.kind == kind) {
      return &artifact;
    }
  }
  return nullptr;
}

RunData read_run_data(Database& database, std::string_view run_id, const PageProgress& progress) {
  const RunStore runs(database);
  const PairStore pairs(database);
  RunData data;
  database.transaction([&] {  // one snapshot, though others may write meanwhile
    data.run = find_generate_run(runs, run_id);
    data.evaluation = newest_evaluation(runs, run_id);
    data.list = pairs.pair_list(*data.run.list_id);
    data.jobs = read_jobs(runs, pairs, run_id, data.list.id, progress);
    data.refusals = pairs.refusal_counts(data.list.id);
    read_metrics(ScoreStore(database), progress, data);
    data.generate_models = runs.models(run_id);
    if (data.evaluation) {
      data.evaluate_models = runs.models(data.evaluation->run_id);
    }
    read_people(CorpusStore(database), progress, data);
  });
  return data;
}

std::string short_key(const JobRow& job) {
  return job.job_key.hex().substr(0, 12);
}

std::string person_and_clip(const RunData& data, SubjectId subject, MediaId media) {
  const SubjectRow& person = data.subjects.at(subject);
  const CorpusRow& corpus = data.corpora.at(person.corpus_id);
  const std::string person_key = Sha256()
                                     .update_field(corpus.name)
                                     .update_field(corpus.version)
                                     .update_field(person.ext_id)
                                     .finish()
                                     .hex()
                                     .substr(0, 8);
  const MediaRow& clip = data.media.at(media);
  const std::string clip_key =
      (clip.sha256 ? clip.sha256->hex() : sha256(clip.rel_path).hex()).substr(0, 8);
  return "person " + person_key + ", clip " + clip_key;
}

}  // namespace changeling
