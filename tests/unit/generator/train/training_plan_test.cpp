#include "generator/train/training_plan.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {
namespace {

using ::testing::HasSubstr;

std::string refusal_of(const std::string& json) {
  try {
    (void)read_training_plan(json, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(TrainingPlan, ReadsStagesWithTheirDefaults) {
  PlanPlace place;
  place.folder = "/data";
  const std::vector<FitSettings> stages = read_training_plan(
      R"({"stages": [{"net": "segmentation", "packs": ["a"], "steps": 10},
          {"net": "inpainting", "out": "c", "packs": ["b", "d"], "steps": 90, "base_steps": 30,
           "ngf": 8, "schedule": "cosine", "segmentation": "segmentation", "perception": "none"}]})",
      place);
  ASSERT_EQ(stages.size(), 2U);
  EXPECT_EQ(stages[0].net, TrainedNet::kSegmentation);
  EXPECT_EQ(stages[0].out, "/data/segmentation");
  EXPECT_EQ(stages[0].segmentation.ngf, 16);
  EXPECT_EQ(stages[0].fit.schedule, Schedule::kHalving);
  EXPECT_EQ(stages[1].out, "/data/c");
  EXPECT_EQ(stages[1].packs, (std::vector<std::filesystem::path>{"/data/b", "/data/d"}));
  EXPECT_EQ(stages[1].stage.ngf, 8);
  EXPECT_EQ(stages[1].fit.base_steps, 30);
  EXPECT_EQ(stages[1].fit.schedule, Schedule::kCosine);
  EXPECT_EQ(stages[1].perception, Perception::kNone);
  EXPECT_EQ(stages[1].trained_nets.at("segmentation"), "/data/segmentation/best.safetensors");
}

TEST(TrainingPlan, ReadsHowAStageRuns) {
  const auto stages = read_training_plan(
      R"({"stages": [{"net": "reenactment", "packs": ["a"], "steps": 90, "patience": 4,
          "stage_schedule": "restart", "full_rate": 0.4, "stepwise": true}]})",
      {});
  EXPECT_EQ(stages.front().fit.patience, 4);
  EXPECT_TRUE(stages.front().fit.restarts_schedule);
  EXPECT_DOUBLE_EQ(stages.front().fit.full_rate, 0.4);
  EXPECT_TRUE(stages.front().reenactment.is_stepwise);
  EXPECT_THAT(refusal_of(R"({"stages": [{"net": "blending", "packs": [], "steps": 1,
                  "patience": -1}]})"),
              HasSubstr("'patience' must be at least 0"));
}

TEST(TrainingPlan, ACapShortensEveryStage) {
  PlanPlace place;
  place.folder = "d";
  place.steps_cap = 6;
  const auto stages = read_training_plan(
      R"({"stages": [{"net": "blending", "packs": ["p"], "steps": 90, "base_steps": 30,
                      "inpainting": "inpainting"}]})",
      place);
  EXPECT_EQ(stages.front().fit.steps, 6);
  EXPECT_EQ(stages.front().fit.base_steps, 3);
  EXPECT_EQ(stages.front().packs.front(), "d/p");
  EXPECT_EQ(stages.front().out, "d/trial-cpu-6/blending")
      << "the real training keeps its own folder";
  EXPECT_EQ(stages.front().trained_nets.at("inpainting"),
            "d/trial-cpu-6/inpainting/best.safetensors");
  EXPECT_EQ(stages.front().checked_packs, "d/checked-packs.json") << "the packs are the same";
}

TEST(TrainingPlan, TheLossMayLookThroughAVggOfTheSamePlan) {
  PlanPlace place;
  place.folder = "d";
  const auto stages = read_training_plan(
      R"({"stages": [{"net": "vgg19", "out": "v", "packs": ["p"], "steps": 1},
                     {"net": "reenactment", "packs": ["p"], "steps": 1, "perception": "vgg",
                      "vgg": "v"}]})",
      place);
  EXPECT_EQ(stages[0].out, "d/v");
  EXPECT_EQ(stages[1].perception, Perception::kVgg);
  EXPECT_EQ(stages[1].vgg_weights, "d/v/best.safetensors");
  EXPECT_THAT(refusal_of(R"({"stages": [{"net": "reenactment", "packs": ["p"], "steps": 1,
                  "perception": "vgg"}]})"),
              HasSubstr("has no 'vgg'"));
}

TEST(TrainingPlan, RefusalsNameStageAndKey) {
  EXPECT_THAT(refusal_of("[]"), HasSubstr("list 'stages'"));
  EXPECT_THAT(refusal_of("{\"stages\": 3}"), HasSubstr("list 'stages'"));
  EXPECT_THAT(refusal_of("{\"stages\""), HasSubstr("list 'stages'"));
  EXPECT_THAT(refusal_of("{\"stages\": [3]}"), HasSubstr("stage 1"));
  EXPECT_THAT(refusal_of(R"({"stages": [{"net": "face", "packs": [], "steps": 1}]})"),
              HasSubstr("unknown network 'face'"));
  EXPECT_THAT(refusal_of(R"({"stages": [{"net": "blending", "steps": 1}]})"),
              HasSubstr("stage 1 of the training plan has no 'packs'"));
  EXPECT_THAT(refusal_of(R"({"stages": [{"net": "blending", "packs": [], "steps": "x"}]})"),
              HasSubstr("'steps' has a value of the wrong kind"));
  EXPECT_THAT(refusal_of(R"({"stages": [{"net": "blending", "packs": [], "steps": 0}]})"),
              HasSubstr("'steps' must be at least 1"));
  EXPECT_THAT(refusal_of(R"({"stages": [{"net": "blending", "packs": [], "steps": 1, "x": 1}]})"),
              HasSubstr("unknown key 'x'"));
  EXPECT_THAT(
      refusal_of(R"({"stages": [{"net": "blending", "packs": [], "steps": 1, "schedule": "no"}]})"),
      HasSubstr("'schedule' is 'no'"));
}

TEST(TrainingPlan, TheShippedPlanIsOne) {
  const auto stages = read_training_plan(
      read_file(std::filesystem::path(CHANGELING_SOURCE_DIR) / "configs/gpu-train.json"), {});
  ASSERT_EQ(stages.size(), 5U);
  for (const FitSettings& stage : stages) {
    const bool is_stage_of_two = stage.net != TrainedNet::kSegmentation;
    EXPECT_EQ(stage.fit.restarts_schedule, is_stage_of_two) << to_string(stage.net);
    EXPECT_DOUBLE_EQ(stage.fit.full_rate, is_stage_of_two ? 0.4 : 1) << to_string(stage.net);
  }
  EXPECT_DOUBLE_EQ(stages.back().fit.adversarial, 0.1) << "of G_b, as FSGAN's";
}

}  // namespace
}  // namespace changeling
