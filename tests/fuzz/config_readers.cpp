// Readers of settings: YAML, the spec of a data set, degradation profiles and recipes.
#include "catalog/degrade/recipe.h"
#include "catalog/export/dataset_spec.h"
#include "common/cli/config.h"
#include "tests/fuzz/hostile_reader.h"
#include "tests/unit/common/cli/sample_verbs.h"

namespace changeling {
namespace {

void read_yaml(const std::string& bytes) {
  static const Config defaults(collect_options(sample_verbs()));
  Config config = defaults;
  config.apply_file(scratch_file("yaml/hostile.yaml", bytes));
  (void)config.to_json();
}

/// Only what a catalog stores: a spec that does not fit its checks was never stored, either.
void read_spec(const std::string& bytes) {
  const DatasetSpec spec = DatasetSpec::from_json(bytes);
  const std::string written = spec.to_json();
  expect(DatasetSpec::from_json(written).to_json() == written, "a spec reads back the same");
  spec.check();
}

void read_profile(const std::string& bytes) {
  const DegradationProfile profile = DegradationProfile::parse("hostile", bytes);
  expect(DegradationProfile::parse("again", profile.text()).text() == profile.text(),
         "a profile reads back the same");
  for (const Step& step : profile.draw(1)) {
    expect(step.level >= 0, "levels are drawn from the range");
  }
}

void read_recipe(const std::string& bytes) {
  (void)shape_from_recipe(bytes);
}

DatasetSpec small_spec() {
  DatasetSpec spec;
  spec.name = "faces";
  spec.version = "1.0.0";
  spec.formats = {"webdataset"};
  spec.mix = {{"mesh_swap", 0.5}, {"fsgan", 0.5}};
  spec.ladder = {kAsMade, "low"};
  spec.profiles = {{"low", "SIZE:240 X264:28-35"}};
  return spec;
}

std::string small_recipe() {
  const DegradationProfile profile = DegradationProfile::parse("low", "FPS:10 X264:28");
  const std::vector<Step> steps = profile.draw(1);
  const ClipShape clip{64, 48, {25, 1}, 5};
  return recipe_json("as_made", profile, steps, change_of(clip, steps, {0, 0.04, 0.1, 0.2, 0.24}));
}

}  // namespace

std::vector<HostileReader> config_readers() {
  return {
      {"yaml",
       {ErrorKind::kConfig, ErrorKind::kInput},
       {"generate:\n  crf: 18\n  rate: 0.5\n  codec: ffv1\n  tags: [a, b]\nrun:\n  resume: false\n",
        "generate: &g {crf: 18, title: \"x\\u00e9\"}\nseed: 7 # c\n",
        "generate:\n  title: |\n    long\n  max_frames: 3\n"},
       read_yaml},
      {"export_spec",
       {ErrorKind::kCatalog, ErrorKind::kConfig},
       {small_spec().to_json()},
       read_spec},
      {"degradation",
       {ErrorKind::kConfig},
       {"SIZE:480 FPS:15 GNC:1-5 X264:28-35 X264:28", "JPEG:10 AV1:40"},
       read_profile},
      {"recipe", {ErrorKind::kCatalog}, {small_recipe()}, read_recipe}};
}

}  // namespace changeling
