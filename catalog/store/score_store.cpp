#include "catalog/store/score_store.h"

#include <string>

#include "catalog/store/artifact_rows.h"
#include "catalog/store/connection.h"
#include "common/base/error.h"

namespace changeling {
namespace {

const std::string kSelectMetric =
    "SELECT metric_id,name,version,unit,direction,level,scorer_model,params_json FROM metric_def ";
const std::string kMetricByName = kSelectMetric + "WHERE name=? AND version=?";
const std::string kMetrics = kSelectMetric + "ORDER BY name,version";

/// Fakes of a generate run or of a corpus, ?1.
const std::string kOfRun = "JOIN job USING(job_id) WHERE job.run_id=?1 AND a.kind='fake_video' ";
const std::string kOfCorpus =
    "JOIN media m ON m.media_id=a.media_id WHERE m.corpus_id=?1 AND a.kind='fake_video' ";
/// Without a clip row of metric ?2.
const std::string kUnscored =
    " AND NOT EXISTS(SELECT 1 FROM metric_value v WHERE v.artifact_id=a.artifact_id AND "
    "v.metric_id=?2 AND v.frame=-1)";
/// Clip rows of metric ?2, of one artifact the newest first.
const std::string kClipScores =
    "SELECT v.artifact_id,coalesce(a.job_id,0),v.status,v.value,v.p05,v.p50,v.p95,v.n_ok,"
    "v.n_asked FROM artifact a JOIN metric_value v USING(artifact_id) "
    "JOIN run r ON r.run_id=v.run_id ";
const std::string kNewestFirst =
    "AND v.metric_id=?2 AND v.frame=-1 ORDER BY v.artifact_id,r.rowid DESC";

/// The newest row of each artifact.
std::vector<ClipScore> read_clip_scores(Query& query, MetricId metric) {
  std::vector<ClipScore> rows;
  while (query.next()) {
    ClipScore row;
    ScoreRow& score = row.score;
    query.read(row.artifact_id, row.job_id, score.status, score.value, score.p05, score.p50,
               score.p95, score.n_ok, score.n_asked);
    score.metric_id = metric;
    score.artifact_id = row.artifact_id;
    if (rows.empty() || rows.back().artifact_id != row.artifact_id) {
      rows.push_back(row);
    }
  }
  rows.shrink_to_fit();
  return rows;
}

const char* const kVerdicts =
    "SELECT v.artifact_id,a.job_id,v.value FROM metric_value v JOIN artifact a USING(artifact_id) "
    "JOIN run r ON r.run_id=v.run_id WHERE v.metric_id=? AND v.frame=-1 "
    "ORDER BY v.artifact_id,r.rowid";

/// Fakes with a clip row of another version of a metric than the definition ?1, and none of it.
const char* const kOutdated =
    "SELECT DISTINCT v.artifact_id,a.job_id FROM metric_value v JOIN artifact a USING(artifact_id) "
    "JOIN metric_def d USING(metric_id) WHERE d.name=(SELECT name FROM metric_def WHERE "
    "metric_id=?1) AND d.metric_id<>?1 AND v.frame=-1 AND NOT EXISTS(SELECT 1 FROM metric_value n "
    "WHERE n.artifact_id=v.artifact_id AND n.metric_id=?1 AND n.frame=-1)";

template <typename Key>
void set_verdict(std::map<Key, int>& verdicts, Key key, const std::optional<double>& rule) {
  if (rule) {
    verdicts[key] = static_cast<int>(*rule);
  } else {
    verdicts.erase(key);
  }
}

void read_row(Query& query, MetricDefRow& row) {
  query.read(row.id, row.name, row.version, row.unit, row.direction, row.level, row.scorer_model,
             row.params_json);
}

bool same_definition(const MetricDefRow& a, const MetricDefRow& b) {
  return a.unit == b.unit && a.direction == b.direction && a.level == b.level &&
         a.scorer_model == b.scorer_model && a.params_json == b.params_json;
}

}  // namespace

MetricId ScoreStore::ensure_metric(const MetricDefRow& definition) {
  MetricDefRow stored;
  database_.transaction([&] {
    Query(database_.connection(),
          "INSERT INTO metric_def(name,version,unit,direction,level,scorer_model,params_json) "
          "VALUES(?,?,?,?,?,?,?) ON CONFLICT(name,version) DO NOTHING")
        .run(definition.name, definition.version, definition.unit, definition.direction,
             definition.level, definition.scorer_model, definition.params_json);
    Query query(database_.connection(), kMetricByName.c_str());
    query.bind(definition.name, definition.version);
    CHANGELING_REQUIRE(query.next(), "a metric that was just added is missing");
    read_row(query, stored);
    if (!same_definition(stored, definition)) {
      throw Error(ErrorKind::kCatalog, "metric '" + definition.name + "' version " +
                                           std::to_string(definition.version) +
                                           " is stored with another unit, direction, level, scorer "
                                           "or parameters: a changed metric needs a new version");
    }
  });
  return stored.id;
}

std::vector<MetricDefRow> ScoreStore::metrics() const {
  Query query(database_.connection(), kMetrics.c_str());
  std::vector<MetricDefRow> rows;
  while (query.next()) {
    read_row(query, rows.emplace_back());
  }
  return rows;
}

std::vector<ArtifactRow> ScoreStore::fakes(CorpusId corpus) const {
  Query query(database_.connection(),
              (kSelectArtifact + kOfCorpus + "ORDER BY a.artifact_id").c_str());
  query.bind(corpus);
  return read_artifacts(query);
}

std::vector<ArtifactRow> ScoreStore::missing(MetricId metric, std::string_view generate_run) const {
  const std::string sql =
      kSelectArtifact + kOfRun + "AND " + kNoRendition + kUnscored + " ORDER BY a.artifact_id";
  Query query(database_.connection(), sql.c_str());
  query.bind(generate_run, metric);
  return read_artifacts(query);
}

std::vector<ArtifactRow> ScoreStore::missing(MetricId metric, CorpusId corpus) const {
  const std::string sql = kSelectArtifact + kOfCorpus + kUnscored + " ORDER BY a.artifact_id";
  Query query(database_.connection(), sql.c_str());
  query.bind(corpus, metric);
  return read_artifacts(query);
}

void ScoreStore::add_scores(std::string_view run_id, const std::vector<ScoreRow>& scores) {
  database_.transaction([&] {
    Query insert(
        database_.connection(),
        "INSERT INTO metric_value(run_id,metric_id,artifact_id,frame,status,value,p05,p50,p95,"
        "n_ok,n_asked) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
    for (const ScoreRow& row : scores) {
      insert.run(run_id, row.metric_id, row.artifact_id, row.frame, row.status, row.value, row.p05,
                 row.p50, row.p95, row.n_ok, row.n_asked);
    }
  });
}

void ScoreStore::add_aggregates(std::string_view run_id,
                                const std::vector<AggregateRow>& aggregates) {
  database_.transaction([&] {
    Query insert(
        database_.connection(),
        "INSERT INTO metric_agg(run_id,metric_id,slice,status,value,ci_lo,ci_hi,ci_method,n,"
        "n_clusters,coverage) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
    for (const AggregateRow& row : aggregates) {
      insert.run(run_id, row.metric_id, row.slice, row.status, row.value, row.ci_lo, row.ci_hi,
                 row.ci_method, row.n, row.n_clusters, row.coverage);
    }
  });
}

bool ScoreStore::has_scores(std::string_view run_id) const {
  Query query(database_.connection(), "SELECT 1 FROM metric_value WHERE run_id=? LIMIT 1");
  query.bind(run_id);
  return query.next();
}

std::vector<ClipScore> ScoreStore::clip_scores(MetricId metric,
                                               std::string_view generate_run) const {
  Query query(database_.connection(), (kClipScores + kOfRun + kNewestFirst).c_str());
  query.bind(generate_run, metric);
  return read_clip_scores(query, metric);
}

std::vector<ClipScore> ScoreStore::clip_scores(MetricId metric, CorpusId corpus) const {
  Query query(database_.connection(), (kClipScores + kOfCorpus + kNewestFirst).c_str());
  query.bind(corpus, metric);
  return read_clip_scores(query, metric);
}

std::vector<ScoreRow> ScoreStore::frame_scores(MetricId metric, ArtifactId artifact) const {
  Query query(database_.connection(),
              "SELECT frame,status,value,p05,p50,p95,n_ok,n_asked FROM metric_value WHERE run_id=("
              "SELECT r.run_id FROM run r WHERE EXISTS(SELECT 1 FROM metric_value v "
              "WHERE v.run_id=r.run_id AND v.metric_id=?1 AND v.artifact_id=?2 AND v.frame>=0) "
              "ORDER BY r.rowid DESC LIMIT 1) "
              "AND metric_id=?1 AND artifact_id=?2 AND frame>=0 ORDER BY frame");
  query.bind(metric, artifact);
  std::vector<ScoreRow> rows;
  while (query.next()) {
    ScoreRow& row = rows.emplace_back();
    row.metric_id = metric;
    row.artifact_id = artifact;
    query.read(row.frame, row.status, row.value, row.p05, row.p50, row.p95, row.n_ok, row.n_asked);
  }
  return rows;
}

std::vector<AggregateRow> ScoreStore::aggregates(std::string_view run_id) const {
  Query query(database_.connection(),
              "SELECT metric_id,slice,status,value,ci_lo,ci_hi,ci_method,n,n_clusters,coverage "
              "FROM metric_agg WHERE run_id=? ORDER BY metric_id,slice");
  query.bind(run_id);
  std::vector<AggregateRow> rows;
  while (query.next()) {
    AggregateRow& row = rows.emplace_back();
    query.read(row.metric_id, row.slice, row.status, row.value, row.ci_lo, row.ci_hi, row.ci_method,
               row.n, row.n_clusters, row.coverage);
  }
  return rows;
}

RejectVerdicts ScoreStore::reject_verdicts() const {
  RejectVerdicts verdicts;
  for (const MetricDefRow& row : metrics()) {  // by name and version
    if (row.name == kAutoReject) {
      verdicts.definition = row;
    }
  }
  if (!verdicts.definition) {
    return verdicts;
  }
  Query query(database_.connection(), kVerdicts);
  query.bind(verdicts.definition->id);
  while (query.next()) {  // the newest of a fake last
    ArtifactId fake;
    std::optional<JobId> job;
    std::optional<double> rule;
    query.read(fake, job, rule);
    if (job) {
      set_verdict(verdicts.by_job, *job, rule);
    } else {
      set_verdict(verdicts.by_artifact, fake, rule);
    }
  }
  Query outdated(database_.connection(), kOutdated);
  outdated.bind(verdicts.definition->id);
  while (outdated.next()) {
    ArtifactId fake;
    std::optional<JobId> job;
    outdated.read(fake, job);
    if (job) {
      verdicts.outdated_jobs.insert(*job);
    } else {
      verdicts.outdated_artifacts.insert(fake);
    }
  }
  return verdicts;
}

std::string why_no_interval(const std::string& ci_method) {
  if (ci_method == "too_few_clusters") {
    return "too few people";
  }
  if (ci_method == "all_clips_alike") {
    return "all clips alike";
  }
  if (ci_method == "all_draws_alike") {
    return "every draw of people gives the same";
  }
  const std::string none = "none: ";
  return ci_method.rfind(none, 0) == 0 ? ci_method.substr(none.size()) : ci_method;
}

}  // namespace changeling
