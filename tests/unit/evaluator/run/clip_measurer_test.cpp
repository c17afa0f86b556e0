#include "evaluator/run/clip_measurer.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

TEST(MeanDirection, AveragesUnitVectors) {
  const std::vector<float> mean = mean_direction({{10, 0}, {0, 0.5F}});
  ASSERT_EQ(mean.size(), 2U);
  EXPECT_FLOAT_EQ(mean[0], std::sqrt(0.5F));
  EXPECT_FLOAT_EQ(mean[1], std::sqrt(0.5F));
}

TEST(MeanDirection, OfNothingOrZeroVectorsIsEmpty) {
  EXPECT_TRUE(mean_direction({}).empty());
  EXPECT_TRUE(mean_direction({{0, 0}}).empty());
  EXPECT_TRUE(mean_direction({{1, 0}, {-1, 0}}).empty());
}

/// A clip compared with itself: 20 frames, the whole of it "fake".
class ClipMeasurerTest : public ::testing::Test {
 protected:
  ClipMeasurerTest() {
    ClipSpec spec;
    spec.n_frames = 20;
    write_clip(folder_ / "clip.mp4", spec);
    clip_.source = person(1);
    clip_.target = person(2);
    clip_.fake_file = folder_ / "clip.mp4";
    clip_.control_file = folder_ / "clip.mp4";
    clip_.alpha_file = folder_ / "clip.mp4";
    clip_.n_frames = 20;
    clip_.n_swapped_frames = 20;
  }

  PersonClip person(std::int64_t id) const {
    PersonClip person;
    person.media_id = MediaId{id};
    person.subject_id = SubjectId{id};
    person.file = folder_ / "clip.mp4";
    person.track = steady_track(0, 19);
    person.last_frame = 19;
    return person;
  }

  std::vector<Sample> measure(const Metric& metric) {
    return ClipMeasurer(faces_, [this] { ++heartbeats_; }).measure(clip_, {&metric}).front();
  }

  void use_long_clip(int n_frames) {
    ClipSpec spec;
    spec.n_frames = n_frames;
    write_clip(folder_ / "long.mp4", spec);
    clip_.fake_file = folder_ / "long.mp4";
    clip_.target.file = folder_ / "long.mp4";
    clip_.target.track = steady_track(0, n_frames - 1);
    clip_.target.last_frame = n_frames - 1;
    clip_.n_frames = n_frames;
  }

  TempDir folder_;
  ClipPair clip_;
  ColorFaceMeter faces_;
  int heartbeats_ = 0;
};

TEST_F(ClipMeasurerTest, GivesEachMetricTheFramesOfItsSampling) {
  const std::vector<Sample> samples = measure(*make_id_cos_src(IdentityNet::kId512));
  ASSERT_EQ(samples.size(), 10U);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(samples[i].frame, static_cast<std::int64_t>(2 * i + 1));
    EXPECT_EQ(samples[i].status, SampleStatus::kOk);
  }
  EXPECT_EQ(measure(*make_pose_l2_deg()).size(), 20U);  // even30 of 20 frames
  EXPECT_GT(heartbeats_, 0);
}

TEST_F(ClipMeasurerTest, EmbedsTheFakeOnTheFramesThatAskForItOnly) {
  (void)measure(*make_pose_l2_deg());
  EXPECT_EQ(faces_.n_embedded(), 20);  // source and target
  (void)measure(*make_id_cos_src(IdentityNet::kId512));
  EXPECT_EQ(faces_.n_embedded(), 50);
}

TEST_F(ClipMeasurerTest, AreasAreFoundOnceAndForTheTargetOnly) {
  ClipMeasurer measurer(faces_, [] {});
  const std::unique_ptr<Metric> pose = make_pose_l2_deg();
  const std::unique_ptr<Metric> overlap = make_mask_iou();
  (void)measurer.measure(clip_, {pose.get()});
  EXPECT_EQ(faces_.n_areas(), 0);
  (void)measurer.measure(clip_, {overlap.get()});
  (void)measurer.measure(clip_, {overlap.get()});
  EXPECT_EQ(faces_.n_areas(), 20);
}

TEST_F(ClipMeasurerTest, SquaresAreMeasuredWhereTheTargetsTrackHasTheFace) {
  clip_.target.track = steady_track(0, 9);
  ColorSquareMeter squares;
  ClipMeasurer measurer(
      faces_, [] {}, &squares);
  const std::unique_ptr<Metric> excess = make_brisque_excess();
  const std::vector<Sample> samples = measurer.measure(clip_, {excess.get()}).front();
  EXPECT_EQ(squares.n_measured(), 10);  // fake and control of five frames
  EXPECT_EQ(faces_.n_measured(), 15);   // of source and target: none is looked for in the fake
  ASSERT_EQ(samples.size(), 10U);
  for (const Sample& sample : samples) {
    EXPECT_EQ(sample.status, sample.frame < 10 ? SampleStatus::kOk : SampleStatus::kNoFace);
    EXPECT_EQ(sample.value, 0);
  }
}

TEST_F(ClipMeasurerTest, StepsComeWithTheFrameBefore) {
  const std::vector<Sample> samples = measure(*make_ewarp());
  ASSERT_EQ(samples.size(), 10U);  // of 15: 20 frames without two at each end
  EXPECT_EQ(samples.front().frame, 3);
  EXPECT_EQ(samples.back().frame, 17);
  for (const Sample& sample : samples) {
    EXPECT_EQ(sample.status, SampleStatus::kOk) << sample.frame;
  }
  EXPECT_EQ(measure(*make_ewarp_ratio()).front().value, 1);  // the clip itself
  EXPECT_EQ(measure(*make_t_of()).front().value, 0);
}

TEST_F(ClipMeasurerTest, RememberedFlowsOfTheTargetChangeNoValue) {
  ClipSpec other;
  other.n_frames = 20;
  other.encoder_options = {"-crf", "40"};
  write_clip(folder_ / "fake.mp4", other);
  clip_.fake_file = folder_ / "fake.mp4";
  const std::unique_ptr<Metric> metric = make_ewarp();
  const auto values = [&](ClipMeasurer& measurer) {
    std::vector<double> result;
    const std::vector<Sample> samples = measurer.measure(clip_, {metric.get()}).front();
    for (const Sample& sample : samples) {
      result.push_back(sample.value);
    }
    return result;
  };
  ClipMeasurer measurer(faces_, [] {});
  const std::vector<double> first = values(measurer);
  EXPECT_EQ(values(measurer), first);
  clip_.target.first_frame = 2;  // the same medium, other frames
  clip_.n_frames = 17;
  ClipMeasurer fresh(faces_, [] {});
  EXPECT_EQ(values(measurer), values(fresh));
}

TEST_F(ClipMeasurerTest, JitterSeesEveryFrameInARow) {
  EXPECT_EQ(measure(*make_lmk_jitter()).front().value, 0);  // a steady track
  EXPECT_EQ(measure(*make_lmk_jitter()).front().status, SampleStatus::kOk);
  EXPECT_EQ(measure(*make_id_jitter()).front().status, SampleStatus::kOk);
}

TEST_F(ClipMeasurerTest, IdentityJitterLooksAtEverySecondFrame) {
  use_long_clip(75);
  (void)measure(*make_lmk_jitter());
  const int n_before = faces_.n_embedded();  // the persons' own looks
  faces_ = {};
  EXPECT_EQ(measure(*make_id_jitter()).front().status, SampleStatus::kOk);
  EXPECT_EQ(faces_.n_embedded() - n_before, 38);
}

/// Of 60 frames the thirty are those that "every2" leaves out.
TEST_F(ClipMeasurerTest, EachJitterAsksForTheFaceOnThirtyFrames) {
  use_long_clip(60);
  for (const auto& make : {make_lmk_jitter, make_lmk_jitter_excess, make_id_jitter}) {
    faces_ = {};
    EXPECT_EQ(measure(*make()).front().status, SampleStatus::kOk);
    EXPECT_EQ(faces_.n_confirmed(), 30);
    faces_.lose_from(40);
    EXPECT_EQ(measure(*make()).front().status, SampleStatus::kOk);
    faces_.lose_from(20);
    EXPECT_EQ(measure(*make()).front().status, SampleStatus::kNoFace);
  }
}

TEST_F(ClipMeasurerTest, StepsBeyondTheEndOfTheFakeAreDecodeErrors) {
  clip_.n_frames = 45;  // as the catalog claims
  EXPECT_EQ(measure(*make_ewarp_ratio()).front().status, SampleStatus::kDecodeError);
  EXPECT_EQ(measure(*make_lmk_jitter()).front().status, SampleStatus::kDecodeError);
}

TEST_F(ClipMeasurerTest, MeasuresAPersonOnceForManyFakes) {
  ClipMeasurer measurer(faces_, [] {});
  const std::unique_ptr<Metric> metric = make_id_cos_src(IdentityNet::kId512);
  (void)measurer.measure(clip_, {metric.get()});
  (void)measurer.measure(clip_, {metric.get()});
  EXPECT_EQ(faces_.n_embedded(), 40);
}

TEST_F(ClipMeasurerTest, MeasuresATargetOnceForManyFakes) {
  ClipMeasurer measurer(faces_, [] {});
  const std::unique_ptr<Metric> metric = make_pose_l2_deg();
  const std::vector<Sample> first = measurer.measure(clip_, {metric.get()}).front();
  const int both = faces_.n_measured();
  const std::vector<Sample> again = measurer.measure(clip_, {metric.get()}).front();
  const int fakes_alone = faces_.n_measured() - both;
  EXPECT_EQ(static_cast<std::size_t>(fakes_alone), first.size());
  EXPECT_GE(both, 2 * fakes_alone);
  ASSERT_EQ(again.size(), first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(again[i].value, first[i].value);
  }
  clip_.target.media_id = MediaId{3};  // somebody else
  (void)measurer.measure(clip_, {metric.get()});
  EXPECT_GE(faces_.n_measured() - both - fakes_alone, 2 * fakes_alone);
}

TEST_F(ClipMeasurerTest, FramesWithoutTheTargetsFaceHaveNoFace) {
  clip_.target.track = steady_track(0, 9);
  int no_face = 0;
  for (const Sample& sample : measure(*make_pose_l2_deg())) {
    no_face += sample.status == SampleStatus::kNoFace ? 1 : 0;
  }
  EXPECT_EQ(no_face, 10);
  EXPECT_EQ(measure(*make_coverage()).front().status, SampleStatus::kNan);  // 20 swapped of 10
}

TEST_F(ClipMeasurerTest, FramesThatTheFakeLacksAreDecodeErrors) {
  clip_.n_frames = 40;  // as the catalog claims
  int errors = 0;
  for (const Sample& sample : measure(*make_psnr_bg())) {
    errors += sample.status == SampleStatus::kDecodeError ? 1 : 0;
  }
  EXPECT_EQ(errors, 15);
}

TEST_F(ClipMeasurerTest, FakeStartsAtTheTargetsFirstFrame) {
  VideoReader reader(clip_.target.file);
  std::vector<Frame> frames = reader.next_batch(20)->frames;
  frames.erase(frames.begin(), frames.begin() + 3);
  const Frame no_alpha(frames[0].width_px(), frames[0].height_px(), PixelFormat::kGray8,
                       std::vector<std::uint8_t>(frames[0].size_bytes() / 3, 0));
  clip_.fake_file = folder_ / "fake.mkv";
  clip_.alpha_file = folder_ / "alpha.mkv";
  write_lossless(clip_.fake_file, frames);
  clip_.control_file = clip_.fake_file;
  write_lossless(clip_.alpha_file, std::vector<Frame>(17, no_alpha));
  clip_.n_frames = 17;
  clip_.target.first_frame = 3;
  for (const Sample& sample : measure(*make_psnr_bg())) {
    EXPECT_EQ(sample.value, 100) << sample.frame;
  }
  clip_.target.first_frame = 2;
  EXPECT_LT(measure(*make_psnr_bg()).front().value, 100);
}

TEST_F(ClipMeasurerTest, HeartbeatMayStop) {
  const std::unique_ptr<Metric> metric = make_pose_l2_deg();
  ClipMeasurer measurer(faces_, [] { throw Error(ErrorKind::kCancelled, "stop"); });
  EXPECT_THROW((void)measurer.measure(clip_, {metric.get()}), Error);
}

}  // namespace
}  // namespace changeling
