// tests/unit/catalog/store/catalog_fixture.h: a small catalog with people, media, a frozen split
// and a frozen pair list, in a folder of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/store/blob_store.h"
#include "catalog/store/connection.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {

/// Subjects 1..4 (media 1..4, one each): 1 and 2 are in part train, 3 and 4 in test; list "l" with
/// the pairs 1->2, 2->1 (train) and 3->4 (test).
class SmallCatalog {
 public:
  explicit SmallCatalog(const std::filesystem::path& folder)
      : database(Database::create(folder / "catalog.db")) {
    const CorpusId corpus =
        corpora.add_corpus({{}, "faces", "1", "faces", "CC-BY-4.0", "consented", true});
    for (int i = 0; i < 4; ++i) {
      const std::string name(1, static_cast<char>('a' + i));
      subjects.push_back(corpora.add_subject({{}, corpus, name, {}, {}, {}, {}}));
      MediaRow row;
      row.corpus_id = corpus;
      row.rel_path = name + ".mp4";
      media.push_back(corpora.add_media(row));
      corpora.add_sighting(
          {media.back(), subjects.back(), "s", 0, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}});
    }
    split = pair_store.add_split({{}, "s", "hash@1", 7, {}}, {{subjects[0], 1, "train"},
                                                              {subjects[1], 2, "train"},
                                                              {subjects[2], 3, "test"},
                                                              {subjects[3], 4, "test"}});
    list = pair_store.add_pair_list(
        {{}, "l", split, "stratified@1", 7, "{}", {}},
        {pair_row("train", 0, 0, 1), pair_row("train", 1, 1, 0), pair_row("test", 0, 2, 3)},
        {{"train", "all", 5, 0, media[0], media[1], "reuse_cap"}});
    pairs = pair_store.pairs(list);
    runs.ensure_method({"mesh_swap", false, "compositeCapture"});
  }

  [[nodiscard]] PairRow pair_row(const std::string& part, std::int64_t draw, std::size_t source,
                                 std::size_t target) const {
    PairRow row;
    row.part = part;
    row.stratum = "all";
    row.draw_index = draw;
    row.source_media = media[source];
    row.target_media = media[target];
    row.source_subject = subjects[source];
    row.target_subject = subjects[target];
    return row;
  }

  /// A generate run over the list with one queued job per pair.
  std::string start_run() {
    RunRow run;
    run.kind = "generate";
    run.list_id = list;
    run.git_commit = "0";
    run.config_sha256 = sha256("config");
    run.config_json = "{}";
    run.host = "h";
    run.env_json = "{}";
    const std::string run_id = runs.begin(run);
    std::vector<JobRow> jobs;
    for (const PairRow& pair : pairs) {
      JobRow job;
      job.run_id = run_id;
      job.pair_id = pair.id;
      job.method = "mesh_swap";
      job.job_key = sha256("job " + std::to_string(pair.id.value));
      job.params_json = "{}";
      job.seed = 0xFFFFFFFFFFFFFFF0U + static_cast<std::uint64_t>(pair.id.value);
      jobs.push_back(job);
    }
    EXPECT_EQ(runs.enqueue(jobs), static_cast<std::int64_t>(jobs.size()));
    return run_id;
  }

  /// A running run began in 2099, as if the clock was set back after that.
  void began_ahead_of_time(const std::string& run_id) {
    database.connection().exec(
        "UPDATE run SET started_at='2099-01-01T00:00:00.000000Z' WHERE run_id='" + run_id + "'");
  }

  /// What a finished job of 10 frames with 2..7 swapped leaves; `salt` makes the digests unique.
  static FakeRow fake_row(const std::string& salt) {
    FakeRow fake;
    for (const std::string kind :
         {"fake_video", "real_control", "mask_alpha", "mask_changed", "sidecar"}) {
      BlobRow blob;
      blob.sha256 = sha256(kind + salt);
      blob.bytes = 100;
      blob.media_type = "video/mp4";
      fake.blobs.push_back(blob);
      ArtifactRow artifact;
      artifact.kind = kind;
      artifact.profile = "c23";
      artifact.sha256 = blob.sha256;
      if (kind != "sidecar") {
        artifact.stream_sha256 = sha256("stream " + kind + salt);
        artifact.n_frames = 10;
      }
      if (kind == "fake_video") {
        artifact.manipulated_frames = 6;
      }
      fake.artifacts.push_back(artifact);
    }
    fake.spans = {{0, 1, FrameStatus::kPassthrough},
                  {2, 7, FrameStatus::kSwapped},
                  {8, 9, FrameStatus::kFailed}};
    fake.timings = {{"decode", "cpu", 10, 1000, 900, 5000}, {"swap", "cpu", 10, 2000, 1900, 0}};
    return fake;
  }

  Database database;
  CorpusStore corpora{database};
  PairStore pair_store{database};
  RunStore runs{database};
  ScoreStore scores{database};
  std::vector<SubjectId> subjects;
  std::vector<MediaId> media;
  SplitId split;
  PairListId list;
  std::vector<PairRow> pairs;
};

class CatalogTest : public ::testing::Test {
 protected:
  TempDir folder_;
  SmallCatalog catalog_{folder_.path()};
};

}  // namespace changeling
