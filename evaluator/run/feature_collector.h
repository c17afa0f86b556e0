// evaluator/run/feature_collector.h: features of the faces of fakes and of their targets, for
// metrics of whole sets. Layer 6.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "evaluator/metrics/set_metric.h"
#include "evaluator/run/clip_pair.h"

namespace changeling {

/// Frames of a clip whose faces stand for it in a set.
inline constexpr const char* kFeatureSampling = "even10";

/// A face of which features are wanted.
struct FeatureQuery {
  Frame frame;
  Landmarks near;  ///< where the target's track has it: target and fake are cropped alike
};

class FeatureMeter {
 public:
  virtual ~FeatureMeter() = default;

  /// Of the network with that id: float32 (N,D), one row per query.
  [[nodiscard]] virtual at::Tensor features(const std::string& net,
                                            const std::vector<FeatureQuery>& queries) = 0;
};

/// The networks feat_dn121x and feat_iv3n of `models_dir`, each read when first asked for, which
/// throws Error(kModel).
[[nodiscard]] std::unique_ptr<FeatureMeter> make_network_feature_meter(
    const std::filesystem::path& models_dir);

/// By network: float32 (N,D).
using Features = std::map<std::string, at::Tensor>;

/// Of targets: medium, person, first frame, number of frames.
using TargetFeatures =
    std::map<std::tuple<MediaId, SubjectId, std::int64_t, std::int64_t>, Features>;

/// One thread. Memory: 12 KB per face.
class FeatureCollector {
 public:
  /// Of these networks. `known`: what was measured of targets for other sets, and what this one
  /// adds; outlives the collector. `heartbeat` is called for every clip and may throw to stop.
  FeatureCollector(FeatureMeter& meter, std::set<std::string> nets, TargetFeatures& known,
                   std::function<void()> heartbeat);

  /// Adds the even10 frames of the fake, and of the target where it is known, unless this stretch
  /// of it was added before. Frames without the face or that do not decode are left out.
  void add(const ClipPair& clip);

  /// Of one of the networks; empty when nothing was added.
  [[nodiscard]] FeatureSets sets(const std::string& net);

 private:
  /// Parts of a set, by network.
  using Parts = std::map<std::string, std::vector<at::Tensor>>;

  [[nodiscard]] Features measure(const std::filesystem::path& file, std::int64_t first_frame,
                                 const ClipPair& clip);
  void append(const Features& features, Parts& parts) const;
  [[nodiscard]] bool is_complete(const Features& features) const;

  FeatureMeter& meter_;
  std::set<std::string> nets_;
  TargetFeatures& known_;
  std::function<void()> heartbeat_;
  Parts real_;
  Parts fake_;
  std::set<TargetFeatures::key_type> targets_;
};

}  // namespace changeling
