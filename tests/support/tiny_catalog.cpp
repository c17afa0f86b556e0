#include "tests/support/tiny_catalog.h"

#include "common/base/digest.h"

namespace changeling {

TinyCatalog::TinyCatalog(const std::filesystem::path& folder, int n_subjects)
    : database_(Database::create(folder / "catalog.db")) {
  CorpusStore corpora(database_);
  const CorpusId corpus =
      corpora.add_corpus({{}, "tiny", "1", "tiny", "CC0-1.0", "synthetic", true});
  std::vector<SplitSubjectRow> parts;
  for (int i = 0; i < n_subjects; ++i) {
    SubjectRow subject;
    subject.corpus_id = corpus;
    subject.ext_id = "person-" + std::to_string(i);
    subjects_.push_back(corpora.add_subject(subject));
    parts.push_back({subjects_.back(), i, "train"});
    MediaRow medium;
    medium.corpus_id = corpus;
    medium.rel_path = "clip-" + std::to_string(i) + ".mp4";
    media_.push_back(corpora.add_media(medium));
    SightingRow sighting;
    sighting.media_id = media_.back();
    sighting.subject_id = subjects_.back();
    sighting.ext_sighting_id = "s";
    corpora.add_sighting(sighting);
  }
  PairStore pairs(database_);
  const SplitId split = pairs.add_split({{}, "all", "threshold@1", 1, {}}, parts);
  std::vector<PairRow> rows;
  for (std::size_t i = 0; i + 1 < media_.size(); ++i) {
    PairRow pair;
    pair.part = "train";
    pair.stratum = "unconstrained";
    pair.draw_index = static_cast<std::int64_t>(i);
    pair.source_media = media_[i];
    pair.source_subject = subjects_[i];
    pair.target_media = media_[i + 1];
    pair.target_subject = subjects_[i + 1];
    rows.push_back(pair);
  }
  list_ = pairs.add_pair_list({{}, "list", split, "test@1", 1, "{}", {}}, rows, {});
}

std::string TinyCatalog::begin_run(const std::vector<std::string>& methods) {
  RunStore runs(database_);
  RunRow run;
  run.kind = "generate";
  run.list_id = list_;
  run.git_commit = "unknown";
  run.config_sha256 = sha256("config");
  run.config_json = "{}";
  run.host = "test";
  run.env_json = "{}";
  const std::string run_id = runs.begin(run);
  std::vector<JobRow> jobs;
  for (const std::string& method : methods) {
    runs.ensure_method({method, false, "compositeCapture"});
    for (const PairRow& pair : PairStore(database_).pairs(list_)) {
      JobRow job;
      job.run_id = run_id;
      job.pair_id = pair.id;
      job.method = method;
      job.job_key = sha256(method + std::to_string(pair.id.value));
      job.params_json = "{}";
      jobs.push_back(job);
    }
  }
  runs.enqueue(jobs);
  return run_id;
}

}  // namespace changeling
