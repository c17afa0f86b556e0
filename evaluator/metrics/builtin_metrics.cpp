#include "evaluator/metrics/builtin_metrics.h"

namespace changeling {

std::vector<std::unique_ptr<Metric>> builtin_metrics() {
  std::vector<std::unique_ptr<Metric>> metrics;
  metrics.push_back(make_coverage());
  metrics.push_back(make_id_margin(IdentityNet::kId512));
  metrics.push_back(make_id_cos_src(IdentityNet::kId512));
  metrics.push_back(make_id_cos_tgt(IdentityNet::kId512));
  metrics.push_back(make_id_margin(IdentityNet::kId128Dlib));
  metrics.push_back(make_id_cos_src(IdentityNet::kId128Dlib));
  metrics.push_back(make_id_cos_tgt(IdentityNet::kId128Dlib));
  metrics.push_back(make_id_dist_dlib());
  metrics.push_back(make_pose_l2_deg());
  metrics.push_back(make_lmk_nme());
  metrics.push_back(make_expr_aspect());
  metrics.push_back(make_ssim_full());
  metrics.push_back(make_ssim_bg());
  metrics.push_back(make_ssim_bg_excess());
  metrics.push_back(make_ssim_ring());
  metrics.push_back(make_psnr_bg());
  metrics.push_back(make_psnr_bg_excess());
  metrics.push_back(make_psnr_ring());
  metrics.push_back(make_pdist_iv3n_bg());
  metrics.push_back(make_pdist_iv3n_bg_excess());
  metrics.push_back(make_pdist_iv3n_ring());
  metrics.push_back(make_seam_ratio());
  metrics.push_back(make_sharp_gap());
  metrics.push_back(make_color_gap());
  metrics.push_back(make_brisque());
  metrics.push_back(make_brisque_excess());
  metrics.push_back(make_mask_iou());
  metrics.push_back(make_ewarp());
  metrics.push_back(make_ewarp_ratio());
  metrics.push_back(make_ewarp_ratio_mask());
  metrics.push_back(make_t_of());
  metrics.push_back(make_flicker_static());
  metrics.push_back(make_lmk_jitter());
  metrics.push_back(make_lmk_jitter_excess());
  metrics.push_back(make_id_jitter());
  return metrics;
}

}  // namespace changeling
