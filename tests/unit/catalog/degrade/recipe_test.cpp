#include "catalog/degrade/recipe.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"

namespace changeling {
namespace {

std::string refusal_of(const std::string& text, const std::string& name = "mine") {
  return refusal_of(ErrorKind::kConfig, [&] { (void)DegradationProfile::parse(name, text); });
}

TEST(DegradationProfile, ReadsWhatItPrints) {
  const std::string text = "SIZE:480 FPS:15 GNC:1-3 JPEG:8 X264:28 X264:20-40";
  EXPECT_EQ(DegradationProfile::parse("mine", "  " + text + " ").text(), text);
}

TEST(DegradationProfile, RefusesWhatItCannotDo) {
  EXPECT_NE(refusal_of("ZOOM:3 X264:23").find("'ZOOM:3' is no step"), std::string::npos);
  EXPECT_NE(refusal_of("GB:6 X264:23").find("1..5"), std::string::npos);
  EXPECT_NE(refusal_of("GB:3-1 X264:23").find("1..5"), std::string::npos);
  EXPECT_NE(refusal_of("X264:").find("0..51"), std::string::npos);
  EXPECT_NE(refusal_of("X264:23x").find("0..51"), std::string::npos);
  EXPECT_NE(refusal_of("X264:99999999999").find("0..51"), std::string::npos);
  EXPECT_NE(refusal_of("X264:23 GB:1").find("end with a codec"), std::string::npos);
  EXPECT_NE(refusal_of("").find("end with a codec"), std::string::npos);
  EXPECT_NE(refusal_of("FPS:15 FPS:10 X264:23").find("more than once"), std::string::npos);
  EXPECT_NE(refusal_of("X264:23", "../up").find("a-z"), std::string::npos);
}

TEST(DegradationProfile, BuiltInNamesAreUnique) {
  std::set<std::string> names;
  for (const DegradationProfile& profile : builtin_profiles()) {
    EXPECT_TRUE(names.insert(profile.name).second) << profile.name;
    EXPECT_EQ(DegradationProfile::parse(profile.name, profile.text()).text(), profile.text());
  }
}

TEST(DegradationProfile, TheDocumentedTableIsThatOfTheCode) {
  std::string table = "| name | steps |\n|---|---|\n";
  for (const DegradationProfile& profile : builtin_profiles()) {
    table += "| `" + profile.name + "` | `" + profile.text() + "` |\n";
  }
  const std::string page = read_file(CHANGELING_SOURCE_DIR "/docs/formats/degradations.md");
  EXPECT_NE(page.find("## Profiles\n" + table + "\n"), std::string::npos)
      << "the table should read\n"
      << table;
}

TEST(DegradationProfile, DrawsLevelsAndSeedsByTheSeedAlone) {
  const DegradationProfile profile = DegradationProfile::parse("mine", "GNC:1-3 X264:20-40");
  std::set<int> levels;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const std::vector<Step> steps = profile.draw(seed);
    EXPECT_EQ(profile.draw(seed)[0].seed, steps[0].seed);
    EXPECT_GE(steps[0].level, 1);
    EXPECT_LE(steps[0].level, 3);
    EXPECT_NE(steps[0].seed, 0U);
    EXPECT_EQ(steps[1].seed, 0U);  // an encoder draws nothing
    levels.insert(steps[1].level);
  }
  EXPECT_GT(levels.size(), 10U);
  EXPECT_NE(profile.draw(1)[0].seed, profile.draw(2)[0].seed);
}

TEST(ShapeChange, KeepsFramesByRate) {
  const std::vector<Step> steps = DegradationProfile::parse("m", "FPS:15 X264:23").draw(1);
  const ShapeChange change = change_of({64, 48, {25, 1}, 10}, steps);
  EXPECT_EQ(change.to.frame_rate.numerator, 15);
  ASSERT_EQ(change.to.n_frames, 6);  // frames at 0, 1/15 .. 5/15 s of 0.4 s
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i < change.to.n_frames; ++i) {
    kept.push_back(change.parent_frame(i));
  }
  EXPECT_EQ(kept, (std::vector<std::int64_t>{0, 1, 3, 5, 6, 8}));
}

TEST(ShapeChange, NeverAddsFramesOrPixels) {
  const std::vector<Step> steps = DegradationProfile::parse("m", "SIZE:720 FPS:60 X264:23").draw(1);
  const ShapeChange change = change_of({640, 360, {30000, 1001}, 7}, steps);
  EXPECT_EQ(change.to.n_frames, 7);
  EXPECT_EQ(change.to.frame_rate.denominator, 1001);
  EXPECT_EQ(change.to.width_px, 640);
  EXPECT_EQ(change.parent_frame(6), 6);
}

TEST(ShapeChange, ShrinksTheShorterSideToEvenPixels) {
  EXPECT_EQ(resized(1920, 1080, 480), std::make_pair(854, 480));
  EXPECT_EQ(resized(1080, 1920, 480), std::make_pair(480, 854));
  EXPECT_EQ(resized(101, 75, 480), std::make_pair(101, 75));
}

TEST(Recipe, TellsShapesStepsAndSeeds) {
  const DegradationProfile profile =
      DegradationProfile::parse("mine", "SIZE:24 FPS:15 GNC:2 X265:30");
  const std::vector<Step> steps = profile.draw(5);
  const ShapeChange shape = change_of({64, 48, {25, 1}, 10}, steps);
  const std::string text = recipe_json("c23", profile, steps, shape);
  const nlohmann::json recipe = nlohmann::json::parse(text);
  EXPECT_EQ(recipe.at("parent_profile"), "c23");
  EXPECT_EQ(recipe.at("text"), profile.text());
  EXPECT_EQ(recipe.at("steps").at(2).at("params").at("strength"), 0.002);
  EXPECT_EQ(recipe.at("steps").at(2).at("seed"), steps[2].seed);
  EXPECT_EQ(recipe.at("steps").at(3).at("params").at("codec"), "h265");
  const ShapeChange read = shape_from_recipe(text);
  EXPECT_EQ(read.to.height_px, 24);
  EXPECT_EQ(read.to.n_frames, 6);
  EXPECT_EQ(read.from.frame_rate.numerator, 25);
  EXPECT_THROW((void)shape_from_recipe("{}"), Error);
}

TEST(ShapeChange, KeepsWhatIsShownAtEachNewTimeWhereTheRateVaries) {
  const std::vector<Step> steps = {{StepType::kRate, 10, 0}, {StepType::kH264, 23, 0}};
  const ClipShape clip{64, 48, {20, 1}, 6};
  // Shown from 0, 0.05, 0.35, 0.4, 0.45, 0.5 s; asked for at 0, 0.1, .. 0.5 s.
  const ShapeChange change = change_of(clip, steps, {0, 0.05, 0.35, 0.4, 0.45, 0.5});
  EXPECT_EQ(change.picks, (std::vector<std::int64_t>{0, 1, 1, 1, 3, 5}));
  EXPECT_EQ(change.to.n_frames, 6);
  const ShapeChange read = shape_from_recipe(
      recipe_json("c23", DegradationProfile::parse("slow", "FPS:10 X264:23"), steps, change));
  EXPECT_EQ(read.picks, change.picks);
  EXPECT_EQ(read.parent_frame(3), 1);
  EXPECT_EQ(read.parent_frame(6), clip.n_frames) << "past the end";
}

TEST(ShapeChange, TimesOfAConstantRateChangeNothing) {
  const std::vector<Step> steps = {{StepType::kRate, 10, 0}, {StepType::kH264, 23, 0}};
  const ClipShape clip{64, 48, {20, 1}, 4};
  const ShapeChange change = change_of(clip, steps, {0.5, 0.5501, 0.6, 0.6499});
  EXPECT_TRUE(change.picks.empty());
  EXPECT_EQ(change.to.n_frames, change_of(clip, steps).to.n_frames);
  EXPECT_EQ(change.parent_frame(1), 2);
  EXPECT_TRUE(change_of(clip, {{StepType::kH264, 23, 0}}, {0, 1, 5, 6}).picks.empty())
      << "without a lower rate every frame is kept";
}

}  // namespace
}  // namespace changeling
