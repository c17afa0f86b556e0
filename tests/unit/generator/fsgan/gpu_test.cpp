// The tensor functions and a whole swap on a GPU against the CPU; and on the CPU against itself, so
// that the comparisons run where there is no GPU.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "common/face/average_face.h"
#include "common/face/mesh_warp.h"
#include "common/nets/sparse_context.h"
#include "common/tensor/device.h"
#include "common/tensor/resample.h"
#include "common/tensor/transfer.h"
#include "generator/methods/fsgan/color_match.h"
#include "generator/methods/fsgan/crop_geometry.h"
#include "generator/methods/fsgan/face_hull_mask.h"
#include "generator/methods/fsgan/fsgan_method.h"
#include "generator/methods/fsgan/poisson_solver.h"
#include "generator/methods/fsgan/reenactor.h"
#include "generator/methods/fsgan/soft_erosion.h"

namespace changeling {
namespace {

class OnDevice : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (is_cuda() && !at::hasCUDA()) {
      GTEST_SKIP() << "no CUDA device";
    }
    configure_torch(at::get_num_threads());  // as production: TF32 off
    device_ = parse_device(is_cuda() ? "cuda:0" : "cpu");
    at::manual_seed(1);
  }

  [[nodiscard]] at::Tensor there(const at::Tensor& tensor) const {
    return move_to(tensor, device_);
  }

  [[nodiscard]] double difference(const at::Tensor& on_device, const at::Tensor& on_cpu) const {
    EXPECT_EQ(on_device.device(), device_);
    EXPECT_EQ(on_device.sizes(), on_cpu.sizes());
    return (move_to_host(on_device) - on_cpu).abs().max().item<double>();
  }

  c10::Device device_ = c10::kCPU;

 private:
  [[nodiscard]] static bool is_cuda() { return std::string(GetParam()) == "Cuda"; }
};

/// (N,1,S,S): 1 in circles of the given radii about the middle.
at::Tensor circles(const std::vector<double>& radii_px, std::int64_t side) {
  const at::Tensor line = (at::arange(side) - side / 2).square();
  const at::Tensor squares = line.view({1, side}) + line.view({side, 1});
  std::vector<at::Tensor> masks;
  for (const double radius : radii_px) {
    masks.push_back((squares < radius * radius).to(at::kFloat).unsqueeze(0));
  }
  return at::stack(masks);
}

constexpr double kDegree = 3.14159265358979323846 / 180;
constexpr int kSidePx = 200;
constexpr int kFrames = 12;

/// A clip of a head without features, an oval with a fine pattern, turning about its yaw.
struct PlainHead {
  double yaw_deg = 0;
  int shade = 150;  ///< of its skin, 8-bit level

  [[nodiscard]] double yaw_at(std::int64_t frame) const {
    return yaw_deg + 5 * std::sin(360 * kDegree * static_cast<double>(frame) / kFrames);
  }

  [[nodiscard]] Landmarks landmarks_at(std::int64_t frame) const {
    const double yaw = yaw_at(frame) * kDegree;
    Landmarks landmarks;
    for (std::size_t i = 0; i < kLandmarkCount; ++i) {
      const Point3F& p = average_face()[i];
      const double depth = 6 * (1 - p.x * p.x / 60.0);
      landmarks.push_back(
          {static_cast<float>(100 + 6.5 * (p.x * std::cos(yaw) + depth * std::sin(yaw))),
           static_cast<float>(108 + 6.5 * p.y)});
    }
    return landmarks;
  }

  [[nodiscard]] Frame draw(std::int64_t frame) const {
    const double middle = 100 + 39 * std::sin(yaw_at(frame) * kDegree);
    std::vector<std::uint8_t> bytes;
    for (int y = 0; y < kSidePx; ++y) {
      for (int x = 0; x < kSidePx; ++x) {
        const bool is_face = std::hypot((x - middle) / 54, (y - 104) / 70.0) < 1;
        const double pattern = 12 * std::sin(0.9 * x) * std::sin(0.7 * y);
        for (const int level : {is_face ? shade + 50 : 40 + x % 100, is_face ? shade : 90 + y % 90,
                                is_face ? shade - 30 : 150}) {
          bytes.push_back(static_cast<std::uint8_t>(std::clamp(level + pattern, 0.0, 255.0)));
        }
      }
    }
    return Frame(kSidePx, kSidePx, PixelFormat::kRgb24, std::move(bytes));
  }

  [[nodiscard]] AnalyzedClip analyze() const {
    FaceTrack track;
    for (int i = 0; i < kFrames; ++i) {
      FaceObservation face;
      face.frame_index = i;
      face.landmarks = landmarks_at(i);
      face.bbox_px = bounding_box(face.landmarks);
      face.score = 1;
      face.pose_deg = {static_cast<float>(yaw_at(i)), 0, 0};
      track.observations.push_back(face);
    }
    track.side_px = track.observations.front().bbox_px.width;
    AnalyzedClip clip;
    clip.analysis.n_frames = kFrames;
    clip.analysis.width_px = kSidePx;
    clip.analysis.height_px = kSidePx;
    clip.analysis.tracks.push_back(std::move(track));
    return clip;
  }
};

/// Frames 3 and 7 with all rungs of the ladder, by seeded random networks, in steps of 4 degrees.
std::vector<std::vector<ComposedFrame>> swap_on(c10::Device device) {
  FsganOptions options;
  options.rungs = {Rung::kBlended, Rung::kInpainted, Rung::kPoisson, Rung::kReenacted};
  options.precision = Precision::kFloat32;
  options.device = device;
  options.segmenter = SegmenterKind::kHull;
  options.resolution_px = 64;
  options.max_step_deg = 4;
  const FsganMethod method(
      prepare_fsgan_nets(random_fsgan_weights(4, options.resolution_px, 1.2, 1), options), options);
  const PlainHead source = {0, 120};
  const PlainHead target = {15, 170};
  SwapRequest request;
  request.source = source.analyze();
  request.target = target.analyze();
  request.source_frame = [source](std::int64_t index) { return source.draw(index); };
  auto outcome = method.plan(std::move(request));
  const auto* plan = std::get_if<std::unique_ptr<SwapPlan>>(&outcome);
  if (plan == nullptr) {
    ADD_FAILURE() << "the pair is refused";
    return {};
  }
  return method.swap(
      {{plan->get(), 3, {target.draw(3)}, 3}, {plan->get(), 7, {target.draw(7)}, 7}});
}

/// Nearly all bytes within 1, none far away: sums in another order may flip a rounding, and the few
/// pixels that count for a colour or not.
void expect_near(const Frame& a, const Frame& b) {
  ASSERT_EQ(a.size_bytes(), b.size_bytes());
  std::size_t within_one = 0;
  int most = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) {
    const int apart = std::abs(static_cast<int>(a.data()[i]) - static_cast<int>(b.data()[i]));
    within_one += apart <= 1 ? 1 : 0;
    most = std::max(most, apart);
  }
  EXPECT_GE(static_cast<double>(within_one), 0.999 * static_cast<double>(a.size_bytes()));
  EXPECT_LE(most, 8);
}

TEST_P(OnDevice, ErosionIsTheSame) {
  at::Tensor mask = at::zeros({2, 1, 96, 96});
  mask[0][0].slice(0, 20, 70).slice(1, 30, 80).fill_(1);
  const ErodedMask expected = erode_softly(mask);
  const ErodedMask eroded = erode_softly(there(mask));
  EXPECT_EQ(difference(eroded.hard, expected.hard), 0);
  EXPECT_LT(difference(eroded.soft, expected.soft), 1e-5);
}

TEST_P(OnDevice, TurningAndResizingAreTheSame) {
  const at::Tensor images = at::rand({2, 3, 64, 64});
  EXPECT_LT(difference(turn_ccw(there(images), {20, -75}, -1), turn_ccw(images, {20, -75}, -1)),
            1e-4);
  for (const Resampling kind : {Resampling::kLinear, Resampling::kCubic, Resampling::kArea}) {
    const PixelWindow window = {-8, 3, 60, 70};
    EXPECT_LT(difference(resample_window(there(images), window, 30, 90, kind),
                         resample_window(images, window, 30, 90, kind)),
              1e-4);
  }
}

TEST_P(OnDevice, CloningIsTheSame) {
  const at::Tensor source = at::rand({3, 3, 80, 80});
  const at::Tensor target = at::rand({3, 3, 80, 80});
  const at::Tensor mask = circles({30, 0, 30}, 80);
  EXPECT_LT(difference(poisson_target(there(source), there(target), there(mask)),
                       poisson_target(source, target, mask)),
            1e-4);
}

TEST_P(OnDevice, HullMasksAreTheSame) {
  const at::Tensor landmarks = at::rand({2, 68, 2});
  const at::Tensor mask = face_hull_mask(landmarks, 48);
  EXPECT_EQ(difference(face_hull_mask(there(landmarks), 48), mask), 0);
  EXPECT_EQ(difference(clear_inner_mouth(there(mask), there(landmarks)),
                       clear_inner_mouth(mask, landmarks)),
            0);
}

TEST_P(OnDevice, MatchedColoursAreTheSame) {
  AlignedBatch aligned;
  aligned.target = at::rand({2, 3, 64, 64}) - 0.5;
  aligned.face_mask = circles({25, 20}, 64);
  const ReenactedBatch reenacted = {at::rand({2, 3, 64, 64}) * 0.8, circles({22, 24}, 64)};
  const at::Tensor expected = match_color(aligned, reenacted).painted;
  const at::Tensor likely = color_likelihood(aligned.target, aligned.face_mask);
  EXPECT_GT((expected - reenacted.painted).abs().max().item<double>(), 0.01) << "nothing to do";
  aligned.target = there(aligned.target);
  aligned.face_mask = there(aligned.face_mask);
  EXPECT_LT(
      difference(
          match_color(aligned, {there(reenacted.painted), there(reenacted.face_mask)}).painted,
          expected),
      1e-3);
  EXPECT_LT(difference(color_likelihood(aligned.target, aligned.face_mask), likely), 1e-3);
}

TEST_P(OnDevice, WarpedPriorsAreTheSame) {
  const at::Tensor images = at::rand({2, 3, 64, 64});
  const auto rows = [](const PlainHead& head) {
    std::vector<at::Tensor> points;
    for (const PointF& p : head.landmarks_at(0)) {
      points.push_back(at::tensor({p.x / kSidePx, p.y / kSidePx}, at::kFloat));
    }
    return at::stack(points).unsqueeze(0).repeat({2, 1, 1});
  };
  const at::Tensor from = rows({0, 0});
  const at::Tensor to = rows({20, 0});
  const at::Tensor expected = mesh_warp_prior(images, from, to);
  EXPECT_GT(expected.narrow(1, 3, 1).max().item<double>(), 0) << "nothing is warped";
  EXPECT_LT(difference(mesh_warp_prior(there(images), there(from), there(to)), expected), 1e-4);
}

TEST_P(OnDevice, WeightedSumsAreTheSame) {
  const at::Tensor images = at::rand({5, 3, 16, 16});
  const at::Tensor weights = at::rand({5});
  const std::vector<std::int64_t> frames = {0, 0, 0, 1, 2};
  EXPECT_LT(difference(weighted_sum(there(images), there(weights), frames, 3),
                       weighted_sum(images, weights, frames, 3)),
            1e-5);
}

TEST_P(OnDevice, LandmarkContextsAreTheSame) {
  const at::Tensor weight = at::randn({16, 68, 7, 7}) / 10;
  const at::Tensor landmarks = at::rand({2, 68, 2});
  const at::Tensor expected = SparseContext(weight).make(landmarks, 64, at::kFloat);
  const SparseContext context(there(weight));
  const at::Tensor found = context.make(there(landmarks), 64, at::kFloat);
  EXPECT_TRUE(found.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_LT(difference(found, expected), 1e-3);
  if (device_.is_cuda()) {
    const at::Tensor half = context.make(there(landmarks), 64, at::kBFloat16);
    EXPECT_LT(difference(half.to(at::kFloat), expected),
              0.02 * expected.abs().max().item<double>());
  }
}

TEST_P(OnDevice, ASwapIsTheSame) {
  const auto expected = swap_on(c10::kCPU);
  const auto found = swap_on(device_);
  ASSERT_EQ(found.size(), 2U);
  ASSERT_EQ(expected.size(), 2U);
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].size(), 4U);
    for (std::size_t rung = 0; rung < found[i].size(); ++rung) {
      SCOPED_TRACE("frame " + std::to_string(i) + ", rung " + std::to_string(rung));
      EXPECT_EQ(expected[i][rung].status, FrameStatus::kSwapped);
      EXPECT_EQ(found[i][rung].status, expected[i][rung].status);
      expect_near(found[i][rung].frame, expected[i][rung].frame);
      expect_near(found[i][rung].alpha, expected[i][rung].alpha);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, OnDevice, testing::Values("Cpu", "Cuda"),
                         [](const auto& device) { return std::string(device.param); });

}  // namespace
}  // namespace changeling
