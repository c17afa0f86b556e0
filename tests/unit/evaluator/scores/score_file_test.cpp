#include "evaluator/scores/score_file.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

constexpr const char* kKey = "0123456789abcdef";

class ScoreFile : public testing::Test {
 protected:
  std::vector<ScoreLine> read(const std::string& name, const std::string& text) {
    write_file_atomically(dir_ / name, text);
    return read_score_file(dir_ / name);
  }

  /// What the refusal of `text` says.
  std::string refusal(const std::string& name, const std::string& text) {
    return refusal_of(ErrorKind::kInput, [&] { (void)read(name, text); });
  }

  TempDir dir_;
};

TEST_F(ScoreFile, ReadsClipsAndFramesOfCsv) {
  const std::vector<ScoreLine> lines =
      read("s.csv",
           "key,frame,p_fake,status\n" + std::string(kKey) + ",,0.25,\n" + kKey + ",7,,no_face\n");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].key, kKey);
  EXPECT_EQ(lines[0].frame, -1);
  EXPECT_EQ(lines[0].p_fake, 0.25);
  EXPECT_EQ(lines[1].line, 3U);
  EXPECT_EQ(lines[1].frame, 7);
  EXPECT_EQ(lines[1].status, "no_face");
  EXPECT_FALSE(lines[1].p_fake.has_value());
}

TEST_F(ScoreFile, ReadsJsonLines) {
  const std::vector<ScoreLine> lines =
      read("s.jsonl",
           "{\"artifact\":12,\"p_fake\":1}\n\n{\"artifact\":\"13\",\"p_fake\":0.1,"
           "\"frame\":null}\n");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].artifact, 12);
  EXPECT_EQ(lines[0].p_fake, 1);
  EXPECT_EQ(lines[1].line, 3U);
  EXPECT_EQ(lines[1].frame, -1);
}

TEST_F(ScoreFile, NumbersOfJsonKeepEveryDigit) {
  EXPECT_EQ(read("s.jsonl", "{\"artifact\":1,\"p_fake\":0.12345678901234567}\n")[0].p_fake,
            0.12345678901234567);
}

TEST_F(ScoreFile, RefusesHostileCsvNamingItsLine) {
  const std::string head = "artifact,p_fake,status,frame\n1,0.5,,\n";
  for (const auto& [row, reason] : std::vector<std::pair<std::string, std::string>>{
           {"2,1.5,,", "line 3: 'p_fake' is no number in 0..1"},
           {"2,-0.1,,", "line 3: 'p_fake'"},
           {"2,nan,,", "line 3: 'p_fake'"},
           {"2,inf,,", "line 3: 'p_fake'"},
           {"2,0.5x,,", "line 3: 'p_fake'"},
           {"2,,,", "line 3: has no 'p_fake'"},
           {"2,0.5,no_face,", "line 3: has a 'p_fake' beside the status"},
           {"2,,lost,", "line 3: unknown status 'lost'"},
           {"0,0.5,,", "line 3: 'artifact'"},
           {"99999999999999999999,0.5,,", "line 3: 'artifact'"},
           {"2,0.5,,-2", "line 3: 'frame'"},
           {"2,0.5,,1.5", "line 3: 'frame'"},
           {",0.5,,", "line 3: names its clip by either"},
           {"2,0.5", "line 3: another number of fields"},
           {"2,\"0.5", "line 4 ends inside a quoted field"}}) {
    EXPECT_THAT(refusal("s.csv", head + row + "\n"), HasSubstr(reason)) << row;
  }
  EXPECT_THAT(refusal("s.csv", "artifact,p_fake,label\n1,0.5,1\n"),
              HasSubstr("line 1: unknown column 'label'"));
  EXPECT_THAT(refusal("s.csv", "key,p_fake\nABCDEF0123456789,0.5\n"), HasSubstr("line 2: the key"));
  EXPECT_THAT(refusal("s.csv", "key,p_fake\n"), HasSubstr("holds no scores"));
  EXPECT_THAT(refusal("s.csv", "key,artifact,p_fake\n" + std::string(kKey) + ",1,0.5\n"),
              HasSubstr("line 2: names its clip by either"));
}

TEST_F(ScoreFile, RefusesHostileJsonNamingItsLine) {
  const std::string first = "{\"artifact\":1,\"p_fake\":0.5}\n";
  for (const auto& [line, reason] : std::vector<std::pair<std::string, std::string>>{
           {"[1]", "line 2: no JSON object"},
           {"{\"artifact\":1,", "line 2: no JSON object"},
           {"{\"artifact\":1,\"p_fake\":true}", "line 2: 'p_fake' is neither"},
           {"{\"artifact\":1,\"p_fake\":1e999}", "line 2"},
           {"{\"artifact\":1,\"artifact\":2,\"p_fake\":0.5}", "line 2: a member stands twice"},
           {"{\"artifact\":1,\"score\":0.5}", "line 2: unknown member 'score'"},
           {"{\"artifact\":1.5,\"p_fake\":0.5}", "line 2: 'artifact'"},
           {std::string(5000, '['), "line 2: no JSON object"}}) {
    EXPECT_THAT(refusal("s.jsonl", first + line + "\n"), HasSubstr(reason)) << line;
  }
  EXPECT_THAT(refusal("s.jsonl", "\n\n"), HasSubstr("holds no scores"));
}

TEST_F(ScoreFile, AMissingFileIsRefused) {
  EXPECT_THROW((void)read_score_file(dir_ / "none.csv"), Error);
  EXPECT_THROW((void)read_score_file(dir_ / "none.jsonl"), Error);
}

}  // namespace
}  // namespace changeling
