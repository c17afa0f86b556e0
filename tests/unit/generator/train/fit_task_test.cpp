#include "generator/train/fit_task.h"

#include <fstream>
#include <string>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/png_label.h"
#include "common/packs/frame_set.h"
#include "generator/methods/fsgan/fsgan_nets.h"
#include "generator/train/training_plan.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/generator/train/drawn_faces.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kSize = 32;

template <typename T>
std::vector<T> values_of(const at::Tensor& tensor, std::int64_t first, std::int64_t count) {
  const at::Tensor rows = tensor.narrow(0, first, count).contiguous();
  const T* data = rows.data_ptr<T>();
  return {data, data + rows.numel()};
}

/// The rows [first, first + people) of drawn heads, one picture each, as a part.
FramePack pack_of(const FaceSet& faces, const std::string& part, std::int64_t first,
                  std::int64_t people) {
  FramePack pack;
  pack.part = part;
  pack.layout = {kSize, 1.5, 68, "given", "hull"};
  pack.terms = {{"drawn", "CC0-1.0", "synthetic", true}};
  for (std::int64_t i = first; i < first + people; ++i) {
    const std::string person = std::to_string(i);
    pack.sequences.push_back({"video-" + person, "drawn/" + person, 1});
    pack.frame_index.push_back(0);
    pack.sharpness.push_back(1);
  }
  const CropBytes crops = all_crops(faces);
  for (const std::uint8_t value : values_of<std::uint8_t>(crops.images, first, people)) {
    pack.pixels.push_back(static_cast<char>(value));
  }
  for (const std::uint8_t value : values_of<std::uint8_t>(crops.classes, first, people)) {
    pack.masks.push_back(static_cast<char>(value));
  }
  pack.landmarks = values_of<float>(faces.landmarks, first, people);
  pack.poses.assign(static_cast<std::size_t>(3 * people), 0);
  return pack;
}

/// A set of `train` and 2 people.
FrameSet write_faces(const std::filesystem::path& folder, std::int64_t train) {
  const FaceSet faces = drawn_faces(static_cast<int>(train) + 2, 1, kSize);
  const FramePack pack = pack_of(faces, "train", 0, train);
  FrameSetWriter writer(folder, pack.layout);
  writer.add(pack);
  writer.add(pack_of(faces, "val", train, 2));
  return writer.finish("by hand");
}

FitSettings two_steps(TrainedNet net, const std::filesystem::path& packs,
                      const std::filesystem::path& out) {
  FitSettings settings;
  settings.net = net;
  settings.packs = {packs};
  settings.out = out;
  settings.perception = Perception::kNone;
  settings.stage.ngf = 4;
  settings.fit.steps = 2;
  settings.fit.batch = 2;
  settings.fit.validate_every = 1;
  settings.fit.checkpoint_every = 1;
  return settings;
}

std::string refusal(const FitSettings& settings, ErrorKind kind) {
  return refusal_of(kind, [&] { (void)run_fit(settings, {}); });
}

FsganOptions swap_options() {
  FsganOptions options;
  options.resolution_px = kSize;
  options.crop_scale = 1.5;
  return options;
}

class FitTask : public ::testing::TestWithParam<TrainedNet> {};

TEST_P(FitTask, WritesWeightsThatASwapTakes) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  (void)run_fit(two_steps(GetParam(), set.folder, dir / "out"), {});
  const NetWeights weights = read_net_weights(dir / "out" / "best.safetensors");
  const std::string role(to_string(GetParam()));
  EXPECT_NO_THROW(require_net(weights, expected_net(role, swap_options(), weights.info)));
  EXPECT_THAT(weights.info.trained_on, HasSubstr(set.sha256.hex()));
  EXPECT_THAT(weights.info.licence, HasSubstr("CC0-1.0"));
  EXPECT_THAT(read_file(dir / "out" / "curve.csv"), HasSubstr("step,pixel,gradient"));
}

TEST_P(FitTask, DoesNotGoOnWithOtherFaces) {
  const TempDir dir;
  const FrameSet before = write_faces(dir / "before", 3);
  const FrameSet now = write_faces(dir / "now", 4);
  (void)run_fit(two_steps(GetParam(), before.folder, dir / "out"), {});
  const std::string message =
      refusal(two_steps(GetParam(), now.folder, dir / "out"), ErrorKind::kConfig);
  EXPECT_THAT(message, HasSubstr(before.sha256.hex()));
  EXPECT_THAT(message, HasSubstr(now.sha256.hex()));
}

TEST_P(FitTask, DoesNotGoOnWithOtherLosses) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  FitSettings settings = two_steps(GetParam(), set.folder, dir / "out");
  (void)run_fit(settings, {});
  settings.stage.weights.gradient = 0.5;
  EXPECT_THAT(refusal(settings, ErrorKind::kConfig),
              HasSubstr("gradient_weight = 1, now it is 0.5"));
}

TEST_P(FitTask, TellsWhatItStartedFrom) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  FitSettings settings = two_steps(GetParam(), set.folder, dir / "first");
  const Digest first = run_fit(settings, {}).weights.sha256;
  settings.start = dir / "first" / "best.safetensors";
  settings.out = dir / "second";
  const NetWeights second = run_fit(settings, {}).weights;
  EXPECT_THAT(second.info.trained_on, HasSubstr("started from weights " + first.hex()));
  settings.start.clear();
  EXPECT_THAT(refusal(settings, ErrorKind::kConfig), HasSubstr("checkpoint was made with"));
}

TEST_P(FitTask, RefusesADamagedPack) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  const std::filesystem::path file = set.folder / set.packs.front().file;
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_THAT(refusal(two_steps(GetParam(), set.folder, dir / "out"), ErrorKind::kInput),
              HasSubstr(set.packs.front().file));
}

INSTANTIATE_TEST_SUITE_P(Stages, FitTask,
                         ::testing::Values(TrainedNet::kInpainting, TrainedNet::kBlending),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST(FitTask, APictureOfDrawnFacesIsLabelledInItsFile) {
  const std::string png = "\x89PNG\r\n\x1a\n" + std::string(25, 'h') + "the rest";
  const TempDir out;
  for (const TrainedNet net : {TrainedNet::kReenactment, TrainedNet::kInpainting,
                               TrainedNet::kBlending, TrainedNet::kSegmentation}) {
    FitSettings settings;
    settings.net = net;
    settings.out = out / std::string(to_string(net));
    write_sample_picture(settings, 7, png);
    EXPECT_EQ(label_of_png(read_file(picture_path(settings.out, 7))),
              net == TrainedNet::kSegmentation ? "" : "fake")
        << to_string(net);
    write_sample_picture(settings, 8, "");
    EXPECT_FALSE(std::filesystem::exists(picture_path(settings.out, 8)));
  }
}

TEST(FitTask, BlendingRefusesASinglePerson) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 1);
  EXPECT_THAT(refusal(two_steps(TrainedNet::kBlending, set.folder, dir / "out"), ErrorKind::kInput),
              HasSubstr("training part 'train': a single person"));
}

TEST(FitTask, APerceptualNetworkTrainedHereIsOneForTheOthers) {
  const TempDir dir;
  const FaceSet faces = drawn_faces(6, 1, kSize);
  const FramePack train = pack_of(faces, "train", 0, 3);
  FramePack validation = pack_of(faces, "val", 3, 3);
  validation.sequences[1].subject = validation.sequences[0].subject;
  FrameSetWriter writer(dir / "packs", train.layout);
  writer.add(train);
  writer.add(validation);
  FitSettings settings =
      two_steps(TrainedNet::kVgg19, writer.finish("by hand").folder, dir / "vgg");
  settings.identity.ngf = 4;
  const FitResult vgg = run_fit(settings, {});
  EXPECT_EQ(vgg.weights.info.kind, NetKind::kVgg19Bn);
  settings.net = TrainedNet::kInpainting;
  settings.perception = Perception::kVgg;
  settings.vgg_weights = dir / "vgg" / "best.safetensors";
  settings.out = dir / "inpainting";
  NetWeights net = read_net_weights(settings.vgg_weights);
  net.info.licence = "terms of vgg";
  const Digest digest = write_net_weights(settings.vgg_weights, net);
  const NetInfo info = run_fit(settings, {}).weights.info;
  EXPECT_THAT(read_file(dir / "inpainting" / "curve.csv"), HasSubstr("perceptual"));
  EXPECT_THAT(info.trained_on,
              HasSubstr("; perceptual loss by vgg19_bn " + digest.hex().substr(0, 12)));
  EXPECT_EQ(info.licence, "CC0-1.0; of vgg19_bn: terms of vgg");
  settings.perception = Perception::kNone;
  EXPECT_THAT(refusal(settings, ErrorKind::kConfig),
              HasSubstr("recipe.perception = vgg19_bn " + digest.hex() + ", now it is none"));
}

TEST(FitTask, InheritsALicenceWhoseTextIsPartOfAnother) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  FitSettings settings = two_steps(TrainedNet::kInpainting, set.folder, dir / "first");
  NetWeights start = run_fit(settings, {}).weights;
  ASSERT_EQ(start.info.licence, "CC0-1.0");
  start.info.licence = "CC0";
  settings.start = dir / "start.safetensors";
  (void)write_net_weights(settings.start, start);
  settings.out = dir / "second";
  EXPECT_EQ(run_fit(settings, {}).weights.info.licence,
            "CC0-1.0; of the weights at the start: CC0");
}

TEST(FitTask, ALookAheadWritesNothing) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  FitSettings settings = two_steps(TrainedNet::kInpainting, set.folder, dir / "out");
  const FitPreview first = preview_fit(settings);
  EXPECT_EQ(first.net.role, "inpainting");
  EXPECT_EQ(first.train.people, 3);
  EXPECT_EQ(first.validation.crops, 2);
  EXPECT_FALSE(first.resumes_at.has_value());
  EXPECT_FALSE(std::filesystem::exists(dir / "out")) << "not even that its packs are whole";
  (void)run_fit(settings, {});
  const auto written = std::filesystem::last_write_time(dir / "out/checkpoint.safetensors");
  EXPECT_EQ(preview_fit(settings).resumes_at, 2);
  EXPECT_EQ(std::filesystem::last_write_time(dir / "out/checkpoint.safetensors"), written);
}

/// A set of more packs than are checked before somebody asks whether to stop.
FrameSet write_many_packs(const std::filesystem::path& folder) {
  const FaceSet faces = drawn_faces(22, 1, kSize);
  const FramePack pack = pack_of(faces, "train", 0, 20);
  FrameSetWriter writer(folder, pack.layout, bytes_per_frame(pack.layout));
  writer.add(pack);
  writer.add(pack_of(faces, "val", 20, 2));
  return writer.finish("by hand");
}

TEST(FitTask, APlanThatIsStoppedWhilePacksAreCheckedGoesOn) {
  const TempDir dir;
  const FrameSet set = write_many_packs(dir / "packs");
  FitSettings settings = two_steps(TrainedNet::kInpainting, set.folder, dir / "out");
  settings.checked_packs = dir / "checked.json";
  FitHooks stopped;
  stopped.stop_requested = [] { return true; };
  EXPECT_FALSE(run_training_plan({settings}, 0, [&](const FitSettings&) { return stopped; }));
  EXPECT_FALSE(std::filesystem::exists(dir / "out"));
  EXPECT_THAT(read_file(dir / "checked.json"), HasSubstr(set.packs[15].sha256.hex()));
  EXPECT_TRUE(run_training_plan({settings}, 0, [](const FitSettings&) { return FitHooks(); }));
  settings.out = dir / "other";
  EXPECT_FALSE(run_training_plan({settings}, 0, [&](const FitSettings&) { return stopped; }));
  EXPECT_TRUE(std::filesystem::exists(dir / "other")) << "there was nothing left to check";
}

TEST(FitTask, TheTimeMayBeOverWhilePacksAreChecked) {
  const TempDir dir;
  FitSettings settings =
      two_steps(TrainedNet::kInpainting, write_many_packs(dir / "packs").folder, dir / "out");
  settings.fit.max_seconds_now = 1e-6;
  EXPECT_EQ(kind_thrown_by([&] { (void)run_fit(settings, {}); }), ErrorKind::kCancelled);
  EXPECT_TRUE(std::filesystem::exists(dir / "out/checked-packs.json"));
}

TEST(FitTask, ReadingCountsInItsTime) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  FitSettings settings = two_steps(TrainedNet::kInpainting, set.folder, dir / "out");
  settings.fit.max_seconds_now = 1e-6;  // over before the first step
  const FitResult none = run_fit(settings, {});
  EXPECT_FALSE(none.finished);
  EXPECT_EQ(none.steps, 0);
  settings.fit.max_seconds_now = 600;
  EXPECT_TRUE(run_fit(settings, {}).finished);
}

TEST(FitTask, BlendingTakesTheNetworksBeforeIt) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  FitSettings settings = two_steps(TrainedNet::kBlending, set.folder, dir / "alone");
  const FitResult alone = run_fit(settings, {});
  settings.out = dir / "with_nets";
  for (NetWeights net : random_fsgan_weights(4, kSize, 1.5, 3)) {
    const std::filesystem::path file = dir / (net.info.role + ".safetensors");
    net.info.licence = "terms of " + net.info.role;
    (void)write_net_weights(file, net);
    if (net.info.role != "blending") {
      settings.trained_nets[net.info.role] = file;
    }
  }
  const FitResult after_nets = run_fit(settings, {});
  EXPECT_NE(after_nets.best_validation, alone.best_validation) << "other faces to blend";
  const Digest inpainting = read_net_weights(settings.trained_nets.at("inpainting")).sha256;
  EXPECT_THAT(after_nets.weights.info.trained_on,
              HasSubstr("faces by inpainting " + inpainting.hex()));
  for (const char* role : {"reenactment", "segmentation", "inpainting"}) {
    EXPECT_THAT(after_nets.weights.info.licence, HasSubstr(std::string("terms of ") + role));
  }
  settings.trained_nets["inpainting"] = dir / "blending.safetensors";
  EXPECT_THAT(refusal(settings, ErrorKind::kModel), HasSubstr("role"));
}

TEST(FitTask, PassesOverWeightsThatANetworkHasNoUseFor) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  FitSettings settings = two_steps(TrainedNet::kInpainting, set.folder, dir / "out");
  settings.trained_nets["inpainting"] = dir / "none";  // as a configuration of all stages has it
  EXPECT_THAT(run_fit(settings, {}).weights.info.trained_on, Not(HasSubstr("faces by")));
}

TEST(FitTask, SegmentationTakesAReenactmentNetwork) {
  const TempDir dir;
  const FrameSet set = write_faces(dir / "packs", 3);
  FitSettings settings = two_steps(TrainedNet::kSegmentation, set.folder, dir / "alone");
  settings.segmentation.ngf = 4;
  (void)run_fit(settings, {});
  EXPECT_THAT(read_file(dir / "alone" / "curve.csv"), Not(HasSubstr("reenacted")));
  const NetWeights net = random_fsgan_weights(4, kSize, 1.5, 3).front();
  ASSERT_EQ(net.info.role, "reenactment");
  settings.trained_nets["reenactment"] = dir / "g_r.safetensors";
  const Digest digest = write_net_weights(dir / "g_r.safetensors", net);
  settings.out = dir / "reenacted";
  const FitResult result = run_fit(settings, {});
  EXPECT_THAT(read_file(dir / "reenacted" / "curve.csv"),
              HasSubstr("step,cross_entropy,reenacted"));
  EXPECT_THAT(result.weights.info.trained_on, HasSubstr("faces by reenactment " + digest.hex()));
  settings.segmentation.reenactment_weight = 0.5;
  EXPECT_THAT(refusal(settings, ErrorKind::kConfig),
              HasSubstr("reenactment_weight = 1, now it is 0.5"));
}

TEST(TrainingPlan, StagesGoOnWhereASliceEnded) {
  const TempDir dir;
  (void)write_faces(dir / "faces", 4);
  const std::string json = R"({"stages": [
      {"net": "inpainting", "packs": ["faces"], "steps": 3, "batch": 2, "ngf": 4,
       "perception": "none", "checkpoint_every": 1},
      {"net": "blending", "packs": ["faces"], "steps": 2, "batch": 2, "ngf": 4,
       "perception": "none", "inpainting": "inpainting"}]})";
  PlanPlace place;
  place.folder = dir.path();
  const auto stages = read_training_plan(json, place);
  int asked = 0;
  EXPECT_FALSE(run_training_plan(stages, 0, [&asked](const FitSettings&) {
    FitHooks hooks;
    hooks.stop_requested = [&asked] { return ++asked > 2; };  // before the third step
    return hooks;
  }));
  EXPECT_FALSE(std::filesystem::exists(dir / "blending"));
  EXPECT_FALSE(run_training_plan(stages, 1e-9, [](const FitSettings&) { return FitHooks(); }));
  std::vector<std::string> begun;
  const auto note_steps = [&begun](const FitSettings& stage) {
    FitHooks hooks;
    hooks.on_begin = [&begun, stage](std::int64_t step) {
      begun.push_back(std::string(to_string(stage.net)) + " " + std::to_string(step));
    };
    return hooks;
  };
  EXPECT_TRUE(run_training_plan(stages, 0, note_steps));
  EXPECT_TRUE(run_training_plan(stages, 0, note_steps));
  EXPECT_EQ(begun,
            (std::vector<std::string>{"inpainting 2", "blending 0", "inpainting 3", "blending 2"}));
  EXPECT_TRUE(std::filesystem::exists(dir / "blending/best.safetensors"));
}

}  // namespace
}  // namespace changeling
