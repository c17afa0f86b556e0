#include "evaluator/scores/score_table.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/refusal.h"

namespace changeling {
namespace {

using testing::HasSubstr;

TruthClip clip(std::int64_t id, const std::string& key, std::int64_t n_frames = 10) {
  TruthClip result;
  result.artifact = ArtifactId{id};
  result.key = key;
  result.n_frames = n_frames;
  return result;
}

ScoreLine line(const std::string& key, std::int64_t frame, std::optional<double> p,
               const std::string& status = "ok") {
  ScoreLine result;
  result.line = 5;
  result.key = key;
  result.frame = frame;
  result.p_fake = p;
  result.status = status;
  return result;
}

std::string refusal(const std::vector<ScoreLine>& lines, const std::vector<TruthClip>& truth) {
  return refusal_of(ErrorKind::kInput, [&] { (void)resolve_scores("s.csv", lines, truth); });
}

TEST(ResolveScores, FramesBecomeAClipByTheirMean) {
  const auto rows = resolve_scores(
      "s.csv", {line("a", 3, 0.2), line("a", 1, 0.6), line("a", 2, std::nullopt, "no_face")},
      {clip(1, "a")});
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].frame, -1);
  EXPECT_DOUBLE_EQ(*rows[0].p_fake, 0.4);
  EXPECT_EQ(rows[1].frame, 1);
  EXPECT_EQ(rows[2].status, "no_face");
}

TEST(ResolveScores, AClipScoreOfTheFileIsKept) {
  const auto rows =
      resolve_scores("s.csv", {line("a", 1, 0.2), line("a", -1, 0.9)}, {clip(1, "a")});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].p_fake, 0.9);
}

TEST(ResolveScores, AClipThatTheFileDoesNotNameHasNoFace) {
  const auto rows = resolve_scores("s.csv", {line("a", -1, 0.9)}, {clip(1, "a"), clip(2, "b")});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].artifact_id, ArtifactId{2});
  EXPECT_EQ(rows[1].status, "no_face");
  EXPECT_FALSE(rows[1].p_fake.has_value());
}

TEST(ResolveScores, RefusesWhatDoesNotFitTheClips) {
  const std::vector<TruthClip> truth = {clip(1, "a")};
  EXPECT_THAT(refusal({line("b", -1, 0.5)}, truth), HasSubstr("line 5: clip 'b' is not among"));
  EXPECT_THAT(refusal({line("a", 10, 0.5)}, truth), HasSubstr("line 5: the clip has 10 frames"));
  EXPECT_THAT(refusal({line("a", 1, 0.5), line("a", 1, 0.5)}, truth),
              HasSubstr("line 5: the score of this clip and frame stands twice"));
}

TEST(PoolFrames, TooFewFramesGiveTheCommonestReason) {
  const ArtifactId id{1};
  const DetectorScoreRow row = pool_frames({{id, 0, "ok", 0.9},
                                            {id, 1, "no_face", {}},
                                            {id, 2, "too_small", {}},
                                            {id, 3, "too_small", {}}});
  EXPECT_EQ(row.status, "too_small");
  EXPECT_FALSE(row.p_fake.has_value());
}

TEST(PoolFrames, HalfOfTheFramesIsEnough) {
  const ArtifactId id{1};
  EXPECT_EQ(pool_frames({{id, 0, "ok", 0.9}, {id, 1, "no_face", {}}}).p_fake, 0.9);
}

}  // namespace
}  // namespace changeling
