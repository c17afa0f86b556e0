#include "catalog/store/erasure.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "catalog/store/audit_log.h"
#include "catalog/store/connection.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/frame_sequence.h"
#include "catalog/store/purged_files.h"
#include "catalog/store/read_set.h"
#include "catalog/store/tombstone.h"
#include "common/base/error.h"

namespace changeling {
namespace {

using nlohmann::json;

/// Everything that depends on some people.
struct Reach {
  std::set<SubjectId> subjects;
  std::set<MediaId> media;  // of equal bytes, too: the same person is in the picture
  std::set<PairId> pairs;
  std::set<ArtifactId> artifacts;
  std::set<TrackId> tracks;
  std::set<Digest> cache_keys, blobs;
  std::set<VersionId> versions;
};

class Eraser {
 public:
  Eraser(Database& database, const BlobStore& blobs, const ErasureRequest& request)
      : database_(database), sql_(database.connection()), blobs_(blobs), request_(request) {}

  ErasureReport run() {
    find_person();
    follow();
    describe();
    if (request_.dry_run) {
      report_.removed = count_files(blobs_, reach_.blobs);
      return std::move(report_);
    }
    sql_.exec("PRAGMA secure_delete=ON");  // ids and attributes must not stay in free pages
    database_.transaction([this] { record(); });
    if (!request_.withdraw_only) {
      report_.removed = remove_purged_files(database_, blobs_);
    }
    return std::move(report_);
  }

 private:
  void find_person() {
    const CorpusStore corpora(database_);
    for (const CorpusRow& corpus : corpora.corpora()) {
      if (corpus.name != request_.corpus) {
        continue;
      }
      for (const SubjectRow& row : corpora.subjects(corpus.id)) {
        if (row.ext_id == request_.ext_id ||
            is_tombstone_of(row.ext_id, corpus.name, request_.ext_id)) {
          reach_.subjects.insert(row.id);
        }
      }
    }
    if (reach_.subjects.empty()) {
      throw Error(ErrorKind::kConfig, "corpus '" + request_.corpus + "' has no person of this id");
    }
  }

  void follow() {
    const CorpusStore corpora(database_);
    for (const SubjectId id : reach_.subjects) {
      reach_.media.merge(corpora.media_showing(id));
      add_rows(sql_, "SELECT track_id FROM face_track WHERE subject_id=?", reach_.tracks, id);
      add_rows(sql_, "SELECT pair_id FROM pair WHERE ?1 IN(source_subject,target_subject)",
               reach_.pairs, id);
      add_rows(sql_, "SELECT artifact_id FROM v_lineage WHERE subject_id=?", reach_.artifacts, id);
    }
    follow_media();
    for (const ArtifactId id : reach_.artifacts) {
      add_rows(sql_, "SELECT version_id FROM dataset_item WHERE artifact_id=?", reach_.versions,
               id);
      add_rows(sql_, "SELECT sha256 FROM artifact WHERE artifact_id=?", reach_.blobs, id);
    }
    follow_tracks();
    for (const TrackId id : reach_.tracks) {
      add_rows(sql_, "SELECT boxes_sha256 FROM face_track WHERE track_id=?", reach_.blobs, id);
    }
    for (const Digest& key : reach_.cache_keys) {
      add_rows(sql_, "SELECT sha256 FROM stage_cache WHERE cache_key=?", reach_.blobs, key);
    }
    keep_shared_blobs();
  }

  /// Adds what was made of the media. An artifact that somebody registered as footage is a medium
  /// that shows the person, too, and so is what was made of it.
  void follow_media() {
    std::set<MediaId> followed;
    add_registered_artifacts();
    while (followed != reach_.media) {
      for (const MediaId id : std::set<MediaId>(reach_.media)) {
        if (followed.insert(id).second) {
          follow_medium(id);
        }
      }
      add_registered_artifacts();
    }
  }

  void add_registered_artifacts() {
    for (const ArtifactId id : reach_.artifacts) {
      add_rows(sql_,
               "SELECT m.media_id FROM artifact a JOIN media m USING(sha256) WHERE artifact_id=?1 "
               "UNION SELECT m.media_id FROM artifact a JOIN media m USING(stream_sha256) WHERE "
               "artifact_id=?1",
               reach_.media, id);
    }
  }

  void follow_medium(MediaId id) {
    add_rows(sql_, "SELECT pair_id FROM pair WHERE source_media=?1 OR target_media=?1",
             reach_.pairs, id);
    // The lineage lacks clips of a corpus that does not say who is seen.
    add_rows(sql_,
             "SELECT artifact_id FROM v_lineage WHERE media_id=?1 UNION SELECT artifact_id FROM "
             "artifact WHERE media_id=?1",
             reach_.artifacts, id);
    add_rows(sql_, "SELECT cache_key FROM stage_cache WHERE media_id=?", reach_.cache_keys, id);
  }

  /// Adds tracks that are theirs although their row does not say so. A track of nobody known (all
  /// of earlier programs') in bytes that show them may be theirs, so it counts, too; in a fake or
  /// control of theirs that was registered as footage every track does, whoever it is said to be.
  void follow_tracks() {
    for (const ArtifactId id : reach_.artifacts) {
      // A control may have the very packets of its target, which is no copy of it.
      add_rows(sql_,
               "SELECT track_id FROM artifact a JOIN job USING(job_id) JOIN pair p USING(pair_id) "
               "JOIN media g ON g.media_id=p.target_media JOIN media m ON m.sha256=a.sha256 OR "
               "m.stream_sha256=a.stream_sha256 JOIN face_track t ON t.media_id=m.media_id WHERE "
               "a.artifact_id=? AND m.stream_sha256 IS NOT g.stream_sha256",
               reach_.tracks, id);
    }
    for (const MediaId id : reach_.media) {
      add_rows(sql_, "SELECT track_id FROM face_track WHERE media_id=? AND subject_id IS NULL",
               reach_.tracks, id);
    }
    for (const TrackId id : std::set<TrackId>(reach_.tracks)) {
      add_rows(sql_,
               "SELECT o.track_id FROM face_track t JOIN media m USING(media_id) JOIN media n "
               "USING(sha256) JOIN face_track o ON o.media_id=n.media_id AND "
               "o.boxes_sha256=t.boxes_sha256 WHERE t.track_id=?",
               reach_.tracks, id);
    }
  }

  /// Blobs that something else needs, and files of corpora, stay.
  void keep_shared_blobs() {
    for (auto at = reach_.blobs.begin(); at != reach_.blobs.end();) {
      std::set<ArtifactId> artifacts;
      std::set<TrackId> tracks;
      std::set<Digest> caches, kept;
      add_rows(sql_, "SELECT artifact_id FROM artifact WHERE sha256=?", artifacts, *at);
      add_rows(sql_, "SELECT track_id FROM face_track WHERE boxes_sha256=?", tracks, *at);
      add_rows(sql_, "SELECT cache_key FROM stage_cache WHERE sha256=?", caches, *at);
      add_rows(sql_,
               "SELECT sha256 FROM blob WHERE sha256=?1 AND (state='external' OR sha256 IN(SELECT "
               "sha256 FROM model))",
               kept, *at);
      const bool is_shared = !kept.empty() || !is_within(artifacts, reach_.artifacts) ||
                             !is_within(tracks, reach_.tracks) ||
                             !is_within(caches, reach_.cache_keys);
      at = is_shared ? reach_.blobs.erase(at) : std::next(at);
    }
  }

  template <typename Value>
  static bool is_within(const std::set<Value>& inner, const std::set<Value>& outer) {
    return std::includes(outer.begin(), outer.end(), inner.begin(), inner.end());
  }

  void describe() {
    report_.subjects.assign(reach_.subjects.begin(), reach_.subjects.end());
    report_.media = count(reach_.media);
    report_.pairs = count(reach_.pairs);
    report_.artifacts = count(reach_.artifacts);
    report_.cached_stages = count(reach_.cache_keys);
    report_.tracks = count(reach_.tracks);
    const CorpusStore corpora(database_);
    std::set<std::string> files;  // a frame may be part of several sequences
    for (const MediaId id : reach_.media) {
      const MediaRow row = corpora.media_by_id(id);
      for (const std::string& rel_path : files_of(row)) {
        files.insert(corpora.corpus(row.corpus_id).name + "/" + rel_path);
      }
    }
    report_.corpus_files.assign(files.begin(), files.end());
    for (const DatasetVersionRow& row : DatasetStore(database_).versions()) {
      if (reach_.versions.count(row.id) > 0) {
        report_.versions.push_back(row.name + "@" + row.semver);
      }
    }
    report_.models = models_trained_on(database_, reach_.artifacts, withdrawn_at());
    for (const ArtifactId id : reach_.artifacts) {
      Query query(sql_,
                  "SELECT (SELECT count(*) FROM metric_value WHERE artifact_id=?1)+(SELECT "
                  "count(*) FROM detector_score WHERE artifact_id=?1)");
      query.bind(id);
      std::int64_t n = 0;
      query.next();
      query.read(n);
      report_.scores += n;
    }
  }

  /// The day of an earlier call: later trainings left the person out. nullopt = none yet.
  [[nodiscard]] std::optional<std::string> withdrawn_at() const {
    std::string newest;
    for (const SubjectId id : reach_.subjects) {
      const SubjectRow row = CorpusStore(database_).subject_by_id(id);
      if (!row.withdrawn_at) {
        return std::nullopt;
      }
      newest = std::max(newest, *row.withdrawn_at);
    }
    return newest;
  }

  /// Those that show the person. Sequences of equal bytes have files of equal names, so those that
  /// any of them tells of count in all.
  [[nodiscard]] std::vector<std::string> files_of(const MediaRow& medium) const {
    if (medium.kind != kFrameSequence) {
      return {medium.rel_path};
    }
    std::vector<std::string> files;
    for (const SubjectId id : reach_.subjects) {
      Query query(sql_,
                  "SELECT ext_sighting_id,frame FROM sighting JOIN media USING(media_id) WHERE "
                  "subject_id=? AND (media_id=? OR sha256=?)");
      query.bind(id, medium.id, medium.sha256);
      while (query.next()) {
        SightingRow sighting;
        query.read(sighting.ext_sighting_id, sighting.frame);
        files.push_back(frame_files(medium, {sighting}).begin()->second);
      }
    }
    return files;
  }

  template <typename Value>
  static std::int64_t count(const std::set<Value>& values) {
    return static_cast<std::int64_t>(values.size());
  }

  void record() {
    CorpusStore corpora(database_);
    for (const SubjectId id : reach_.subjects) {
      corpora.withdraw_subject(id);
    }
    DatasetStore datasets(database_);
    for (const VersionId id : reach_.versions) {
      datasets.invalidate(id);
    }
    for (const PairId id : reach_.pairs) {
      report_.jobs_skipped +=
          Query(sql_,
                "UPDATE job SET state='skipped',reject_reason='withdrawn',claim_owner=NULL,"
                "claim_expires_us=NULL WHERE pair_id=? AND state IN('queued','claimed') AND run_id "
                "IN(SELECT run_id FROM run WHERE status='running')")
              .run(id);
    }
    if (!request_.withdraw_only) {
      erase_rows();
    }
    AuditLog(database_).append("changeling", request_.withdraw_only ? "withdraw" : "forget",
                               "subject " + std::to_string(reach_.subjects.begin()->value),
                               json{{"reason", request_.reason},
                                    {"artifacts", report_.artifacts},
                                    {"blobs", reach_.blobs.size()},
                                    {"cached_stages", report_.cached_stages},
                                    {"models", report_.models.size()},
                                    {"scores", report_.scores},
                                    {"versions", report_.versions}}
                                   .dump());
  }

  void erase_rows() {
    const std::string tombstone = make_tombstone(request_.corpus, request_.ext_id);
    for (const SubjectId id : reach_.subjects) {
      Query(sql_,
            "UPDATE subject SET gender=NULL,skintone=NULL,age_bin=NULL,"
            "ext_id=iif(substr(ext_id,1,1)='!',ext_id,?2) WHERE subject_id=?1")
          .run(id, tombstone);
      Query(sql_,
            "UPDATE sighting SET x=NULL,y=NULL,w=NULL,h=NULL,yaw=NULL,roll=NULL,occ_mask=NULL,"
            "facial_hair=NULL,indoor=NULL WHERE subject_id=?")
          .run(id);
    }
    for (const ArtifactId id : reach_.artifacts) {
      Query(sql_, "DELETE FROM metric_value WHERE artifact_id=?").run(id);
      Query(sql_, "DELETE FROM detector_score WHERE artifact_id=?").run(id);
    }
    for (const Digest& key : reach_.cache_keys) {
      Query(sql_, "DELETE FROM stage_cache WHERE cache_key=?").run(key);
    }
    for (const Digest& sha256 : reach_.blobs) {
      Query(sql_, "UPDATE blob SET state='purged' WHERE sha256=?").run(sha256);
    }
    for (const ArtifactId id : reach_.artifacts) {  // a clip that stays keeps its manifest
      Query(sql_,
            "DELETE FROM manifest WHERE artifact_id=?1 AND EXISTS(SELECT 1 FROM artifact JOIN blob "
            "USING(sha256) WHERE artifact_id=?1 AND state='purged')")
          .run(id);
    }
  }

  Database& database_;
  Connection& sql_;
  const BlobStore& blobs_;
  const ErasureRequest& request_;
  Reach reach_;
  ErasureReport report_;
};

}  // namespace

ErasureReport forget_subject(Database& database, const BlobStore& blobs,
                             const ErasureRequest& request) {
  return Eraser(database, blobs, request).run();
}

}  // namespace changeling
