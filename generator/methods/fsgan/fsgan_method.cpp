#include "generator/methods/fsgan/fsgan_method.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "common/base/error.h"
#include "common/base/even_spread.h"
#include "common/face/landmark_tensor.h"
#include "common/tensor/transfer.h"
#include "generator/methods/compositor.h"
#include "generator/methods/fsgan/paste_face.h"
#include "generator/methods/fsgan/source_detail.h"
#include "generator/methods/fsgan/stage_strip.h"

namespace changeling {
namespace {

constexpr const char* kVersion = "7";
constexpr int kBatchOnCpu = 8;
constexpr int kBatchOnGpu = 32;

constexpr std::array<std::pair<Rung, std::string_view>, 4> kRungNames = {
    std::pair{Rung::kReenacted, "fsgan_reenacted"}, std::pair{Rung::kInpainted, "fsgan_inpainted"},
    std::pair{Rung::kPoisson, "fsgan_poisson"}, std::pair{Rung::kBlended, "fsgan"}};

FrameRecord record_of(const FaceItem& item) {
  const CropFace& face = *item.face;
  const CropSquare& square = face.square;
  FrameRecord record;
  record.frame_index = face.frame_index;
  record.box_px = {static_cast<float>(square.x), static_cast<float>(square.y),
                   static_cast<float>(square.side), static_cast<float>(square.side)};
  record.pose_deg = face.pose_deg;
  record.pose_gap_deg = item.choice.nearest_deg;
  for (const WeightedView& view : item.choice.views) {
    const SourceViews::View& source = item.plan->views().views().at(view.view);
    record.sources.push_back({source.face.frame_index, source.is_mirrored, view.weight});
  }
  for (const auto& [flag, name] : {std::pair{face.is_interpolated, "interpolated"},
                                   std::pair{item.choice.pose_clamped, "pose_clamped"},
                                   std::pair{item.choice.nearest_view, "nearest_view"}}) {
    if (flag) {
      record.flags.emplace_back(name);
    }
  }
  return record;
}

ComposedFrame without_face(const SwapItem& item) {
  ComposedFrame frame = pass_through(item.target());
  frame.record = FrameRecord{};
  frame.record->frame_index = item.frame_index;
  frame.record->reason = "no_face";
  return frame;
}

/// What a face may get its fine detail from: nothing where the plan keeps none.
std::vector<DetailView> detail_views(const FaceItem& item) {
  std::vector<DetailView> views;
  if (item.plan->views().has_detail()) {
    for (const WeightedView& view : item.choice.views) {
      views.push_back({item.plan->views().get(view.view), view.weight});
    }
  }
  return views;
}

/// The views of a plan, mirrored ones left out (training mirrors by itself), as many as are cached.
TunerCrops tuner_crops(const FsganPlan& plan, const FsganOptions& options) {
  std::vector<std::size_t> numbers;
  const std::vector<SourceViews::View>& views = plan.views().views();
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (!views[i].is_mirrored) {
      numbers.push_back(i);
    }
  }
  std::vector<at::Tensor> images;
  std::vector<Landmarks> landmarks;
  for (const std::int64_t i :
       even_spread(static_cast<std::int64_t>(numbers.size()), options.cached_views)) {
    ViewCrop crop = plan.views().get(numbers[static_cast<std::size_t>(i)]);
    images.push_back(std::move(crop.image));
    landmarks.push_back(std::move(crop.landmarks));
  }
  return {at::stack(images), to_tensor(landmarks)};
}

/// Everything that must not depend on the machine's choice: two precisions, two fakes.
std::string version_of(const FsganNets& nets, const FsganOptions& options) {
  return std::string(kVersion) + (nets.precision == Precision::kBFloat16 ? "-bf16" : "-fp32") +
         (options.device.is_cuda() ? "-cuda" : "");
}

}  // namespace

std::string_view to_string(Rung rung) {
  const auto* found = std::find_if(kRungNames.begin(), kRungNames.end(),
                                   [rung](const auto& each) { return each.first == rung; });
  return found->second;
}

std::optional<Rung> rung_of(std::string_view method) {
  const auto* found = std::find_if(kRungNames.begin(), kRungNames.end(),
                                   [method](const auto& each) { return each.second == method; });
  return found == kRungNames.end() ? std::nullopt : std::optional(found->first);
}

/// Faces that one network paints.
struct FsganMethod::Faces {
  std::vector<FaceItem> items;
  std::vector<std::size_t> item_of_face;  ///< into the items that were asked for
};

FsganMethod::FsganMethod(FsganNets nets, FsganOptions options,
                         std::unique_ptr<const SourceTuner> tuner)
    : nets_(std::move(nets)),
      options_(std::move(options)),
      tuner_(std::move(tuner)),
      pipeline_(nets_, options_),
      aligner_(pipeline_.segmenter(), options_) {}

std::vector<SwapMethod::Variant> FsganMethod::variants() const {
  std::vector<Variant> variants;
  for (const Rung rung : options_.rungs) {
    FsganOptions alone = options_;
    alone.rungs = {rung};
    const std::vector<std::string> roles = needed_nets(alone);
    Variant variant;
    variant.name = to_string(rung);
    variant.version = version_of(nets_, options_);
    variant.digital_source_type = "compositeWithTrainedAlgorithmicMedia";
    std::copy_if(nets_.models.begin(), nets_.models.end(), std::back_inserter(variant.models),
                 [&roles](const ProvenanceModel& model) {
                   return std::any_of(roles.begin(), roles.end(), [&](const std::string& role) {
                     return model.role == "fsgan_" + role;
                   });
                 });
    if (tuner_ != nullptr) {
      const std::vector<ProvenanceModel> more = tuner_->models();
      variant.models.insert(variant.models.end(), more.begin(), more.end());
    }
    variants.push_back(std::move(variant));
  }
  return variants;
}

int FsganMethod::batch_frames() const {
  if (options_.mode == FsganMode::kFrameByFrame) {
    return 1;
  }
  return options_.device.is_cuda() ? kBatchOnGpu : kBatchOnCpu;
}

int FsganMethod::halo_frames() const {
  return options_.segmenter == SegmenterKind::kNet ? options_.segmentation_kernel / 2 : 0;
}

Outcome<std::unique_ptr<SwapPlan>> FsganMethod::plan(SwapRequest request) const {
  const c10::InferenceMode inference;
  Outcome<std::unique_ptr<FsganPlan>> outcome = plan_fsgan(std::move(request), options_);
  if (auto* rejected = std::get_if<Rejected>(&outcome)) {
    return std::move(*rejected);
  }
  if (auto* failure = std::get_if<Failure>(&outcome)) {
    return std::move(*failure);
  }
  return std::unique_ptr<SwapPlan>(std::move(std::get<std::unique_ptr<FsganPlan>>(outcome)));
}

void FsganMethod::finish_plan(SwapPlan& plan, SourceStore* store,
                              const std::function<void()>& heartbeat) const {
  if (tuner_ == nullptr) {
    return;
  }
  const c10::InferenceMode inference;
  auto* own = dynamic_cast<FsganPlan*>(&plan);
  CHANGELING_REQUIRE(own != nullptr, "the plan must be made by fsgan");
  own->set_reenactment(tuner_->tune(tuner_crops(*own, options_), store, heartbeat));
}

std::vector<std::vector<ComposedFrame>> FsganMethod::swap(
    const std::vector<SwapItem>& items) const {
  const c10::InferenceMode inference;
  std::vector<std::vector<ComposedFrame>> results(items.size());
  std::map<const NetRunner*, Faces> by_network;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto* plan = dynamic_cast<const FsganPlan*>(items[i].plan);
    CHANGELING_REQUIRE(plan != nullptr, "the plan of an item must be made by fsgan");
    const CropFace* face = plan->find(items[i].frame_index);
    if (face == nullptr) {
      results[i].assign(options_.rungs.size(), without_face(items[i]));
    } else {
      Faces& faces = by_network[plan->reenactment()];
      faces.items.push_back({plan, face, plan->choose(*face), &items[i]});
      faces.item_of_face.push_back(i);
    }
  }
  for (const auto& [network, faces] : by_network) {
    swap_alike(faces, network, results);
  }
  return results;
}

void FsganMethod::swap_alike(const Faces& faces, const NetRunner* reenactment,
                             std::vector<std::vector<ComposedFrame>>& results) const {
  std::vector<SourceDetail> details;
  for (const FaceItem& item : faces.items) {
    details.emplace_back(detail_views(item), item.face->landmarks);
  }
  const AlignedBatch aligned = aligner_.align(faces.items);
  const PassResults stages = pipeline_.run(aligned, reenactment);
  std::vector<std::vector<PaintedFace>> shown(faces.items.size());
  for (const BlendedBatch& rung : stages.rungs) {
    const at::Tensor images = move_to_host(rung.image);
    const at::Tensor alphas = move_to_host(rung.soft_mask);
    for (std::size_t i = 0; i < faces.items.size(); ++i) {
      const FaceItem& item = faces.items[i];
      const auto row = static_cast<std::int64_t>(i);
      const at::Tensor face = details[i].add_to(images[row], alphas[row]);
      if (item.frame->show_stages) {
        shown[i].push_back({face, alphas[row]});
      }
      ComposedFrame frame = paste_face(item.frame->target(), item.face->square, face, alphas[row]);
      frame.record = record_of(item);
      if (reenactment != nullptr) {
        frame.record->flags.emplace_back("finetuned");
      }
      if (frame.status == FrameStatus::kPassthrough) {
        frame.record->reason = "empty_mask";
      }
      results[faces.item_of_face[i]].push_back(std::move(frame));
    }
  }
  for (std::size_t i = 0; i < faces.items.size(); ++i) {
    if (const auto& show = faces.items[i].frame->show_stages) {
      show(stage_strip(aligned, stages, static_cast<std::int64_t>(i), shown[i]));
    }
  }
}

}  // namespace changeling
