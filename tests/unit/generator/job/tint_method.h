// tests/unit/generator/job/tint_method.h: a swap method that paints the face box, for tests of the
// job layer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "generator/methods/compositor.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// What a test wants to know and to go wrong.
struct TintLog {
  std::vector<std::vector<std::pair<const SwapPlan*, std::int64_t>>> calls;  ///< items of each swap
  std::map<const SwapPlan*, std::size_t> lengths;  ///< of each plan's target track
  std::vector<std::size_t> windows;                ///< frames per item
  std::set<std::size_t> poisoned;  ///< lengths of target tracks whose frame 3 throws
  ErrorKind poison_kind = ErrorKind::kInternal;
  std::vector<ProvenanceModel> models;  ///< networks of every variant
  /// Called in plan(), on the thread that plans, and at the beginning of swap().
  std::function<void(const SwapRequest&)> on_plan = [](const SwapRequest&) {};
  std::function<void()> on_swap = [] {};
};

class TintMethod : public SwapMethod {
 public:
  TintMethod(std::vector<std::string> names, int batch_frames, std::shared_ptr<TintLog> log,
             int halo_frames = 0)
      : names_(std::move(names)), batch_(batch_frames), halo_(halo_frames), log_(std::move(log)) {}

  [[nodiscard]] std::vector<Variant> variants() const override {
    std::vector<Variant> variants;
    for (const std::string& name : names_) {
      Variant variant;
      variant.name = name;
      variant.version = "1";
      variant.digital_source_type = "compositeCapture";
      variant.models = log_->models;
      variants.push_back(variant);
    }
    return variants;
  }

  [[nodiscard]] int batch_frames() const override { return batch_; }

  [[nodiscard]] int halo_frames() const override { return halo_; }

  [[nodiscard]] Outcome<std::unique_ptr<SwapPlan>> plan(SwapRequest request) const override {
    log_->on_plan(request);
    auto plan = std::make_unique<Plan>();
    plan->track = request.target.face();
    plan->poisoned = log_->poisoned.count(plan->track.observations.size()) > 0;
    return Outcome<std::unique_ptr<SwapPlan>>(std::move(plan));
  }

  [[nodiscard]] std::vector<std::vector<ComposedFrame>> swap(
      const std::vector<SwapItem>& items) const override {
    log_->on_swap();
    log_->calls.emplace_back();
    for (const SwapItem& item : items) {
      log_->calls.back().emplace_back(item.plan, item.frame_index);
      log_->windows.push_back(item.window.size());
      const auto& plan = dynamic_cast<const Plan&>(*item.plan);
      log_->lengths[item.plan] = plan.track.observations.size();
      if (plan.poisoned && item.frame_index == 3) {
        throw Error(log_->poison_kind, "frame 3 is poisoned");
      }
    }
    std::vector<std::vector<ComposedFrame>> results;
    for (const SwapItem& item : items) {
      std::vector<ComposedFrame> composed;
      for (std::size_t v = 0; v < names_.size(); ++v) {
        composed.push_back(tint(item, static_cast<std::uint8_t>(40 * v)));
      }
      if (item.show_stages) {
        item.show_stages(composed.front().frame);
      }
      results.push_back(std::move(composed));
    }
    return results;
  }

 private:
  struct Plan : SwapPlan {
    [[nodiscard]] FrameRange face_range() const override {
      return {track.first_frame(), track.last_frame()};
    }

    FaceTrack track;
    bool poisoned = false;
  };

  static ComposedFrame tint(const SwapItem& item, std::uint8_t level) {
    const Frame& target = item.target();
    const FaceObservation* face =
        dynamic_cast<const Plan&>(*item.plan).track.find(item.frame_index);
    if (face == nullptr) {
      return pass_through(target);
    }
    const auto width = static_cast<std::size_t>(target.width_px());
    std::vector<std::uint8_t> alpha(target.size_bytes() / 3, 0);
    for (std::size_t i = 0; i < alpha.size(); ++i) {
      const auto x = static_cast<float>(i % width);
      const auto y = static_cast<float>(i / width);
      const BBox& box = face->bbox_px;
      alpha[i] = x >= box.x && x < box.right() && y >= box.y && y < box.bottom() ? 255 : 0;
    }
    const Frame mask(target.width_px(), target.height_px(), PixelFormat::kGray8, std::move(alpha));
    const Frame color(target.width_px(), target.height_px(), PixelFormat::kRgb24,
                      std::vector<std::uint8_t>(target.size_bytes(), level));
    return composite(target, color, mask);
  }

  std::vector<std::string> names_;
  int batch_;
  int halo_;
  std::shared_ptr<TintLog> log_;
};

}  // namespace changeling
