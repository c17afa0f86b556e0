// The stages by themselves: crops over time, source views, aligning, view interpolation, pasting.
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "common/base/error.h"
#include "common/face/face_box.h"
#include "common/face/mesh_warp.h"
#include "generator/methods/compositor.h"
#include "generator/methods/fsgan/aligner.h"
#include "generator/methods/fsgan/face_hull_mask.h"
#include "generator/methods/fsgan/inpainter.h"
#include "generator/methods/fsgan/input_prior.h"
#include "generator/methods/fsgan/paste_face.h"
#include "generator/methods/fsgan/reenactor.h"
#include "generator/methods/fsgan/source_views.h"
#include "tests/unit/generator/fsgan/swap_fixture.h"

namespace changeling {
namespace {

FaceTrack track_without(const HeadClip& clip, const std::set<int>& missing) {
  FaceTrack track = analyze(clip).face();
  std::vector<FaceObservation> kept;
  for (const FaceObservation& face : track.observations) {
    if (missing.count(static_cast<int>(face.frame_index)) == 0) {
      kept.push_back(face);
    }
  }
  track.observations = kept;
  return track;
}

TEST(CropFaces, FiltersEndAtGapsAndCuts) {
  const std::vector<CropFace> faces =
      crop_faces(track_without(HeadClip{}, {6, 7}), {12}, CropFilters{});
  ASSERT_EQ(faces.size(), 18U);
  for (const CropFace& face : faces) {
    const std::size_t run = face.frame_index < 6 ? 0 : face.frame_index < 12 ? 1 : 2;
    EXPECT_EQ(face.run, run) << face.frame_index;
  }
  const std::vector<CropFace> alone =
      crop_faces(track_without(HeadClip{}, {0, 1, 2, 3, 4, 5, 6, 7}), {12}, CropFilters{});
  EXPECT_EQ(faces[6].landmarks[30].x, alone[0].landmarks[30].x);  // what lies before has no say
}

TEST(CropFaces, HoldTheFaceAtTheCropScale) {
  HeadClip still;
  still.sway_px = 0;
  still.sway_deg = 0;
  const CropFace face = crop_faces(analyze(still).face(), {}, CropFilters{}).front();
  const BBox box = face_box(landmarks_of(still.face));
  EXPECT_NEAR(static_cast<double>(face.square.side), 1.2 * std::max(box.width, box.height), 1);
  const BBox in_crop = face_box(face.landmarks);
  EXPECT_NEAR(in_crop.center().x, 0.5, 0.01);
  EXPECT_NEAR(in_crop.center().y, 0.5, 0.01);
  EXPECT_NEAR(std::max(in_crop.width, in_crop.height), 1 / 1.2, 0.02);
}

/// Frames whose level is their index; counts fetches.
SourceViews counting_views(std::vector<std::int64_t>& fetched, int n, int capacity,
                           int detail_px = 0) {
  std::vector<SourceViews::View> views;
  for (int i = 0; i < n; ++i) {
    SourceViews::View view;
    view.face.frame_index = i;
    view.face.square = {0, 0, 32};
    view.face.landmarks = Landmarks(68, {0.25F, 0.5F});
    view.is_mirrored = i == n - 1;
    views.push_back(view);
  }
  return {[&fetched](std::int64_t index) {
            fetched.push_back(index);
            std::vector<std::uint8_t> pixels(32 * 32 * 3, static_cast<std::uint8_t>(20 * index));
            pixels[0] = 255;  // marks the left
            return Frame(32, 32, PixelFormat::kRgb24, pixels);
          },
          views,
          {32, detail_px},
          capacity};
}

TEST(SourceViews, KeepTheViewsUsedLast) {
  std::vector<std::int64_t> fetched;
  SourceViews views = counting_views(fetched, 5, 2);
  for (const std::size_t view : {0, 1, 0, 2, 0, 1}) {
    (void)views.get(view);
  }
  EXPECT_EQ(fetched, (std::vector<std::int64_t>{0, 1, 2, 1}));
}

TEST(SourceViews, PrefetchReadsForwardAndNoMoreThanFits) {
  std::vector<std::int64_t> fetched;
  SourceViews views = counting_views(fetched, 5, 3);
  views.prefetch({4, 2, 0, 3});
  EXPECT_EQ(fetched, (std::vector<std::int64_t>{0, 2, 3}));
}

TEST(SourceViews, AFetchedAgainViewIsTheSame) {
  std::vector<std::int64_t> fetched;
  SourceViews views = counting_views(fetched, 5, 1);
  const at::Tensor first = views.get(3).image;
  (void)views.get(1);
  EXPECT_TRUE(at::equal(views.get(3).image, first));
}

TEST(SourceViews, MirrorImageAndLandmarks) {
  std::vector<std::int64_t> fetched;
  SourceViews views = counting_views(fetched, 5, 3);
  const ViewCrop mirrored = views.get(4);
  EXPECT_EQ(mirrored.image[0][0][31].item<float>(), 1);
  EXPECT_LT(mirrored.image[0][0][0].item<float>(), 1);
  EXPECT_EQ(mirrored.landmarks[0].x, 0.75F);
}

TEST(SourceViews, DetailOfTheSameSizeIsTheCropItself) {
  std::vector<std::int64_t> fetched;
  const ViewCrop mirrored = counting_views(fetched, 5, 3, 32).get(4);
  EXPECT_TRUE(at::equal(mirrored.detail, mirrored.image));
}

TEST(SourceViews, DetailIsTheSameCropLarger) {
  std::vector<std::int64_t> fetched;
  SourceViews views = counting_views(fetched, 5, 3, 64);
  EXPECT_TRUE(views.has_detail());
  const ViewCrop mirrored = views.get(4);
  EXPECT_EQ(mirrored.detail.sizes(), (at::IntArrayRef{3, 64, 64}));
  EXPECT_EQ(mirrored.detail[0][0][63].item<float>(), 1);
  EXPECT_LT(mirrored.detail[0][0][0].item<float>(), 1);
  EXPECT_FALSE(counting_views(fetched, 5, 3, 31).has_detail());
  EXPECT_FALSE(counting_views(fetched, 5, 3).get(0).detail.defined());
}

class AlignerTest : public testing::Test {
 protected:
  AlignedBatch align(const Segmenter& segmenter, const HeadClip& source, const HeadClip& target,
                     const std::vector<std::int64_t>& frames) {
    options_.segmenter = segmenter.has_net() ? SegmenterKind::kNet : SegmenterKind::kHull;
    const auto method = pass_on_method(options_);
    plan_ = plan_of(*method, request_for(source, target));
    items_.clear();
    for (const std::int64_t index : frames) {
      items_.push_back(item_of(*method, *plan_, target, index));
    }
    std::vector<FaceItem> faces;
    const auto& plan = dynamic_cast<const FsganPlan&>(*plan_);
    for (const SwapItem& item : items_) {
      const CropFace* face = plan.find(item.frame_index);
      faces.push_back({&plan, face, plan.choose(*face), &item});
    }
    return Aligner(segmenter, options_).align(faces);
  }

  FsganOptions options_ = tiny_options();
  std::unique_ptr<SwapPlan> plan_;
  std::vector<SwapItem> items_;
};

TEST_F(AlignerTest, GivesShapesWeightsAndOrder) {
  const AlignedBatch batch = align(Segmenter(nullptr), source_head(), HeadClip{}, {3, 8, 12});
  EXPECT_EQ(batch.target.sizes(), (at::IntArrayRef{3, 3, 64, 64}));
  EXPECT_EQ(batch.landmarks.sizes(), (at::IntArrayRef{3, 68, 2}));
  EXPECT_EQ(batch.face_mask.sizes(), (at::IntArrayRef{3, 1, 64, 64}));
  const auto rows = static_cast<std::int64_t>(batch.frame_of_view.size());
  EXPECT_EQ(batch.views.sizes(), (at::IntArrayRef{rows, 3, 64, 64}));
  EXPECT_EQ(batch.view_landmarks.sizes(), (at::IntArrayRef{rows, 68, 3}));
  EXPECT_TRUE(std::is_sorted(batch.frame_of_view.begin(), batch.frame_of_view.end()));
  std::map<std::int64_t, double> sums;
  for (std::int64_t row = 0; row < rows; ++row) {
    sums[batch.frame_of_view[static_cast<std::size_t>(row)]] +=
        batch.view_weights[row].item<float>();
  }
  ASSERT_EQ(sums.size(), 3U);
  for (const auto& [frame, sum] : sums) {
    EXPECT_NEAR(sum, 1, 1e-6);
  }
  EXPECT_LE(batch.target.abs().max().item<float>(), 1);
}

TEST_F(AlignerTest, TurnsTheViewsToTheTargetsRoll) {
  HeadClip source = source_head();
  source.face.roll_deg = 18;
  HeadClip target;
  target.face.roll_deg = -12;
  const AlignedBatch batch = align(Segmenter(nullptr), source, target, {5});
  const auto roll = [](const at::Tensor& points) {  // of the line between the outer eye corners
    const at::Tensor line = points[45] - points[36];
    return std::atan2(line[1].item<float>(), line[0].item<float>()) * 180 / 3.14159265;
  };
  EXPECT_NEAR(roll(batch.landmarks[0]), -12, 1);
  EXPECT_NEAR(roll(batch.view_landmarks[0]), -12, 1);
}

/// The k-th run image gets the logit k for face: means show which frames went in.
class CountingSegmentation : public NetRunner {
 public:
  [[nodiscard]] const NetInfo& info() const override { return info_; }

  [[nodiscard]] at::Tensor run(const at::Tensor& images) const override {
    sizes.push_back(images.size(0));
    at::Tensor logits = at::zeros_like(images);
    logits.select(1, 1).fill_(1);
    return logits;
  }

  [[nodiscard]] at::Tensor run(const at::Tensor&, const at::Tensor&,
                               const at::Tensor&) const override {
    throw Error(ErrorKind::kInternal, "no landmarks here");
  }

  mutable std::vector<std::int64_t> sizes;

 private:
  NetInfo info_;
};

TEST_F(AlignerTest, SegmentsEveryTargetFrameOnce) {
  const CountingSegmentation net;
  const Segmenter segmenter(&net);
  (void)align(segmenter, source_head(), HeadClip{}, {8, 9, 10});
  EXPECT_EQ(net.sizes, (std::vector<std::int64_t>{7}));  // frames 6 .. 12
}

TEST_F(AlignerTest, AveragesLogitsOverFiveFramesMirroredAtTheEnds) {
  // Logits say face where a frame is bright: a flicker of one frame is outvoted by its neighbours.
  const NetCounts counts;
  const FunctionNet net(
      NetInfo{},
      [](const at::Tensor& images) {
        at::Tensor logits = at::zeros_like(images);
        logits.select(1, 1).copy_(images.mean({1, 2, 3}).view({-1, 1, 1}).expand({-1, 64, 64}));
        return logits;
      },
      counts.segmentation);
  const Segmenter segmenter(&net);
  options_.segmenter = SegmenterKind::kNet;
  const auto method = pass_on_method(options_);
  const HeadClip target;
  plan_ = plan_of(*method, request_for(source_head(), target));
  const auto level = [](std::int64_t index) -> std::uint8_t { return index == 1 ? 255 : 110; };
  const auto& plan = dynamic_cast<const FsganPlan&>(*plan_);
  const auto mask_of = [&](std::int64_t index) {
    SwapItem item{plan_.get(), index, {}, std::max<std::int64_t>(0, index - 2)};
    for (std::int64_t i = item.window_first; i <= index + 2; ++i) {
      item.window.emplace_back(240, 220, PixelFormat::kRgb24,
                               std::vector<std::uint8_t>(240 * 220 * 3, level(i)));
    }
    const CropFace* found = plan.find(index);
    const FaceItem face{&plan, found, plan.choose(*found), &item};
    return Aligner(segmenter, options_).align({face}).face_mask.max().item<float>();
  };
  // Means of 2 x / 255 - 1: dark -.137, bright 1. Frame 0 sees 2 1 0 1 2: two bright of five.
  EXPECT_EQ(mask_of(0), 1);
  EXPECT_EQ(mask_of(3), 1);   // one bright of five: .09
  EXPECT_EQ(mask_of(10), 0);  // none
}

TEST_F(AlignerTest, MasksKeepClearOfTheCropsBorder) {
  const NetCounts counts;
  const auto net = constant_segmentation(counts);
  const Segmenter segmenter(net.get());
  options_.remove_inner_mouth = false;
  const AlignedBatch batch = align(segmenter, source_head(), HeadClip{}, {5});
  const std::int64_t margin = scaled_kernel(21, 64) / 2 + 1;
  const at::Tensor squares = (at::arange(64, at::kFloat) - 31.5).square();
  const at::Tensor circle =
      squares.view({-1, 1}) + squares <= std::pow(32.0 - static_cast<double>(margin), 2);
  EXPECT_TRUE(at::equal(batch.face_mask[0][0], face_hull_mask(batch.landmarks, 64)[0][0] * circle));
  EXPECT_GT(batch.face_mask.sum().item<float>(), 1000);
}

TEST(UsableFace, IsNotCutStraightWhereTheForeheadLeavesTheCrop) {
  at::Tensor landmarks = at::full({1, 68, 2}, 0.5F);  // a hull that holds the whole crop
  for (std::int64_t i = 0; i < 27; ++i) {
    const double angle = 2 * M_PI * static_cast<double>(i) / 27;
    landmarks[0][i][0] = 0.5 + 2 * std::cos(angle);
    landmarks[0][i][1] = 0.5 + 2 * std::sin(angle);
  }
  FsganOptions options;
  options.resolution_px = 64;
  options.remove_inner_mouth = false;
  const at::Tensor mask = usable_face(at::ones({1, 1, 64, 64}), landmarks, options);
  const at::Tensor rows = mask.sum({0, 1, 3});
  const std::int64_t top = rows.nonzero()[0].item<std::int64_t>();
  EXPECT_LT(rows[top].item<float>(), 20);
  EXPECT_GT(rows[top + 10].item<float>(), rows[top].item<float>() + 10);
}

TEST(ScaledKernel, FollowsTheCrop) {
  EXPECT_EQ(scaled_kernel(21, 256), 21);
  EXPECT_EQ(scaled_kernel(21, 128), 11);
  EXPECT_EQ(scaled_kernel(21, 64), 7);
  EXPECT_EQ(scaled_kernel(3, 32), 3);
}

TEST(WeightedSum, AddsTheRowsOfEachFrameInOrder) {
  const at::Tensor images = at::rand({5, 3, 4, 4});
  const at::Tensor weights = at::tensor({0.5F, 0.25F, 0.25F, 1.0F, 1.0F});
  const at::Tensor sum = weighted_sum(images, weights, {0, 0, 0, 2, 3}, 4);
  const at::Tensor expected = images[0] * 0.5F + images[1] * 0.25F + images[2] * 0.25F;
  EXPECT_TRUE(at::equal(sum[0], expected));
  EXPECT_EQ(sum[1].abs().max().item<float>(), 0);
  EXPECT_TRUE(at::equal(sum[2], images[3]));
  EXPECT_TRUE(at::equal(sum[3], images[4]));
}

TEST_F(AlignerTest, ReenactmentRemovesWhatIsNoFace) {
  const AlignedBatch aligned = align(Segmenter(nullptr), source_head(), HeadClip{}, {5, 6});
  const FsganNets nets = pass_on_nets();
  const Segmenter segmenter(nullptr);
  const ReenactedBatch result = Reenactor(*nets.reenactment, segmenter, 0).run(aligned);
  const at::Tensor outside = result.face_mask.eq(0).expand_as(result.image());
  EXPECT_TRUE(result.image().masked_select(outside).eq(-1).all().item<bool>());
  EXPECT_TRUE(at::equal(result.image().masked_select(outside.logical_not()),
                        result.painted.masked_select(outside.logical_not())));
}

/// Dims its images and keeps what it was given.
class RecordingNet : public NetRunner {
 public:
  struct Call {
    at::Tensor images, landmarks, painted;
  };

  RecordingNet() { info_.landmarks = 68; }

  [[nodiscard]] const NetInfo& info() const override { return info_; }

  [[nodiscard]] at::Tensor run(const at::Tensor& images) const override { return images; }

  [[nodiscard]] at::Tensor run(const at::Tensor& images, const at::Tensor& landmarks,
                               const at::Tensor& context) const override {
    calls.push_back({images, landmarks.index_select(0, context), images * 0.75});
    return calls.back().painted;
  }

  mutable std::vector<Call> calls;

 private:
  NetInfo info_;
};

TEST_F(AlignerTest, AReenactmentInStepsPaintsEachFromTheOneBefore) {
  HeadClip target;
  target.face.yaw_deg = 25;
  const AlignedBatch aligned = align(Segmenter(nullptr), source_head(1), target, {5});
  const RecordingNet net;
  const Segmenter segmenter(nullptr);
  const ReenactedBatch result = Reenactor(net, segmenter, 4).run(aligned);
  ASSERT_GT(net.calls.size(), 3U);
  ASSERT_EQ(aligned.views.size(0), 1);
  EXPECT_TRUE(at::equal(net.calls.front().images, aligned.views));
  for (std::size_t i = 1; i < net.calls.size(); ++i) {
    EXPECT_TRUE(at::equal(net.calls[i].images, net.calls[i - 1].painted)) << i;
    EXPECT_FALSE(at::equal(net.calls[i].landmarks, net.calls[i - 1].landmarks)) << i;
  }
  EXPECT_TRUE(at::allclose(net.calls.back().landmarks, aligned.landmarks, 0, 1e-5));
  EXPECT_TRUE(at::allclose(result.painted, net.calls.back().painted, 0, 1e-6));
}

TEST_F(AlignerTest, LandmarksBesideTheCropPaintAPicture) {
  AlignedBatch aligned = align(Segmenter(nullptr), source_head(), HeadClip{}, {5});
  for (const auto& [point, x, y] : {std::tuple{0, -0.2, 0.5}, {8, 0.5, 1.3}, {30, 40.0, -7.0}}) {
    aligned.landmarks[0][point][0] = x;
    aligned.landmarks[0][point][1] = y;
  }
  const FsganNets nets = random_nets(options_);
  const Segmenter segmenter(nullptr);
  for (const double max_step_deg : {0.0, 4.0}) {
    const ReenactedBatch result =
        Reenactor(*nets.reenactment, segmenter, max_step_deg).run(aligned);
    EXPECT_TRUE(result.painted.isfinite().all().item<bool>());
    EXPECT_LE(result.painted.abs().max().item<float>(), 1);
    EXPECT_GT(result.painted.std().item<float>(), 0.01);
    EXPECT_LE(result.face_mask.max().item<float>(), 1);
  }
}

TEST_F(AlignerTest, AReenactmentWithAPriorMixesItIn) {
  const AlignedBatch aligned = align(Segmenter(nullptr), source_head(), HeadClip{}, {5});
  NetInfo info;
  info.landmarks = 68;
  info.notes["prior"] = kMeshWarpPrior;
  const auto counted = std::make_shared<std::int64_t>(0);
  std::int64_t channels = 0;
  const FunctionNet net(
      info,
      [&channels](const at::Tensor& images) {
        channels = images.size(1);
        at::Tensor heads = at::zeros({images.size(0), 4, 64, 64});
        heads.select(1, 3).fill_(-1);  // m = 0: the warped view alone
        return heads;
      },
      counted);
  const Segmenter segmenter(nullptr);
  const ReenactedBatch result = Reenactor(net, segmenter, 0).run(aligned);
  EXPECT_EQ(channels, 7);
  const at::Tensor views = aligned.views;
  const at::Tensor warped =
      mesh_warp_prior(views, aligned.view_landmarks.narrow(2, 0, 2).contiguous(),
                      aligned.landmarks.expand({views.size(0), 68, 2}).contiguous())
          .narrow(1, 0, 3);
  const at::Tensor expected = weighted_sum(warped, aligned.view_weights, aligned.frame_of_view, 1);
  EXPECT_LT((result.painted - expected).abs().max().item<float>(), 1e-6);
}

TEST_F(AlignerTest, AnInpainterThatStartsFromItsInputKeepsWhereItsMaskSaysSo) {
  const AlignedBatch aligned = align(Segmenter(nullptr), source_head(), HeadClip{}, {5});
  NetInfo info;
  info.notes["prior"] = kInputPrior;
  const FunctionNet net(
      info,
      [](const at::Tensor& input) {
        at::Tensor heads = at::full({input.size(0), 4, 64, 64}, 0.5F);
        heads.select(1, 3).fill_(-1).narrow(1, 0, 32).fill_(1);  // rows 0..32: m = 1
        return heads;
      },
      std::make_shared<std::int64_t>(0));
  ReenactedBatch reenacted;
  reenacted.painted = at::rand({1, 3, 64, 64});
  const at::Tensor all = at::ones({1, 1, 64, 64});
  reenacted.face_mask = all;
  const at::Tensor image = Inpainter(net).run(aligned, reenacted, {all, all, all}).image;
  EXPECT_TRUE(image.narrow(2, 0, 32).eq(0.5).all().item<bool>());
  EXPECT_TRUE(at::equal(image.narrow(2, 32, 32), reenacted.image().narrow(2, 32, 32)));
}

Frame gray(int width, int height, std::uint8_t level) {
  return {width, height, PixelFormat::kRgb24,
          std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), level)};
}

TEST(PasteFace, IsExactInsideFullAlphaAndUntouchedOutside) {
  const at::Tensor face = at::full({3, 16, 16}, 0.2F);
  at::Tensor alpha = at::zeros({1, 16, 16});
  alpha.narrow(1, 4, 8).narrow(2, 4, 8).fill_(1);
  const ComposedFrame out = paste_face(gray(60, 50, 77), {10, 8, 32}, face, alpha);
  const auto at_pixel = [&](int x, int y) { return out.frame.data()[3 * (y * 60 + x)]; };
  EXPECT_EQ(at_pixel(26, 24), 153);  // (0.2 + 1) * 127.5
  EXPECT_EQ(at_pixel(9, 24), 77);
  EXPECT_EQ(at_pixel(11, 9), 77);
  expect_exact_outside_alpha(out, gray(60, 50, 77));
}

TEST(PasteFace, CutsOffWhatLeavesTheFrame) {
  const at::Tensor face = at::full({3, 16, 16}, 1.0F);
  const at::Tensor alpha = at::ones({1, 16, 16});
  for (const CropSquare square :
       {CropSquare{-20, -20, 32}, CropSquare{40, 30, 64}, CropSquare{-100, -100, 300}}) {
    const ComposedFrame out = paste_face(gray(60, 50, 77), square, face, alpha);
    EXPECT_EQ(out.status, FrameStatus::kSwapped);
    expect_exact_outside_alpha(out, gray(60, 50, 77));
  }
  EXPECT_EQ(paste_face(gray(60, 50, 77), {100, 100, 32}, face, alpha).status,
            FrameStatus::kPassthrough);
}

TEST(PasteFace, AlphaIsRoundedToBytes) {
  // White on black: a byte of alpha is a level.
  const at::Tensor face = at::full({3, 16, 16}, 1.0F);
  const auto status = [&face](double bytes) {
    const at::Tensor alpha = at::full({1, 16, 16}, bytes / 255);
    return paste_face(gray(60, 50, 0), {10, 8, 16}, face, alpha).status;
  };
  EXPECT_EQ(status(kUnseenLevels + 0.45), FrameStatus::kPassthrough);
  EXPECT_EQ(status(kUnseenLevels + 0.55), FrameStatus::kSwapped);
}

TEST(PasteFace, AveragesWhereTheFaceIsSmallerThanTheCrop) {
  at::Tensor face = at::full({3, 64, 64}, -1.0F);
  face.slice(2, 0, 64, 2).fill_(1);  // stripes of one pixel: half of both
  const ComposedFrame out = paste_face(gray(60, 50, 77), {10, 8, 32}, face, at::ones({1, 64, 64}));
  EXPECT_NEAR(out.frame.data()[3 * (20 * 60 + 25)], 127.5, 0.6);
}

}  // namespace
}  // namespace changeling
