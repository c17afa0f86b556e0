#include "generator/methods/fsgan/fsgan_method.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "common/base/error.h"
#include "generator/methods/compositor.h"
#include "generator/methods/fsgan/paste_face.h"

namespace changeling {
namespace {

constexpr const char* kVersion = "1";
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

FsganMethod::FsganMethod(FsganNets nets, FsganOptions options)
    : nets_(std::move(nets)),
      options_(std::move(options)),
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
  return plan_fsgan(std::move(request), options_);
}

std::vector<std::vector<ComposedFrame>> FsganMethod::swap(
    const std::vector<SwapItem>& items) const {
  const c10::InferenceMode inference;
  std::vector<std::vector<ComposedFrame>> results(items.size());
  std::vector<FaceItem> faces;
  std::vector<std::size_t> item_of_face;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto* plan = dynamic_cast<const FsganPlan*>(items[i].plan);
    CHANGELING_REQUIRE(plan != nullptr, "the plan of an item must be made by fsgan");
    const CropFace* face = plan->find(items[i].frame_index);
    if (face == nullptr) {
      results[i].assign(options_.rungs.size(), without_face(items[i]));
    } else {
      faces.push_back({plan, face, plan->choose(*face), &items[i]});
      item_of_face.push_back(i);
    }
  }
  if (faces.empty()) {
    return results;
  }
  for (const BlendedBatch& rung : pipeline_.run(aligner_.align(faces))) {
    const at::Tensor images = rung.image.cpu();
    const at::Tensor alphas = rung.soft_mask.cpu();
    for (std::size_t i = 0; i < faces.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      ComposedFrame frame =
          paste_face(faces[i].frame->target(), faces[i].face->square, images[row], alphas[row]);
      frame.record = record_of(faces[i]);
      if (frame.status == FrameStatus::kPassthrough) {
        frame.record->reason = "empty_mask";
      }
      results[item_of_face[i]].push_back(std::move(frame));
    }
  }
  return results;
}

}  // namespace changeling
