// catalog/store/run_store.h: runs, methods, models, jobs and what finished jobs leave behind.
// Layer 1. States and transitions of jobs: catalog/README.md. Only this class changes them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// A job on loan to one worker until it expires.
struct JobClaim {
  JobRow job;
  std::string owner;
};

/// This machine's name.
[[nodiscard]] std::string host_name();

/// A run of `kind` by this program on this machine: commit and host filled in.
[[nodiscard]] RunRow new_run(const std::string& kind);

/// Names this process as the owner of claims: `<host>:<pid>:<start time from /proc/<pid>/stat>`.
[[nodiscard]] std::string claim_owner();

/// A job whose process died this often while it worked on it is quarantined by
/// release_stale_claims.
inline constexpr int kMaxCrashes = 20;

class RunStore {
 public:
  explicit RunStore(Database& database) : database_(database) {}

  /// Starts a run (status running, started_at now, UUIDv7 when run_id is empty); returns its id.
  std::string begin(const RunRow& run);
  /// Closes a running run: ok, partial, failed, aborted. Throws Error(kCatalog) when it is closed.
  void finish(std::string_view run_id, std::string_view status);
  [[nodiscard]] std::optional<RunRow> find_run(std::string_view run_id) const;
  [[nodiscard]] std::vector<RunRow> runs() const;  ///< in the order they began in
  /// A generate run by its id, a beginning that fits no other, or `latest`, as an empty text is
  /// read, too. Throws Error(kConfig) when nothing or more than one fits.
  [[nodiscard]] RunRow find_generate_run(std::string_view text) const;
  /// A suite from before names were checked goes on; a new one needs a name that check_name takes.
  /// Throws Error(kConfig) that begins with `what`.
  void check_suite(std::string_view what, std::string_view suite) const;

  /// The newest running or finished run of this kind, pair list and config digest that lacks no
  /// pruned files: what resume continues.
  [[nodiscard]] std::optional<RunRow> find_resumable(std::string_view kind, PairListId list,
                                                     const Digest& config_sha256) const;

  /// Adds the method; an existing row must be equal, else Error(kCatalog).
  void ensure_method(const MethodRow& method);
  [[nodiscard]] std::optional<MethodRow> find_method(std::string_view name) const;
  /// Adds the model (its bytes as an external blob) or returns the stored one.
  ModelId ensure_model(const ModelRow& model, std::int64_t bytes);
  /// Says that the run used the model in this role; a second model in one role is Error(kCatalog).
  void link_model(std::string_view run_id, std::string_view role, ModelId model);
  [[nodiscard]] std::vector<ModelRow> models(std::string_view run_id) const;

  /// Adds jobs that the run does not have yet (same run, pair, method); returns how many were new.
  std::int64_t enqueue(const std::vector<JobRow>& jobs);
  /// Takes the next queued job, else the first expired claim (quarantining it when its attempts are
  /// spent). nullopt = nothing to do now.
  std::optional<JobClaim> claim(std::string_view run_id, std::string_view owner,
                                std::int64_t expires_in_us, int max_attempts);
  /// Takes the queued jobs of the same run and pair whose method is among `methods`.
  std::vector<JobClaim> claim_siblings(const JobClaim& claim,
                                       const std::vector<std::string>& methods,
                                       std::int64_t expires_in_us);
  /// Extends a claim; false when it was lost.
  bool renew(const JobClaim& claim, std::int64_t expires_in_us);
  /// Records a finished job: blobs, artifacts, spans, face labels, timings, state, in one
  /// transaction. Returns false, storing nothing, when the claim was lost. Throws Error(kInternal)
  /// when the swapped spans do not add up to manipulated_frames of the fake.
  bool record_done(const JobClaim& claim, const FakeRow& fake);
  /// Ends the job as refused; `detail` goes into error_text. False when the claim was lost.
  bool skip(const JobClaim& claim, std::string_view reject_reason, std::string_view detail,
            const std::vector<StageTiming>& timings);
  /// Retryable failures return to queued until max_attempts, then quarantined; others end as
  /// failed.
  bool fail(const JobClaim& claim, std::string_view error_kind, std::string_view stage,
            std::string_view message, bool retryable, int max_attempts);
  /// Gives an unfinished job back without counting the attempt (clean stop).
  bool release(const JobClaim& claim);
  /// Returns every claim of other owners than claim_owner() to the queue; how many. The writer lock
  /// tells that their processes are gone: nobody else can have this catalog open for writing. The
  /// attempts stay counted, and a job that took its process down kMaxCrashes times is quarantined
  /// instead.
  std::int64_t release_stale_claims(std::string_view run_id);

  /// State -> number of jobs; every state is present.
  [[nodiscard]] std::map<std::string, std::int64_t> job_counts(std::string_view run_id) const;
  [[nodiscard]] std::vector<JobRow> jobs(std::string_view run_id) const;  ///< by job_id
  /// What the job itself left; its renditions are not among them.
  [[nodiscard]] std::vector<ArtifactRow> artifacts(JobId job) const;
  [[nodiscard]] std::vector<ArtifactRow> artifacts_with_renditions(JobId job) const;
  /// The artifact of that kind and profile, a rendition's or not.
  [[nodiscard]] std::optional<ArtifactRow> find_artifact(JobId job, std::string_view kind,
                                                         std::string_view profile) const;
  /// Stores degraded copies of a done job's files in one transaction. `rendition` holds artifacts
  /// of one profile, the fake's spans and face labels; each artifact of a kind that the job left
  /// under `parent_profile` becomes a rendition of it. Throws Error(kInternal) as record_done,
  /// Error(kCatalog) when the profile is there already.
  void add_renditions(JobId job, std::string_view run_id, std::string_view parent_profile,
                      std::string_view recipe_json, const FakeRow& rendition);
  /// Artifacts that all done jobs of a run left themselves, by job and kind.
  [[nodiscard]] std::vector<ArtifactRow> run_artifacts(std::string_view run_id) const;
  [[nodiscard]] std::vector<ManipulatedSpan> spans(ArtifactId artifact) const;
  [[nodiscard]] std::vector<FaceLabelRow> face_labels(ArtifactId artifact) const;  ///< by track
  [[nodiscard]] std::vector<StageTiming> timings(JobId job) const;  ///< of the last attempt

 private:
  Database& database_;
};

}  // namespace changeling
