#include "catalog/store/corpus_store.h"

#include "catalog/store/blob_rows.h"
#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "catalog/store/read_set.h"
#include "catalog/store/tombstone.h"
#include "common/base/error.h"
#include "common/base/inner_path.h"

// Face tracks and cached stages: face_tracks.cpp.
namespace changeling {
namespace {

const std::string kSelectCorpus =
    "SELECT corpus_id,name,version,root_alias,licence,consent_basis,redistributable FROM corpus ";
const std::string kSelectSubject =
    "SELECT subject_id,corpus_id,ext_id,gender,skintone,age_bin,withdrawn_at FROM subject ";
const std::string kSelectMedia =
    "SELECT media_id,corpus_id,rel_path,kind,label,method,source_clip,licence,consent_basis,"
    "redistributable,sha256,stream_sha256,codec,pix_fmt,width_px,height_px,rotation_deg,fps_num,"
    "fps_den,is_vfr,n_frames,duration_us,probe_error FROM media ";

const std::string kCorpusByName = kSelectCorpus + "WHERE name=? AND version=?";
const std::string kCorpusNewest = kSelectCorpus + "WHERE name=? ORDER BY corpus_id DESC LIMIT 1";
const std::string kCorpusById = kSelectCorpus + "WHERE corpus_id=?";
const std::string kCorpora = kSelectCorpus + "ORDER BY name,version";
const std::string kSubjectById = kSelectSubject + "WHERE subject_id=?";
const std::string kSubjects = kSelectSubject + "WHERE corpus_id=? ORDER BY ext_id";
const std::string kMediaById = kSelectMedia + "WHERE media_id=?";
const std::string kMediaOfBytes = kSelectMedia + "WHERE sha256=? ORDER BY media_id";
const std::string kMediaOfCorpus = kSelectMedia + "WHERE corpus_id=? ORDER BY rel_path";

std::string media_showing_those(const std::string& condition) {
  return "WITH shown AS (SELECT DISTINCT media_id FROM sighting JOIN subject USING(subject_id) "
         "WHERE " +
         condition +
         ") SELECT media_id FROM shown UNION SELECT n.media_id FROM shown JOIN media m "
         "USING(media_id) JOIN media n USING(sha256)";
}

const std::string kMediaOfOne = media_showing_those("subject_id=?");
const std::string kMediaOfWithdrawn = media_showing_those("withdrawn_at IS NOT NULL");
const std::string kMediaOfErased = media_showing_those(kIsErased);

void read_row(Query& query, CorpusRow& row) {
  query.read(row.id, row.name, row.version, row.root_alias, row.licence, row.consent_basis,
             row.redistributable);
}

void read_row(Query& query, SubjectRow& row) {
  query.read(row.id, row.corpus_id, row.ext_id, row.gender, row.skintone, row.age_bin,
             row.withdrawn_at);
}

void read_row(Query& query, MediaRow& row) {
  query.read(row.id, row.corpus_id, row.rel_path, row.kind, row.label, row.method, row.source_clip,
             row.licence, row.consent_basis, row.redistributable, row.sha256, row.stream_sha256,
             row.codec, row.pix_fmt, row.width_px, row.height_px, row.rotation_deg, row.fps_num,
             row.fps_den, row.is_vfr, row.n_frames, row.duration_us, row.probe_error);
  if (!is_inner_path(row.rel_path)) {  // this catalog's adapters write none such
    throw Error(ErrorKind::kCatalog, "the path of medium " + std::to_string(row.id.value) +
                                         " leaves its corpus: '" + row.rel_path + "'");
  }
}

template <typename Row>
std::vector<Row> read_all(Query& query) {
  std::vector<Row> rows;
  while (query.next()) {
    read_row(query, rows.emplace_back());
  }
  return rows;
}

template <typename Row, typename RowId>
Row read_one(Database& database, const std::string& sql, RowId id, const char* table) {
  Query query(database.connection(), sql.c_str());
  query.bind(id);
  Row row;
  if (!query.next()) {
    throw Error(ErrorKind::kCatalog, "catalog '" + database.path().string() + "' has no " + table +
                                         " " + std::to_string(id.value));
  }
  read_row(query, row);
  return row;
}

/// The id in the first column of the only row; the row is known to exist.
template <typename RowId, typename... T>
RowId find_id(Database& database, const char* sql, const T&... key) {
  Query query(database.connection(), sql);
  query.bind(key...);
  RowId id;
  CHANGELING_REQUIRE(query.next(), "a row that was just added is missing");
  query.read(id);
  return id;
}

}  // namespace

CorpusId CorpusStore::add_corpus(const CorpusRow& corpus) {
  CorpusRow stored;
  database_.transaction([&] {
    Query(database_.connection(),
          "INSERT INTO corpus(name,version,root_alias,licence,consent_basis,redistributable) "
          "VALUES(?,?,?,?,?,?) ON CONFLICT(name,version) DO NOTHING")
        .run(corpus.name, corpus.version, corpus.root_alias, corpus.licence, corpus.consent_basis,
             corpus.redistributable);
    Query query(database_.connection(), kCorpusByName.c_str());
    query.bind(corpus.name, corpus.version);
    CHANGELING_REQUIRE(query.next(), "a corpus that was just added is missing");
    read_row(query, stored);
    if (stored.licence != corpus.licence || stored.consent_basis != corpus.consent_basis ||
        stored.redistributable != corpus.redistributable) {
      throw Error(ErrorKind::kConfig,
                  "corpus '" + corpus.name + "@" + corpus.version + "' is stored with licence '" +
                      stored.licence + "', consent basis '" + stored.consent_basis +
                      "', redistributable " + (stored.redistributable ? "true" : "false") +
                      ": add it with these values, or under a new version");
    }
  });
  return stored.id;
}

SubjectId CorpusStore::add_subject(const SubjectRow& person) {
  SubjectId id;
  database_.transaction([&] {
    const SubjectRow subject = as_remembered(person);
    Query(database_.connection(),
          "INSERT INTO subject(corpus_id,ext_id,gender,skintone,age_bin,withdrawn_at) "
          "VALUES(?,?,?,?,?,?) ON CONFLICT(corpus_id,ext_id) DO NOTHING")
        .run(subject.corpus_id, subject.ext_id, subject.gender, subject.skintone, subject.age_bin,
             subject.withdrawn_at);
    id = find_id<SubjectId>(database_,
                            "SELECT subject_id FROM subject WHERE corpus_id=? AND ext_id=?",
                            subject.corpus_id, subject.ext_id);
  });
  return id;
}

/// The row to store: attributes and id of a forgotten person do not come in again. Tombstones begin
/// with '!'; the range, unlike substr(), is one of the index on (corpus_id, ext_id).
SubjectRow CorpusStore::as_remembered(const SubjectRow& person) const {
  Query query(
      database_.connection(),
      "SELECT c.name,s.ext_id,s.withdrawn_at FROM subject s JOIN corpus c "
      "USING(corpus_id) WHERE s.ext_id>='!' AND s.ext_id<'\"' AND c.name=(SELECT name FROM corpus "
      "WHERE corpus_id=?1) ORDER BY s.corpus_id<>?1");
  query.bind(person.corpus_id);
  while (query.next()) {
    std::string corpus, tombstone;
    SubjectRow row;
    row.corpus_id = person.corpus_id;
    query.read(corpus, tombstone, row.withdrawn_at);
    if (is_tombstone_of(tombstone, corpus, person.ext_id)) {
      row.ext_id = tombstone;
      return row;
    }
  }
  return person;
}

void CorpusStore::withdraw_subject(SubjectId subject) {
  database_.transaction([&] {
    Query(database_.connection(),
          "UPDATE subject SET withdrawn_at=? WHERE subject_id=? AND withdrawn_at IS NULL")
        .run(now_iso8601(), subject);
  });
}

std::set<MediaId> CorpusStore::media_showing(SubjectId subject) const {
  return read_set<MediaId>(database_.connection(), kMediaOfOne, subject);
}

std::set<MediaId> CorpusStore::withdrawn_media() const {
  return read_set<MediaId>(database_.connection(), kMediaOfWithdrawn);
}

std::set<MediaId> CorpusStore::erased_media() const {
  return read_set<MediaId>(database_.connection(), kMediaOfErased);
}

std::set<SubjectId> CorpusStore::people_seen(MediaId media) const {
  return read_set<SubjectId>(
      database_.connection(),
      "SELECT subject_id FROM sighting WHERE media_id=?1 UNION SELECT subject_id FROM media m JOIN "
      "media n USING(sha256) JOIN sighting g ON g.media_id=n.media_id WHERE m.media_id=?1",
      media);
}

std::vector<MediaRow> CorpusStore::media_of_bytes(const Digest& sha256) const {
  Query query(database_.connection(), kMediaOfBytes.c_str());
  query.bind(sha256);
  return read_all<MediaRow>(query);
}

MediaId CorpusStore::add_media(const MediaRow& media) {
  MediaId id;
  database_.transaction([&] {
    Query(
        database_.connection(),
        "INSERT INTO media(corpus_id,rel_path,kind,label,method,source_clip,licence,consent_basis,"
        "redistributable,probe_error) VALUES(?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT(corpus_id,rel_path) DO NOTHING")
        .run(media.corpus_id, media.rel_path, media.kind, media.label, media.method,
             media.source_clip, media.licence, media.consent_basis, media.redistributable,
             media.probe_error);
    id = find_id<MediaId>(database_, "SELECT media_id FROM media WHERE corpus_id=? AND rel_path=?",
                          media.corpus_id, media.rel_path);
  });
  return id;
}

void CorpusStore::add_sighting(const SightingRow& row) {
  database_.transaction([&] {
    Query(database_.connection(),
          "INSERT INTO sighting(media_id,subject_id,ext_sighting_id,frame,last_frame,x,y,w,h,yaw,"
          "roll,occ_mask,facial_hair,indoor) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
          "ON CONFLICT(media_id,subject_id,ext_sighting_id,frame) DO NOTHING")
        .run(row.media_id, row.subject_id, row.ext_sighting_id, row.frame, row.last_frame, row.x,
             row.y, row.w, row.h, row.yaw, row.roll, row.occ_mask, row.facial_hair, row.indoor);
  });
}

std::optional<std::string> CorpusStore::made_here(const MediaRow& media) const {
  Query query(database_.connection(),
              "SELECT CASE kind WHEN 'fake_video' THEN 'fake' WHEN 'real_control' THEN 'control' "
              "ELSE 'mask' END FROM artifact WHERE job_id IS NOT NULL AND (sha256=? OR "
              "stream_sha256=?) ORDER BY artifact_id LIMIT 1");
  query.bind(media.sha256, media.stream_sha256);
  if (!query.next()) {
    return std::nullopt;
  }
  std::string kind;
  query.read(kind);
  return kind;
}

namespace {

/// Of a file that was replaced no track counts. Tracks of earlier programs name no analysis: they
/// get one that is none, the old bytes.
void forget_analysis_of_other_bytes(Connection& connection, const MediaRow& probed) {
  Query(connection,
        "UPDATE face_track SET analysis_sha256=m.sha256 FROM media m WHERE m.media_id=?1 AND "
        "face_track.media_id=?1 AND face_track.analysis_sha256 IS NULL AND m.sha256 IS NOT ?2")
      .run(probed.id, probed.sha256);
  Query(connection,
        "UPDATE media SET analysis_sha256=NULL WHERE media_id=?1 AND sha256 NOT NULL AND sha256 IS "
        "NOT ?2")
      .run(probed.id, probed.sha256);
}

}  // namespace

void CorpusStore::record_probe(const MediaRow& media, std::int64_t bytes) {
  database_.transaction([&] {
    if (media.sha256) {
      add_blob(database_.connection(), {*media.sha256, bytes, "video/*", "external"});
    }
    forget_analysis_of_other_bytes(database_.connection(), media);
    const std::int64_t changed =
        Query(database_.connection(),
              "UPDATE media SET sha256=?,stream_sha256=?,codec=?,pix_fmt=?,width_px=?,height_px=?,"
              "rotation_deg=?,fps_num=?,fps_den=?,is_vfr=?,n_frames=?,duration_us=?,probe_error=? "
              "WHERE media_id=?")
            .run(media.sha256, media.stream_sha256, media.codec, media.pix_fmt, media.width_px,
                 media.height_px, media.rotation_deg, media.fps_num, media.fps_den, media.is_vfr,
                 media.n_frames, media.duration_us, media.probe_error, media.id);
    CHANGELING_REQUIRE(changed == 1, "record_probe names a medium that is not stored");
  });
}

void CorpusStore::add_labelled_clips(CorpusId corpus) {
  database_.transaction([&] {
    Query(database_.connection(),
          "INSERT INTO artifact(media_id,profile,kind,sha256,stream_sha256,n_frames) SELECT "
          "media_id,'asis',label||'_video',sha256,stream_sha256,n_frames FROM media m WHERE "
          "corpus_id=?1 AND kind='video' AND probe_error IS NULL AND sha256 IS NOT NULL AND "
          "stream_sha256 IS NOT NULL AND n_frames>0 AND EXISTS(SELECT 1 FROM media f WHERE "
          "f.corpus_id=?1 AND f.label='fake') "
          "AND NOT EXISTS(SELECT 1 FROM artifact a WHERE a.media_id=m.media_id) ORDER BY media_id")
        .run(corpus);
  });
}

std::vector<CorpusRow> CorpusStore::corpora() const {
  Query query(database_.connection(), kCorpora.c_str());
  return read_all<CorpusRow>(query);
}

std::optional<CorpusRow> CorpusStore::find_corpus(std::string_view name) const {
  Query query(database_.connection(), kCorpusNewest.c_str());
  query.bind(name);
  if (!query.next()) {
    return std::nullopt;
  }
  CorpusRow row;
  read_row(query, row);
  return row;
}

CorpusRow CorpusStore::corpus(CorpusId id) const {
  return read_one<CorpusRow>(database_, kCorpusById, id, "corpus");
}

std::vector<MediaRow> CorpusStore::media(CorpusId corpus) const {
  Query query(database_.connection(), kMediaOfCorpus.c_str());
  query.bind(corpus);
  return read_all<MediaRow>(query);
}

MediaRow CorpusStore::media_by_id(MediaId id) const {
  return read_one<MediaRow>(database_, kMediaById, id, "medium");
}

std::vector<SubjectRow> CorpusStore::subjects(CorpusId corpus) const {
  Query query(database_.connection(), kSubjects.c_str());
  query.bind(corpus);
  return read_all<SubjectRow>(query);
}

SubjectRow CorpusStore::subject_by_id(SubjectId id) const {
  return read_one<SubjectRow>(database_, kSubjectById, id, "subject");
}

std::vector<SightingRow> CorpusStore::sightings(MediaId media) const {
  Query query(
      database_.connection(),
      "SELECT media_id,subject_id,ext_sighting_id,frame,last_frame,x,y,w,h,yaw,roll,occ_mask,"
      "facial_hair,indoor FROM sighting WHERE media_id=? "
      "ORDER BY subject_id,ext_sighting_id,frame");
  query.bind(media);
  std::vector<SightingRow> rows;
  while (query.next()) {
    SightingRow& row = rows.emplace_back();
    query.read(row.media_id, row.subject_id, row.ext_sighting_id, row.frame, row.last_frame, row.x,
               row.y, row.w, row.h, row.yaw, row.roll, row.occ_mask, row.facial_hair, row.indoor);
  }
  return rows;
}

}  // namespace changeling
