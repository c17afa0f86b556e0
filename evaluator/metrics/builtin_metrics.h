// evaluator/metrics/builtin_metrics.h: factories of the metrics, one family per source file.
// Layer 4. Definitions, units and sampling: README.md in this folder.
#pragma once

#include <memory>

#include "evaluator/metrics/metric.h"

namespace changeling {

/// Which identity network: id512 (also used by pairing and tracking), or the independent
/// id128_dlib, whose metrics carry the suffix `_dlib`.
enum class IdentityNet { kId512, kId128Dlib };

// identity.cpp
[[nodiscard]] std::unique_ptr<Metric> make_id_cos_src(IdentityNet net);
[[nodiscard]] std::unique_ptr<Metric> make_id_cos_tgt(IdentityNet net);
[[nodiscard]] std::unique_ptr<Metric> make_id_margin(IdentityNet net);
[[nodiscard]] std::unique_ptr<Metric> make_id_dist_dlib();

// pose.cpp, landmarks.cpp, expression.cpp
[[nodiscard]] std::unique_ptr<Metric> make_pose_l2_deg();
[[nodiscard]] std::unique_ptr<Metric> make_lmk_nme();
[[nodiscard]] std::unique_ptr<Metric> make_expr_aspect();

// ssim.cpp
[[nodiscard]] std::unique_ptr<Metric> make_ssim_full();
[[nodiscard]] std::unique_ptr<Metric> make_ssim_bg();
[[nodiscard]] std::unique_ptr<Metric> make_ssim_bg_excess();
[[nodiscard]] std::unique_ptr<Metric> make_ssim_ring();

// psnr.cpp
[[nodiscard]] std::unique_ptr<Metric> make_psnr_bg();
[[nodiscard]] std::unique_ptr<Metric> make_psnr_bg_excess();
[[nodiscard]] std::unique_ptr<Metric> make_psnr_ring();

// warp_error.cpp
[[nodiscard]] std::unique_ptr<Metric> make_ewarp();
[[nodiscard]] std::unique_ptr<Metric> make_ewarp_ratio();
[[nodiscard]] std::unique_ptr<Metric> make_ewarp_ratio_mask();

// motion.cpp
[[nodiscard]] std::unique_ptr<Metric> make_t_of();
[[nodiscard]] std::unique_ptr<Metric> make_flicker_static();

// jitter.cpp
[[nodiscard]] std::unique_ptr<Metric> make_lmk_jitter();
[[nodiscard]] std::unique_ptr<Metric> make_lmk_jitter_excess();
[[nodiscard]] std::unique_ptr<Metric> make_id_jitter();

// brisque.cpp
[[nodiscard]] std::unique_ptr<Metric> make_brisque();
[[nodiscard]] std::unique_ptr<Metric> make_brisque_excess();

// perceptual.cpp
[[nodiscard]] std::unique_ptr<Metric> make_pdist_iv3n_bg();
[[nodiscard]] std::unique_ptr<Metric> make_pdist_iv3n_bg_excess();
[[nodiscard]] std::unique_ptr<Metric> make_pdist_iv3n_ring();

// seam.cpp, sharpness.cpp, color.cpp, mask_iou.cpp, coverage.cpp
[[nodiscard]] std::unique_ptr<Metric> make_seam_ratio();
[[nodiscard]] std::unique_ptr<Metric> make_sharp_gap();
[[nodiscard]] std::unique_ptr<Metric> make_color_gap();
[[nodiscard]] std::unique_ptr<Metric> make_mask_iou();
[[nodiscard]] std::unique_ptr<Metric> make_coverage();

}  // namespace changeling
