#include "reports/training_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/weights/safetensors.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What a training of G_c leaves; each file can be left out.
class TrainingPage : public testing::Test {
 protected:
  void write_curve() const {
    write_file_atomically(folder() / "curve.csv", "step,pixel,validation\n10,0.5,\n20,0.25,0.75\n");
  }

  void write_checkpoint_at(const std::string& step) const {
    write_safetensors(folder() / "checkpoint.safetensors", {},
                      {{"step", step},
                       {"best_validation", "0x1.8p-1"},
                       {"option.role", "inpainting"},
                       {"option.steps", "100"},
                       {"option.base_steps", "5"},
                       {"option.batch", "16"},
                       {"option.seed", "7"},
                       {"option.adversarial", "0.1"},
                       {"option.learning_rate", "0.0001"},
                       {"option.schedule", "halving"},
                       {"option.halve_every", "4000"},
                       {"option.full_rate", "0.4"},
                       {"option.stage_schedule", "restart"},
                       {"option.trained_on", "faces (3 people)"},
                       {"option.recipe.perception", "id512 0123"},
                       {"option.recipe.pixel_weight", "1"},
                       {"note.licence", "CC0 <research>"}});
  }

  void write_best() const {
    write_safetensors(folder() / "best.safetensors", {},
                      {{"role", "inpainting"},
                       {"step", "20"},
                       {"steps", "100"},
                       {"commit", "0123abcd"},
                       {"device", "cuda:0"},
                       {"licence", "CC0 <research>"},
                       {"trained_on", "faces (3 people)"}});
  }

  void write_end(const std::string& how, const std::string& step) const {
    write_file_atomically(folder() / "end.json", R"({"schema_version":1,"end":")" + how +
                                                     R"(","step":)" + step +
                                                     R"(,"peak_memory_bytes":3145728})");
  }

  [[nodiscard]] std::filesystem::path folder() const { return dir_ / "g_c"; }

  [[nodiscard]] std::string fact(const std::string& name) const {
    for (const ReportFact& fact : read_training(folder()).facts) {
      if (fact.name == name) {
        return fact.value;
      }
    }
    return "no such fact";
  }

 private:
  TempDir dir_;
};

TEST_F(TrainingPage, TellsWhatTheFilesTell) {
  write_curve();
  write_checkpoint_at("20");
  write_best();
  write_end("stopped", "20");
  EXPECT_EQ(write_training_page(folder()).title, "Training of inpainting");
  EXPECT_EQ(fact("folder"), "g_c");
  EXPECT_EQ(fact("steps"), "20 of 100, base stage 5");
  EXPECT_EQ(fact("best validation"), "0.75 at step 20");
  EXPECT_EQ(fact("trained on"), "faces (3 people)");
  EXPECT_EQ(fact("losses and variation"), "pixel_weight 1, adversarial_weight 0.1");
  EXPECT_EQ(fact("perceptual net"), "id512 0123");
  EXPECT_EQ(fact("rate"),
            "0.0001, halved every 4000 steps, after the base stage x 0.4, begun anew");
  EXPECT_EQ(fact("batch, seed"), "16, 7");
  EXPECT_THAT(fact("ran on"), HasSubstr("cuda:0"));
  EXPECT_EQ(fact("commit"), "0123abcd");
  EXPECT_EQ(fact("peak memory"), "3 MiB");
  const std::string page = read_file(folder() / "report.html");
  EXPECT_THAT(page, HasSubstr("CC0 &lt;research&gt;"));
  EXPECT_THAT(page, HasSubstr("validation, last 0.75"));
  (void)write_training_page(folder());
  EXPECT_EQ(read_file(folder() / "report.html"), page) << "the same files, the same bytes";
}

TEST_F(TrainingPage, IsTheSameHoweverItsFolderIsWritten) {
  write_best();
  const TrainingModel plain = read_training(folder());
  const TrainingModel slashed = read_training(folder() / "");
  EXPECT_EQ(slashed.facts.front().value, "g_c");
  EXPECT_EQ(slashed.facts.front().value, plain.facts.front().value);
  EXPECT_EQ(read_training(folder() / ".").facts.front().value, "g_c");
}

TEST_F(TrainingPage, TellsHowATrainingEnded) {
  write_checkpoint_at("20");
  EXPECT_EQ(fact("end"), "not at an end: killed, or still running");
  write_end("stopped", "20");
  EXPECT_EQ(fact("end"), "stopped, to be continued");
  write_end("patience", "20");
  EXPECT_EQ(fact("end"), "patience: no gain in the last validations");
  write_checkpoint_at("30");
  EXPECT_EQ(fact("end"), "not at an end: killed, or still running") << "it went on";
  write_checkpoint_at("100");
  EXPECT_EQ(fact("end"), "all steps are done");
}

TEST_F(TrainingPage, KnowsTheLicenceBeforeThereAreWeights) {
  write_checkpoint_at("3");
  EXPECT_EQ(fact("best validation"), "none yet");
  EXPECT_EQ(fact("licence"), "CC0 <research>");
}

TEST_F(TrainingPage, SaysWhatNoFileRecords) {
  write_curve();
  EXPECT_EQ(fact("end"), "not recorded");
  EXPECT_EQ(fact("steps"), "20 of not recorded");
  write_best();  // the largest file is left on the other machine
  EXPECT_EQ(fact("steps"), "20 of 100");
  EXPECT_EQ(fact("best validation"), "at step 20");
  EXPECT_EQ(fact("rate"), "not recorded");
  EXPECT_EQ(fact("licence"), "CC0 <research>");
}

TEST_F(TrainingPage, ShowsTheNewestPicture) {
  write_curve();
  const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x18\0\0\0\x0c", 24);
  write_file_atomically(folder() / "pictures/step-00000010.png", "not looked at");
  write_file_atomically(folder() / "pictures/step-00000020.png", png);
  const std::optional<ReportPicture> picture = read_training(folder()).picture;
  ASSERT_TRUE(picture.has_value());
  EXPECT_EQ(picture->width_px, 24);
  EXPECT_EQ(picture->height_px, 12);
  EXPECT_THAT(picture->caption, HasSubstr("step-00000020"));
}

TEST_F(TrainingPage, RefusesWhatIsNoTrainingOrDamaged) {
  const auto refused = [&](ErrorKind kind) {
    return refusal_of(kind, [&] { (void)write_training_page(folder()); });
  };
  EXPECT_THAT(refused(ErrorKind::kInput), HasSubstr("is no folder of a training"));
  write_file_atomically(folder() / "curve.csv", "step,pixel\n10\n");
  EXPECT_THAT(refused(ErrorKind::kInput), HasSubstr("curve.csv': a row"));
  write_curve();
  write_file_atomically(folder() / "end.json", "{}");
  EXPECT_THAT(refused(ErrorKind::kInput), HasSubstr("end.json"));
  write_end("stopped", "20");
  write_file_atomically(folder() / "best.safetensors", "no weights");
  EXPECT_THAT(refused(ErrorKind::kModel), HasSubstr("best.safetensors"));
  write_best();
  write_file_atomically(folder() / "pictures/step-00000020.png", "no picture");
  EXPECT_THAT(refused(ErrorKind::kInput), HasSubstr("step-00000020.png' is no PNG picture"));
  EXPECT_FALSE(std::filesystem::exists(folder() / "report.html"));
}

}  // namespace
}  // namespace changeling
