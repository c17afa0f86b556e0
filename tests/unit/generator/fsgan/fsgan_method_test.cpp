#include "generator/methods/fsgan/fsgan_method.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/nets/inference_engine.h"
#include "tests/unit/generator/fsgan/swap_fixture.h"

namespace changeling {
namespace {

/// One frame through one method, all rungs.
std::vector<ComposedFrame> swap_frame(const std::shared_ptr<FsganMethod>& method,
                                      const HeadClip& source, const HeadClip& target,
                                      std::int64_t index) {
  const auto plan = plan_of(*method, request_for(source, target));
  return method->swap({item_of(*method, *plan, target, index)}).at(0);
}

Rejected refusal_of(SwapRequest request, const FsganOptions& options = tiny_options()) {
  auto outcome = pass_on_method(options)->plan(std::move(request));
  EXPECT_TRUE(std::holds_alternative<Rejected>(outcome));
  return std::holds_alternative<Rejected>(outcome) ? std::get<Rejected>(outcome)
                                                   : Rejected{RejectReason::kBlurred, "none"};
}

/// Inside `where`, of 255.
double psnr(const Frame& a, const Frame& b, const Frame& where) {
  double sum = 0;
  std::int64_t n = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) {
    if (where.data()[i / 3] > 0) {
      const double difference = static_cast<double>(a.data()[i]) - b.data()[i];
      sum += difference * difference;
      ++n;
    }
  }
  EXPECT_GT(n, 1000);
  return sum == 0 ? 999 : 10 * std::log10(255.0 * 255.0 * static_cast<double>(n) / sum);
}

/// The mean change of a channel inside `out.alpha`, in levels.
double mean_change(const ComposedFrame& out, const Frame& target) {
  double sum = 0;
  std::int64_t n = 0;
  for (std::size_t i = 0; i < target.size_bytes(); ++i) {
    if (out.alpha.data()[i / 3] > 0) {
      sum += std::abs(static_cast<double>(out.frame.data()[i]) - target.data()[i]);
      ++n;
    }
  }
  return sum / static_cast<double>(n);
}

TEST(Fsgan, NamesItsRungsAndTheNetworksOfEach) {
  const auto variants = random_method(tiny_options(all_rungs()))->variants();
  ASSERT_EQ(variants.size(), 4U);
  EXPECT_EQ(variants[0].name, "fsgan");
  EXPECT_EQ(variants[0].models.size(), 3U);  // no G_s: masks are hulls
  EXPECT_EQ(variants[1].name, "fsgan_inpainted");
  EXPECT_EQ(variants[1].models.size(), 2U);
  EXPECT_EQ(variants[2].name, "fsgan_poisson");
  EXPECT_EQ(variants[2].models.size(), 2U);
  EXPECT_EQ(variants[3].name, "fsgan_reenacted");
  ASSERT_EQ(variants[3].models.size(), 1U);
  EXPECT_EQ(variants[3].models[0].role, "fsgan_reenactment");
  EXPECT_EQ(variants[0].version, "7-fp32");
  for (const auto& variant : variants) {
    EXPECT_EQ(rung_of(variant.name).has_value(), true) << variant.name;
    EXPECT_EQ(variant.digital_source_type, "compositeWithTrainedAlgorithmicMedia");
  }
  EXPECT_FALSE(rung_of("mesh_swap").has_value());
}

TEST(Fsgan, PutsTheSourcesFaceOntoTheTarget) {
  HeadClip source = source_head();
  source.face.colors.skin[0] = 40;
  source.face.colors.skin[1] = 60;
  source.face.colors.skin[2] = 220;
  const HeadClip target;
  FsganOptions options = tiny_options();
  options.match_color = false;  // blue stays blue
  const ComposedFrame out = swap_frame(pass_on_method(options), source, target, 7)[0];
  EXPECT_EQ(out.status, FrameStatus::kSwapped);
  const Landmarks face = landmarks_of(face_at(target, 7));
  const PointF cheek{(face[2].x + face[31].x) / 2, (face[2].y + face[31].y) / 2};
  const std::uint8_t* pixel =
      out.frame.data() +
      3 * (static_cast<int>(cheek.y) * out.frame.width_px() + static_cast<int>(cheek.x));
  EXPECT_GT(pixel[2], 150);
  EXPECT_LT(pixel[0], 100);
}

TEST(Fsgan, TheMaskSitsOnTheFaceAndEndsInsideTheCrop) {
  const HeadClip target;
  const auto method = pass_on_method(tiny_options());
  const auto plan = plan_of(*method, request_for(source_head(), target));
  const ComposedFrame out = method->swap({item_of(*method, *plan, target, 7)}).at(0).at(0);
  const CropSquare square = dynamic_cast<const FsganPlan&>(*plan).find(7)->square;
  const int width = out.alpha.width_px();
  double sum = 0;
  double x_sum = 0;
  double y_sum = 0;
  for (int y = 0; y < out.alpha.height_px(); ++y) {
    for (int x = 0; x < width; ++x) {
      const double alpha = out.alpha.data()[y * width + x];
      sum += alpha;
      x_sum += alpha * x;
      y_sum += alpha * y;
      if (alpha > 0) {
        EXPECT_GT(x, square.x);
        EXPECT_LT(x, square.x + square.side - 1);
        EXPECT_GT(y, square.y);
        EXPECT_LT(y, square.y + square.side - 1);
      }
    }
  }
  const BBox box = bounding_box(landmarks_of(face_at(target, 7)));
  EXPECT_NEAR(x_sum / sum, box.center().x, 0.05F * box.width);
  EXPECT_NEAR(y_sum / sum, box.center().y, 0.15F * box.height);
  EXPECT_GT(sum / 255, 0.4 * box.area());
}

TEST(Fsgan, LeavesEveryPixelOutsideAlphaAlone) {
  const HeadClip target;
  for (const ComposedFrame& out :
       swap_frame(random_method(tiny_options(all_rungs())), source_head(), target, 7)) {
    EXPECT_EQ(out.status, FrameStatus::kSwapped);
    expect_exact_outside_alpha(out, draw(face_at(target, 7)));
  }
}

TEST(Fsgan, SameNetworksSameBytes) {
  const HeadClip target;
  const auto once = swap_frame(random_method(tiny_options(all_rungs())), source_head(), target, 4);
  const auto again = swap_frame(random_method(tiny_options(all_rungs())), source_head(), target, 4);
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_TRUE(equal(once[i], again[i])) << i;
  }
}

TEST(Fsgan, AFrameDoesNotDependOnItsBatchNorOnTheFramesBefore) {
  FsganOptions options = tiny_options(all_rungs());
  options.segmenter = SegmenterKind::kNet;
  const auto method = random_method(options);
  const HeadClip one;
  HeadClip two;
  two.face.mouth_open = 0.8F;
  two.face.yaw_deg = 12;
  const auto first = plan_of(*method, request_for(source_head(), one));
  const auto second = plan_of(*method, request_for(source_head(), two));
  std::vector<SwapItem> items;
  for (const std::int64_t index : {3, 4, 5}) {
    items.push_back(item_of(*method, *first, one, index));
    items.push_back(item_of(*method, *second, two, index + 6));
  }
  const auto together = method->swap(items);
  for (std::size_t i = items.size(); i-- > 0;) {  // one by one, backwards
    const auto alone = method->swap({items[i]}).at(0);
    for (std::size_t rung = 0; rung < alone.size(); ++rung) {
      EXPECT_TRUE(equal(alone[rung], together[i][rung])) << i << " rung " << rung;
    }
  }
}

TEST(Fsgan, DoesNotWriteIntoItsInputs) {
  const HeadClip target;
  const auto method = random_method(tiny_options());
  const auto plan = plan_of(*method, request_for(source_head(), target));
  const SwapItem item = item_of(*method, *plan, target, 7);
  const Frame copy = draw(face_at(target, 7));
  (void)method->swap({item});
  EXPECT_TRUE(item.target() == copy);
}

TEST(Fsgan, ShowsItsStagesSideBySideAndMakesTheSameBytes) {
  const HeadClip target;
  const FsganOptions options = tiny_options(all_rungs());
  const auto method = random_method(options);
  const auto plan = plan_of(*method, request_for(source_head(), target));
  const auto& made = dynamic_cast<const FsganPlan&>(*plan);
  const std::size_t views = made.choose(*made.find(7)).views.size();
  SwapItem item = item_of(*method, *plan, target, 7);
  const SwapItem other = item_of(*method, *plan, target, 8);
  const auto unseen = method->swap({item, other});
  std::vector<Frame> strips;
  item.show_stages = [&strips](const Frame& picture) { strips.push_back(picture); };
  const auto seen = method->swap({item, other});
  for (std::size_t rung = 0; rung < unseen.at(0).size(); ++rung) {
    EXPECT_TRUE(equal(unseen.at(0)[rung], seen.at(0)[rung])) << rung;
    EXPECT_TRUE(equal(unseen.at(1)[rung], seen.at(1)[rung])) << rung;
  }
  ASSERT_EQ(strips.size(), 1U);
  EXPECT_EQ(strips[0].height_px(), options.resolution_px);
  // Views, I_r, completion, transfer, soft mask, four rungs, target.
  EXPECT_EQ(strips[0].width_px(), static_cast<int>(views + 9) * options.resolution_px);
}

TEST(Fsgan, AFrameWithoutTheFaceShowsNoStages) {
  const auto method = random_method(tiny_options({Rung::kReenacted}));
  const HeadClip target;
  const auto plan = plan_of(*method, request_for(source_head(), target));
  const auto& made = dynamic_cast<const FsganPlan&>(*plan);
  std::vector<Frame> strips;
  for (const std::int64_t index : {std::int64_t{7}, std::int64_t{1000}}) {
    SwapItem item = item_of(*method, *plan, target, 7);
    item.window_first += index - 7;
    item.frame_index = index;
    item.show_stages = [&strips](const Frame& picture) { strips.push_back(picture); };
    (void)method->swap({item});
  }
  ASSERT_EQ(strips.size(), 1U);
  const std::size_t views = made.choose(*made.find(7)).views.size();
  EXPECT_EQ(strips[0].width_px(), static_cast<int>(views + 3) * 64) << "without G_c";
}

TEST(Fsgan, OneForwardPassGivesTheWholeLadder) {
  const NetCounts counts;
  const HeadClip target;
  const auto method = pass_on_method(tiny_options(all_rungs()), counts);
  const auto plan = plan_of(*method, request_for(source_head(), target));
  const auto& made = dynamic_cast<const FsganPlan&>(*plan);
  const ViewChoice choice = made.choose(*made.find(7));
  (void)method->swap({item_of(*method, *plan, target, 7)});
  EXPECT_EQ(*counts.reenactment, static_cast<std::int64_t>(choice.views.size()));
  EXPECT_EQ(*counts.inpainting, 1);
  EXPECT_EQ(*counts.blending, 1);
}

TEST(Fsgan, ARungMadeAloneHasTheBytesOfTheLadder) {
  const HeadClip target;
  const std::vector<Rung> rungs = all_rungs();
  const auto ladder = swap_frame(random_method(tiny_options(rungs)), source_head(), target, 9);
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    const auto alone =
        swap_frame(random_method(tiny_options({rungs[i]})), source_head(), target, 9);
    EXPECT_TRUE(equal(alone.at(0), ladder[i])) << to_string(rungs[i]);
  }
}

TEST(Fsgan, TheRungsDiffer) {
  const auto ladder =
      swap_frame(random_method(tiny_options(all_rungs())), source_head(), HeadClip{}, 9);
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(ladder[i].frame == ladder[j].frame) << i << " " << j;
    }
  }
}

TEST(Fsgan, EachFrameTellsHowItCameAbout) {
  const HeadClip target;
  const ComposedFrame out = swap_frame(pass_on_method(tiny_options()), source_head(), target, 7)[0];
  ASSERT_TRUE(out.record.has_value());
  EXPECT_EQ(out.record->frame_index, 7);
  EXPECT_TRUE(out.record->reason.empty());
  double weights = 0;
  for (const FrameSource& source : out.record->sources) {
    weights += source.weight;
  }
  EXPECT_NEAR(weights, 1, 1e-6);
  EXPECT_GT(out.record->box_px.width, 0);
}

TEST(Fsgan, APoseOutsideTheMapIsFlagged) {
  const HeadClip target;
  SwapRequest request = request_for(source_head(), target);
  request.target.analysis.tracks.front().observations[7].pose_deg.yaw_deg = 170;
  FsganOptions options = tiny_options();
  options.pose_kernel = 1;
  const auto method = pass_on_method(options);
  const auto plan = plan_of(*method, std::move(request));
  const auto swapped =
      method->swap({item_of(*method, *plan, target, 6), item_of(*method, *plan, target, 7)});
  EXPECT_TRUE(swapped[0][0].record->flags.empty());
  const FrameRecord& record = *swapped[1][0].record;
  EXPECT_NE(std::find(record.flags.begin(), record.flags.end(), "pose_clamped"),
            record.flags.end());
  EXPECT_GT(record.pose_gap_deg, 150);
}

TEST(Fsgan, AFailedSwapLeavesTheNetworksAsTheyWere) {
  const HeadClip target;
  const auto method = random_method(tiny_options());
  const auto plan = plan_of(*method, request_for(source_head(), target));
  const SwapItem good = item_of(*method, *plan, target, 7);
  const ComposedFrame before = method->swap({good}).at(0).at(0);
  SwapItem bad = good;
  bad.window.clear();
  EXPECT_ANY_THROW((void)method->swap({good, bad}));
  EXPECT_TRUE(equal(method->swap({good}).at(0).at(0), before));
}

TEST(Fsgan, AFrameWithoutTheFacePassesThroughWithItsReason) {
  const HeadClip target;
  SwapRequest request = request_for(source_head(), target);
  FaceTrack& track = request.target.analysis.tracks.front();
  track.observations.erase(track.observations.begin() + 5);
  const auto method = random_method(tiny_options(all_rungs()));
  const auto plan = plan_of(*method, std::move(request));
  const auto rungs = method->swap({item_of(*method, *plan, target, 5)}).at(0);
  for (const ComposedFrame& out : rungs) {
    EXPECT_EQ(out.status, FrameStatus::kPassthrough);
    EXPECT_EQ(out.record->reason, "no_face");
    EXPECT_TRUE(out.frame == draw(face_at(target, 5)));
  }
}

TEST(Fsgan, AnEmptyMaskPassesThroughWithItsReason) {
  const NetCounts counts;
  FsganOptions options = tiny_options(all_rungs());
  options.segmenter = SegmenterKind::kNet;
  FsganNets nets = pass_on_nets(counts);
  nets.segmentation = constant_segmentation(counts, 0);  // all background
  const auto method = std::make_shared<FsganMethod>(std::move(nets), options);
  const HeadClip target;
  for (const ComposedFrame& out : swap_frame(method, source_head(), target, 7)) {
    EXPECT_EQ(out.status, FrameStatus::kPassthrough);
    EXPECT_EQ(out.record->reason, "empty_mask");
    EXPECT_TRUE(out.frame == draw(face_at(target, 7)));
  }
}

TEST(Fsgan, LandmarksOutsideTheCropDoNoHarm) {
  const HeadClip target;
  for (const float shift : {-5000.0F, 70.0F, 1e6F}) {
    SwapRequest request = request_for(source_head(), target);
    for (FaceObservation& face : request.target.analysis.tracks.front().observations) {
      for (PointF& point : face.landmarks) {
        point.x += shift;
      }
    }
    FsganOptions options = tiny_options(all_rungs());
    options.max_step_deg = 20;
    const auto method = random_method(options);
    const auto plan = plan_of(*method, std::move(request));
    const auto rungs = method->swap({item_of(*method, *plan, target, 7)}).at(0);
    for (const ComposedFrame& out : rungs) {
      expect_exact_outside_alpha(out, draw(face_at(target, 7)));
    }
  }
}

TEST(Fsgan, AFaceAtTheBorderOfTheFrameIsCutOff) {
  for (const PointF center : {PointF{4, 118}, PointF{236, 118}, PointF{120, 6}, PointF{120, 216},
                              PointF{0, 0}, PointF{239, 219}}) {
    HeadClip target;
    target.face.center = center;
    const ComposedFrame out =
        swap_frame(random_method(tiny_options()), source_head(), target, 7)[0];
    EXPECT_EQ(out.status, FrameStatus::kSwapped) << center.x << " " << center.y;
    expect_exact_outside_alpha(out, draw(face_at(target, 7)));
  }
}

TEST(Fsgan, ASourceOfOneFrameIsEnough) {
  const ComposedFrame out =
      swap_frame(random_method(tiny_options()), source_head(1), HeadClip{}, 7)[0];
  EXPECT_EQ(out.status, FrameStatus::kSwapped);
  ASSERT_EQ(out.record->sources.size(), 1U);
  EXPECT_EQ(out.record->sources[0].weight, 1);
}

TEST(Fsgan, ATargetOfOneFrameIsSwapped) {
  HeadClip target;
  target.n_frames = 1;
  FsganOptions options = tiny_options();
  options.segmenter = SegmenterKind::kNet;
  const NetCounts counts;
  FsganNets nets = pass_on_nets(counts);
  nets.segmentation = constant_segmentation(counts);
  const auto method = std::make_shared<FsganMethod>(std::move(nets), options);
  EXPECT_EQ(swap_frame(method, source_head(), target, 0)[0].status, FrameStatus::kSwapped);
}

TEST(Fsgan, RefusesAClipWithoutAFace) {
  SwapRequest request = request_for(source_head(), HeadClip{});
  request.target.analysis.tracks.clear();
  EXPECT_EQ(refusal_of(std::move(request)).reason, RejectReason::kNoFace);
}

TEST(Fsgan, RefusesASmallFace) {
  SwapRequest request = request_for(source_head(), HeadClip{});
  request.source.analysis.tracks.front().side_px = 40;
  const Rejected refusal = refusal_of(std::move(request));
  EXPECT_EQ(refusal.reason, RejectReason::kFaceSmall);
  EXPECT_EQ(refusal.detail, "source face 40 px, at least 64 needed");
}

TEST(Fsgan, RefusesAShortTrackOfALongClip) {
  SwapRequest request = request_for(source_head(), HeadClip{});
  request.source.analysis.tracks.front().observations.resize(9);
  EXPECT_EQ(refusal_of(std::move(request)).reason, RejectReason::kTrackShort);
}

TEST(Fsgan, RefusesPosesFarFromEverySourceView) {
  HeadClip target;
  target.face.yaw_deg = 50;
  HeadClip source = source_head();
  source.face.yaw_deg = -40;
  EXPECT_EQ(refusal_of(request_for(source, target)).reason, RejectReason::kPoseGap);
}

TEST(Fsgan, ANetworkThatGivesNanFailsTheSwap) {
  FsganNets nets = pass_on_nets();
  nets.blending = std::make_unique<FunctionNet>(
      NetInfo{},
      [](const at::Tensor& input) {
        return at::full_like(input.narrow(1, 0, 3), std::numeric_limits<float>::quiet_NaN());
      },
      std::make_shared<std::int64_t>(0));
  const auto method = std::make_shared<FsganMethod>(std::move(nets), tiny_options());
  try {
    (void)swap_frame(method, source_head(), HeadClip{}, 7);
    FAIL() << "NaN was pasted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_NE(std::string(error.what()).find("not finite"), std::string::npos);
  }
}

TEST(Fsgan, StepsTowardAFarPose) {
  const NetCounts counts;
  FsganOptions options = tiny_options();
  options.max_step_deg = 4;
  HeadClip target;
  target.face.yaw_deg = 25;
  const auto method = pass_on_method(options, counts);
  const auto plan = plan_of(*method, request_for(source_head(1), target));
  const ComposedFrame out = method->swap({item_of(*method, *plan, target, 7)}).at(0).at(0);
  EXPECT_EQ(out.status, FrameStatus::kSwapped);
  EXPECT_GT(*counts.reenactment, 1);
}

TEST(Fsgan, FrameByFrameAgreesWithTheEngine) {
  FsganOptions options = tiny_options();
  const auto engine = swap_frame(random_method(options), source_head(), HeadClip{}, 7)[0];
  options.mode = FsganMode::kFrameByFrame;
  const auto baseline = random_method(options);
  EXPECT_EQ(baseline->batch_frames(), 1);
  EXPECT_GE(
      psnr(swap_frame(baseline, source_head(), HeadClip{}, 7)[0].frame, engine.frame, engine.alpha),
      60);
}

/// The final frame by the same networks in float32 and in bfloat16.
void expect_bfloat16_near(const std::function<FsganNets(const FsganOptions&)>& make_nets,
                          FsganOptions options) {
  const HeadClip target;
  const auto exact = swap_frame(std::make_shared<FsganMethod>(make_nets(options), options),
                                source_head(), target, 7)[0];
  options.precision = Precision::kBFloat16;
  const auto method = std::make_shared<FsganMethod>(make_nets(options), options);
  EXPECT_EQ(method->variants().at(0).version, "7-bf16");
  const auto rounded = swap_frame(method, source_head(), target, 7)[0];
  EXPECT_GE(psnr(rounded.frame, exact.frame, exact.alpha), 40);
  EXPECT_GT(mean_change(exact, draw(face_at(target, 7))), 5) << "nothing is painted";
}

TEST(Fsgan, BFloat16IsWithin40DecibelsInsideTheFace) {
  if (resolve_precision(Precision::kAuto, c10::kCPU) != Precision::kBFloat16) {
    GTEST_SKIP() << "no AVX512-BF16";
  }
  expect_bfloat16_near(random_nets, tiny_options());
}

TEST(Fsgan, BFloat16IsWithin40DecibelsWithTheShippedNetworks) {
  if (resolve_precision(Precision::kAuto, c10::kCPU) != Precision::kBFloat16) {
    GTEST_SKIP() << "no AVX512-BF16";
  }
  FsganOptions options = tiny_options();  // as configs/fsgan.yaml
  options.segmenter = SegmenterKind::kNet;
  options.resolution_px = 128;
  options.rim = RimSide::kInside;
  options.max_detail = 4;
  const auto load = [](const FsganOptions& wanted) {
    return load_fsgan_nets(CHANGELING_SOURCE_DIR "/generator/weights", wanted);
  };
  expect_bfloat16_near(load, options);
}

}  // namespace
}  // namespace changeling
