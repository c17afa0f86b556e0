#include "reports/model/build_report.h"

#include <algorithm>
#include <map>
#include <set>

#include "catalog/store/corpus_store.h"
#include "catalog/store/score_store.h"
#include "common/base/error.h"
#include "common/base/licence.h"
#include "reports/model/gate.h"
#include "reports/model/queries.h"
#include "reports/model/report_parts.h"
#include "reports/model/run_texts.h"

namespace changeling {
namespace {

std::string methods_of(const RunData& data) {
  std::set<std::string> names;
  for (const JobData& job : data.jobs) {
    names.insert(job.job.method);
  }
  return comma_list(names);
}

/// "main: 4 pairs attempted, 20 jobs (one for each pair and method)".
std::string list_text(const RunData& data) {
  std::set<PairId> pairs;
  for (const JobData& job : data.jobs) {
    pairs.insert(job.pair.id);
  }
  return data.list.name + ": " + std::to_string(pairs.size()) + " pairs attempted, " +
         std::to_string(data.jobs.size()) + " jobs (one for each pair and method)";
}

std::vector<ReportFact> make_run_facts(const RunData& data) {
  const RunRow& run = data.run;
  std::vector<ReportFact> facts = {
      {"run", run.run_id},
      {"status", run.status},
      {"started", run.started_at},
      {"finished", run.finished_at.value_or("not yet")},
      {"method", methods_of(data)},
      {"seed", std::to_string(run.seed)},
      {"commit", commit_text(run)},
      {"config SHA-256", run.config_sha256.hex()},
      {"pair list", list_text(data)},
      {"pair list SHA-256", data.list.list_sha256 ? data.list.list_sha256->hex() : "not frozen"},
      {"sampler", data.list.sampler + ", seed " + std::to_string(data.list.seed)},
      {"people", std::to_string(data.subjects.size()) + " in " + std::to_string(data.media.size()) +
                     " clips"}};
  if (data.evaluation) {
    facts.push_back({"evaluation run", data.evaluation->run_id});
    facts.push_back({"evaluation status", data.evaluation->status});
    facts.push_back({"evaluation commit", commit_text(*data.evaluation)});
    facts.push_back({"evaluation config SHA-256", data.evaluation->config_sha256.hex()});
  }
  return facts;
}

/// The first of the identity margins that has values.
std::string exemplar_metric(const std::vector<ReportMetric>& metrics) {
  for (const char* name : {"id_margin", "id_margin_dlib"}) {
    for (const ReportMetric& metric : metrics) {
      if (metric.name == name && !metric.clip_values.empty()) {
        return name;
      }
    }
  }
  return "";
}

/// Names of the generating networks whose fakes stay inside, joined by commas.
std::string closing_networks(const std::vector<ModelRow>& models) {
  std::set<std::string> names;
  for (const ModelRow& model : models) {
    if (forbids_redistribution(model.licence.value_or(""))) {
      names.insert(model.role);
    }
  }
  return comma_list(names);
}

std::string permitted_use(const std::vector<ReportLicence>& licences,
                          const std::vector<ModelRow>& models) {
  const bool open = std::all_of(licences.begin(), licences.end(), [](const ReportLicence& licence) {
    return licence.redistributable;
  });
  if (licences.empty()) {
    return "The run has no inputs.";
  }
  const std::string networks = closing_networks(models);
  if (open && !networks.empty()) {
    return "Every input may be handed on, but not what these networks made: " + networks +
           ". Other fakes may be shared under the terms below, always with their label; exports "
           "count the networks of the whole run.";
  }
  return open ? "Every input may be handed on: the fakes may be shared under the terms below and "
                "those of the networks, always with their label."
              : "Internal use only: at least one input may not be handed on, and neither may any "
                "fake made from it.";
}

/// "lmk_nme", "lmk_nme of fsgan" where the run has several methods.
std::string label_of(const ReportMetric& metric) {
  return metric.name + (metric.method.empty() ? "" : " of " + metric.method);
}

/// Fewest and most people behind the means of a metric without an interval, over methods.
struct PeopleRange {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

std::string people_text(const PeopleRange& people) {
  const std::string most = std::to_string(people.most);
  return people.least == people.most ? most : std::to_string(people.least) + " to " + most;
}

/// Metrics whose means have no interval, a sentence for each reason.
std::vector<std::string> list_without_interval(const std::vector<ReportMetric>& metrics) {
  std::map<std::string, PeopleRange> too_few;
  std::map<std::string, std::set<std::string>> others;  // reason -> names
  for (const ReportMetric& metric : metrics) {
    if (metric.status != "ok" || metric.low) {
      continue;
    }
    if (metric.interval_method == "too_few_clusters") {
      PeopleRange& people =
          too_few.emplace(metric.name, PeopleRange{metric.n_clusters, metric.n_clusters})
              .first->second;
      people.least = std::min(people.least, metric.n_clusters);
      people.most = std::max(people.most, metric.n_clusters);
    } else {
      others[why_no_interval(metric.interval_method)].insert(metric.name);
    }
  }
  std::string names;
  for (const auto& [name, people] : too_few) {
    names += (names.empty() ? "" : ", ") + name + " (" + people_text(people) +
             (names.empty() ? " people)" : ")");
  }
  std::vector<std::string> sentences;
  if (std::any_of(metrics.begin(), metrics.end(), [](const ReportMetric& metric) {
        return metric.interval_method.rfind("bootstrap_percentile", 0) == 0;
      })) {
    sentences.push_back(
        "This evaluation was made by an earlier program: its intervals resample "
        "targets alone and are too narrow where sources matter; those of "
        "comparisons, trends and slices are not.");
  }
  if (!names.empty()) {
    sentences.push_back("No interval for " + names +
                        ": over fewer than 10 people it looks more certain than it is.");
  }
  for (const auto& [reason, of_reason] : others) {
    sentences.push_back("No interval for " + comma_list(of_reason) +
                        (reason.empty() ? "." : ": " + reason + "."));
  }
  return sentences;
}

/// Finished jobs of media that show somebody who was forgotten since (catalog/store/erasure.h).
std::int64_t count_erased(const RunData& data, const std::set<MediaId>& erased) {
  return std::count_if(data.jobs.begin(), data.jobs.end(), [&erased](const JobData& job) {
    return job.is_done() &&
           erased.count(job.pair.source_media) + erased.count(job.pair.target_media) > 0;
  });
}

std::vector<std::string> list_missing(const RunData& data, const ReportModel& model) {
  std::vector<std::string> missing;
  if (!data.evaluation) {
    missing.push_back(
        "No evaluation of this run has ended: means and intervals are missing (run 'changeling "
        "evaluate score').");
  } else {
    for (const ReportMetric& metric : model.metrics) {
      if (metric.status != "ok") {
        missing.push_back(label_of(metric) + ": no mean (" + metric.status + ", " +
                          std::to_string(metric.clip_values.size()) + " clips with a value).");
      }
    }
    const std::vector<std::string> without = list_without_interval(model.metrics);
    missing.insert(missing.end(), without.begin(), without.end());
  }
  const auto few = std::count_if(model.slices.begin(), model.slices.end(),
                                 [](const ReportSlice& slice) { return !slice.mean; });
  if (few > 0) {
    missing.push_back(std::to_string(few) + " of " + std::to_string(model.slices.size()) +
                      " numbers of slices would rest on fewer than 30 clips or 10 people: they are "
                      "not shown.");
  }
  missing.push_back("Blobs and labels were not verified here (run 'changeling catalog verify').");
  if (model.detectors.empty()) {
    missing.push_back(
        "No detector was tested on these clips (run 'changeling detector score', or import its "
        "scores).");
  }
  return missing;
}

}  // namespace

ReportModel build_report(Database& database, std::string_view run_id,
                         const PageProgress& progress) {
  const RunData data = read_run_data(database, run_id, progress);
  ReportModel model;
  model.run_id = data.run.run_id;
  model.title = "Changeling run " + data.run.run_id;
  model.checks = make_checks(data);
  model.all_checks_hold = std::all_of(model.checks.begin(), model.checks.end(),
                                      [](const ReportCheck& check) { return check.holds; });
  model.gate = read_gate(database, run_id);
  model.shares = make_shares(data, progress);
  model.job_states = RunStore(database).job_counts(run_id);
  model.rejects = make_rejects(data);
  model.metrics = make_metrics(data, progress);
  model.slices = make_slices(data, progress);
  model.detectors = make_detectors(database, run_id);
  model.exemplar_metric = exemplar_metric(model.metrics);
  model.exemplars = make_exemplars(data, model.exemplar_metric);
  model.stages = make_stages(data);
  model.n_retried_jobs = std::count_if(data.jobs.begin(), data.jobs.end(),
                                       [](const JobData& job) { return job.job.attempts > 1; });
  model.failures = make_failures(data);
  model.licences = make_licences(data);
  model.permitted_use = permitted_use(model.licences, data.generate_models);
  model.networks = make_networks(data);
  model.run_facts = make_run_facts(data);
  model.versions = library_versions(data.run);
  model.queries = run_queries(data);
  model.not_measured = list_missing(data, model);
  if (const std::int64_t n = count_erased(data, CorpusStore(database).erased_media()); n > 0) {
    model.not_measured.push_back("Erased on request, with their scores: " + std::to_string(n) +
                                 " fakes of this run (somebody in them withdrew).");
  }
  return model;
}

}  // namespace changeling
