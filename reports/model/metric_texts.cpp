#include "reports/model/metric_texts.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <nlohmann/json.hpp>

namespace changeling {
namespace {

struct Entry {
  std::string_view name;
  std::string_view title;
  std::string_view definition;
  bool is_of_set = false;
};

constexpr std::array<Entry, 44> kEntries = {{
    {"yield", "Yield", "Pairs with a recorded fake as a share of the pairs attempted."},
    {"coverage", "Coverage of frames",
     "Swapped frames as a share of the target's frames that show the tracked face."},
    {"auto_reject", "Rejected fakes",
     "Share of the fakes that a rule of auto_reject rejects; they are kept and counted. Unless "
     "set, its limits are start values, calibrated on no real set."},
    {"id_margin", "Identity margin",
     "How much nearer the fake is to the source than to the target: cosine to the source minus "
     "cosine to the target, network id512."},
    {"id_cos_src", "Identity: source", "Cosine of the fake's face and the source person, id512."},
    {"id_cos_tgt", "Identity: target", "Cosine of the fake's face and the target person, id512."},
    {"id_margin_dlib", "Identity margin, independent network",
     "As the identity margin, by the 128-d network that the generator never sees."},
    {"id_cos_src_dlib", "Identity: source, independent network",
     "Cosine of the fake's face and the source person, 128-d network; strangers reach about 0.8, "
     "so only differences are to be read."},
    {"id_cos_tgt_dlib", "Identity: target, independent network",
     "Cosine of the fake's face and the target person, 128-d network; strangers reach about 0.8, "
     "so only differences are to be read."},
    {"id_dist_dlib", "Identity distance, independent network",
     "Euclidean distance of 128-d descriptors of the fake and the source view nearest in pose."},
    {"pose_l2_deg", "Pose error",
     "Norm of the yaw, pitch and roll difference of target and fake, angles wrapped."},
    {"lmk_nme", "Landmark error",
     "Mean distance of 68 landmarks of target and fake, in percent of the target's outer eye "
     "distance."},
    {"expr_aspect", "Expression: openings",
     "Mean absolute change, fake to target, of the aspect ratios of both eyes and the mouth."},
    {"ssim_full", "Full-frame SSIM", "Luma SSIM of fake and target over the whole frame."},
    {"ssim_bg", "Background SSIM",
     "Luma SSIM of fake and target over windows wholly outside the alpha mask dilated by 8 px."},
    {"ssim_bg_excess", "Background SSIM, excess",
     "Background SSIM of the fake minus that of its real control: what the swap did, not the "
     "codec."},
    {"ssim_ring", "Seam SSIM",
     "Luma SSIM of fake and target over windows centred within 8 px of the alpha mask's border."},
    {"psnr_bg", "Background PSNR",
     "From the RGB mean square error outside the alpha mask dilated by 8 px; identical pictures "
     "count as 100 dB."},
    {"psnr_bg_excess", "Background PSNR, excess",
     "Background PSNR of the fake minus that of its real control: what the swap did, not the "
     "codec."},
    {"psnr_ring", "Seam PSNR",
     "From the RGB mean square error within 8 px of the alpha mask's border; identical pictures "
     "count as 100 dB."},
    {"pdist_iv3n_bg", "Background perceptual distance",
     "Distance of fake and target in early features of InceptionV3, around the face but outside "
     "the "
     "alpha mask dilated by 8 px. Not LPIPS: without fitted weights."},
    {"pdist_iv3n_bg_excess", "Background perceptual distance, excess",
     "Background perceptual distance of the fake minus that of its real control: what the swap "
     "did, not the codec."},
    {"pdist_iv3n_ring", "Seam perceptual distance",
     "Distance of fake and target in early features of InceptionV3, within 8 px of the alpha "
     "mask's "
     "border. Not LPIPS: without fitted weights."},
    {"seam_ratio", "Seam energy",
     "Mean luma gradient within 8 px of the alpha mask's border, fake over real control; above 1 "
     "the seam shows."},
    {"sharp_gap", "Sharpness gap",
     "Log2 of the Laplacian's variance inside the mask, fake over real control; below 0 the fake "
     "is "
     "blurrier."},
    {"color_gap", "Colour gap",
     "CIE 1976 difference of the mean colours inside the mask, fake and real control."},
    {"brisque", "Naturalness (BRISQUE)",
     "BRISQUE of the fake around the face, without a reference: 0 is natural, 100 distorted. Blind "
     "to who is shown."},
    {"brisque_excess", "Naturalness (BRISQUE), excess",
     "BRISQUE of the fake minus that of its real control: what the swap did, not the codec."},
    {"mask_iou", "Mask overlap",
     "Intersection over union of the swapped pixels and the target's segmented face, network G_s."},
    {"ewarp", "Warp error",
     "Mean squared difference of a frame of the fake and the next one warped onto it by the "
     "target's flow, around the face, where that flow can be trusted."},
    {"ewarp_ratio", "Warp error, ratio",
     "Warp error of the fake over that of its target, around the face; above 1 the fake is less "
     "steady."},
    {"ewarp_ratio_mask", "Warp error inside the mask, ratio",
     "Warp error of the fake over that of its target, inside the mask alone."},
    {"tOF", "Motion error",
     "Mean length of the difference of the target's and the fake's optical flow, around the face."},
    {"flicker_static", "Steadiness of static clips",
     "1 minus the mean change from frame to frame over 255, around the face, of clips whose target "
     "is static there."},
    {"lmk_jitter", "Landmark jitter",
     "RMS of the second difference of the fake's landmarks over time, in percent of the target's "
     "outer eye distance."},
    {"lmk_jitter_excess", "Landmark jitter, excess",
     "Landmark jitter of the fake minus that of its target."},
    {"id_jitter", "Identity jitter",
     "Standard deviation of the cosine between the fake's faces two frames apart, of every "
     "second frame, id512."},
    {"kid_dn121x", "Kernel distance, dn121x features",
     "Unbiased squared maximum mean discrepancy of the features of fakes and real target frames, "
     "100 subsets of 1,000 faces.",
     true},
    {"kid_dn121x_30", "Kernel distance, dn121x features, small sets",
     "As kid_dn121x, by 100 subsets of 30 faces: says whether the sets differ, no number to "
     "quote.",
     true},
    {"fd_dn121x_5000", "Frechet distance, dn121x features, 5,000 faces",
     "Frechet distance of the features of fakes and real target frames, 5,000 faces of each.",
     true},
    {"fd_dn121x_10000", "Frechet distance, dn121x features, 10,000 faces",
     "Frechet distance of the features of fakes and real target frames, 10,000 faces of each.",
     true},
    {"kid_iv3n", "Kernel distance, iv3n features",
     "Unbiased squared maximum mean discrepancy of the features of fakes and real target frames, "
     "100 subsets of 1,000 faces. Less keen on bad swaps than dn121x.",
     true},
    {"fd_iv3n_5000", "Frechet distance, iv3n features, 5,000 faces",
     "Frechet distance of the features of fakes and real target frames, 5,000 faces of each. Not "
     "FID: another InceptionV3.",
     true},
    {"fd_iv3n_10000", "Frechet distance, iv3n features, 10,000 faces",
     "Frechet distance of the features of fakes and real target frames, 10,000 faces of each. Not "
     "FID: another InceptionV3.",
     true},
}};

}  // namespace

MetricText metric_text(std::string_view name) {
  for (const Entry& entry : kEntries) {
    if (entry.name == name) {
      return {std::string(entry.title), std::string(entry.definition)};
    }
  }
  if (name.rfind(kThroughputPrefix, 0) == 0) {
    const std::string_view rest = name.substr(kThroughputPrefix.size());
    const std::size_t bar = rest.find('_');
    return {
        "Speed of stage " + std::string(rest.substr(0, bar)) + " on " +
            std::string(rest.substr(std::min(bar, rest.size() - 1) + 1)),
        "Geometric mean of the clips' ratios of frames per second, less 1; its interval resamples "
        "clips."};
  }
  if (is_detector_area(name)) {
    return {"Detector AUC, " + detector_of_area(name),
            "Area under the ROC curve of the detector's scores, fakes of the method against real "
            "controls, clips with a score; a fake that is found less easily is better."};
  }
  return {std::string(name), ""};
}

bool is_set_metric(std::string_view name) {
  return std::any_of(kEntries.begin(), kEntries.end(),
                     [&](const Entry& entry) { return entry.is_of_set && entry.name == name; });
}

std::vector<std::string> gateable_metrics() {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) {
    if (!entry.is_of_set) {
      names.emplace_back(entry.name);
    }
  }
  names.emplace_back(kDetectorArea);
  return names;
}

bool is_detector_area(std::string_view name) {
  return name.size() > kDetectorArea.size() &&
         name.substr(0, kDetectorArea.size()) == kDetectorArea && name[kDetectorArea.size()] == ':';
}

std::string detector_of_area(std::string_view name) {
  return std::string(name.substr(kDetectorArea.size() + 1));
}

std::string detector_area(const std::string& detector) {
  return std::string(kDetectorArea) + ":" + detector;
}

const std::vector<BaselineText>& baseline_texts() {
  static const std::vector<BaselineText> texts = {
      {"copy_target", "The target's own file: no swap, no codec."},
      {"reencode", "The real control: no swap, the fake's codec."},
      {"self_swap",
       "The target's own face of half a clip later, pasted into the mask: source and target are "
       "one "
       "person."},
      {"copy_source", "The source's face, pasted into the mask by a similarity of the landmarks."}};
  return texts;
}

std::vector<std::string> reject_rule_texts(const std::string& params_json) {
  std::vector<std::string> texts;
  const nlohmann::json params = nlohmann::json::parse(params_json);
  for (const nlohmann::json& rule : params.value("rules", nlohmann::json::array())) {
    texts.push_back(rule.value("rejects", ""));
  }
  return texts;
}

int metric_order(std::string_view name) {
  const auto* const found = std::find_if(kEntries.begin(), kEntries.end(),
                                         [&](const Entry& entry) { return entry.name == name; });
  return static_cast<int>(found - kEntries.begin());
}

std::string better_value(std::string_view direction) {
  if (direction == "up") {
    return "higher";
  }
  if (direction == "down") {
    return "lower";
  }
  return direction == "to_zero" ? "nearer to 0" : "nearer to 1";
}

std::string direction_text(std::string_view direction) {
  std::string text = better_value(direction) + " is better";
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

std::string difference_of(std::string_view direction) {
  if (direction == "to_zero") {
    return "|x|";
  }
  return direction == "to_one" ? "|x - 1|" : "x";
}

std::string unit_text(std::string_view unit) {
  if (unit == "1") {
    return "";
  }
  if (unit == "deg") {
    return "degrees";
  }
  return unit == "%IOD" ? "% of eye distance" : std::string(unit);
}

}  // namespace changeling
