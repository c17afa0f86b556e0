#include "generator/options/train_options.h"

#include <string>
#include <vector>

#include "common/base/training_files.h"
#include "common/cli/option_makers.h"

namespace changeling {
namespace {

std::vector<Option> prepare_options() {
  return {
      make_option(OptionType::kPath, "train.prepare.out", "out", "", "Folder of the frame set."),
      make_option(OptionType::kString, "train.prepare.split", "split", "main",
                  "Frozen split that puts people into train, val and test."),
      make_option(OptionType::kStringList, "train.prepare.corpora", "corpora", "",
                  "Corpora to read; none = all with people in the split."),
      make_int("train.prepare.resolution_px", "resolution", "128",
               "Side of the crops, a multiple of 16, px.", 16, 1024),
      make_double("train.prepare.crop_scale", "crop-scale", "1.2",
                  "Side of the crop / side of the face box.", 1, 4),
      make_choice(
          "train.prepare.landmarks", "landmarks", "network",
          "Of stills whose corpus gives landmarks: those, or lmk68's, which a swap will see.",
          {"network", "given"}),
      make_choice("train.prepare.masks", "masks", "hull",
                  "Face masks: hull of the landmarks, hand labels of the corpus, or none.",
                  {"hull", "labels", "none"}),
      make_double("train.prepare.min_face_px", "", "48", "Smallest height of a face box, px.", 8,
                  4096),
      make_double("train.prepare.min_sharpness", "", "0",
                  "Least sharp face, variance of the Laplacian of its 112 px crop; 0 = any.", 0,
                  1e6),
      make_double("train.prepare.min_mask_share", "", "0.05",
                  "Least share of face pixels in a crop, 0..1.", 0, 1),
      make_int("train.prepare.min_frames", "", "1", "Shortest usable sequence, frames.", 1, 1e6),
      make_int("train.prepare.max_frames", "", "100",
               "Frames of one sequence; those that differ most are kept.", 1, 1e6),
      make_int("train.prepare.min_spacing", "", "4",
               "Distance of two frames where some are left out, frames.", 1, 1e6),
  };
}

Verb prepare_verb() {
  Verb verb;
  verb.name = "prepare";
  verb.summary = "Cut face crops of registered people into frame packs to train on";
  verb.description =
      "Reads stills, single frames and analysed videos (changeling generate analyze) of the people "
      "of a frozen split, and writes packs below 60 MB and an index that keeps people in one part. "
      "What cannot be used is counted by reason.";
  verb.examples = {
      "changeling train prepare --split main --out packs --catalog train.db",
      "changeling train prepare --corpora fasseg --masks labels --resolution 96 --out faces"};
  verb.options = prepare_options();
  return verb;
}

std::vector<Option> loop_options() {
  return {
      make_option(OptionType::kStringList, "train.fit.packs", "packs", "",
                  "Folders of frame sets (changeling train prepare); several are joined."),
      make_option(OptionType::kPath, "train.fit.out", "out", "",
                  "Folder of the training: checkpoint, best weights, curve, pictures."),
      make_int("train.fit.steps", "steps", "20000", "Steps in all.", 1, 1e9),
      make_int(
          "train.fit.base_steps", "base-steps", "0",
          "Of these, the first train the coarse level alone, at half the resolution; fewer than "
          "steps.",
          0, 1e9),
      make_int("train.fit.batch", "batch", "16", "Crops or pairs of a step.", 1, 4096),
      make_double("train.fit.learning_rate", "learning-rate", "0.0001", "Adam's rate.", 0, 1),
      make_double("train.fit.discriminator_rate", "", "0.00001", "Rate of the discriminators.", 0,
                  1),
      make_choice("train.fit.schedule", "", "halving",
                  "halving: x 0.5 every halve_every steps; cosine: down to 0 at the last step.",
                  {"halving", "cosine"}),
      make_int("train.fit.halve_every", "", "4000", "Steps after which the rate is halved.", 1,
               1e9),
      make_int("train.fit.warmup_steps", "", "0", "Steps in which the rate grows from 0.", 0, 1e9),
      make_choice(
          "train.fit.stage_schedule", "", "whole",
          "whole: the schedule spans all steps; restart: it begins anew, warm-up too, where "
          "base-steps end, as FSGAN's.",
          {"whole", "restart"}),
      make_double("train.fit.full_rate", "", "1",
                  "Rates after base-steps over those before; FSGAN: 0.4.", 0, 1000),
      make_choice("train.fit.precision", "precision", "auto",
                  "Of the convolutions; auto: bf16 on CUDA, fp32 on the CPU. bf16 is twice as fast "
                  "on CPUs with AVX512-BF16, and refused on others.",
                  {"auto", "fp32", "bf16"}),
      make_int("train.fit.validate_every", "", "500",
               "Steps between validations, each with a row of the curve and a picture.", 1, 1e9),
      make_int("train.fit.checkpoint_every", "", "500", "Steps between checkpoints.", 1, 1e9),
      make_int("train.fit.patience", "", "0",
               "Validations without a gain that end the training; 0 = never.", 0, 1e6),
      make_double("train.fit.max_minutes", "max-minutes", "0",
                  "Stop after so long, to be continued (exit code 75); 0 = no limit.", 0, 1e6),
  };
}

std::vector<Option> net_options() {
  return {
      make_int("train.fit.ngf", "ngf", "0",
               "Width of the network; 0 = 32, 16 for segmentation and vgg19.", 0, 256),
      make_choice("train.fit.perception", "perception", "id512", "Network of the perceptual loss.",
                  {"id512", "vgg", "none"}),
      make_option(OptionType::kPath, "train.fit.vgg_weights", "", "",
                  "Weights of VGG-19, where perception is vgg."),
      make_double("train.fit.pixel_weight", "", "1", "Weight of the pixel loss.", 0, 1000),
      make_double("train.fit.perceptual_weight", "", "0.1", "Weight of the perceptual loss.", 0,
                  1000),
      make_double("train.fit.gradient_weight", "", "1", "Weight of the loss of edges.", 0, 1000),
      make_double("train.fit.adversarial_weight", "", "0",
                  "Weight of the adversarial loss; 0 = no discriminators.", 0, 1000),
      make_int("train.fit.adversarial_warmup", "", "0",
               "Steps in which the weight of the adversarial loss grows from 0.", 0, 1e9),
      make_int("train.fit.ndf", "", "64", "Width of the discriminators.", 4, 256),
      make_choice(
          "train.fit.prior", "prior", "mesh_warp",
          "none: networks paint anew, as FSGAN's do. mesh_warp: reenactment starts from the "
          "view bent onto the target's landmarks, inpainting and blending from the picture "
          "they are given.",
          {"none", "mesh_warp"}),
      make_double(
          "train.fit.background_weight", "", "0.15",
          "Reenactment: weight of pixels labelled as other than face; unlabelled ones count 1.", 0,
          1),
      make_option(
          OptionType::kPath, "train.fit.reenactment", "reenactment", "",
          "Weights whose faces inpainting and blending get; none = the source bent onto the "
          "target's landmarks. Segmentation: of its reenactment term; none = no such term."),
      make_double("train.fit.reenactment_weight", "", "1",
                  "Segmentation with reenactment: weight of the classes of reenacted crops at the "
                  "last step; it grows from 0.",
                  0, 1000),
      make_option(OptionType::kBool, "train.fit.stepwise", "", "false",
                  "Reenactment: also through the pose halfway; three passes a step."),
      make_option(OptionType::kPath, "train.fit.start", "start", "",
                  "Weights of the same network to start from; none = random ones."),
      make_option(OptionType::kPath, "train.fit.segmentation", "segmentation", "",
                  "Weights that find faces for inpainting and blending; none = the crops' masks."),
      make_option(OptionType::kPath, "train.fit.inpainting", "inpainting", "",
                  "Weights that complete faces for blending; none = only what both faces show."),
      make_double("train.fit.max_turn_deg", "", "30",
                  "Segmentation, vgg19: crops are turned by up to this much, degrees.", 0, 180),
      make_double("train.fit.color_jitter", "", "0.3",
                  "Segmentation, vgg19: brightness, contrast and saturation vary by this factor.",
                  0, 1),
  };
}

Verb fit_verb() {
  Verb verb;
  verb.name = "fit";
  verb.summary = "Train a network on frame packs";
  verb.description =
      "Keeps a checkpoint and goes on from it when called again with the same settings; on the CPU "
      "the result has the same bits as an unbroken run. These bits depend on --threads, which "
      "counts as a setting there. The best weights by the val part are in " +
      std::string(training_files::kBest) + ", the course in " + training_files::kCurve + ", " +
      training_files::kPictures + "/ and " + training_files::kPage +
      ", which 'changeling report training' makes again. Crops are read from the packs as they are "
      "needed.";
  verb.examples = {
      "changeling train fit segmentation --packs faces --out g_s --steps 4000",
      "changeling train fit reenactment --packs ytf --out g_r --ngf 32 --max-minutes 60",
      "changeling train fit blending --packs ytf --out g_b --perception none"};
  verb.positionals = {
      {"NET", "segmentation, reenactment, inpainting, blending or vgg19.", true, false}};
  verb.options = loop_options();
  const std::vector<Option> more = net_options();
  verb.options.insert(verb.options.end(), more.begin(), more.end());
  return verb;
}

}  // namespace

Verb train_verb() {
  Verb verb;
  verb.name = "train";
  verb.summary = "Prepare face crops and train the swap networks";
  verb.sub_verbs = {prepare_verb(), fit_verb()};
  verb.program = "changeling-train";
  return verb;
}

}  // namespace changeling
