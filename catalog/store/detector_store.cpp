#include "catalog/store/detector_store.h"

#include <algorithm>

#include "catalog/store/connection.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/model_rows.h"
#include "catalog/store/run_store.h"
#include "common/base/error.h"

namespace changeling {
namespace {

/// The newest version of a corpus that ships fakes.
DetectorSet corpus_set(Database& database, const std::string& text) {
  const std::string name = text.substr(kCorpusSetPrefix.size());
  const CorpusStore corpora(database);
  DetectorSet set;
  set.name = text;
  if (const std::optional<CorpusRow> corpus = corpora.find_corpus(name)) {
    set.corpus_id = corpus->id;
    return set;
  }
  throw Error(ErrorKind::kConfig, "no corpus '" + name + "' (see 'changeling corpus list')");
}

std::vector<std::string> read_run_ids(Query& query) {
  std::vector<std::string> runs;
  while (query.next()) {
    query.read(runs.emplace_back());
  }
  return runs;
}

std::string run_of_set(Database& database, const std::string& text) {
  try {
    return RunStore(database).find_generate_run(text).run_id;
  } catch (const Error& error) {
    throw Error(error.kind(), std::string(error.what()) + "; a frozen set is NAME@VERSION");
  }
}

}  // namespace

std::string_view part_of(DetectorRole role) {
  switch (role) {
    case DetectorRole::kFit:
      return "train";
    case DetectorRole::kSelect:
      return "val";
    case DetectorRole::kScore:
      break;
  }
  return "test";
}

DetectorSet DetectorStore::find_set(const std::string& text) const {
  DetectorSet set;
  if (text.compare(0, kCorpusSetPrefix.size(), kCorpusSetPrefix) == 0) {
    return corpus_set(database_, text);
  }
  const std::size_t at = text.find('@');
  if (at == std::string::npos) {
    set.generate_run = run_of_set(database_, text);
    set.name = set.generate_run;
    return set;
  }
  const std::optional<DatasetVersionRow> version =
      DatasetStore(database_).find_version(text.substr(0, at), text.substr(at + 1));
  if (!version) {
    throw Error(ErrorKind::kConfig,
                "no frozen version '" + text + "' (list them with 'changeling export list')");
  }
  if (version->invalidated_at) {
    throw Error(ErrorKind::kConfig,
                "version '" + text + "' must no longer be used: somebody in it was withdrawn");
  }
  set.version_id = version->id;
  set.name = text;
  return set;
}

std::vector<ClipRow> DetectorStore::all_clips(const DetectorSet& set) const {
  const DatasetStore store(database_);
  std::vector<ClipRow> clips;
  if (set.version_id) {
    for (const DatasetItemRow& item : store.items(*set.version_id)) {
      clips.push_back(store.clip(item.artifact_id));
      clips.back().part = item.part;
    }
  } else if (set.corpus_id) {
    const CorpusStore corpora(database_);
    store.for_each_clip([&](const ClipRow& clip) {
      if (clip.artifact.media_id &&
          corpora.media_by_id(clip.target_media).corpus_id == *set.corpus_id) {
        clips.push_back(clip);
        clips.back().part = part_of(DetectorRole::kScore);
      }
    });
  } else {
    store.for_each_clip([&](const ClipRow& clip) {
      if (clip.run_id == set.generate_run && !clip.recipe_json) {
        clips.push_back(clip);
      }
    });
  }
  std::sort(clips.begin(), clips.end(),
            [](const ClipRow& a, const ClipRow& b) { return a.artifact.id < b.artifact.id; });
  return clips;
}

std::vector<ClipRow> DetectorStore::clips(const DetectorSet& set, DetectorRole role) const {
  std::vector<ClipRow> clips = all_clips(set);
  clips.erase(std::remove_if(clips.begin(), clips.end(),
                             [&](const ClipRow& clip) { return clip.part != part_of(role); }),
              clips.end());
  return clips;
}

std::set<SubjectId> DetectorStore::people(const std::vector<ClipRow>& clips) const {
  std::set<SubjectId> people;
  for (const ClipRow& clip : clips) {
    Query query(database_.connection(), "SELECT subject_id FROM v_lineage WHERE artifact_id=?");
    query.bind(clip.artifact.id);
    while (query.next()) {
      SubjectId subject;
      query.read(subject);
      people.insert(subject);
    }
  }
  return people;
}

void DetectorStore::require_unseen(ModelId model, const std::vector<ClipRow>& clips) const {
  const std::set<SubjectId> shown = people(clips);
  Query query(database_.connection(),
              "SELECT r.version_id,r.parent_run_id FROM run_model m JOIN run r USING(run_id) "
              "WHERE m.model_id=? AND m.role='detector' AND r.kind='train'");
  query.bind(model);
  std::vector<DetectorSet> sets;
  while (query.next()) {
    std::optional<std::string> parent;
    DetectorSet& set = sets.emplace_back();
    query.read(set.version_id, parent);
    set.generate_run = parent.value_or("");
  }
  for (const DetectorSet& set : sets) {
    for (const DetectorRole role : {DetectorRole::kFit, DetectorRole::kSelect}) {
      for (const SubjectId subject : people(this->clips(set, role))) {
        if (shown.count(subject) > 0) {
          throw Error(ErrorKind::kConfig,
                      "subject " + std::to_string(subject.value) + " is in part " +
                          std::string(part_of(role)) +
                          " of what the detector was trained on, and in the clips to score");
        }
      }
    }
  }
}

void DetectorStore::add_scores(std::string_view run_id,
                               const std::vector<DetectorScoreRow>& scores) {
  database_.transaction([&] {
    Query insert(database_.connection(),
                 "INSERT INTO detector_score(run_id,artifact_id,frame,status,p_fake) "
                 "VALUES(?,?,?,?,?)");
    for (const DetectorScoreRow& row : scores) {
      insert.run(run_id, row.artifact_id, row.frame, row.status, row.p_fake);
    }
  });
}

std::vector<DetectorScoreRow> DetectorStore::scores(std::string_view run_id) const {
  Query query(database_.connection(),
              "SELECT artifact_id,frame,status,p_fake FROM detector_score WHERE run_id=? "
              "ORDER BY artifact_id,frame");
  query.bind(run_id);
  std::vector<DetectorScoreRow> rows;
  while (query.next()) {
    DetectorScoreRow& row = rows.emplace_back();
    query.read(row.artifact_id, row.frame, row.status, row.p_fake);
  }
  return rows;
}

std::vector<std::string> DetectorStore::runs_about(std::string_view generate_run) const {
  Query query(database_.connection(),
              "SELECT r.run_id FROM run r WHERE r.kind='detector' AND r.status IN('ok','partial') "
              "AND EXISTS(SELECT 1 FROM detector_score s JOIN artifact USING(artifact_id) "
              "JOIN job j USING(job_id) WHERE s.run_id=r.run_id AND j.run_id=?) "
              "ORDER BY r.rowid");
  query.bind(generate_run);
  return read_run_ids(query);
}

std::vector<std::string> DetectorStore::runs_on(const DetectorSet& set) const {
  // Runs on a corpus name neither version nor run: their clips tell.
  Query query(database_.connection(),
              "SELECT r.run_id FROM run r WHERE r.kind='detector' AND r.status IN('ok','partial') "
              "AND r.version_id IS ?1 AND r.parent_run_id IS ?2 AND (?3 IS NULL OR "
              "EXISTS(SELECT 1 FROM detector_score s JOIN artifact a USING(artifact_id) "
              "JOIN media m ON m.media_id=a.media_id WHERE s.run_id=r.run_id AND "
              "m.corpus_id=?3)) ORDER BY r.rowid");
  const std::optional<std::string> parent =
      set.generate_run.empty() ? std::nullopt : std::optional(set.generate_run);
  query.bind(set.version_id, parent, set.corpus_id);
  return read_run_ids(query);
}

bool DetectorStore::was_trained_here(ModelId model) const {
  Query query(database_.connection(),
              "SELECT 1 FROM run_model JOIN run USING(run_id) WHERE model_id=? AND "
              "role='detector' AND kind='train'");
  query.bind(model);
  return query.next();
}

std::vector<ModelRow> DetectorStore::detectors(std::string_view name) const {
  Query query(database_.connection(),
              "SELECT model_id,role,name,version,sha256,licence,trained_on FROM model "
              "WHERE role='detector' AND (?1='' OR name=?1) ORDER BY model_id DESC");
  query.bind(name);
  return read_models(query);
}

std::optional<ModelRow> DetectorStore::detector_of(std::string_view run_id) const {
  for (ModelRow& model : RunStore(database_).models(run_id)) {
    if (model.role == "detector") {
      return std::move(model);
    }
  }
  return std::nullopt;
}

}  // namespace changeling
