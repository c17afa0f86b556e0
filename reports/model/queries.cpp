#include "reports/model/queries.h"

#include <algorithm>
#include <string>

#include "catalog/store/pair_store.h"
#include "reports/model/metric_texts.h"

namespace changeling {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) {
    result += letter == '\'' ? "''" : std::string(1, letter);
  }
  return result + "'";
}

/// "'a', 'b'".
std::string quoted_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    list += (list.empty() ? "" : ", ") + quoted(text);
  }
  return list;
}

/// Clip values of one metric over fakes: the newest score of each; 1 = rejected of kAutoReject.
std::string clip_values(const std::string& metric, int version, const std::string& where) {
  return "SELECT pair_id, part || '/' || stratum || '/' || draw_index AS pair, j.run_id, j.method, "
         "v.status, " +
         std::string(metric == kAutoReject ? "v.value > 0 AS value" : "v.value") +
         " FROM (SELECT m.*, row_number() OVER (PARTITION BY artifact_id ORDER BY "
         "r.rowid DESC) AS age FROM metric_value m JOIN run r USING(run_id) "
         "JOIN metric_def d USING(metric_id) WHERE d.name = " +
         quoted(metric) + " AND d.version = " + std::to_string(version) +
         " AND frame = -1) v JOIN artifact a USING(artifact_id) JOIN job j USING(job_id) JOIN pair "
         "USING(pair_id) WHERE age = 1 AND a.kind = 'fake_video' AND " +
         where;
}

/// Area under the ROC curve by midranks, for every method of the runs. A control that jobs share
/// was scored once; its stream names it.
std::string detector_areas(const std::string& detector, const std::string& runs) {
  const std::string clips =
      "(SELECT artifact_id, kind, stream_sha256, run_id, method FROM artifact JOIN job "
      "USING(job_id) WHERE kind IN ('fake_video', 'real_control') AND run_id IN (" +
      runs + "))";
  return "SELECT run_id, method, (sum(iif(is_fake, midrank, 0)) - sum(is_fake) * (sum(is_fake) + "
         "1) / 2.0) / (sum(is_fake) * sum(NOT is_fake)) AS auc, sum(is_fake) AS fakes, sum(NOT "
         "is_fake) AS controls FROM (SELECT *, rank() OVER (PARTITION BY run_id, method ORDER BY "
         "p_fake) + (count(*) OVER (PARTITION BY run_id, method, p_fake) - 1) / 2.0 AS midrank "
         "FROM (SELECT DISTINCT c.run_id, c.method, c.kind = 'fake_video' AS is_fake, "
         "c.stream_sha256, v.p_fake FROM " +
         clips + " c JOIN " + clips +
         " s USING(run_id, kind, stream_sha256) JOIN (SELECT artifact_id, s.status, p_fake, "
         "row_number() OVER (PARTITION BY artifact_id ORDER BY r.rowid DESC) "
         "AS age FROM detector_score s JOIN run r USING(run_id) JOIN run_model m USING(run_id) "
         "JOIN "
         "model d USING(model_id) WHERE r.kind = 'detector' AND m.role = 'detector' AND frame = -1 "
         "AND d.name || '@' || d.version = " +
         quoted(detector) +
         ") v ON v.artifact_id = s.artifact_id AND v.age = 1 AND v.status = 'ok')) GROUP BY "
         "run_id, method";
}

/// Of the fakes of all methods together.
ReportQuery rejected_query(const RunData& data, const MetricDefRow& metric) {
  return {"q-rejected", "Rejected fakes of all methods",
          "SELECT avg(value) AS share, sum(value) AS rejected, count(value) AS judged FROM (" +
              clip_values(metric.name, metric.version, "j.run_id = " + quoted(data.run.run_id)) +
              ")"};
}

/// Fakes by the rule that rejected them first; rule 0 = kept, NULL = no rule could be judged.
ReportQuery rules_query(const RunData& data, const MetricDefRow& metric) {
  return {
      "q-reject-rules", "Fakes by rule of " + metric.name,
      "SELECT j.method, v.value AS rule, count(*) AS fakes, sum(v.n_ok < v.n_asked) AS "
      "not_judged_by_all FROM (SELECT m.*, row_number() OVER (PARTITION BY artifact_id ORDER "
      "BY r.rowid DESC) AS age FROM metric_value m JOIN run r USING(run_id) WHERE metric_id = " +
          std::to_string(metric.id.value) +
          " AND frame = -1) v JOIN artifact a USING(artifact_id) JOIN job j USING(job_id) "
          "WHERE age = 1 AND j.run_id = " +
          quoted(data.run.run_id) + " GROUP BY 1, 2 ORDER BY 1, 2"};
}

/// Quantile of ordered values as quantile_of_sorted: the places beside it count by their nearness.
std::string quantile(const std::string& probability, const std::string& name) {
  return "sum(value * max(0, 1 - abs(place - " + probability + " * last))) AS " + name;
}

ReportQuery metric_query(const RunData& data, const MetricDefRow& metric) {
  return {"q-" + metric.name, metric.name + ": mean and spread over clips of every method",
          "SELECT method, avg(value) AS mean, count(value) AS clips, count(*) AS asked, "
          "min(value) AS min, " +
              quantile("0.05", "p05") + ", " + quantile("0.5", "p50") + ", " +
              quantile("0.95", "p95") +
              ", max(value) AS max FROM (SELECT *, row_number() OVER (PARTITION BY method ORDER BY "
              "value NULLS LAST) - 1 AS place, count(value) OVER (PARTITION BY method) - 1 AS last "
              "FROM (" +
              clip_values(metric.name, metric.version, "j.run_id = " + quoted(data.run.run_id)) +
              ")) GROUP BY method ORDER BY method"};
}

/// "1, 2".
std::string metric_ids(const RunData& data) {
  std::string list;
  for (const MetricData& metric : data.metrics) {
    list += (list.empty() ? "" : ", ") + std::to_string(metric.definition.id.value);
  }
  return list;
}

/// Draws and jobs that came to nothing, and clips without a value of a metric that is shown.
ReportQuery failure_query(const RunData& data) {
  const std::string run = quoted(data.run.run_id);
  return {
      "q-failures", "Failures by reason",
      "SELECT 'sampler' AS place, '' AS stage, reason, " + std::string(kSumOfRefusedDraws) +
          " AS count FROM pair_refusal JOIN run USING(list_id) WHERE run_id = " + run +
          " GROUP BY 3 UNION ALL SELECT 'job ' || state, coalesce(error_stage, ''), "
          "coalesce(reject_reason, error_kind), count(*) FROM job WHERE run_id = " +
          run +
          " AND state IN ('skipped', 'failed', 'quarantined') GROUP BY 1, 2, 3 UNION ALL SELECT "
          "'metric', name, status, count(*) FROM (SELECT d.name, v.status, row_number() OVER "
          "(PARTITION BY v.artifact_id, v.metric_id ORDER BY r.rowid DESC) AS age FROM "
          "metric_value v JOIN run r USING(run_id) JOIN metric_def d USING(metric_id) JOIN "
          "artifact a USING(artifact_id) JOIN job j USING(job_id) WHERE j.run_id = " +
          run + " AND a.kind = 'fake_video' AND v.frame = -1 AND v.metric_id IN (" +
          metric_ids(data) + ")) WHERE age = 1 AND status <> 'ok' GROUP BY 2, 3"};
}

/// Of runs in table `run`: the newest evaluation of its generate run that has ended.
constexpr const char* kIsNewestEvaluation =
    "r.rowid = (SELECT max(e.rowid) FROM run e WHERE e.parent_run_id = r.parent_run_id AND e.kind "
    "= "
    "'evaluate' AND e.status IN ('ok', 'partial'))";

std::string side_filter(const ComparisonSide& side) {
  return "run_id = " + quoted(side.run_id) + " AND method = " + quoted(side.method);
}

/// "max(iif(run_id = .. AND method = .., value, NULL)) AS A, .."
std::string side_columns(const ComparisonModel& model, const std::string& value) {
  std::string text;
  for (const ComparisonSide& side : model.sides) {
    text += (text.empty() ? "" : ", ") + std::string("max(iif(") + side_filter(side) + ", " +
            value + ", NULL)) AS " + side.letter;
  }
  return text;
}

/// How much better a column is than A: as `improvement` in compare_metrics.cpp.
std::string improvement(const std::string& direction, const std::string& letter) {
  if (direction == "up") {
    return letter + " - A";
  }
  if (direction == "down") {
    return "A - " + letter;
  }
  const std::string less = direction == "to_one" ? " - 1" : "";
  return "abs(A" + less + ") - abs(" + letter + less + ")";
}

std::string mean_columns(const ComparisonModel& model, const std::string& direction) {
  std::string text;
  for (const ComparisonSide& side : model.sides) {
    text += (text.empty() ? "" : ", ") + ("avg(" + side.letter) + ") AS mean_" + side.letter +
            ", count(" + side.letter + ") AS clips_" + side.letter;
  }
  for (std::size_t i = 1; i < model.sides.size(); ++i) {
    const std::string& letter = model.sides[i].letter;
    const std::string better = improvement(direction, letter);
    text += ", avg(" + better + ") AS difference_" + letter + ", count(" + better + ") AS pairs_" +
            letter;
  }
  return text;
}

}  // namespace

std::vector<ReportQuery> run_queries(const RunData& data) {
  const std::string run = quoted(data.run.run_id);
  std::vector<ReportQuery> queries = {
      {"q-yield", "Yield and job states",
       "SELECT state, count(*) AS jobs FROM job WHERE run_id = " + run + " GROUP BY state"},
      {"q-frames", "Swapped frames",
       "SELECT sum(manipulated_frames) AS swapped, sum(n_frames) AS frames FROM artifact JOIN job "
       "USING(job_id) WHERE run_id = " +
           run +
           " AND kind = 'fake_video' AND artifact_id NOT IN (SELECT artifact_id FROM "
           "rendition)"},
      {"q-measured", "Measured clips",
       "SELECT count(DISTINCT artifact_id) AS measured FROM metric_value v JOIN artifact "
       "USING(artifact_id) JOIN job j USING(job_id) WHERE j.run_id = " +
           run + " AND kind = 'fake_video' AND frame = -1 AND v.status = 'ok'"},
      {"q-throughput", "Throughput",
       "SELECT method, stage, device, count(*) AS jobs, sum(frames) AS frames, sum(wall_us) / 1e6 "
       "AS "
       "wall_s, sum(cpu_us) / 1e6 AS cpu_s, sum(frames) * 1e6 / nullif(sum(wall_us), 0) AS "
       "frames_per_s, max(peak_bytes) / 1048576.0 AS peak_mib FROM stage_timing t JOIN job j "
       "USING(job_id) WHERE run_id = " +
           run +
           " AND attempt = (SELECT max(attempt) FROM stage_timing l WHERE l.job_id = t.job_id) "
           "GROUP BY method, stage, device"},
      failure_query(data),
      {"q-inputs", "Inputs and their terms",
       "SELECT c.name || '@' || c.version AS corpus, coalesce(m.licence, c.licence) AS licence, "
       "count(DISTINCT m.media_id) AS clips FROM job JOIN pair p USING(pair_id) JOIN media m ON "
       "m.media_id IN (p.source_media, p.target_media) JOIN corpus c USING(corpus_id) WHERE "
       "run_id = " +
           run + " GROUP BY 1, 2"}};
  queries.push_back(
      {"q-gate", "Stored verdicts",
       "SELECT name, version, slice, verdict, delta, delta_lo, delta_hi, mde, p_holm, "
       "tolerance, baseline_run FROM gate_result JOIN metric_def USING(metric_id) "
       "WHERE run_id = " +
           run});
  queries.push_back(
      {"q-detectors", "Detectors",
       "SELECT DISTINCT r.run_id, k.name || '@' || k.version AS detector, d.name, d.version, "
       "g.slice, g.value, g.ci_lo, g.ci_hi, g.n, g.n_clusters, g.coverage FROM run r JOIN "
       "metric_agg g USING(run_id) JOIN metric_def d USING(metric_id) JOIN detector_score s "
       "USING(run_id) JOIN artifact a USING(artifact_id) JOIN job j USING(job_id) LEFT JOIN "
       "run_model m ON m.run_id = r.run_id AND m.role = 'detector' LEFT JOIN model k ON k.model_id "
       "= m.model_id WHERE r.kind = 'detector' AND r.status IN ('ok', 'partial') AND j.run_id = " +
           run});
  for (const MetricData& metric : data.metrics) {
    if (metric.definition.level != "set") {
      queries.push_back(metric_query(data, metric.definition));
      if (metric.definition.name == kAutoReject) {
        queries.push_back(rejected_query(data, metric.definition));
        queries.push_back(rules_query(data, metric.definition));
      }
    } else if (!metric.aggregates.empty()) {
      queries.push_back(
          distance_query(metric.definition.name, metric.definition.version, {data.run.run_id}));
    }
  }
  queries.push_back(stored_means_query({data.run.run_id}));
  return queries;
}

std::vector<ReportQuery> comparison_queries(const ComparisonModel& model) {
  std::vector<std::string> ids;
  for (const ComparisonSide& side : model.sides) {
    if (std::find(ids.begin(), ids.end(), side.run_id) == ids.end()) {
      ids.push_back(side.run_id);
    }
  }
  const std::string runs = quoted_list(ids);
  std::vector<ReportQuery> queries;
  for (const ComparedMetric& metric : model.metrics) {
    if (is_detector_area(metric.name)) {
      const std::string detector = metric.name.substr(kDetectorArea.size() + 1);
      queries.push_back({"q-" + metric.name, metric.name + ": area of every run and method",
                         detector_areas(detector, runs)});
      continue;
    }
    if (is_set_metric(metric.name)) {
      queries.push_back(distance_query(metric.name, metric.version, ids));
      continue;
    }
    const bool is_yield = metric.name == "yield";
    const std::string rows =
        is_yield ? "SELECT pair_id, run_id, method, iif(state = 'done', 1, 0) AS value FROM job "
                   "WHERE state NOT IN ('queued', 'claimed') AND run_id IN (" +
                       runs + ")"
                 : clip_values(metric.name, metric.version, "j.run_id IN (" + runs + ")");
    queries.push_back({"q-" + metric.name, metric.name + ": means and differences",
                       "SELECT " + mean_columns(model, metric.direction) +
                           " FROM (SELECT pair_id, " + side_columns(model, "value") + " FROM (" +
                           rows + ") GROUP BY pair_id)"});
  }
  queries.push_back(stored_means_query(ids));
  return queries;
}

ReportQuery stored_means_query(const std::vector<std::string>& run_ids) {
  return {"q-intervals", "Stored means of methods and baselines",
          "SELECT parent_run_id, run_id, name, version, slice, value, ci_lo, ci_hi, n, n_clusters, "
          "coverage, ci_method FROM metric_agg JOIN metric_def USING(metric_id) JOIN run r "
          "USING(run_id) WHERE parent_run_id IN (" +
              quoted_list(run_ids) + ") AND " + kIsNewestEvaluation +
              " ORDER BY parent_run_id, name, slice"};
}

ReportQuery distance_query(const std::string& metric, int version,
                           const std::vector<std::string>& run_ids) {
  return {"q-" + metric, metric + ": stored distance of every run and method",
          "SELECT parent_run_id, substr(slice, 8) AS method, value, n AS faces, n_clusters, "
          "coverage, ci_method FROM metric_agg JOIN metric_def USING(metric_id) JOIN run r "
          "USING(run_id) WHERE name = " +
              quoted(metric) + " AND version = " + std::to_string(version) +
              " AND slice LIKE 'method=%' AND parent_run_id IN (" + quoted_list(run_ids) +
              ") AND " + kIsNewestEvaluation + " ORDER BY r.rowid, slice"};
}

ReportQuery trend_query(const std::string& metric, int version,
                        const std::vector<std::string>& run_ids) {
  return {"q-" + metric, metric + ": mean of every run and method",
          "SELECT run_id, method, avg(value) AS mean, count(value) AS clips FROM (" +
              clip_values(metric, version, "j.run_id IN (" + quoted_list(run_ids) + ")") +
              ") GROUP BY run_id, method ORDER BY run_id, method"};
}

}  // namespace changeling
