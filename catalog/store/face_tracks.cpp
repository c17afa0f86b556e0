#include <algorithm>

#include "catalog/store/blob_rows.h"
#include "catalog/store/connection.h"
#include "catalog/store/corpus_store.h"
#include "common/base/error.h"

// Face tracks and cached stages. Which analysis counts: catalog/README.md, "Analyses".
namespace changeling {
namespace {

const std::string kSelectTrack =
    "SELECT t.track_id,t.media_id,t.subject_id,t.first_frame,t.last_frame,t.side_px,t.yaw_min,"
    "t.yaw_max,t.sharpness,t.boxes_sha256 FROM face_track t ";
const std::string kTracks = kSelectTrack +
                            "JOIN media m USING(media_id) WHERE media_id=? AND t.analysis_sha256 "
                            "IS m.analysis_sha256 ORDER BY t.track_id";
const std::string kTrackById = kSelectTrack + "WHERE t.track_id=?";
const std::string kSwappedTrack =
    kSelectTrack +
    "JOIN face_label l USING(track_id) JOIN artifact a USING(artifact_id) WHERE a.job_id=? AND "
    "l.label='fake' ORDER BY artifact_id LIMIT 1";
const std::string kSourceTrack =
    kSelectTrack + "JOIN job j ON j.source_track=t.track_id WHERE j.job_id=?";

std::vector<TrackRow> read_tracks(Query& query) {
  std::vector<TrackRow> rows;
  while (query.next()) {
    TrackRow& row = rows.emplace_back();
    query.read(row.id, row.media_id, row.subject_id, row.first_frame, row.last_frame, row.side_px,
               row.yaw_min, row.yaw_max, row.sharpness, row.boxes_sha256);
  }
  return rows;
}

/// The only row, if any.
template <typename RowId>
std::optional<TrackRow> find_track(Connection& connection, const std::string& sql, RowId id) {
  Query query(connection, sql.c_str());
  query.bind(id);
  const std::vector<TrackRow> rows = read_tracks(query);
  return rows.empty() ? std::nullopt : std::optional(rows.front());
}

TrackId put_track(Connection& connection, const TrackRow& track, const Digest& analysis) {
  Query(connection,
        "INSERT INTO face_track(media_id,subject_id,first_frame,last_frame,side_px,yaw_min,yaw_max,"
        "sharpness,boxes_sha256,analysis_sha256) VALUES(?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT(media_id,boxes_sha256) DO UPDATE SET subject_id=excluded.subject_id,"
        "analysis_sha256=excluded.analysis_sha256 WHERE (subject_id,analysis_sha256) IS NOT "
        "(excluded.subject_id,excluded.analysis_sha256)")
      .run(track.media_id, track.subject_id, track.first_frame, track.last_frame, track.side_px,
           track.yaw_min, track.yaw_max, track.sharpness, track.boxes_sha256, analysis);
  Query query(connection, "SELECT track_id FROM face_track WHERE media_id=? AND boxes_sha256=?");
  query.bind(track.media_id, track.boxes_sha256);
  CHANGELING_REQUIRE(query.next(), "a track that was just added is missing");
  TrackId id;
  query.read(id);
  return id;
}

/// False when a row still needs the blob's bytes.
bool purge_unneeded(Connection& connection, const Digest& blob) {
  return Query(connection,
               "UPDATE blob SET state='purged' WHERE sha256=?1 AND state<>'external' AND NOT "
               "EXISTS(SELECT 1 FROM stage_cache WHERE sha256=?1) AND NOT EXISTS(SELECT 1 FROM "
               "face_track WHERE boxes_sha256=?1) AND NOT EXISTS(SELECT 1 FROM artifact WHERE "
               "sha256=?1) AND NOT EXISTS(SELECT 1 FROM model WHERE sha256=?1)")
             .run(blob) == 1;
}

}  // namespace

std::vector<TrackId> CorpusStore::record_tracks(MediaId media, const BlobRow& analysis,
                                                const std::vector<TrackRow>& tracks,
                                                const std::vector<BlobRow>& boxes) {
  std::vector<TrackId> ids;
  Connection& connection = database_.connection();
  database_.transaction([&] {
    add_blob(connection, analysis);
    for (const BlobRow& blob : boxes) {
      add_blob(connection, blob);
    }
    Query(connection,
          "UPDATE media SET analysis_sha256=?2 WHERE media_id=?1 AND analysis_sha256 IS NOT ?2")
        .run(media, analysis.sha256);
    for (const TrackRow& track : tracks) {
      CHANGELING_REQUIRE(track.media_id == media, "a track of another medium");
      ids.push_back(put_track(connection, track, analysis.sha256));
    }
  });
  return ids;
}

std::vector<TrackRow> CorpusStore::tracks(MediaId media) const {
  Query query(database_.connection(), kTracks.c_str());
  query.bind(media);
  return read_tracks(query);
}

std::vector<TrackRow> CorpusStore::tracks_of(MediaId media, SubjectId person) const {
  std::vector<TrackRow> rows = tracks(media);
  rows.erase(std::remove_if(rows.begin(), rows.end(),
                            [&](const TrackRow& row) { return row.subject_id != person; }),
             rows.end());
  return rows;
}

std::optional<TrackRow> CorpusStore::find_track(TrackId id) const {
  return changeling::find_track(database_.connection(), kTrackById, id);
}

std::optional<TrackRow> CorpusStore::swapped_track(JobId job) const {
  return changeling::find_track(database_.connection(), kSwappedTrack, job);
}

std::optional<TrackRow> CorpusStore::source_track(JobId job) const {
  return changeling::find_track(database_.connection(), kSourceTrack, job);
}

std::optional<Digest> CorpusStore::counting_analysis(MediaId media) const {
  Query query(database_.connection(), "SELECT analysis_sha256 FROM media WHERE media_id=?");
  query.bind(media);
  std::optional<Digest> digest;
  if (query.next()) {
    query.read(digest);
  }
  return digest;
}

std::optional<Digest> CorpusStore::find_cached_stage(const Digest& key) const {
  Query query(database_.connection(), "SELECT sha256 FROM stage_cache WHERE cache_key=?");
  query.bind(key);
  if (!query.next()) {
    return std::nullopt;
  }
  Digest digest;
  query.read(digest);
  return digest;
}

std::vector<Digest> CorpusStore::cached_stages(MediaId media, std::string_view stage) const {
  Query query(database_.connection(),
              "SELECT c.sha256 FROM stage_cache c JOIN media m USING(media_id) WHERE (stage=?2 OR "
              "stage GLOB ?2||'@*') AND m.sha256=(SELECT sha256 FROM media WHERE media_id=?1) "
              "ORDER BY cache_key");
  query.bind(media, stage);
  std::vector<Digest> digests;
  while (query.next()) {
    query.read(digests.emplace_back());
  }
  return digests;
}

std::optional<Digest> CorpusStore::put_cached_stage(const Digest& key, std::string_view stage,
                                                    MediaId media, const BlobRow& blob) {
  std::optional<Digest> purged;
  Connection& connection = database_.connection();
  database_.transaction([&] {
    const std::optional<Digest> old = find_cached_stage(key);
    add_blob(connection, blob);
    Query(connection,
          "INSERT INTO stage_cache(cache_key,stage,media_id,sha256) VALUES(?,?,?,?) "
          "ON CONFLICT(cache_key) DO UPDATE SET sha256=excluded.sha256 WHERE "
          "sha256<>excluded.sha256")
        .run(key, stage, media, blob.sha256);
    if (old && *old != blob.sha256 && purge_unneeded(connection, *old)) {
      purged = old;
    }
  });
  return purged;
}

}  // namespace changeling
