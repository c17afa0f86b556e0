// What makes a preparation another one.
#include "generator/train_data/preparation_inputs.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "tests/support/head_corpus.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

/// Ann's analysed video.
class PreparationInputs : public testing::Test {
 protected:
  PreparationInputs() { corpus_.cache_analysis({"ann", {}}); }

  [[nodiscard]] Digest inputs(const PrepareOptions& options = {}) const {
    return preparation_inputs(plan_, options, corpus_.corpora, corpus_.blobs);
  }

  TempDir folder_;
  HeadCorpus corpus_{folder_.path(), {{"ann", {}}}};
  SequencePlan plan_ = plan_sequences(corpus_.corpora, corpus_.pairs, "all", {});
};

TEST_F(PreparationInputs, EverySettingOfThePacksCounts) {
  const std::vector<std::function<void(PrepareOptions&)>> changes = {
      [](PrepareOptions& options) { options.resolution_px = 64; },
      [](PrepareOptions& options) { options.crop_scale = 1.3; },
      [](PrepareOptions& options) { options.landmarks = LandmarkSource::kGiven; },
      [](PrepareOptions& options) { options.masks = MaskChoice::kNone; },
      [](PrepareOptions& options) { options.min_face_px = 47; },
      [](PrepareOptions& options) { options.min_sharpness = 1; },
      [](PrepareOptions& options) { options.min_mask_share = 0.06; },
      [](PrepareOptions& options) { options.min_frames = 2; },
      [](PrepareOptions& options) { options.frames.max_frames = 99; },
      [](PrepareOptions& options) { options.frames.min_spacing = 5; }};
  std::set<Digest> seen = {inputs()};
  for (const auto& change : changes) {
    PrepareOptions options;
    change(options);
    EXPECT_TRUE(seen.insert(inputs(options)).second) << seen.size();
  }
  PrepareOptions elsewhere;
  elsewhere.out = "elsewhere";
  EXPECT_EQ(inputs(elsewhere), inputs());
}

TEST_F(PreparationInputs, WhatTheCatalogSaysOfAMediumCounts) {
  const std::vector<std::function<void(PlannedSequence&)>> changes = {
      [](PlannedSequence& sequence) { sequence.part = "val"; },
      [](PlannedSequence& sequence) { sequence.video += "2"; },
      [](PlannedSequence& sequence) { sequence.subject.ext_id = "bo"; },
      [](PlannedSequence& sequence) { sequence.corpus.licence = "MIT"; },
      [](PlannedSequence& sequence) { sequence.media.front().sha256 = sha256("other"); },
      [](PlannedSequence& sequence) { sequence.media.front().probe_error = "broken"; },
      [](PlannedSequence& sequence) { sequence.media.push_back(sequence.media.front()); }};
  std::set<Digest> seen = {inputs()};
  const SequencePlan plan = plan_;
  for (const auto& change : changes) {
    plan_ = plan;
    change(plan_.sequences.front());
    EXPECT_TRUE(seen.insert(inputs()).second) << seen.size();
  }
}

TEST_F(PreparationInputs, WhoIsSeenWhereCounts) {
  const Digest before = inputs();
  SightingRow sighting;
  sighting.media_id = plan_.sequences.front().media.front().id;
  sighting.subject_id = plan_.sequences.front().subject.id;
  sighting.ext_sighting_id = "box";
  sighting.x = sighting.y = sighting.w = sighting.h = 20;
  corpus_.corpora.add_sighting(sighting);
  const Digest with_box = inputs();
  EXPECT_NE(with_box, before);
  SubjectRow other;
  other.corpus_id = plan_.sequences.front().corpus.id;
  other.ext_id = "bo";
  sighting.subject_id = corpus_.corpora.add_subject(other);
  corpus_.corpora.add_sighting(sighting);
  EXPECT_NE(inputs(), with_box);
}

TEST_F(PreparationInputs, NetworksCountForStillsOnly) {
  PrepareOptions options;
  options.models_dir = folder_ / "models";
  const auto write = [&](const std::string& pose) {
    write_file_atomically(options.models_dir / "det_rfb320.safetensors", "det");
    write_file_atomically(options.models_dir / "lmk68.safetensors", "lmk");
    write_file_atomically(options.models_dir / "pose66.safetensors", pose);
  };
  write("pose");
  const Digest of_video = inputs(options);
  plan_.sequences.front().media.front().kind = "image";
  const Digest of_still = inputs(options);
  write("another pose");
  EXPECT_NE(inputs(options), of_still);
  plan_.sequences.front().media.front().kind = "video";
  EXPECT_EQ(inputs(options), of_video);
}

}  // namespace
}  // namespace changeling
