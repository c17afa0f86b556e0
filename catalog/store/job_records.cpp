#include "catalog/store/artifact_rows.h"
#include "catalog/store/blob_rows.h"
#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "catalog/store/run_store.h"
#include "common/base/error.h"

// What finished jobs leave behind, and reading it back.
namespace changeling {
namespace {

const std::string kOwn = "AND " + kNoRendition + " ";
const std::string kArtifactsOfJob =
    kSelectArtifact + "WHERE a.job_id=? " + kOwn + "ORDER BY a.kind,a.profile";
const std::string kAllArtifactsOfJob =
    kSelectArtifact + "WHERE a.job_id=? ORDER BY a.kind,a.profile";
const std::string kArtifactsOfRun = kSelectArtifact +
                                    "JOIN job USING(job_id) WHERE run_id=? AND state='done' " +
                                    kOwn + "ORDER BY a.job_id,a.kind,a.profile";

/// The schema cannot add rows up, so the sum that carries the label is checked here (and by
/// verify).
void require_consistent(const FakeRow& fake) {
  const std::int64_t swapped = count_swapped(fake.spans);
  bool has_fake = false;
  for (const ArtifactRow& artifact : fake.artifacts) {
    if (artifact.kind == "fake_video") {
      has_fake = true;
      CHANGELING_REQUIRE(artifact.manipulated_frames == swapped,
                         "swapped spans must add up to manipulated_frames");
    }
  }
  CHANGELING_REQUIRE(has_fake, "a finished job must have a fake_video artifact");
}

bool close_job(Connection& connection, const JobClaim& claim,
               const std::optional<TrackId>& source_track) {
  return Query(
             connection,
             "UPDATE job SET state='done',finished_us=?,source_track=?,error_kind=NULL,"
             "error_stage=NULL,error_text=NULL WHERE job_id=? AND claim_owner=? AND attempts=? AND "
             "state='claimed'")
             .run(now_us(), source_track, claim.job.id, claim.owner, claim.job.attempts) == 1;
}

ArtifactId insert_artifact(Connection& connection, JobId job, const ArtifactRow& row) {
  Query(
      connection,
      "INSERT INTO artifact(job_id,profile,kind,sha256,stream_sha256,n_frames,manipulated_frames) "
      "VALUES(?,?,?,?,?,?,?)")
      .run(job, row.profile, row.kind, row.sha256, row.stream_sha256, row.n_frames,
           row.manipulated_frames);
  return {connection.last_insert_id()};
}

void insert_labels(Connection& connection, ArtifactId artifact, const FakeRow& fake) {
  for (const ManipulatedSpan& span : fake.spans) {
    Query(connection,
          "INSERT INTO manipulated_span(artifact_id,first_frame,last_frame,status) VALUES(?,?,?,?)")
        .run(artifact, span.first_frame, span.last_frame, to_string(span.status));
  }
  for (const FaceLabelRow& face : fake.face_labels) {
    Query(connection,
          "INSERT INTO face_label(artifact_id,track_id,label,source_subject) VALUES(?,?,?,?)")
        .run(artifact, face.track_id, face.label, face.source_subject);
  }
}

void insert_timings(Connection& connection, const JobRow& job,
                    const std::vector<StageTiming>& timings) {
  for (const StageTiming& timing : timings) {
    Query(connection,
          "INSERT INTO stage_timing(job_id,attempt,stage,device,frames,wall_us,cpu_us,peak_bytes) "
          "VALUES(?,?,?,?,?,?,?,?)")
        .run(job.id, job.attempts, timing.stage, timing.device, timing.frames, timing.wall_us,
             timing.cpu_us,
             timing.peak_bytes > 0 ? std::optional<std::int64_t>(timing.peak_bytes) : std::nullopt);
  }
}

}  // namespace

bool RunStore::record_done(const JobClaim& claim, const FakeRow& fake) {
  require_consistent(fake);
  Connection& connection = database_.connection();
  bool is_ours = false;
  database_.transaction([&] {
    is_ours = close_job(connection, claim, fake.source_track);
    if (!is_ours) {
      return;
    }
    for (const BlobRow& blob : fake.blobs) {
      add_blob(connection, blob);
    }
    for (const ArtifactRow& artifact : fake.artifacts) {
      const ArtifactId id = insert_artifact(connection, claim.job.id, artifact);
      if (artifact.kind == "fake_video") {
        insert_labels(connection, id, fake);
      }
    }
    insert_timings(connection, claim.job, fake.timings);
  });
  return is_ours;
}

bool RunStore::skip(const JobClaim& claim, std::string_view reject_reason, std::string_view detail,
                    const std::vector<StageTiming>& timings) {
  Connection& connection = database_.connection();
  bool is_ours = false;
  database_.transaction([&] {
    is_ours = Query(connection,
                    "UPDATE job SET state='skipped',finished_us=?,reject_reason=?,error_kind=NULL,"
                    "error_stage=NULL,error_text=? "
                    "WHERE job_id=? AND claim_owner=? AND attempts=? AND state='claimed'")
                  .run(now_us(), reject_reason, detail, claim.job.id, claim.owner,
                       claim.job.attempts) == 1;
    if (is_ours) {
      insert_timings(connection, claim.job, timings);
    }
  });
  return is_ours;
}

std::vector<ArtifactRow> RunStore::artifacts(JobId job) const {
  Query query(database_.connection(), kArtifactsOfJob.c_str());
  query.bind(job);
  return read_artifacts(query);
}

std::vector<ArtifactRow> RunStore::artifacts_with_renditions(JobId job) const {
  Query query(database_.connection(), kAllArtifactsOfJob.c_str());
  query.bind(job);
  return read_artifacts(query);
}

std::optional<ArtifactRow> RunStore::find_artifact(JobId job, std::string_view kind,
                                                   std::string_view profile) const {
  Query query(database_.connection(),
              (kSelectArtifact + "WHERE a.job_id=? AND a.kind=? AND a.profile=?").c_str());
  query.bind(job, kind, profile);
  std::vector<ArtifactRow> rows = read_artifacts(query);
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

void RunStore::add_renditions(JobId job, std::string_view run_id, std::string_view parent_profile,
                              std::string_view recipe_json, const FakeRow& rendition) {
  require_consistent(rendition);
  Connection& connection = database_.connection();
  const Digest recipe = sha256(recipe_json);
  database_.transaction([&] {
    for (const BlobRow& blob : rendition.blobs) {
      add_blob(connection, blob);
    }
    for (const ArtifactRow& artifact : rendition.artifacts) {
      const ArtifactId id = insert_artifact(connection, job, artifact);
      Query(connection,
            "INSERT INTO rendition(artifact_id,parent_id,run_id,recipe_json,recipe_sha256) "
            "SELECT ?1,artifact_id,?2,?3,?4 FROM artifact WHERE job_id=?5 AND kind=?6 AND "
            "profile=?7")
          .run(id, run_id, recipe_json, recipe, job, artifact.kind, parent_profile);
      if (artifact.kind == "fake_video") {
        insert_labels(connection, id, rendition);
      }
    }
  });
}

std::vector<ArtifactRow> RunStore::run_artifacts(std::string_view run_id) const {
  Query query(database_.connection(), kArtifactsOfRun.c_str());
  query.bind(run_id);
  return read_artifacts(query);
}

std::vector<ManipulatedSpan> RunStore::spans(ArtifactId artifact) const {
  Query query(database_.connection(),
              "SELECT first_frame,last_frame,status FROM manipulated_span WHERE artifact_id=? "
              "ORDER BY first_frame");
  query.bind(artifact);
  std::vector<ManipulatedSpan> rows;
  while (query.next()) {
    ManipulatedSpan& row = rows.emplace_back();
    std::string status;
    query.read(row.first_frame, row.last_frame, status);
    row.status = frame_status_from_string(status);
  }
  return rows;
}

std::vector<FaceLabelRow> RunStore::face_labels(ArtifactId artifact) const {
  Query query(database_.connection(),
              "SELECT track_id,label,source_subject FROM face_label WHERE artifact_id=? "
              "ORDER BY track_id");
  query.bind(artifact);
  std::vector<FaceLabelRow> rows;
  while (query.next()) {
    FaceLabelRow& row = rows.emplace_back();
    query.read(row.track_id, row.label, row.source_subject);
  }
  return rows;
}

std::vector<StageTiming> RunStore::timings(JobId job) const {
  Query query(database_.connection(),
              "SELECT stage,device,frames,wall_us,coalesce(cpu_us,0),coalesce(peak_bytes,0) "
              "FROM stage_timing WHERE job_id=?1 AND attempt=("
              "SELECT max(attempt) FROM stage_timing WHERE job_id=?1) ORDER BY stage,device");
  query.bind(job);
  std::vector<StageTiming> rows;
  while (query.next()) {
    StageTiming& row = rows.emplace_back();
    query.read(row.stage, row.device, row.frames, row.wall_us, row.cpu_us, row.peak_bytes);
  }
  return rows;
}

}  // namespace changeling
