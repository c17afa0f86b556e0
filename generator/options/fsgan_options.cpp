#include "generator/options/fsgan_options.h"

#include "common/cli/option_makers.h"

namespace changeling {
namespace {

std::vector<Option> network_options() {
  return {
      make_option(OptionType::kPath, "fsgan.weights", "fsgan-weights", "",
                  "Folder of reenactment, segmentation, inpainting and blending .safetensors."),
      make_choice("fsgan.mode", "", "engine",
                  "Batches and fused networks, or one image at a time as the reference runs.",
                  {"engine", "frame_by_frame"}),
      make_choice("fsgan.precision", "", "auto",
                  "Arithmetic of the engine; auto = bf16 where the device is fast at it.",
                  {"auto", "fp32", "bf16"}),
      make_choice("fsgan.segmenter", "", "net",
                  "Face masks by the segmentation network or by the hull of the landmarks.",
                  {"net", "hull"}),
      make_double("fsgan.crop_scale", "", "1.2",
                  "Side of a crop / side of the face box; the networks must be made for it.", 1, 4),
      make_int("fsgan.resolution", "", "256",
               "Side of a crop, px, a multiple of 16; the networks must be made for it.", 32, 1024),
  };
}

std::vector<Option> refusal_options() {
  return {
      make_int("fsgan.min_face_px", "", "64", "Smallest median face side of either clip, px.", 16,
               4096),
      make_int("fsgan.min_track_frames", "", "10",
               "Shortest usable track of either clip, frames; all frames of a shorter clip.", 1,
               100000),
      make_double("fsgan.max_pose_gap_deg", "", "60",
                  "A pair is refused when most target poses are further from every source view.", 1,
                  180),
  };
}

std::vector<Option> view_options() {
  return {
      make_int("fsgan.max_views", "", "3", "Source views that a frame is painted from.", 1, 3),
      make_double("fsgan.min_radius_deg", "", "2",
                  "Of two source poses nearer than this one is left out, degrees.", 0.5, 90),
      make_double("fsgan.corner_deg", "", "75",
                  "Yaw and pitch of the appearance map's corners, degrees.", 10, 90),
      make_option(OptionType::kBool, "fsgan.flip_fill", "", "false",
                  "Mirrored views on the side that the source never shows."),
      make_option(OptionType::kBool, "fsgan.reject_blur", "", "false",
                  "Leave out source frames clearly blurrier than the sharp ones of like pose."),
      make_double("fsgan.max_step_deg", "", "0",
                  "Larger turns from view to target are painted in steps, degrees; 0 = never.", 0,
                  180),
      make_int("fsgan.cached_views", "", "64", "Source crops kept in memory per open clip.", 1,
               100000),
  };
}

std::vector<Option> finetune_options() {
  return {
      make_int("fsgan.finetune_samples", "", "0",
               "Pairs of source views that reenactment is trained on for every source before it is "
               "swapped (FSGAN: 800); 0 = none. Kept in the catalog with the source's clip.",
               0, 1000000),
      make_double("fsgan.finetune_rate", "", "0.0001", "Adam's rate of that training.", 1e-8, 0.1),
  };
}

std::vector<Option> filter_options() {
  return {
      make_int("fsgan.box_size_kernel", "", "51", "Frames that box sizes are averaged over, odd.",
               1, 1001),
      make_int("fsgan.box_center_kernel", "", "25",
               "Frames that centres of resting boxes are averaged over, odd.", 1, 1001),
      make_double("fsgan.box_max_motion", "", "0.01",
                  "Motion at which a box is not steadied any more, box sizes a frame.", 1e-6, 10),
      make_int("fsgan.landmark_kernel", "", "7",
               "Frames that resting landmarks are averaged over, odd.", 1, 1001),
      make_int("fsgan.landmark_motion_kernel", "", "5",
               "Frames that the motion of landmarks is averaged over, odd.", 1, 1001),
      make_double("fsgan.landmark_max_motion", "", "0.01",
                  "Motion at which landmarks are not steadied any more, crop widths a frame.", 1e-6,
                  10),
      make_int("fsgan.pose_kernel", "", "5", "Frames that poses are averaged over, odd.", 1, 1001),
      make_int("fsgan.segmentation_kernel", "", "5",
               "Target frames whose segmentation is averaged, odd.", 1, 31),
  };
}

std::vector<Option> mask_options() {
  return {
      make_option(
          OptionType::kBool, "fsgan.match_color", "", "true",
          "The painted face gets mean and deviation of the target's colours before inpainting."),
      make_option(OptionType::kBool, "fsgan.remove_inner_mouth", "", "true",
                  "Teeth and tongue stay the target's."),
      make_int("fsgan.mask_kernel", "", "21",
               "Width of the mask's soft rim, odd, in pixels of a 256 px crop.", 3, 255),
      make_double("fsgan.mask_threshold", "", "0.6",
                  "Value of the filtered mask from which on a pixel is swapped whole, 0..1.", 0.01,
                  1),
      make_choice("fsgan.rim", "", "outside",
                  "Where the alpha falls from 1 to 0, seen from the border of the eroded mask: "
                  "outside as FSGAN, or inside, which hides the border whatever the networks do.",
                  {"outside", "inside"}),
      make_int("fsgan.max_detail", "", "1",
               "The painted face gets the source's fine detail, from views kept at up to this many "
               "times fsgan.resolution; 1 = none, as FSGAN.",
               1, 8),
  };
}

}  // namespace

std::vector<Option> fsgan_options() {
  std::vector<Option> all;
  for (const std::vector<Option>& part : {network_options(), refusal_options(), view_options(),
                                          finetune_options(), filter_options(), mask_options()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::vector<std::string> fsgan_result_keys() {
  std::vector<std::string> keys;
  for (const Option& option : fsgan_options()) {
    if (option.key != "fsgan.weights" && option.key != "fsgan.cached_views") {
      keys.push_back(option.key);
    }
  }
  return keys;
}

}  // namespace changeling
