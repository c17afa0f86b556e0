// Two steps of every network: on a GPU where there is one, and on the CPU.
#include "common/tensor/device.h"

#include <cmath>
#include <memory>
#include <string>
#include <tuple>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "common/face/average_face.h"
#include "generator/train/fit_loop.h"
#include "generator/train/identity_recipe.h"
#include "generator/train/reenactment_recipe.h"
#include "generator/train/segmentation_recipe.h"
#include "generator/train/stage_recipe.h"
#include "generator/train/training_mode.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/generator/train/short_fit.h"

namespace changeling {
namespace {

constexpr int kSize = 32;

/// Looks at the aligned faces themselves: the gradient passes grid sampling, as with id512.
class AlignedPixels : public PerceptualNet {
 public:
  [[nodiscard]] std::string name() const override { return "pixels"; }

  [[nodiscard]] Digest sha256() const override { return {}; }

  [[nodiscard]] std::string licence() const override { return {}; }

  [[nodiscard]] std::vector<FeatureTap> features(const at::Tensor& images,
                                                 const at::Tensor& landmarks) const override {
    return {{align_112(images, landmarks), 1}};
  }
};

/// Two people of three soft pictures each, average faces that turn; no OpenCV, which draws heads
/// elsewhere: GPU machines lack it.
FaceSet soft_faces() {
  constexpr std::int64_t kCount = 6;
  FaceSet set;
  at::Generator generator = at::detail::createCPUGenerator(1);
  const at::Tensor coarse = at::rand({kCount, 3, 4, 4}, generator) * 255;
  const at::Tensor images = at::upsample_bilinear2d(coarse, {kSize, kSize}, false)
                                .to(at::kByte)
                                .permute({0, 2, 3, 1})
                                .contiguous();
  set.landmarks = at::empty({kCount, 68, 2});
  float* xy = set.landmarks.data_ptr<float>();
  for (std::int64_t i = 0; i < kCount; ++i) {
    const double yaw = 0.15 * static_cast<double>(i);
    for (std::size_t k = 0; k < 68; ++k) {
      const Point3F& p = average_face()[k];
      *xy++ = 0.5F + static_cast<float>(std::cos(yaw) * p.x + std::sin(yaw) * p.z) / 22;
      *xy++ = 0.5F + p.y / 22;
    }
    set.sequence.push_back(i / 3);
    set.person.push_back(i / 3);
  }
  const at::Tensor axis = (at::arange(kSize) + 0.5) / kSize - 0.5;
  const at::Tensor face = axis.square().unsqueeze(0) + axis.square().unsqueeze(1) < 0.09;
  set.crops = crops_in_memory({images, face.to(at::kByte).repeat({kCount, 1, 1})});
  return set;
}

std::unique_ptr<Recipe> recipe_of(const std::string& net) {
  const FaceSet faces = soft_faces();
  const auto perception = std::make_shared<AlignedPixels>();
  if (net == "segmentation") {
    SegmentationOptions options;
    options.ngf = 4;
    return make_segmentation_recipe(faces, faces, options);
  }
  if (net == "vgg19") {
    IdentityOptions options;
    options.ngf = 4;
    return make_identity_recipe(faces, faces, options);
  }
  if (net == "reenactment") {
    ReenactmentOptions options;
    options.ngf = 4;
    return make_reenactment_recipe(faces, faces, perception, options);
  }
  StageOptions options;
  options.ngf = 4;
  return (net == "inpainting" ? make_inpainting_recipe : make_blending_recipe)(
      faces, faces, perception, {}, options);
}

class TrainOn : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    if (device_name() != "cpu" && !at::hasCUDA()) {
      GTEST_SKIP() << "no CUDA device";
    }
    configure_torch(at::get_num_threads());
  }

  [[nodiscard]] static std::string device_name() { return std::get<0>(GetParam()); }

  [[nodiscard]] static std::string net() { return std::get<1>(GetParam()); }
};

TEST_P(TrainOn, TwoStepsOfEachLevelWithAnAdversary) {
  const std::unique_ptr<Recipe> recipe = recipe_of(net());
  FitOptions options = few_steps(4, 1e-3);
  options.device = parse_device(device_name());
  options.base_steps = net() == "segmentation" || net() == "vgg19" ? 0 : 2;
  options.adversarial = 0.01;
  options.ndf = 4;
  const TempDir dir;
  const FitResult result = fit(*recipe, options, dir.path(), {});
  EXPECT_TRUE(result.finished);
  EXPECT_TRUE(std::isfinite(result.best_validation.value()));
  const NetWeights untrained = random_net_weights(recipe->net_info(), 1);
  EXPECT_EQ(result.weights.tensors.size(), untrained.tensors.size());
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms()) << "the flags are back";
}

/// The same step on both devices, as far as float32 and the order of its sums allow.
TEST_P(TrainOn, GradientsAreThoseOfTheCpu) {
  const std::unique_ptr<Recipe> recipe = recipe_of(net());
  const c10::Device device = parse_device(device_name());
  const TrainingMode mode(device.type(), GpuKernels::kAny);
  const NetWeights initial = random_net_weights(recipe->net_info(), 7);
  const auto gradients_on = [&](c10::Device where) {
    NetWeights weights = copy_of(initial, where);
    Adam adam(weights, trainable_names(weights.info), {});
    CounterRng rng(3);
    StepMode step;
    step.network = Mode::kEval;  // no dropout, and no statistics of four crops
    recipe->train_step(weights, 4, rng, step).loss.backward();
    TensorMap gradients;
    for (const std::string& name : trainable_names(weights.info)) {
      const at::Tensor& gradient = weights.tensors.at(name).grad();
      if (gradient.defined()) {
        gradients[name] = gradient.to(at::kCPU);
      }
    }
    return gradients;
  };
  if (net() == "vgg19") {
    GTEST_SKIP() << "the devices draw other dropouts";
  }
  const TensorMap expected = gradients_on(c10::kCPU);
  const TensorMap found = gradients_on(device);
  ASSERT_EQ(found.size(), expected.size());
  ASSERT_FALSE(expected.empty());
  for (const auto& [name, gradient] : expected) {
    const auto scale = gradient.abs().max().item<double>();
    EXPECT_LE((found.at(name) - gradient).abs().max().item<double>(), 0.02 * scale + 1e-6) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, TrainOn,
                         ::testing::Combine(::testing::Values("cpu", "cuda:0"),
                                            ::testing::Values("segmentation", "reenactment",
                                                              "inpainting", "blending", "vgg19")),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param) == "cpu" ? "Cpu" : "Gpu") +
                                  "_" + std::get<1>(test.param);
                         });

}  // namespace
}  // namespace changeling
