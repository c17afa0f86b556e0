// A person's face among several analyses of one clip.
#include "common/clips/cached_analyses.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

/// With a face of that side, or without one where it is 0.
VideoAnalysis analysis_of(std::int64_t n_frames, float side_px) {
  VideoAnalysis analysis;
  analysis.n_frames = n_frames;
  if (side_px > 0) {
    FaceObservation face;
    face.bbox_px = {50, 50, side_px, side_px};
    FaceTrack track;
    track.observations = {face};
    track.side_px = side_px;
    analysis.tracks = {track};
  }
  return analysis;
}

/// Person 0 is seen in clip 0.
class AnalysedFaceOf : public testing::Test {
 protected:
  [[nodiscard]] std::optional<AnalysedFace> among(std::vector<VideoAnalysis> analyses) const {
    return analysed_face(corpora_, std::move(analyses), catalog_.media()[0],
                         catalog_.subjects()[0]);
  }

  TempDir folder_;
  TinyCatalog catalog_{folder_.path(), 2};
  CorpusStore corpora_{catalog_.database()};
};

TEST_F(AnalysedFaceOf, TheLongestAnalysisThatShowsItDecides) {
  const std::optional<AnalysedFace> face =
      among({analysis_of(10, 70), analysis_of(30, 80), analysis_of(20, 90)});
  ASSERT_TRUE(face.has_value());
  EXPECT_EQ(face->track.side_px, 80);
  EXPECT_EQ(face->n_frames, 30);
}

TEST_F(AnalysedFaceOf, AnAnalysisThatMissedItIsPassedOver) {
  for (const auto& analyses : {std::vector{analysis_of(30, 0), analysis_of(30, 60)},
                               std::vector{analysis_of(30, 60), analysis_of(30, 0)}}) {
    const std::optional<AnalysedFace> face = among(analyses);
    ASSERT_TRUE(face.has_value());
    EXPECT_EQ(face->track.side_px, 60);
  }
  EXPECT_FALSE(among({analysis_of(30, 0)}).has_value());
  EXPECT_FALSE(among({}).has_value());
}

}  // namespace
}  // namespace changeling
