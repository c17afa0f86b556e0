// generator/methods/fsgan/fsgan_method.h: the swap method of FSGAN (Nirkin, Keller, Hassner 2019
// and 2022). Layer 5, Torch only. Method, rungs and limits: README.md beside this file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "generator/methods/fsgan/aligner.h"
#include "generator/methods/fsgan/fsgan_nets.h"
#include "generator/methods/fsgan/fsgan_options.h"
#include "generator/methods/fsgan/source_tuner.h"
#include "generator/methods/fsgan/swap_pipeline.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// "fsgan_reenacted", "fsgan_inpainted", "fsgan_poisson", "fsgan": the method names of the rungs.
[[nodiscard]] std::string_view to_string(Rung rung);

/// Inverse; nullopt for any other name.
[[nodiscard]] std::optional<Rung> rung_of(std::string_view method);

/// One variant per rung of the options, all from one pass. No randomness: the seed has no
/// influence. On a CPU in float32 a frame's bytes do not depend on what is swapped with it.
class FsganMethod : public SwapMethod {
 public:
  /// With a `tuner` every plan paints with a G_r of its own source.
  FsganMethod(FsganNets nets, FsganOptions options,
              std::unique_ptr<const SourceTuner> tuner = nullptr);
  FsganMethod(const FsganMethod&) = delete;
  FsganMethod& operator=(const FsganMethod&) = delete;

  [[nodiscard]] std::vector<Variant> variants() const override;
  [[nodiscard]] int batch_frames() const override;
  [[nodiscard]] int halo_frames() const override;

  /// Refuses as plan_fsgan. Keeps up to cached_views source crops; fetches the others again when
  /// they are needed.
  [[nodiscard]] Outcome<std::unique_ptr<SwapPlan>> plan(SwapRequest request) const override;

  /// Tunes G_r to the plan's source, where there is a tuner.
  void finish_plan(SwapPlan& plan, SourceStore* store,
                   const std::function<void()>& heartbeat) const override;

  [[nodiscard]] std::vector<std::vector<ComposedFrame>> swap(
      const std::vector<SwapItem>& items) const override;

 private:
  struct Faces;
  void swap_alike(const Faces& faces, const NetRunner* reenactment,
                  std::vector<std::vector<ComposedFrame>>& results) const;

  FsganNets nets_;
  FsganOptions options_;
  std::unique_ptr<const SourceTuner> tuner_;
  SwapPipeline pipeline_;
  Aligner aligner_;
};

}  // namespace changeling
