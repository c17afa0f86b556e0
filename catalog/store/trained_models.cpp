#include "catalog/store/trained_models.h"

#include "catalog/store/connection.h"

namespace changeling {
namespace {

/// Every clip that a training could read (the parts: part_of(), detector_store.h), with its model.
const std::string kSeen =
    "WITH seen AS (SELECT r.run_id,r.started_at,v.name||'@'||v.semver AS set_name,1 AS is_data_set,"
    "i.artifact_id FROM run r JOIN dataset_version v ON v.version_id=r.version_id JOIN "
    "dataset_item i ON i.version_id=r.version_id WHERE r.kind='train' AND i.part IN('train','val') "
    "UNION ALL SELECT r.run_id,r.started_at,r.parent_run_id,0,a.artifact_id FROM run r JOIN job j "
    "ON j.run_id=r.parent_run_id JOIN pair p USING(pair_id) JOIN artifact a USING(job_id) WHERE "
    "r.kind='train' AND r.version_id IS NULL AND a.label IS NOT NULL AND p.part IN('train','val') "
    "AND a.artifact_id NOT IN(SELECT artifact_id FROM rendition)) ";
const std::string kModels =
    "o.model_id,o.role,o.name,o.version,s.set_name,s.is_data_set FROM seen s JOIN run_model m "
    "USING(run_id) JOIN model o USING(model_id) ";

const std::string kTrainedOn = kSeen + "SELECT s.artifact_id," + kModels +
                               "WHERE ?1 IS NULL OR s.started_at<?1 ORDER BY o.model_id,s.set_name";
// Media of the same bytes show the same people.
const std::string kWithdrawn =
    kSeen + "SELECT DISTINCT " + kModels +
    "WHERE o.model_id=? AND EXISTS(SELECT 1 FROM v_lineage l JOIN media x USING(media_id) JOIN "
    "media y ON y.sha256=x.sha256 JOIN sighting g ON g.media_id=y.media_id JOIN subject w ON "
    "w.subject_id=g.subject_id WHERE l.artifact_id=s.artifact_id AND w.withdrawn_at>s.started_at) "
    "ORDER BY s.set_name";

}  // namespace

std::string TrainedModel::words_for_set() const {
  return (is_data_set ? "data set " : "run ") + set;
}

std::vector<TrainedModel> models_trained_on(const Database& database,
                                            const std::set<ArtifactId>& artifacts,
                                            const std::optional<std::string>& until) {
  Query query(database.connection(), kTrainedOn.c_str());
  query.bind(until);
  std::vector<TrainedModel> models;
  while (query.next()) {
    ArtifactId artifact;
    TrainedModel row;
    query.read(artifact, row.id, row.role, row.name, row.version, row.set, row.is_data_set);
    const bool is_told =
        !models.empty() && models.back().id == row.id && models.back().set == row.set;
    if (!is_told && artifacts.count(artifact) > 0) {
      models.push_back(row);
    }
  }
  return models;
}

std::vector<TrainedModel> withdrawn_trainings(const Database& database, ModelId model) {
  Query query(database.connection(), kWithdrawn.c_str());
  query.bind(model);
  std::vector<TrainedModel> models;
  while (query.next()) {
    TrainedModel& row = models.emplace_back();
    query.read(row.id, row.role, row.name, row.version, row.set, row.is_data_set);
  }
  return models;
}

}  // namespace changeling
