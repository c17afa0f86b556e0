#include "evaluator/run/clip_squares.h"

#include <vector>

#include <gtest/gtest.h>

#include "common/face/early_features.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

constexpr SquareNeeds kBrisque{true, false};
constexpr SquareNeeds kFeatures{false, true};
constexpr SquareNeeds kBoth{true, true};

class ClipSquaresTest : public ::testing::Test {
 protected:
  ClipSquaresTest() {
    clip_.target.media_id = MediaId{1};
    clip_.target.subject_id = SubjectId{1};
    clip_.target.track = steady_track(0, 9);
    clip_.control_file = "control-1.mp4";
    clip_.control_stream = sha256("packets");
    pictures_ = {drawn_frame(0, 0), drawn_frame(0, 1), drawn_frame(0, 2), std::nullopt};
  }

  FrameSquares measure(const FrameSquareNeeds& needs, std::int64_t frame = 3) {
    return squares_.measure(clip_, frame, pictures_, needs);
  }

  ColorSquareMeter meter_;
  ClipSquares squares_{meter_};
  ClipPair clip_;
  FramePictures pictures_;
};

TEST_F(ClipSquaresTest, MeasuresWhatIsNeededOfEachPicture) {
  const FrameSquares squares = measure({kBoth, kFeatures, kBrisque});
  EXPECT_TRUE(squares.fake.brisque.has_value());
  EXPECT_EQ(squares.fake.features.size(), kEarlyLayers.size());
  EXPECT_FALSE(squares.target.brisque.has_value());
  EXPECT_EQ(squares.target.features.size(), kEarlyLayers.size());
  EXPECT_TRUE(squares.control.brisque.has_value());
  EXPECT_TRUE(squares.control.features.empty());
  EXPECT_NE(squares.fake.brisque, squares.control.brisque);  // of another colour
}

TEST_F(ClipSquaresTest, NothingIsFoundWithoutAFaceOrAPicture) {
  EXPECT_FALSE(measure({kBoth, kBoth, kBoth}, 10).fake.found);
  pictures_.control = std::nullopt;
  const FrameSquares squares = measure({kBoth, kBoth, kBoth});
  EXPECT_TRUE(squares.fake.found);
  EXPECT_FALSE(squares.control.found);
  EXPECT_EQ(meter_.n_measured(), 2);
}

TEST_F(ClipSquaresTest, TargetAndControlAreMeasuredOnceForAllFakesOfATarget) {
  (void)measure({kBoth, kFeatures, kBoth});
  EXPECT_EQ(meter_.n_measured(), 3);
  clip_.control_file = "control-2.mp4";  // another file of the same packets
  (void)measure({kBoth, kFeatures, kBoth});
  EXPECT_EQ(meter_.n_measured(), 4);  // the fake
  (void)measure({kBoth, kFeatures, kBoth}, 4);
  EXPECT_EQ(meter_.n_measured(), 7);
}

TEST_F(ClipSquaresTest, OtherVideosAndMoreNeedsAreMeasured) {
  (void)measure({{}, kFeatures, kBrisque});
  EXPECT_EQ(meter_.n_measured(), 2);
  const FrameSquares both = measure({{}, kFeatures, kFeatures});
  EXPECT_EQ(meter_.n_measured(), 3);
  EXPECT_FALSE(both.control.features.empty());
  (void)measure({{}, kFeatures, kBrisque});  // what was known stays known
  EXPECT_EQ(meter_.n_measured(), 3);
  clip_.control_stream = sha256("other packets");
  (void)measure({{}, kFeatures, kFeatures});
  EXPECT_EQ(meter_.n_measured(), 4);
  clip_.control_stream = std::nullopt;
  (void)measure({{}, {}, kFeatures});
  clip_.control_file = "control-3.mp4";
  (void)measure({{}, {}, kFeatures});
  EXPECT_EQ(meter_.n_measured(), 6);
  clip_.target.first_frame = 1;  // the face may be elsewhere
  (void)measure({{}, kFeatures, kFeatures});
  EXPECT_EQ(meter_.n_measured(), 8);
}

TEST(SquareNeeds, FollowFromWhatAMetricComparesWith) {
  FrameSquareNeeds needs;
  add_needs(make_brisque()->info(), needs);
  EXPECT_TRUE(needs.fake.brisque);
  EXPECT_FALSE(needs.target.any() || needs.control.any());
  add_needs(make_pdist_iv3n_bg()->info(), needs);
  EXPECT_TRUE(needs.fake.features && needs.target.features);
  EXPECT_FALSE(needs.target.brisque || needs.control.any());
  add_needs(make_pdist_iv3n_bg_excess()->info(), needs);
  EXPECT_TRUE(needs.control.features);
  add_needs(make_brisque_excess()->info(), needs);
  EXPECT_TRUE(needs.control.brisque);
}

}  // namespace
}  // namespace changeling
