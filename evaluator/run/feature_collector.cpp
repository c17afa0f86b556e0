#include "evaluator/run/feature_collector.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "common/face/face_models.h"
#include "common/weights/model_manifest.h"
#include "evaluator/metrics/sampling.h"
#include "evaluator/run/frame_stream.h"

namespace changeling {
namespace {

class NetworkFeatureMeter final : public FeatureMeter {
 public:
  explicit NetworkFeatureMeter(std::filesystem::path models_dir)
      : models_dir_(std::move(models_dir)) {}

  at::Tensor features(const std::string& net, const std::vector<FeatureQuery>& queries) override {
    std::vector<Frame> frames;
    std::vector<std::size_t> own;
    std::vector<Landmarks> landmarks;
    for (const FeatureQuery& query : queries) {
      own.push_back(frames.size());
      frames.push_back(query.frame);
      landmarks.push_back(query.near);
    }
    auto extractor = extractors_.find(net);
    if (extractor == extractors_.end()) {
      extractor = extractors_.emplace(net, GraphNet(imported_model_path(models_dir_, net))).first;
    }
    return extractor->second.features(frames, own, landmarks);
  }

 private:
  std::filesystem::path models_dir_;
  std::map<std::string, FeatureExtractor> extractors_;
};

at::Tensor joined(const std::vector<at::Tensor>& parts) {
  return parts.empty() ? at::empty({0, 0}) : at::cat(parts);
}

}  // namespace

std::unique_ptr<FeatureMeter> make_network_feature_meter(const std::filesystem::path& models_dir) {
  return std::make_unique<NetworkFeatureMeter>(models_dir);
}

FeatureCollector::FeatureCollector(FeatureMeter& meter, std::set<std::string> nets,
                                   TargetFeatures& known, std::function<void()> heartbeat)
    : meter_(meter), nets_(std::move(nets)), known_(known), heartbeat_(std::move(heartbeat)) {}

Features FeatureCollector::measure(const std::filesystem::path& file, std::int64_t first_frame,
                                   const ClipPair& clip) {
  std::vector<std::int64_t> frames = sample_frames(kFeatureSampling, clip.n_frames);
  std::vector<std::int64_t> indices;
  for (const std::int64_t frame : frames) {
    indices.push_back(first_frame + frame);
  }
  FrameStream stream(file, std::move(indices));
  std::vector<FeatureQuery> queries;
  for (const std::int64_t frame : frames) {
    const std::optional<Frame> picture = stream.next();
    const FaceObservation* face = clip.target.track.find(clip.target.first_frame + frame);
    if (picture && face != nullptr) {
      queries.push_back({*picture, face->landmarks});
    }
  }
  Features features;
  for (const std::string& net : nets_) {
    features.emplace(net, meter_.features(net, queries));
  }
  return features;
}

void FeatureCollector::append(const Features& features, Parts& parts) const {
  for (const std::string& net : nets_) {
    parts[net].push_back(features.at(net));
  }
}

bool FeatureCollector::is_complete(const Features& features) const {
  return std::all_of(nets_.begin(), nets_.end(),
                     [&](const std::string& net) { return features.count(net) == 1; });
}

void FeatureCollector::add(const ClipPair& clip) {
  heartbeat_();
  append(measure(clip.fake_file, 0, clip), fake_);
  const TargetFeatures::key_type target(clip.target.media_id, clip.target.subject_id,
                                        clip.target.first_frame, clip.n_frames);
  if (!clip.target.file.empty() && targets_.insert(target).second) {
    Features& known = known_[target];
    if (!is_complete(known)) {
      known = measure(clip.target.file, clip.target.first_frame, clip);
    }
    append(known, real_);
  }
}

FeatureSets FeatureCollector::sets(const std::string& net) {
  return {joined(real_[net]), joined(fake_[net])};
}

}  // namespace changeling
