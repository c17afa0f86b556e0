#include "evaluator/run/face_meter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <ATen/ATen.h>

#include "common/face/face_models.h"
#include "common/face/face_segmenter.h"
#include "common/nets/net_weights.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

// A fake's face counts as present at a score far below the tracker's: the question is whether a
// face is there at all, not how good it is.
constexpr float kPresenceScore = 0.3F;
constexpr float kPresenceIou = 0.3F;

GraphNet load_graph(const std::filesystem::path& models_dir, std::string_view id) {
  return GraphNet(imported_model_path(models_dir, id));
}

std::vector<float> row_of(const at::Tensor& rows, std::size_t index) {
  const at::Tensor row =
      rows.select(0, static_cast<std::int64_t>(index)).to(at::kCPU, at::kFloat).contiguous();
  return {row.data_ptr<float>(), row.data_ptr<float>() + row.numel()};
}

class NetworkFaceMeter final : public FaceMeter {
 public:
  NetworkFaceMeter(const std::filesystem::path& models_dir,
                   const std::filesystem::path& segmentation)
      : detector_(load_graph(models_dir, "det_rfb320"), kPresenceScore),
        landmarks_(load_graph(models_dir, "lmk68")),
        poses_(load_graph(models_dir, "pose66")),
        identity_a_(load_graph(models_dir, "id512")),
        identity_b_(DlibResNet(imported_model_path(models_dir, "id128_dlib"))) {
    if (!segmentation.empty()) {
      segmenter_.emplace(read_net_weights(segmentation));
    }
  }

  std::vector<FaceMeasurement> measure(const std::vector<FaceQuery>& queries) override {
    std::vector<FaceMeasurement> results(queries.size());
    if (queries.empty()) {
      return results;
    }
    std::vector<Frame> frames;
    std::vector<std::size_t> frame_of_face;
    std::vector<Landmarks> near;
    for (const FaceQuery& query : queries) {
      frame_of_face.push_back(frames.size());
      frames.push_back(query.frame);
      near.push_back(query.near.landmarks);
    }
    const std::vector<Landmarks> points = landmarks_.from_landmarks(frames, frame_of_face, near);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      results[i].found = true;
      results[i].landmarks = points[i];
    }
    confirm(queries, results);
    estimate_poses(queries, frames, results);
    embed(queries, frames, results);
    find_areas(queries, frames, results);
    return results;
  }

 private:
  void confirm(const std::vector<FaceQuery>& queries, std::vector<FaceMeasurement>& results) const {
    std::vector<Frame> frames;
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (queries[i].confirm) {
        chosen.push_back(i);
        frames.push_back(queries[i].frame);
      }
    }
    if (chosen.empty()) {
      return;
    }
    const std::vector<std::vector<FaceDetection>> detections = detector_.detect(frames);
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      const BBox& box = queries[chosen[k]].near.bbox_px;
      results[chosen[k]].found = std::any_of(
          detections[k].begin(), detections[k].end(),
          [&](const FaceDetection& face) { return iou(face.bbox_px, box) >= kPresenceIou; });
    }
  }

  /// The found faces of which something is wanted, and their landmarks.
  struct Chosen {
    std::vector<std::size_t> queries;
    std::vector<Landmarks> points;
  };

  static Chosen choose(const std::vector<FaceQuery>& queries,
                       const std::vector<FaceMeasurement>& results, bool FaceNeeds::*need) {
    Chosen chosen;
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (queries[i].needs.*need && results[i].found) {
        chosen.queries.push_back(i);
        chosen.points.push_back(results[i].landmarks);
      }
    }
    return chosen;
  }

  void estimate_poses(const std::vector<FaceQuery>& queries, const std::vector<Frame>& frames,
                      std::vector<FaceMeasurement>& results) const {
    const Chosen chosen = choose(queries, results, &FaceNeeds::pose);
    if (chosen.queries.empty()) {
      return;
    }
    const std::vector<EulerPose> poses = poses_.estimate(frames, chosen.queries, chosen.points);
    for (std::size_t k = 0; k < poses.size(); ++k) {
      results[chosen.queries[k]].pose_deg = poses[k];
    }
  }

  void embed(const std::vector<FaceQuery>& queries, const std::vector<Frame>& frames,
             std::vector<FaceMeasurement>& results) const {
    if (const Chosen a = choose(queries, results, &FaceNeeds::identity_a); !a.queries.empty()) {
      const at::Tensor rows = identity_a_.embed(frames, a.queries, a.points);
      for (std::size_t k = 0; k < a.queries.size(); ++k) {
        results[a.queries[k]].identity_a = row_of(rows, k);
      }
    }
    if (const Chosen b = choose(queries, results, &FaceNeeds::identity_b); !b.queries.empty()) {
      const at::Tensor rows = identity_b_.embed(frames, b.queries, b.points);
      for (std::size_t k = 0; k < b.queries.size(); ++k) {
        results[b.queries[k]].identity_b = row_of(rows, k);
      }
    }
  }

  void find_areas(const std::vector<FaceQuery>& queries, const std::vector<Frame>& frames,
                  std::vector<FaceMeasurement>& results) const {
    const Chosen chosen = choose(queries, results, &FaceNeeds::area);
    if (!segmenter_ || chosen.queries.empty()) {
      return;
    }
    const std::vector<Frame> areas = segmenter_->areas(frames, chosen.queries, chosen.points);
    for (std::size_t k = 0; k < areas.size(); ++k) {
      results[chosen.queries[k]].area = areas[k];
    }
  }

  FaceDetector detector_;
  LandmarkEstimator landmarks_;
  PoseEstimator poses_;
  IdentityEmbedder identity_a_;
  IndependentIdentityEmbedder identity_b_;
  std::optional<FaceSegmenter> segmenter_;
};

}  // namespace

std::unique_ptr<FaceMeter> make_network_face_meter(const std::filesystem::path& models_dir,
                                                   const std::filesystem::path& segmentation) {
  return std::make_unique<NetworkFaceMeter>(models_dir, segmentation);
}

}  // namespace changeling
