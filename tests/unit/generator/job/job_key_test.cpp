#include "generator/job/job_key.h"

#include <gtest/gtest.h>

#include "generator/job/builtin_methods.h"
#include "generator/options/generate_options.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

Config config_with(const std::vector<std::string>& settings) {
  Config config(collect_options(generate_verb()));
  for (const std::string& setting : settings) {
    config.apply_setting(setting, "test");
  }
  return config;
}

SwapMethod::Variant variant(const std::string& name) {
  SwapMethod::Variant result;
  result.name = name;
  result.version = "1";
  return result;
}

// A key that changes makes every fake anew: this text changes on purpose only (last:
// analysis.tile_px).
TEST(JobParams, AreThoseOfTheMethodAlone) {
  const std::string params = job_params(config_with({"generate.method=mesh_swap"}), "mesh_swap");
  EXPECT_EQ(
      params,
      R"({"analysis":{"detect_every":5,"identity_every":15,"max_gap_frames":12,)"
      R"("min_face_px":32,"min_identity_cosine":0.35,"min_track_iou":0.3,)"
      R"("score_threshold":0.65,"smoothing_sigma_frames":1.0,"tile_px":640},"generate":{"codec":"h264",)"
      R"("crf":23,"gop_frames":250,"keep_audio":true,"max_frames":0,"method":"mesh_swap",)"
      R"("preset":"medium"},"mesh_swap":{"max_pose_gap_deg":30.0,"max_views":6,)"
      R"("min_face_px":64,"min_track_frames":10},"seed":1})");
}

TEST(JobParams, DoNotDependOnTheOtherMethodsOfTheRun) {
  const Config config = config_with({});
  const std::vector<SwapMethod::Variant> both = {variant("mesh_swap"), variant("other")};
  EXPECT_EQ(run_params(config, {variant("mesh_swap")}), job_params(config, "mesh_swap"));
  EXPECT_NE(run_params(config, both), job_params(config, "mesh_swap"));
}

TEST(JobParams, NameTheTrimmingOfClipsOnlyWhereItIsAskedFor) {
  EXPECT_NE(job_params(config_with({"generate.trim=swapped"}), "mesh_swap"),
            job_params(config_with({}), "mesh_swap"));
}

TEST(JobParams, NamePartsOnlyWhereFakesArePartial) {
  const std::string whole = job_params(config_with({"generate.partial.seconds=3"}), "mesh_swap");
  EXPECT_EQ(whole, job_params(config_with({}), "mesh_swap"));
  const std::string partial = job_params(config_with({"generate.partial.share=0.5"}), "mesh_swap");
  EXPECT_NE(partial.find("\"share\":0.5"), std::string::npos);
}

TEST(JobParams, LeaveOutPicturesOfStages) {
  EXPECT_EQ(job_params(config_with({"run.dump_stages=/a", "run.dump_every=3"}), "fsgan"),
            job_params(config_with({}), "fsgan"));
}

TEST(JobParams, LeaveOutWhereWeightsLieAndWhatIsOnlyKeptInMemory) {
  const std::string params = job_params(config_with({}), "fsgan");
  EXPECT_EQ(job_params(config_with({"fsgan.weights=/a", "fsgan.cached_views=7"}), "fsgan"), params);
  EXPECT_NE(job_params(config_with({"fsgan.max_views=2"}), "fsgan"), params);
  EXPECT_EQ(job_params(config_with({"fsgan.max_views=2"}), "mesh_swap"),
            job_params(config_with({}), "mesh_swap"));
}

TEST(RunDigest, ChangesWithVersionsAndNetworks) {
  const Config config = config_with({});
  const SwapMethod::Variant plain = variant("mesh_swap");
  SwapMethod::Variant newer = plain;
  newer.version = "2";
  SwapMethod::Variant trained = plain;
  trained.models = {{"net", "net", "1", sha256("weights"), "MIT", ""}};
  EXPECT_EQ(run_digest(config, {plain}), run_digest(config, {plain}));
  EXPECT_NE(run_digest(config, {plain}), run_digest(config, {newer}));
  EXPECT_NE(run_digest(config, {plain}), run_digest(config, {trained}));
}

TEST(JobKey, ChangesWithPairMethodNetworksParametersAndSeed) {
  const TempDir folder;
  TinyCatalog catalog(folder.path(), 3);
  const CorpusStore corpora(catalog.database());
  const std::vector<PairRow> pairs = PairStore(catalog.database()).pairs(catalog.list());
  const SwapMethod::Variant plain = variant("mesh_swap");
  SwapMethod::Variant trained = plain;
  trained.models = {{"net", "net", "1", sha256("weights"), "MIT", ""}};
  const Digest key = job_key(corpora, pairs[0], plain, "{}", 1);
  EXPECT_EQ(job_key(corpora, pairs[0], plain, "{}", 1), key);
  EXPECT_NE(job_key(corpora, pairs[1], plain, "{}", 1), key);
  EXPECT_NE(job_key(corpora, pairs[0], trained, "{}", 1), key);
  EXPECT_NE(job_key(corpora, pairs[0], plain, "{ }", 1), key);
  EXPECT_NE(job_key(corpora, pairs[0], plain, "{}", 2), key);
}

TEST(MakeMethods, SortsAndMergesTheList) {
  const MethodSet methods = make_methods(config_with({"generate.method=mesh_swap,mesh_swap"}));
  ASSERT_EQ(methods.entries().size(), 1U);
  EXPECT_EQ(methods.find("mesh_swap").index, 0U);
  EXPECT_TRUE(methods.made_with("mesh_swap").empty());
}

TEST(MakeMethods, RefusesNone) {
  EXPECT_THROW((void)make_methods(config_with({"generate.method="})), Error);
}

}  // namespace
}  // namespace changeling
