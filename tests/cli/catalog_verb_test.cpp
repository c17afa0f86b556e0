// `changeling catalog ...` with the real program: outputs and exit codes.
#include <algorithm>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/store/blob_store.h"
#include "common/base/atomic_file.h"
#include "tests/cli/run_program.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class CatalogVerb : public testing::Test {
 protected:
  ProcessResult run(std::vector<std::string> words) {
    words.insert(words.begin(), "catalog");
    words.insert(words.end(), {"--catalog", file_.string()});
    return run_changeling(words);
  }

  TempDir folder_;
  std::filesystem::path file_ = folder_ / "catalog.db";
};

TEST_F(CatalogVerb, InitMakesACatalogOnce) {
  EXPECT_EQ(run({"init", "--dry-run"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_EQ(run({"init"}).exit_code, 0);
  EXPECT_EQ(run({"verify"}).exit_code, 0);
  EXPECT_EQ(run({"verify", "--quiet"}).out, "");
  const ProcessResult again = run({"init"});
  EXPECT_EQ(again.exit_code, 5);
  EXPECT_THAT(again.err, HasSubstr("exists already"));
  EXPECT_EQ(run({"init", "--dry-run"}).exit_code, 5);
  const ProcessResult second =
      run_changeling({"catalog", "init", "--catalog", folder_ / "second.db"});
  EXPECT_EQ(second.exit_code, 5);
  EXPECT_THAT(second.err, HasSubstr("needs a folder of its own"));
}

TEST_F(CatalogVerb, QueryPrintsATableOrOneObjectALine) {
  { const TinyCatalog catalog(folder_.path(), 3); }
  const std::string sql = "SELECT rel_path,media_id,x'0f' AS b,NULL AS n FROM media ORDER BY 2";
  const ProcessResult table = run({"query", sql});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_THAT(table.out, HasSubstr("clip-2.mp4"));
  std::istringstream lines(run({"query", sql, "--json"}).out);
  std::string first;
  std::getline(lines, first);
  EXPECT_EQ(first, R"({"rel_path":"clip-0.mp4","media_id":1,"b":"0f","n":null})");
}

TEST_F(CatalogVerb, QueryMeasuresTheFirstThousandRows) {
  run({"init"});
  const std::string table =
      run({"query",
           "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<1001) "
           "SELECT CASE WHEN i<1001 THEN 'x' ELSE 'wider' END AS v,7 AS n FROM n"})
          .out;
  EXPECT_EQ(table.substr(0, 10), "v  n\nx  7\n");
  EXPECT_THAT(table, HasSubstr("\nx  7\nwider  7\n"));
  EXPECT_EQ(run({"query", "SELECT 1 AS v WHERE 0"}).out, "v\n");
}

TEST_F(CatalogVerb, QueryRefusesToWrite) {
  run({"init"});
  const ProcessResult result = run({"query", "DELETE FROM corpus"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("SELECT"));
}

TEST_F(CatalogVerb, VerifyExits4AndNamesTheDamagedBlob) {
  {
    TinyCatalog catalog(folder_.path(), 3);
    BlobStore blobs(objects_folder(file_));
    const BlobRow blob = blobs.put_bytes("analysis", "application/json");
    CorpusStore(catalog.database()).put_cached_stage(sha256("k"), "a", catalog.media()[0], blob);
    write_file_atomically(blobs.path(blob.sha256), "analysiS");
  }
  const ProcessResult result = run({"verify"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.out, HasSubstr("blob " + sha256("analysis").hex()));
  const json report = json::parse(run({"verify", "--json"}).out);
  EXPECT_EQ(report.at("faults").size(), 1U);
}

TEST_F(CatalogVerb, IdentifySaysWhoseAFileIs) {
  {
    TinyCatalog catalog(folder_.path(), 3);
    MediaRow medium = CorpusStore(catalog.database()).media_by_id(catalog.media()[0]);
    write_file_atomically(folder_ / "found", "bytes of a clip");
    medium.sha256 = sha256("bytes of a clip");
    CorpusStore(catalog.database()).record_probe(medium, 15);
  }
  write_file_atomically(folder_ / "\x1b[1mother", "other bytes");
  const std::string found = folder_ / "found", other = folder_ / "\x1b[1mother";
  const ProcessResult text = run({"identify", found, other});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("'clip-0.mp4'; by its file\n"));
  EXPECT_THAT(text.out, HasSubstr("other: unknown\n"));
  EXPECT_THAT(text.out, testing::Not(HasSubstr("\x1b")));
  const json files = json::parse(run({"identify", found, other, "--json"}).out).at("files");
  EXPECT_EQ(files.at(0).at("answer"), "in_catalog");
  EXPECT_EQ(files.at(0).at("known").at(0).at("path"), "clip-0.mp4");
  EXPECT_EQ(files.at(1).at("answer"), "unknown");
  EXPECT_EQ(files.at(1).at("by"), "none");
  EXPECT_EQ(run({"identify", folder_ / "nowhere"}).exit_code, 2);
  EXPECT_EQ(run({"identify"}).exit_code, 2);
}

TEST_F(CatalogVerb, SecondWriterAndOtherFilesExit5) {
  {
    const Database writer = Database::create(file_);
    EXPECT_EQ(run({"gc"}).exit_code, 5);
    EXPECT_EQ(run({"migrate"}).exit_code, 5);
    EXPECT_EQ(run({"gc", "--dry-run"}).exit_code, 0);
    EXPECT_EQ(run({"backup", (folder_ / "copy.db").string()}).exit_code, 0);
  }
  EXPECT_EQ(run({"backup", (folder_ / "copy.db").string()}).exit_code, 2);
  const ProcessResult nowhere = run({"backup", (folder_ / "none/copy.db").string()});
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("none/copy.db"));
  EXPECT_THAT(nowhere.err, testing::Not(HasSubstr("catalog.db")));
  EXPECT_EQ(run({"backup", ""}).exit_code, 2);
  EXPECT_EQ(run({"export", ""}).exit_code, 2);
  EXPECT_EQ(run({"migrate"}).exit_code, 0);
  write_file_atomically(file_, std::string(4096, 'x'));
  EXPECT_EQ(run({"verify"}).exit_code, 5);
  std::filesystem::remove(file_);
  EXPECT_EQ(run({"verify"}).exit_code, 2);
}

TEST_F(CatalogVerb, ABackupPutInTheCatalogsPlaceFindsItsFilesAsHelpSays) {
  { const TinyCatalog catalog(folder_.path(), 3); }
  const ProcessResult before = run({"verify"});
  ASSERT_EQ(before.exit_code, 0) << before.out;
  ASSERT_EQ(run({"backup", folder_ / "copy.db"}).exit_code, 0);
  std::filesystem::remove(file_);
  std::filesystem::rename(folder_ / "copy.db", file_);
  EXPECT_EQ(run({"verify"}).out, before.out);
  const std::string help = run_changeling({"catalog", "backup", "--help"}).out;
  EXPECT_THAT(help, HasSubstr("objects/ and corpus_roots.json"));
  EXPECT_THAT(help, HasSubstr("put FILE in the catalog's place"));
}

TEST_F(CatalogVerb, VerifyOfADamagedFileExits5AndSaysWhatHelps) {
  { const TinyCatalog catalog(folder_.path(), 3); }
  std::string bytes = read_file(file_);
  std::fill(bytes.begin() + 4096, bytes.end(), 'x');
  write_file_atomically(file_, bytes);
  const ProcessResult result = run({"verify"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.err, HasSubstr("restore a backup"));
  EXPECT_THAT(result.err, testing::Not(HasSubstr("catalog verify'")));
}

TEST_F(CatalogVerb, GcRemovesOrphansOnlyWhenAskedTo) {
  run({"init"});
  BlobStore blobs(objects_folder(file_));
  const BlobRow orphan = blobs.put_bytes("orphan", "text/plain");
  EXPECT_THAT(run({"gc"}).out, HasSubstr("removed 0 blobs"));
  EXPECT_THAT(run({"gc", "--grace-days", "0", "--dry-run"}).out, HasSubstr("would remove 1 blobs"));
  EXPECT_TRUE(blobs.contains(orphan.sha256));
  const json report = json::parse(run({"gc", "--grace-days", "0", "--json"}).out);
  EXPECT_EQ(report.at("orphans"), 1);
  EXPECT_FALSE(blobs.contains(orphan.sha256));
}

TEST_F(CatalogVerb, VerifyReadsAShareAndSaysWhich) {
  {
    TinyCatalog catalog(folder_.path(), 3);
    BlobStore blobs(objects_folder(file_));
    for (const char* bytes : {"one", "two", "three", "four"}) {
      CorpusStore(catalog.database())
          .put_cached_stage(sha256(bytes), "a", catalog.media()[0],
                            blobs.put_bytes(bytes, "application/json"));
    }
  }
  std::int64_t read = 0;
  for (const char* turn : {"10", "11"}) {
    const json report =
        json::parse(run({"verify", "--json", "--share", "0.5", "--turn", turn}).out);
    EXPECT_EQ(report.at("parts"), 2);
    EXPECT_EQ(report.at("files"), 4);
    read += report.at("blobs").get<std::int64_t>();
  }
  EXPECT_EQ(read, 4);
  EXPECT_THAT(run({"verify", "--share", "0.5", "--turn", "11"}).out,
              HasSubstr(" of 4 files (part 2 of 2)"));
  EXPECT_THAT(run({"verify"}).out, HasSubstr("checked 4 files, 0 finished jobs"));
  EXPECT_EQ(run({"verify", "--share", "0"}).exit_code, 2);
  EXPECT_EQ(run({"verify", "--run", "none"}).exit_code, 2);
}

/// Runs of one suite with a fake each.
class PruneVerb : public CatalogVerb {
 protected:
  PruneVerb() {
    SimulatedCatalog catalog(folder_.path(), 4, 6);
    for (const char* name : {"first", "second", "third"}) {
      SimulatedRun run;
      run.suite = "s";
      run.commit = std::string(40, name[0]);
      run.files["fake_video"] = blobs_.put_bytes(name, "video/mp4");
      runs_.push_back(catalog.add_run(run));
    }
  }

  json report_of(const std::string& run_id) {
    const std::filesystem::path out = folder_ / "reports" / run_id;
    const ProcessResult result =
        run_changeling({"report", "build", run_id, "--out", out, "--catalog", file_, "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(read_file(out / "report.json"));
  }

  BlobStore blobs_{objects_folder(file_)};
  std::vector<std::string> runs_;
};

TEST_F(PruneVerb, FreesOldRunsAndKeepsTheirNumbers) {
  const json before = report_of(runs_[0]);
  const json planned = json::parse(run({"prune", "s", "--keep", "1", "--dry-run", "--json"}).out);
  EXPECT_EQ(planned.at("files"), 2);
  EXPECT_TRUE(blobs_.contains(sha256("first")));
  const json done = json::parse(run({"prune", "s", "--keep", "1", "--json"}).out);
  EXPECT_EQ(done.at("bytes"), planned.at("bytes"));
  EXPECT_EQ(done.at("runs").at(1).at("run_id"), runs_[1]);
  EXPECT_FALSE(blobs_.contains(sha256("first")));
  EXPECT_TRUE(blobs_.contains(sha256("third")));
  EXPECT_THAT(run({"prune", "s", "--keep", "1"}).out, HasSubstr("removed 0 files of 0 bytes"));
  const json after = report_of(runs_[0]);
  EXPECT_EQ(after.at("metrics"), before.at("metrics"));
  EXPECT_EQ(run_changeling({"report", "compare", runs_[0], runs_[2], "--out", folder_ / "compare",
                            "--catalog", file_, "--quiet"})
                .exit_code,
            0);
  EXPECT_THAT(read_file(folder_ / "compare" / "index.html"), HasSubstr("pruned on 20"));
  EXPECT_THAT(run({"verify"}).out, HasSubstr("were pruned or erased on purpose"));
}

TEST_F(PruneVerb, RefusesWhatItCannotDo) {
  EXPECT_EQ(run({"prune", "none"}).exit_code, 2);
  EXPECT_EQ(run({"prune", "s", "--keep", "0"}).exit_code, 2);
  EXPECT_EQ(run({"prune"}).exit_code, 2);
  const Database writer = Database::open_writer(file_);
  EXPECT_EQ(run({"prune", "s"}).exit_code, 5);
  EXPECT_EQ(run({"prune", "s", "--dry-run"}).exit_code, 0);
}

TEST_F(CatalogVerb, ExportWritesEveryTable) {
  { const TinyCatalog catalog(folder_.path(), 3); }
  const std::filesystem::path csv = folder_ / "csv", lines = folder_ / "lines";
  const ProcessResult made = run({"export", csv, "--csv", "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const json rows = json::parse(made.out).at("rows");
  EXPECT_EQ(rows.at("media"), 3);
  ASSERT_EQ(run({"export", lines, "--jsonl", "--quiet"}).exit_code, 0);
  for (const auto& [table, count] : rows.items()) {
    const std::string text = read_file(lines / (table + ".jsonl"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), count.get<std::ptrdiff_t>()) << table;
    EXPECT_TRUE(std::filesystem::exists(csv / (table + ".csv"))) << table;
  }
  const std::string media = read_file(csv / "media.csv");
  EXPECT_EQ(media.rfind("media_id,corpus_id,rel_path,", 0), 0U);
  EXPECT_THAT(media, HasSubstr("\r\n1,1,clip-0.mp4,video,real,,"));
  EXPECT_THAT(read_file(lines / "media.jsonl"), HasSubstr(R"("rel_path":"clip-0.mp4")"));
  EXPECT_EQ(run({"export", csv}).exit_code, 2) << "the folder is there";
  EXPECT_EQ(run({"export", folder_ / "both", "--csv", "--jsonl"}).exit_code, 2);
  EXPECT_EQ(run({"export", folder_ / "dry", "--dry-run"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "dry"));
}

}  // namespace
}  // namespace changeling
