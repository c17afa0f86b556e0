// Writes to the catalog beside the same statements through SQLite's C interface, in turns in the
// same run. Counter ratio_to_sqlite3: the rival's median time divided by ours; 1 = our layers cost
// nothing.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include "catalog/store/score_store.h"
#include "common/base/upper_median.h"
#include "tests/support/finished_clip.h"
#include "tests/support/taken_time.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

constexpr int kSubjects = 201;

/// A bench that checked nothing would measure anything.
void require(bool condition, const char* what) {
  if (!condition) {
    std::fprintf(stderr, "catalog_bench: %s\n", what);
    std::abort();
  }
}

/// The rival: one connection with the catalog's settings and plain prepared statements.
class RawConnection {
 public:
  explicit RawConnection(const std::filesystem::path& file) {
    require(sqlite3_open(file.c_str(), &db_) == SQLITE_OK, "cannot open the rival's file");
    exec(
        "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; PRAGMA trusted_schema=OFF;"
        "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;"
        "PRAGMA synchronous=FULL");
  }

  ~RawConnection() {
    for (sqlite3_stmt* statement : statements_) {
      sqlite3_finalize(statement);
    }
    sqlite3_close(db_);
  }

  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void exec(const std::string& sql) {
    require(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, sql.c_str());
  }

  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    require(sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) == SQLITE_OK, sql);
    statements_.push_back(statement);
    return statement;
  }

  void step(sqlite3_stmt* statement) {
    require(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(db_));
    sqlite3_reset(statement);
  }

  std::int64_t insert_id() { return sqlite3_last_insert_rowid(db_); }

  std::int64_t count(const char* sql) {
    sqlite3_stmt* statement = prepare(sql);
    require(sqlite3_step(statement) == SQLITE_ROW, sqlite3_errmsg(db_));
    const std::int64_t n = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return n;
  }

 private:
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

void bind(sqlite3_stmt* s, int i, std::int64_t v) {
  sqlite3_bind_int64(s, i, v);
}

void bind(sqlite3_stmt* s, int i, const Digest& v) {
  sqlite3_bind_blob(s, i, v.bytes.data(), 32, SQLITE_STATIC);
}

void bind(sqlite3_stmt* s, int i, const std::string& v) {
  sqlite3_bind_text(s, i, v.data(), static_cast<int>(v.size()), SQLITE_STATIC);
}

/// A catalog with a run of queued jobs; `fake` is an artifact of the first one, done.
struct Workload {
  TempDir folder;
  std::unique_ptr<TinyCatalog> catalog = std::make_unique<TinyCatalog>(folder.path(), kSubjects);
  std::string run = catalog->begin_run();
  ArtifactId fake;
  MetricId metric;

  Workload() {
    RunStore runs(catalog->database());
    const JobClaim claim = *runs.claim(run, "bench", 1LL << 50, 3);
    require(runs.record_done(claim, finished_clip("first")), "the first clip was not recorded");
    fake = runs.artifacts(claim.job.id).front().id;
    metric = ScoreStore(catalog->database())
                 .ensure_metric({{}, "bench", 1, "1", "up", "frame", {}, "{}"});
  }

  [[nodiscard]] std::filesystem::path file() const { return catalog->database().path(); }
};

void report(benchmark::State& state, const std::vector<double>& ours,
            const std::vector<double>& rival, double rows) {
  state.counters["ratio_to_sqlite3"] = upper_median(rival) / upper_median(ours);
  state.counters["rows_per_second"] = rows / upper_median(ours);
  state.counters["sqlite3_rows_per_second"] = rows / upper_median(rival);
}

std::vector<ScoreRow> score_rows(const Workload& work, std::int64_t first, std::int64_t n) {
  std::vector<ScoreRow> rows(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    ScoreRow& row = rows[static_cast<std::size_t>(i)];
    row.metric_id = work.metric;
    row.artifact_id = work.fake;
    row.frame = first + i;
    row.value = static_cast<double>((first + i) * 7919 % 1000) / 1000;
  }
  return rows;
}

void insert_raw(RawConnection& raw, sqlite3_stmt* insert, const std::string& run,
                const std::vector<ScoreRow>& rows) {
  raw.exec("BEGIN IMMEDIATE");
  for (const ScoreRow& row : rows) {
    bind(insert, 1, run);
    bind(insert, 2, row.metric_id.value);
    bind(insert, 3, row.artifact_id.value);
    bind(insert, 4, row.frame);
    bind(insert, 5, row.status);
    sqlite3_bind_double(insert, 6, *row.value);
    raw.step(insert);
  }
  raw.exec("COMMIT");
}

/// Frame scores, `range(0)` rows in one transaction.
void bm_catalog_insert(benchmark::State& state) {
  const Workload ours;
  Workload theirs;
  const std::filesystem::path rival_file = theirs.file();
  const std::string rival_run = theirs.run;
  theirs.catalog.reset();
  RawConnection raw(rival_file);
  sqlite3_stmt* insert = raw.prepare(
      "INSERT INTO metric_value(run_id,metric_id,artifact_id,frame,status,value,p05,p50,p95,"
      "n_ok,n_asked) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
  ScoreStore store(ours.catalog->database());
  std::vector<double> seconds, rival_seconds;
  std::int64_t next = 0;
  for (auto _ : state) {
    const std::vector<ScoreRow> rows = score_rows(ours, next, state.range(0));
    next += state.range(0);
    rival_seconds.push_back(wall_seconds_of([&] { insert_raw(raw, insert, rival_run, rows); }));
    seconds.push_back(wall_seconds_of([&] { store.add_scores(ours.run, rows); }));
    state.SetIterationTime(seconds.back());
  }
  require(static_cast<std::int64_t>(store.frame_scores(ours.metric, ours.fake).size()) == next,
          "rows are missing");
  require(raw.count("SELECT count(*) FROM metric_value") == next, "the rival's rows are missing");
  report(state, seconds, rival_seconds, static_cast<double>(state.range(0)));
}

BENCHMARK(bm_catalog_insert)->ArgName("rows")->Arg(1000)->Arg(10000)->UseManualTime();

/// The statements of RunStore::record_done.
class RawClipCommit {
 public:
  explicit RawClipCommit(RawConnection& raw)
      : raw_(raw),
        job_(raw.prepare("UPDATE job SET state='done',finished_us=1,error_kind=NULL WHERE job_id=? "
                         "AND claim_owner=? AND attempts=1 AND state='claimed'")),
        blob_(raw.prepare("INSERT INTO blob(sha256,bytes,media_type,state,created_at) "
                          "VALUES(?,?,?,'present','t') ON CONFLICT(sha256) DO NOTHING")),
        artifact_(
            raw.prepare("INSERT INTO artifact(job_id,profile,kind,sha256,stream_sha256,n_frames,"
                        "manipulated_frames) VALUES(?,?,?,?,?,?,?)")),
        span_(raw.prepare("INSERT INTO manipulated_span VALUES(?,?,?,?)")),
        timing_(raw.prepare("INSERT INTO stage_timing(job_id,attempt,stage,device,frames,wall_us,"
                            "cpu_us,peak_bytes) VALUES(?,1,?,?,?,?,?,?)")) {}

  void run(std::int64_t job, const std::string& owner, const FakeRow& fake) {
    raw_.exec("BEGIN IMMEDIATE");
    bind(job_, 1, job);
    bind(job_, 2, owner);
    raw_.step(job_);
    for (const BlobRow& blob : fake.blobs) {
      bind(blob_, 1, blob.sha256);
      bind(blob_, 2, blob.bytes);
      bind(blob_, 3, blob.media_type);
      raw_.step(blob_);
    }
    for (const ArtifactRow& artifact : fake.artifacts) {
      add_artifact(job, artifact, fake);
    }
    for (const StageTiming& timing : fake.timings) {
      add_timing(job, timing);
    }
    raw_.exec("COMMIT");
  }

 private:
  void add_artifact(std::int64_t job, const ArtifactRow& row, const FakeRow& fake) {
    bind(artifact_, 1, job);
    bind(artifact_, 2, row.profile);
    bind(artifact_, 3, row.kind);
    bind(artifact_, 4, row.sha256);
    bind(artifact_, 5, *row.stream_sha256);
    bind(artifact_, 6, *row.n_frames);
    sqlite3_bind_null(artifact_, 7);
    if (row.manipulated_frames) {
      bind(artifact_, 7, *row.manipulated_frames);
    }
    raw_.step(artifact_);
    const std::int64_t id = raw_.insert_id();
    for (const ManipulatedSpan& span : fake.spans) {
      if (row.kind == "fake_video") {
        const std::string status(to_string(span.status));
        bind(span_, 1, id);
        bind(span_, 2, span.first_frame);
        bind(span_, 3, span.last_frame);
        bind(span_, 4, status);
        raw_.step(span_);
      }
    }
  }

  void add_timing(std::int64_t job, const StageTiming& timing) {
    bind(timing_, 1, job);
    bind(timing_, 2, timing.stage);
    bind(timing_, 3, timing.device);
    bind(timing_, 4, timing.frames);
    bind(timing_, 5, timing.wall_us);
    bind(timing_, 6, timing.cpu_us);
    bind(timing_, 7, timing.peak_bytes);
    raw_.step(timing_);
  }

  RawConnection& raw_;
  sqlite3_stmt *job_, *blob_, *artifact_, *span_, *timing_;
};

/// Claims the next job of the rival's file; returns its id.
std::int64_t claim_raw(RawConnection& raw, sqlite3_stmt* claim) {
  require(sqlite3_step(claim) == SQLITE_ROW, "the rival has no job left");
  const std::int64_t job = sqlite3_column_int64(claim, 0);
  raw.step(claim);
  return job;
}

constexpr int kClips = 1000;

/// One finished clip in one durable transaction; the claims before it are not timed.
void bm_clip_commit(benchmark::State& state) {
  Workload ours;
  Workload theirs;
  std::vector<std::string> runs_of_ours;
  for (int left = kClips; left > 0; left -= kSubjects - 1) {
    runs_of_ours.push_back(ours.catalog->begin_run());
    theirs.catalog->begin_run();
  }
  const std::filesystem::path rival_file = theirs.file();
  theirs.catalog.reset();  // one writer a file
  RawConnection raw(rival_file);
  RawClipCommit rival(raw);
  sqlite3_stmt* claim_next = raw.prepare(
      "UPDATE job SET state='claimed',attempts=1,claim_owner='bench',claim_expires_us=1 WHERE "
      "job_id="
      "(SELECT job_id FROM job WHERE state='queued' ORDER BY job_id LIMIT 1) RETURNING job_id");
  RunStore runs(ours.catalog->database());
  std::vector<double> seconds, rival_seconds;
  std::int64_t clips = 0;
  for (auto _ : state) {
    const std::string& run = runs_of_ours[static_cast<std::size_t>(clips / (kSubjects - 1))];
    const JobClaim claim = *runs.claim(run, "bench", 1LL << 50, 3);
    const std::int64_t rival_job = claim_raw(raw, claim_next);
    const FakeRow fake = finished_clip(std::to_string(clips++));
    rival_seconds.push_back(wall_seconds_of([&] { rival.run(rival_job, "bench", fake); }));
    seconds.push_back(
        wall_seconds_of([&] { require(runs.record_done(claim, fake), "claim lost"); }));
    state.SetIterationTime(seconds.back());
  }
  require(runs.job_counts(runs_of_ours.front()).at("done") > 0, "no clip was recorded");
  require(raw.count("SELECT count(*) FROM artifact") == 5 * (clips + 1),
          "the rival's artifacts are missing");
  report(state, seconds, rival_seconds, 1);
}

BENCHMARK(bm_clip_commit)->UseManualTime()->Iterations(kClips);

}  // namespace
}  // namespace changeling

BENCHMARK_MAIN();
