#include "generator/batch/target_queue.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/digest.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

/// A face of unknown pose, or turned into one of three bins; occlusion is unknown of some.
Appearance face_of(std::size_t kind) {
  Appearance face;
  if (kind % 4 != 3) {
    constexpr std::array<double, 3> kTurns = {5, 30, 60};
    face.yaw_min_deg = face.yaw_max_deg = kTurns[kind % 4];
  }
  if (kind % 3 != 2) {
    face.is_occluded = kind % 3 == 1;
  }
  return face;
}

/// All targets in the order of the need, as a plain sort gives it.
std::vector<TargetQueue::Target> sorted(std::vector<TargetQueue::Target> targets,
                                        const std::vector<Appearance>& faces,
                                        const TargetQueue::Need& need) {
  const auto misses = [&](const TargetQueue::Target& target) {
    const Appearance& face = faces[target.index];
    return (need.yaw_bin && yaw_bin(face) && yaw_bin(face) != need.yaw_bin ? 1 : 0) +
           (need.is_occluded && !face.is_occluded.value_or(false) ? 1 : 0);
  };
  std::sort(targets.begin(), targets.end(), [&](const auto& a, const auto& b) {
    return misses(a) != misses(b) ? misses(a) < misses(b) : a < b;
  });
  return targets;
}

TEST(TargetQueue, GivesTheOrderOfASort) {
  CounterRng rng(1);
  for (int round = 0; round < 40; ++round) {
    TargetQueue queue;
    std::vector<Appearance> faces;
    std::vector<TargetQueue::Target> targets;
    for (std::size_t i = 0; i < 30; ++i) {
      faces.push_back(face_of(rng.below(12)));
      targets.push_back({static_cast<std::int64_t>(rng.below(3)), rng.below(5), i});
      queue.add(targets.back(), faces.back());
    }
    TargetQueue::Need need;
    need.is_occluded = round % 2 == 0;
    if (round % 4 != 3) {
      need.yaw_bin = static_cast<std::size_t>(round % 4);
    }
    for (const TargetQueue::Target& expected : sorted(targets, faces, need)) {
      ASSERT_FALSE(queue.is_empty());
      const TargetQueue::Target first = queue.first(need).value();
      EXPECT_EQ(first.index, expected.index) << "round " << round;
      queue.erase(first, faces[first.index]);
    }
    EXPECT_TRUE(queue.is_empty());
  }
}

/// Three parts of mixed people with three clips each: caps, quotas and refusals of every kind.
SamplerInput mixed_people() {
  SamplerInput input;
  const std::array<std::string, 3> parts = {"train", "train", "test"};
  for (int person = 1; person <= 40; ++person) {
    SamplerPerson row;
    row.id = SubjectId{person};
    row.part = parts[static_cast<std::size_t>(person) % 3];
    row.leak_group = person / 2;
    if (person % 5 != 0) {
      row.gender = person % 2 == 0 ? "f" : "m";
      row.skintone = person % 4 + 1;
    }
    input.people.push_back(row);
    for (int clip = 0; clip < 3; ++clip) {
      Appearance face = face_of(static_cast<std::size_t>(person * 3 + clip) % 12);
      face.media = MediaId{person * 3 + clip};
      face.subject = row.id;
      face.key = "c@1|" + std::to_string(face.media.value) + ".mp4|p" + std::to_string(person);
      face.licence = "MIT";
      face.consent_basis = "licensed";
      face.is_redistributable = face.is_probed = true;
      face.n_frames = 100;
      face.sharpness = (person * 7 + clip) % 50;
      input.appearances.push_back(face);
    }
  }
  return input;
}

/// Equal settings and seeds give equal lists, in every version of the program.
TEST(PairSampler, DrawsWhatItAlwaysDrew) {
  PairSpec spec;
  spec.pairs_per_part = 120;
  spec.self_share = 0.2;
  spec.max_pose_gap_deg = 40;
  const PairDraw draw = draw_pairs(mixed_people(), spec, 10000);  // every refusal has its row
  std::string text;
  for (const PairRow& pair : draw.pairs) {
    text += pair.part + pair.stratum + std::to_string(pair.draw_index) + " " +
            std::to_string(pair.source_media.value) + " " +
            std::to_string(pair.target_media.value) + "\n";
  }
  for (const PairRefusalRow& refusal : draw.refusals) {
    text += refusal.part + refusal.stratum + std::to_string(refusal.draw_index) + " " +
            std::to_string(refusal.attempt) + refusal.reason + " " +
            std::to_string(refusal.source_media.value_or(MediaId{}).value) + " " +
            std::to_string(refusal.target_media.value_or(MediaId{}).value) + "\n";
  }
  EXPECT_EQ(draw.pairs.size(), 146U);
  EXPECT_EQ(draw.refusals.size(), 4776U);
  EXPECT_EQ(sha256(text).hex().substr(0, 16), "5cdc11549a075dec");
}

}  // namespace
}  // namespace changeling
