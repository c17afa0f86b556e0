// Measures trained weights on people that no training saw:
//   weights_goal Q1 SEGMENTATION SET             G_s on hand-labelled faces
//   weights_goal Q2 REENACTMENT MODELS_DIR SET...   G_r on pairs of one video
// Prints a table, then the verdict; exits 0 where the goal holds, 4 where it does not.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/face/face_models.h"
#include "common/face/landmark_layout.h"
#include "common/face/landmark_tensor.h"
#include "common/nets/inference_engine.h"
#include "common/packs/frame_set.h"
#include "common/statistics/cluster_bootstrap.h"
#include "common/tensor/device.h"
#include "common/tensor/frame_tensor.h"
#include "common/tensor/image_ops.h"
#include "common/tensor/ssim.h"
#include "common/weights/model_manifest.h"
#include "generator/methods/fsgan/face_hull_mask.h"
#include "generator/train/load_faces.h"
#include "generator/train/segmentation_recipe.h"
#include "generator/train/swap_stages.h"

namespace changeling {
namespace {

constexpr std::int64_t kBatch = 16;

/// What was measured of each item, by the name of what was measured.
using Columns = std::map<std::string, std::vector<double>>;

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return sum / static_cast<double>(values.size());
}

/// How much better `ours` is than `theirs`, with its interval over people, and whether that
/// excludes 0. `sign`: 1 = more is better, -1 = less is.
bool is_better(const std::string& name, const std::vector<double>& ours,
               const std::vector<double>& theirs, const std::vector<std::int64_t>& person,
               double sign) {
  std::vector<ClusteredValue> gains;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    gains.push_back({sign * (ours[i] - theirs[i]), person[i]});
  }
  const BootstrapEstimate gain = bootstrap_mean(gains, {"weights", name, "all"});
  const bool better = gain.interval && gain.interval->low > 0;
  std::printf("  gain %-34s %+.5f [%+.5f, %+.5f] %s\n", name.c_str(), gain.mean,
              gain.interval ? gain.interval->low : NAN, gain.interval ? gain.interval->high : NAN,
              better ? "better" : "not better");
  return better;
}

int verdict(const char* goal, const std::string& figure, bool holds) {
  std::printf("%s %s: %s\n", goal, holds ? "holds" : "does not hold", figure.c_str());
  return holds ? 0 : 4;
}

std::string text_of(const char* format, double value) {
  char text[128];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Calls `act` with the rows of every batch.
void for_each_batch(std::int64_t count,
                    const std::function<void(const std::vector<std::int64_t>&)>& act) {
  for (std::int64_t first = 0; first < count; first += kBatch) {
    std::vector<std::int64_t> rows;
    for (std::int64_t i = first; i < std::min(count, first + kBatch); ++i) {
      rows.push_back(i);
    }
    act(rows);
  }
}

int measure_segmentation(const NetWeights& net, const FaceSet& faces) {
  const c10::NoGradGuard no_grad;
  ConfusionMatrix all;
  ConfusionMatrix all_hulls;
  std::vector<double> net_iou;
  std::vector<double> hull_iou;
  for_each_batch(faces.size(), [&](const std::vector<std::int64_t>& rows) {
    const FaceBatch batch = gather(faces, rows);
    const at::Tensor predicted = run_network(net, {{batch.images}}, Mode::kEval).front().argmax(1);
    const at::Tensor hull = face_hull_mask(batch.landmarks, static_cast<int>(batch.images.size(2)))
                                .squeeze(1)
                                .to(at::kLong);
    all.add(batch.classes, predicted);
    all_hulls.add(batch.classes, hull);
    for (std::int64_t i = 0; i < batch.images.size(0); ++i) {
      ConfusionMatrix one;
      ConfusionMatrix one_hull;
      one.add(batch.classes.narrow(0, i, 1), predicted.narrow(0, i, 1));
      one_hull.add(batch.classes.narrow(0, i, 1), hull.narrow(0, i, 1));
      net_iou.push_back(one.iou(1));
      hull_iou.push_back(one_hull.iou(1));
    }
  });
  std::printf("%-16s face IoU %.4f, 3-class mIoU %.4f, mean face IoU of %zu images %.4f\n", "G_s",
              all.iou(1), all.mean_iou(), net_iou.size(), mean_of(net_iou));
  std::printf("%-16s face IoU %.4f, mean face IoU of images %.4f\n", "landmark hull",
              all_hulls.iou(1), mean_of(hull_iou));
  const bool better = is_better("face IoU over the hull", net_iou, hull_iou, faces.person, 1);
  return verdict("Q1", text_of("face IoU %.4f", all.iou(1)), better && all.iou(1) >= 0.85);
}

/// The face networks that judge pictures; none of them had a part in a loss.
class Judges {
 public:
  explicit Judges(const std::filesystem::path& models_dir)
      : landmarks_(GraphNet(imported_model_path(models_dir, "lmk68"))),
        pose_(GraphNet(imported_model_path(models_dir, "pose66"))),
        identity_(DlibResNet(imported_model_path(models_dir, "id128_dlib"))) {}

  struct Face {
    Landmarks landmarks;
    EulerPose pose;
    at::Tensor identity;
  };

  [[nodiscard]] std::vector<Face> look(const std::vector<Frame>& frames,
                                       const std::vector<Landmarks>& near) const {
    std::vector<std::size_t> own(frames.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
      own[i] = i;
    }
    const std::vector<Landmarks> points = landmarks_.from_landmarks(frames, own, near);
    const std::vector<EulerPose> poses = pose_.estimate(frames, own, points);
    const at::Tensor identities = identity_.embed(frames, own, points);
    std::vector<Face> faces;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      faces.push_back({points[i], poses[i], identities[static_cast<std::int64_t>(i)].clone()});
    }
    return faces;
  }

 private:
  LandmarkEstimator landmarks_;
  PoseEstimator pose_;
  IndependentIdentityEmbedder identity_;
};

std::vector<Frame> frames_of(const at::Tensor& images) {
  std::vector<Frame> frames;
  for (const at::Tensor& pixels : to_pixels(images).unbind(0)) {
    frames.push_back(to_frame(pixels));
  }
  return frames;
}

/// One candidate's figures of one batch of pairs.
void add_scores(Columns& columns, const at::Tensor& made, const PairBatch& pairs,
                const Judges& judges, const std::vector<Judges::Face>& sources,
                const std::vector<Judges::Face>& targets, const std::vector<Landmarks>& near) {
  const std::vector<Frame> frames = frames_of(made);
  const std::vector<Frame> wanted = frames_of(pairs.target.images);
  const std::vector<Judges::Face> faces = judges.look(frames, near);
  const at::Tensor inside = pairs.target.classes.eq(1);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const at::Tensor a = to_tensor(frames[i]);
    const at::Tensor b = to_tensor(wanted[i]);
    const at::Tensor mask = inside[row];
    const at::Tensor difference = (a.to(at::kFloat) - b.to(at::kFloat)).abs().mean(2) / 255;
    constexpr int kHalf = kSsimWindowPx / 2;
    const std::int64_t length = mask.size(0) - 2 * kHalf;
    const at::Tensor windows = mask.narrow(0, kHalf, length).narrow(1, kHalf, length);
    columns["L1"].push_back(difference.masked_select(mask).mean().item<double>());
    columns["SSIM"].push_back(
        ssim_map(luma(a), luma(b)).masked_select(windows).mean().item<double>());
    columns["pose deg"].push_back(pose_distance_deg(faces[i].pose, targets[i].pose));
    columns["NME %"].push_back(landmark_error_percent(faces[i].landmarks, targets[i].landmarks));
    columns["id128 cosine"].push_back(
        at::cosine_similarity(faces[i].identity, sources[i].identity, 0).item<double>());
    columns["sharpness"].push_back(laplacian_variance(a.permute({2, 0, 1}).to(at::kFloat)));
  }
}

std::vector<Landmarks> in_pixels(const FaceBatch& faces) {
  return to_landmarks(faces.landmarks, static_cast<float>(faces.images.size(2)));
}

/// Candidate name -> its columns, and the person of every pair.
struct ReenactmentScores {
  std::map<std::string, Columns> by_candidate;
  std::vector<std::int64_t> person;
};

ReenactmentScores score_reenactment(const NetWeights& net, const FaceSet& faces,
                                    const Judges& judges) {
  const auto size = static_cast<int>(faces.crops->side_px());
  TrainedNets nets;
  nets.reenactment = make_engine(net, {});
  const SwapStages with_net(nets, size);
  const SwapStages without({}, size);
  const std::vector<CropPair> pairs = PairDrawer(faces).all();
  ReenactmentScores scores;
  for_each_batch(
      static_cast<std::int64_t>(pairs.size()), [&](const std::vector<std::int64_t>& rows) {
        std::vector<CropPair> chosen;
        for (const std::int64_t row : rows) {
          chosen.push_back(pairs[static_cast<std::size_t>(row)]);
          scores.person.push_back(faces.person[static_cast<std::size_t>(chosen.back().target)]);
        }
        const PairBatch batch = gather_pairs(faces, chosen);
        const AlignedBatch aligned = with_net.align(batch.source, batch.target);
        const at::Tensor warp = without.reenact(batch.source, aligned).painted;
        const std::map<std::string, at::Tensor> made = {
            {"G_r", with_net.reenact(batch.source, aligned).painted},
            {"copy", batch.source.images},
            {"warp", warp},
            {"warp blurred", gaussian_blur(warp, 0.8)}};
        const std::vector<Landmarks> near = in_pixels(batch.target);
        const auto sources = judges.look(frames_of(batch.source.images), in_pixels(batch.source));
        const auto targets = judges.look(frames_of(batch.target.images), near);
        for (const auto& [name, images] : made) {
          add_scores(scores.by_candidate[name], images, batch, judges, sources, targets, near);
        }
      });
  return scores;
}

int measure_reenactment(const NetWeights& net, const FaceSet& faces,
                        const std::filesystem::path& models_dir) {
  const c10::NoGradGuard no_grad;
  const ReenactmentScores scores = score_reenactment(net, faces, Judges(models_dir));
  std::printf("%zu pairs of one video each\n", scores.person.size());
  for (const auto& [name, columns] : scores.by_candidate) {
    std::printf("%-14s", name.c_str());
    for (const auto& [column, values] : columns) {
      std::printf("  %s %.4f", column.c_str(), mean_of(values));
    }
    std::printf("\n");
  }
  const Columns& ours = scores.by_candidate.at("G_r");
  const std::map<std::string, double> judged = {
      {"L1", -1}, {"SSIM", 1}, {"pose deg", -1}, {"NME %", -1}};
  int better = 0;
  int comparisons = 0;
  for (const auto& [rival, columns] : scores.by_candidate) {
    for (const auto& [column, sign] : judged) {
      if (rival != "G_r") {
        ++comparisons;
        better += is_better(column + " over " + rival, ours.at(column), columns.at(column),
                            scores.person, sign)
                      ? 1
                      : 0;
      }
    }
  }
  return verdict("Q2",
                 std::to_string(better) + " of " + std::to_string(comparisons) +
                     " comparisons better, intervals excluding 0",
                 better == comparisons);
}

int measure(const std::vector<std::string>& arguments) {
  const bool is_segmentation = arguments[0] == "Q1";
  std::vector<FrameSet> sets;
  for (std::size_t i = is_segmentation ? 2 : 3; i < arguments.size(); ++i) {
    sets.push_back(open_frame_set(arguments[i]));
  }
  CheckedPacks checked({});
  const FaceSet faces = load_faces(sets, "test", checked);
  const NetWeights net = read_net_weights(arguments[1]);
  return is_segmentation ? measure_segmentation(net, faces)
                         : measure_reenactment(net, faces, arguments[2]);
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool complete = (arguments.size() == 3 && arguments[0] == "Q1") ||
                        (arguments.size() >= 4 && arguments[0] == "Q2");
  if (!complete) {
    std::fputs("usage: weights_goal Q1 SEGMENTATION SET | Q2 REENACTMENT MODELS_DIR SET...\n",
               stderr);
    return 2;
  }
  try {
    changeling::configure_torch(0);
    return changeling::measure(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "weights_goal: %s\n", error.what());
    return 1;
  }
}
