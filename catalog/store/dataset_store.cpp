#include "catalog/store/dataset_store.h"

#include <string>

#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "catalog/store/score_store.h"
#include "common/base/error.h"

namespace changeling {
namespace {

const std::string kSelectClip =
    "SELECT a.artifact_id,a.job_id,a.media_id,a.profile,a.kind,a.label,a.sha256,a.stream_sha256,"
    "a.n_frames,a.manipulated_frames,b.bytes,b.state,j.run_id,coalesce(j.method,m.method),"
    "j.job_key,l.split_id,p.part,p.stratum,iif(a.kind='real_control',NULL,p.source_media),"
    "iif(a.kind='real_control',NULL,p.source_subject),p.target_subject,"
    "coalesce(p.target_media,a.media_id),r.recipe_json FROM artifact a JOIN blob b USING(sha256) "
    "LEFT JOIN rendition r ON r.artifact_id=a.artifact_id "
    "LEFT JOIN job j USING(job_id) LEFT JOIN pair p USING(pair_id) LEFT JOIN pair_list l "
    "USING(list_id) LEFT JOIN media m ON m.media_id=a.media_id WHERE a.label IS NOT NULL ";
// Neither clips of media that cannot be used, such as a fake of ours that was registered as
// footage, nor what was made from or onto them.
const std::string kClips =
    kSelectClip +
    "AND NOT EXISTS(SELECT 1 FROM media x WHERE x.media_id IN(a.media_id,p.source_media,"
    "p.target_media) AND x.probe_error IS NOT NULL) ORDER BY a.artifact_id";
const std::string kClipById = kSelectClip + "AND a.artifact_id=?";

// Runs have ids that grow with time, so the newest has the largest. Of ?3, kAutoReject, the share
// of rejected fakes by the newest version that judged any of the items: other limits are other
// versions.
const char* const kQuality =
    "SELECT name,unit,version,count(*),coalesce(sum(status='ok'),0),coalesce(sum(n_asked),0),"
    "coalesce(sum(n_ok),0),avg(value),min(value),max(value),role,trained_on FROM("
    "SELECT d.metric_id,d.name,d.unit,d.version,v.status,v.n_asked,v.n_ok,"
    "iif(d.name=?3,1.0*(v.value>0),v.value) AS value,o.role,o.trained_on FROM "
    "dataset_item i JOIN metric_value v ON v.artifact_id=i.artifact_id "
    "AND v.frame=-1 JOIN metric_def d USING(metric_id) LEFT JOIN model o ON "
    "o.model_id=d.scorer_model WHERE i.version_id=?1 AND v.run_id=(SELECT max(w.run_id) "
    "FROM metric_value w JOIN run r USING(run_id) WHERE w.metric_id=v.metric_id AND "
    "w.artifact_id=v.artifact_id AND w.frame=-1 AND r.finished_at<?2) "
    "AND(d.name<>?3 OR d.version=(SELECT max(n.version) FROM dataset_item x JOIN "
    "metric_value w ON w.artifact_id=x.artifact_id AND w.frame=-1 JOIN metric_def n "
    "USING(metric_id) JOIN run r USING(run_id) WHERE x.version_id=?1 AND n.name=?3 AND "
    "r.finished_at<?2))) "
    "GROUP BY metric_id ORDER BY name,version";
const char* const kOutcomes =
    "SELECT j.method,j.state,coalesce(j.reject_reason,j.error_kind,''),count(*) FROM job j "
    "JOIN run r USING(run_id) WHERE r.finished_at<?2 AND j.run_id IN(SELECT o.run_id FROM "
    "dataset_item i JOIN artifact a USING(artifact_id) JOIN job o USING(job_id) "
    "WHERE i.version_id=?1) GROUP BY 1,2,3 ORDER BY 1,2,3";

const std::string kSelectVersion =
    "SELECT version_id,name,semver,split_id,run_id,access_class,spec_json,created_at,merkle_root,"
    "invalidated_at FROM dataset_version ";
const std::string kVersionByName = kSelectVersion + "WHERE name=? AND semver=?";
const std::string kVersions = kSelectVersion + "ORDER BY version_id";

void read_row(Query& query, ClipRow& row) {
  ArtifactRow& a = row.artifact;
  query.read(a.id, a.job_id, a.media_id, a.profile, a.kind, a.label, a.sha256, a.stream_sha256,
             a.n_frames, a.manipulated_frames, row.bytes, row.blob_state, row.run_id, row.method,
             row.job_key, row.split_id, row.part, row.stratum, row.source_media, row.source_subject,
             row.target_subject, row.target_media, row.recipe_json);
  if (a.kind == "real_control") {
    row.method.reset();
  }
}

void read_row(Query& query, DatasetVersionRow& row) {
  query.read(row.id, row.name, row.semver, row.split_id, row.run_id, row.access_class,
             row.spec_json, row.created_at, row.merkle_root, row.invalidated_at);
}

}  // namespace

std::string item_key(const Digest& stream_sha256) {
  return stream_sha256.hex().substr(0, 16);
}

void DatasetStore::for_each_clip(const std::function<void(const ClipRow&)>& sink) const {
  Query query(database_.connection(), kClips.c_str());
  query.bind();
  while (query.next()) {
    ClipRow row;
    read_row(query, row);
    sink(row);
  }
}

ClipRow DatasetStore::clip(ArtifactId id) const {
  Query query(database_.connection(), kClipById.c_str());
  query.bind(id);
  if (!query.next()) {
    throw Error(ErrorKind::kCatalog, "catalog '" + database_.path().string() +
                                         "' has no labelled clip " + std::to_string(id.value));
  }
  ClipRow row;
  read_row(query, row);
  return row;
}

VersionId DatasetStore::add_version(const DatasetVersionRow& row,
                                    const std::vector<DatasetItemRow>& items) {
  CHANGELING_REQUIRE(row.merkle_root.has_value(), "a version is sealed by its Merkle root");
  VersionId id;
  Connection& connection = database_.connection();
  database_.transaction([&] {
    if (find_version(row.name, row.semver)) {
      throw Error(ErrorKind::kCatalog, "catalog '" + database_.path().string() +
                                           "' has a version " + row.name + "@" + row.semver +
                                           " already: choose a new version number");
    }
    Query(connection,
          "INSERT INTO dataset_version(name,semver,split_id,run_id,access_class,spec_json,"
          "created_at) VALUES(?,?,?,?,?,?,?)")
        .run(row.name, row.semver, row.split_id, row.run_id, row.access_class, row.spec_json,
             row.created_at.empty() ? now_iso8601() : row.created_at);
    id.value = connection.last_insert_id();
    for (const DatasetItemRow& item : items) {
      Query(connection,
            "INSERT INTO dataset_item(version_id,artifact_id,item_key,part) VALUES(?,?,?,?)")
          .run(id, item.artifact_id, item.item_key, item.part);
    }
    Query(connection, "UPDATE dataset_version SET merkle_root=? WHERE version_id=?")
        .run(row.merkle_root, id);
  });
  return id;
}

void DatasetStore::invalidate(VersionId version) {
  database_.transaction([&] {
    Query(database_.connection(),
          "UPDATE dataset_version SET invalidated_at=? WHERE version_id=? AND invalidated_at IS "
          "NULL")
        .run(now_iso8601(), version);
  });
}

std::optional<DatasetVersionRow> DatasetStore::find_version(std::string_view name,
                                                            std::string_view semver) const {
  Query query(database_.connection(), kVersionByName.c_str());
  query.bind(name, semver);
  if (!query.next()) {
    return std::nullopt;
  }
  DatasetVersionRow row;
  read_row(query, row);
  return row;
}

std::vector<DatasetVersionRow> DatasetStore::versions() const {
  Query query(database_.connection(), kVersions.c_str());
  query.bind();
  std::vector<DatasetVersionRow> rows;
  while (query.next()) {
    read_row(query, rows.emplace_back());
  }
  return rows;
}

std::vector<VersionQualityRow> DatasetStore::quality(const DatasetVersionRow& version) const {
  Query query(database_.connection(), kQuality);
  query.bind(version.id, version.created_at, kAutoReject);
  std::vector<VersionQualityRow> rows;
  while (query.next()) {
    VersionQualityRow& row = rows.emplace_back();
    query.read(row.metric, row.unit, row.metric_version, row.clips, row.clips_ok, row.frames,
               row.frames_ok, row.mean, row.lowest, row.highest, row.scorer, row.scorer_trained_on);
  }
  return rows;
}

std::vector<VersionOutcomeRow> DatasetStore::outcomes(const DatasetVersionRow& version) const {
  Query query(database_.connection(), kOutcomes);
  query.bind(version.id, version.created_at);
  std::vector<VersionOutcomeRow> rows;
  while (query.next()) {
    VersionOutcomeRow& row = rows.emplace_back();
    query.read(row.method, row.state, row.reason, row.jobs);
  }
  return rows;
}

std::vector<DatasetItemRow> DatasetStore::items(VersionId version) const {
  Query query(database_.connection(),
              "SELECT artifact_id,item_key,part FROM dataset_item WHERE version_id=? "
              "ORDER BY item_key");
  query.bind(version);
  std::vector<DatasetItemRow> rows;
  while (query.next()) {
    DatasetItemRow& row = rows.emplace_back();
    query.read(row.artifact_id, row.item_key, row.part);
  }
  return rows;
}

}  // namespace changeling
