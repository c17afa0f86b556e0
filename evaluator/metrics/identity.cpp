// Does the fake look like the source, and no longer like the target? Cosines of face embeddings.
#include <limits>
#include <string>
#include <utility>

#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/embedding.h"
#include "evaluator/metrics/frame_metric.h"

namespace changeling {
namespace {

struct Identities {
  const Embedding& fake;
  const Embedding& source;
  const Embedding& target;
};

Identities identities(IdentityNet net, const ClipContext& clip, const FrameSample& frame) {
  if (net == IdentityNet::kId512) {
    return {frame.fake_face.identity_a, clip.source_identity_a, clip.target_identity_a};
  }
  return {frame.fake_face.identity_b, clip.source_identity_b, clip.target_identity_b};
}

/// Why the fake's face cannot be compared on this frame.
SampleStatus check_face(const FrameSample& frame, const Embedding& embedding) {
  if (frame.fake == nullptr) {
    return SampleStatus::kDecodeError;
  }
  return frame.fake_face.found && !embedding.empty() ? SampleStatus::kOk : SampleStatus::kNoFace;
}

MetricInfo identity_info(IdentityNet net, const std::string& stem, MetricDirection direction,
                         std::string definition) {
  const bool is_512 = net == IdentityNet::kId512;
  MetricInfo info;
  info.name = is_512 ? stem : stem + "_dlib";
  info.unit = "1";
  info.direction = direction;
  info.scorer = is_512 ? "id512" : "id128_dlib";
  info.definition = std::move(definition);
  info.sampling = "even10";
  info.params_json =
      is_512 ? R"({"alignment":"five points of lmk68 to the 112 px template",)"
               R"("box":"landmarks of the target's track","clip_identity":)"
               R"("normalised mean of unit embeddings over even10","sampling":"even10"})"
             : R"({"alignment":"dlib 150 px chip, padding 0.25, from lmk68",)"
               R"("box":"landmarks of the target's track","clip_identity":)"
               R"("normalised mean of unit embeddings over even10","sampling":"even10"})";
  return info;
}

enum class Against { kSource, kTarget, kBoth };

Sample score(IdentityNet net, Against against, const ClipContext& clip, const FrameSample& frame) {
  const Identities id = identities(net, clip, frame);
  const SampleStatus status = check_face(frame, id.fake);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  const bool needs_source = against != Against::kTarget;
  const bool needs_target = against != Against::kSource;
  if ((needs_source && id.source.empty()) || (needs_target && id.target.empty())) {
    return sample_status(SampleStatus::kNoFace);
  }
  const double to_source = needs_source ? cosine(id.fake, id.source) : 0;
  const double to_target = needs_target ? cosine(id.fake, id.target) : 0;
  return sample_value(against == Against::kTarget ? to_target : to_source - to_target);
}

std::unique_ptr<Metric> make_cosine_metric(IdentityNet net, Against against, MetricInfo info) {
  info.inputs = against == Against::kSource   ? kSourceInput
                : against == Against::kTarget ? kTargetInput
                                              : kSourceInput | kTargetInput;
  return make_frame_metric(std::move(info),
                           [net, against](const ClipContext& clip, const FrameSample& frame) {
                             return score(net, against, clip, frame);
                           });
}

/// The source view whose pose is nearest to the target's on this frame; ties take the first.
const SourceView& nearest_view(const std::vector<SourceView>& views, const EulerPose& pose) {
  const SourceView* best = &views.front();
  float best_deg = std::numeric_limits<float>::infinity();
  for (const SourceView& view : views) {
    const float distance_deg = pose_distance_deg(view.pose_deg, pose);
    if (distance_deg < best_deg) {
      best_deg = distance_deg;
      best = &view;
    }
  }
  return *best;
}

}  // namespace

std::unique_ptr<Metric> make_id_cos_src(IdentityNet net) {
  return make_cosine_metric(net, Against::kSource,
                            identity_info(net, "id_cos_src", MetricDirection::kUp,
                                          "mean cosine of the fake's face and the source person"));
}

std::unique_ptr<Metric> make_id_cos_tgt(IdentityNet net) {
  return make_cosine_metric(net, Against::kTarget,
                            identity_info(net, "id_cos_tgt", MetricDirection::kDown,
                                          "mean cosine of the fake's face and the target person"));
}

std::unique_ptr<Metric> make_id_margin(IdentityNet net) {
  return make_cosine_metric(
      net, Against::kBoth,
      identity_info(
          net, "id_margin", MetricDirection::kUp,
          "cosine to the source minus cosine to the target; above 0 the fake is the source"));
}

std::unique_ptr<Metric> make_id_dist_dlib() {
  MetricInfo info = identity_info(
      IdentityNet::kId128Dlib, "id_dist", MetricDirection::kDown,
      "Euclidean distance of the fake's descriptor to the source view nearest in pose");
  info.params_json =
      R"({"alignment":"dlib 150 px chip, padding 0.25, from lmk68","box":"landmarks of the target's )"
      R"(track","sampling":"even10","view":"even10 source frame nearest to the target's pose"})";
  info.inputs = kSourceInput | kTargetInput;
  return make_frame_metric(info, [](const ClipContext& clip, const FrameSample& frame) {
    const SampleStatus status = check_face(frame, frame.fake_face.identity_b);
    if (status != SampleStatus::kOk) {
      return sample_status(status);
    }
    if (clip.source_views.empty() || !frame.target_face.found) {
      return sample_status(SampleStatus::kNoFace);
    }
    const SourceView& view = nearest_view(clip.source_views, frame.target_face.pose_deg);
    return sample_value(distance(frame.fake_face.identity_b, view.identity_b));
  });
}

}  // namespace changeling
