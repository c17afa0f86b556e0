#include "generator/train/swap_stages.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/face/mesh_warp.h"
#include "generator/methods/fsgan/aligner.h"
#include "generator/methods/fsgan/color_match.h"
#include "generator/methods/fsgan/inpainter.h"
#include "generator/methods/fsgan/reenactor.h"
#include "generator/methods/fsgan/swap_pipeline.h"

namespace changeling {
namespace {

FsganOptions swap_options(int resolution_px) {
  FsganOptions options;
  options.resolution_px = resolution_px;
  return options;
}

constexpr int kFace = 1;  ///< the class

}  // namespace

SwapStages::SwapStages(TrainedNets nets, int resolution_px)
    : nets_(std::move(nets)),
      options_(swap_options(resolution_px)),
      segmenter_(nets_.segmentation.get()) {}

at::Tensor SwapStages::face_of(const FaceBatch& faces) const {
  return segmenter_.has_net() ? segmenter_.face_mask(faces.images, faces.landmarks)
                              : faces.classes.eq(kFace).to(at::kFloat).unsqueeze(1);
}

AlignedBatch SwapStages::align(const FaceBatch& source, const FaceBatch& target) const {
  const c10::NoGradGuard no_grad;
  const std::int64_t count = target.images.size(0);
  AlignedBatch aligned;
  aligned.target = target.images;
  aligned.landmarks = target.landmarks;
  aligned.face_mask = usable_face(face_of(target), target.landmarks, options_);
  aligned.views = source.images;
  aligned.view_landmarks = at::constant_pad_nd(source.landmarks, {0, 1}, 0);
  aligned.view_weights = at::ones({count}, target.images.options());
  for (std::int64_t i = 0; i < count; ++i) {
    aligned.frame_of_view.push_back(i);
  }
  return aligned;
}

ReenactedBatch SwapStages::reenact(const FaceBatch& source, const AlignedBatch& aligned) const {
  const c10::NoGradGuard no_grad;
  if (nets_.reenactment != nullptr) {
    return Reenactor(*nets_.reenactment, segmenter_, options_.max_step_deg).run(aligned);
  }
  const at::Tensor bent = mesh_warp_prior(at::cat({source.images, face_of(source)}, 1),
                                          source.landmarks, aligned.landmarks);
  ReenactedBatch reenacted;
  reenacted.painted = bent.narrow(1, 0, 3);
  reenacted.face_mask = segmenter_.has_net()
                            ? segmenter_.face_mask(reenacted.painted, aligned.landmarks)
                            : bent.narrow(1, 3, 1).gt(0.5).to(at::kFloat);
  return reenacted;
}

CompletedBatch SwapStages::complete(const AlignedBatch& aligned,
                                    const ReenactedBatch& reenacted) const {
  const c10::NoGradGuard no_grad;
  const ReenactedBatch matched = match_color(aligned, reenacted);
  if (nets_.inpainting != nullptr) {
    return Inpainter(*nets_.inpainting)
        .run(aligned, matched, erode_face(aligned.face_mask, options_));
  }
  const ErodedMask mask = erode_face(aligned.face_mask * matched.face_mask, options_);
  return pasted_face(aligned, matched.painted, mask);
}

at::Tensor cut_out(const at::Tensor& image, const at::Tensor& mask) {
  return image * mask + (mask - 1);
}

StagePairDrawer::StagePairDrawer(const FaceSet& set, const char* part, SourceRule rule)
    : rule_(rule) {
  const std::string where = "training part '" + std::string(part) + "': ";
  if (!set.crops->has_classes()) {
    throw Error(ErrorKind::kInput, where + "crops without class maps (prepare them with masks)");
  }
  std::map<std::pair<std::int64_t, std::int64_t>, Video> videos;  // by person, then video
  for (std::int64_t i = 0; i < set.size(); ++i) {
    if (set.crops->shows(i, kFace)) {
      const auto at = static_cast<std::size_t>(i);
      Video& video = videos[{set.person[at], set.sequence[at]}];
      video.person = set.person[at];
      video.crops.push_back(i);
    }
  }
  for (auto& [key, video] : videos) {
    videos_.push_back(std::move(video));
  }
  if (videos_.empty()) {
    throw Error(ErrorKind::kInput, where + "no crop has a pixel of class 1 (face)");
  }
  if (rule == SourceRule::kOtherPerson && videos_.front().person == videos_.back().person) {
    throw Error(ErrorKind::kInput,
                where + "a single person; a source and a target of different people are needed");
  }
}

CropPair StagePairDrawer::draw(CounterRng& rng) const {
  const std::size_t video = rng.below(videos_.size());
  const std::vector<std::int64_t>& crops = videos_[video].crops;
  return with_source(video, crops[rng.below(crops.size())], rng);
}

CropPair StagePairDrawer::with_source(std::size_t video, std::int64_t target,
                                      CounterRng& rng) const {
  if (rule_ == SourceRule::kSameVideo) {
    std::vector<std::int64_t> others = videos_[video].crops;
    others.erase(std::find(others.begin(), others.end(), target));
    const bool is_itself = rng.below(2) == 0 || others.empty();
    return {is_itself ? target : others[rng.below(others.size())], target};
  }
  const std::int64_t person = videos_[video].person;
  const auto first = std::partition_point(videos_.begin(), videos_.end(),
                                          [person](const Video& v) { return v.person < person; });
  const auto last = std::partition_point(first, videos_.end(),
                                         [person](const Video& v) { return v.person == person; });
  // Numbers of the other videos, with a gap where the person's own are.
  std::uint64_t other =
      rng.below(videos_.size() - static_cast<std::uint64_t>(std::distance(first, last)));
  if (other >= static_cast<std::uint64_t>(std::distance(videos_.begin(), first))) {
    other += static_cast<std::uint64_t>(std::distance(first, last));
  }
  const std::vector<std::int64_t>& crops = videos_[other].crops;
  return {crops[rng.below(crops.size())], target};
}

std::vector<CropPair> StagePairDrawer::fixed(int count) const {
  std::vector<std::pair<std::size_t, std::int64_t>> targets;
  for (std::size_t video = 0; video < videos_.size(); ++video) {
    for (const std::int64_t crop : videos_[video].crops) {
      targets.emplace_back(video, crop);
    }
  }
  const std::size_t wanted = std::min(targets.size(), static_cast<std::size_t>(count));
  std::vector<CropPair> pairs;
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto& [video, crop] = targets[i * targets.size() / wanted];
    CounterRng rng(derive_seed(0, {"fixed pair", std::to_string(i)}));
    pairs.push_back(with_source(video, crop, rng));
  }
  return pairs;
}

}  // namespace changeling
