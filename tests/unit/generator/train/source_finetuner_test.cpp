#include "generator/train/source_finetuner.h"

#include <filesystem>
#include <map>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "generator/methods/fsgan/fsgan_nets.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/generator/fsgan/swap_fixture.h"
#include "tests/unit/generator/train/drawn_faces.h"

namespace changeling {
namespace {

/// Files in a folder.
class FolderStore : public SourceStore {
 public:
  explicit FolderStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::optional<std::filesystem::path> find(const Digest& key) const override {
    const auto found = files_.find(key.hex());
    return found == files_.end() ? std::nullopt : std::optional(found->second);
  }

  [[nodiscard]] std::filesystem::path staging() const override { return folder_; }

  std::filesystem::path keep(const Digest& key, const std::filesystem::path& file) override {
    ++kept;
    return files_[key.hex()] = file;
  }

  int kept = 0;

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::filesystem::path> files_;
};

NetWeights random_reenactment() {
  return random_fsgan_weights(4, 64, 1.2, 1).front();
}

std::unique_ptr<SourceFinetuner> finetuner(int samples, double rate = 2e-3) {
  return std::make_unique<SourceFinetuner>(random_reenactment(), nullptr,
                                           FinetuneOptions{samples, rate, ""}, tiny_options());
}

/// Drawn faces of one person at several angles.
TunerCrops views(int count, int person = 0) {
  const FaceSet faces = drawn_faces(person + 1, count, 64);
  const at::Tensor images = all_crops(faces).images.narrow(0, person * count, count);
  return {images.permute({0, 3, 1, 2}).to(at::kFloat) / 127.5 - 1,
          faces.landmarks.narrow(0, person * count, count)};
}

/// Mean difference between what `net` paints of view 0 in the pose of view 1, and view 1.
double error_of(const NetRunner& net, const TunerCrops& crops) {
  const c10::NoGradGuard no_grad;
  const at::Tensor painted = net.run(crops.images.narrow(0, 0, 1), crops.landmarks.narrow(0, 1, 1),
                                     at::zeros({1}, at::TensorOptions().dtype(at::kLong)));
  return (painted.narrow(1, 0, 3) - crops.images.narrow(0, 1, 1)).abs().mean().item<double>();
}

TEST(SourceFinetuner, PaintsTheSourceBetterThanBefore) {
  const TunerCrops crops = views(3);
  const auto before = make_fsgan_runner(random_reenactment(), tiny_options());
  const auto after = finetuner(90)->tune(crops, nullptr, {});
  ASSERT_NE(after, nullptr);
  EXPECT_LT(error_of(*after, crops), 0.8 * error_of(*before, crops));
}

TEST(SourceFinetuner, AKeptNetworkIsTheOneThatWasMade) {
  const TempDir dir;
  FolderStore store(dir.path());
  const TunerCrops crops = views(3);
  const double made = error_of(*finetuner(7)->tune(crops, &store, {}), crops);
  EXPECT_EQ(store.kept, 1);
  int steps = 0;
  const auto count = [&steps] { ++steps; };
  EXPECT_EQ(error_of(*finetuner(7)->tune(crops, &store, count), crops), made);
  EXPECT_EQ(steps, 0);
  EXPECT_EQ(error_of(*finetuner(7)->tune(crops, nullptr, count), crops), made);
  EXPECT_EQ(steps, 3);  // 3 + 3 + 1 samples
}

TEST(SourceFinetuner, OtherViewsOrSettingsAreAnotherNetwork) {
  const TempDir dir;
  FolderStore store(dir.path());
  (void)finetuner(3)->tune(views(2), &store, {});
  (void)finetuner(4)->tune(views(2), &store, {});
  (void)finetuner(3, 1e-3)->tune(views(2), &store, {});
  (void)finetuner(3)->tune(views(2, 1), &store, {});
  EXPECT_EQ(store.kept, 4);
}

TEST(SourceFinetuner, OneViewIsNothingToLearnFrom) {
  EXPECT_EQ(finetuner(3)->tune(views(1), nullptr, {}), nullptr);
}

TEST(SourceFinetuner, LearnsWeightsAndKeepsTheStatisticsOfTheNetwork) {
  const TempDir dir;
  FolderStore store(dir.path());
  (void)finetuner(7)->tune(views(3), &store, {});
  const auto files = std::filesystem::directory_iterator(dir.path());
  const NetWeights tuned = read_net_weights(std::filesystem::begin(files)->path());
  int statistics = 0;
  bool is_changed = false;
  for (const auto& [name, tensor] : random_reenactment().tensors) {
    const bool is_equal =
        at::equal(tuned.tensors.at(name), tensor.to(at::kBFloat16).to(at::kFloat));
    if (name.find(".running_") != std::string::npos) {
      EXPECT_TRUE(is_equal) << name;
      ++statistics;
    } else {
      is_changed = is_changed || !is_equal;
    }
  }
  EXPECT_GT(statistics, 0);
  EXPECT_TRUE(is_changed);
}

TEST(SourceFinetuner, StopsWhenAsked) {
  const TempDir dir;
  FolderStore store(dir.path());
  EXPECT_THROW((void)finetuner(30)->tune(views(2), &store,
                                         [] { throw Error(ErrorKind::kCancelled, "stopped"); }),
               Error);
  EXPECT_EQ(store.kept, 0);
}

std::shared_ptr<FsganMethod> tuned_method() {
  const FsganOptions options = tiny_options();
  return std::make_shared<FsganMethod>(
      prepare_fsgan_nets(random_fsgan_weights(4, 64, 1.2, 1), options), options, finetuner(6));
}

TEST(SourceFinetuner, EveryPlanOfASwapPaintsWithItsOwnNetwork) {
  const auto method = tuned_method();
  HeadClip source = source_head();
  source.face.yaw_deg = 3;
  HeadClip other = source_head();
  other.face.mouth_open = 0.5F;
  const HeadClip target;
  const auto first = plan_of(*method, request_for(source, target));
  const auto second = plan_of(*method, request_for(other, target));
  const SwapItem one = item_of(*method, *first, target, 4);
  const SwapItem two = item_of(*method, *second, target, 4);
  const auto together = method->swap({one, two, one});
  EXPECT_TRUE(equal(together[0][0], method->swap({one})[0][0]));
  EXPECT_TRUE(equal(together[1][0], method->swap({two})[0][0]));
  EXPECT_TRUE(equal(together[2][0], together[0][0]));
  const auto untuned = random_method(tiny_options());
  const auto plain = plan_of(*untuned, request_for(source, target));
  const ComposedFrame before = untuned->swap({item_of(*untuned, *plain, target, 4)})[0][0];
  EXPECT_FALSE(equal(together[0][0], before));
  EXPECT_EQ(together[0][0].record->flags.back(), "finetuned");
  EXPECT_TRUE(before.record->flags.empty() || before.record->flags.back() != "finetuned");
}

}  // namespace
}  // namespace changeling
