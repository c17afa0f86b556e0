// Embeddings in the plane, so that every rank is known by hand.
#include "evaluator/metrics/retrieval.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

Embedding at_degrees(double angle) {
  const double radians = angle * 3.14159265358979323846 / 180;
  return {static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))};
}

/// Person 1 in videos 10 (0 degrees) and 11 (50), person 2 in 20 (30), person 3 in 30 (90).
std::vector<GalleryVideo> four_videos() {
  return {{30, 3, at_degrees(90)},
          {10, 1, at_degrees(0)},
          {20, 2, at_degrees(30)},
          {11, 1, at_degrees(50)}};
}

TEST(Retrieval, PictureOfTheVideoItselfRanksFirst) {
  const Gallery gallery(four_videos(), MatchOn::kVideo);
  for (const GalleryVideo& entry : four_videos()) {
    EXPECT_EQ(gallery.rank(entry.mean, entry.video, entry.subject), 1);
  }
}

TEST(Retrieval, RanksMatchHandCounts) {
  const Gallery videos(four_videos(), MatchOn::kVideo);
  EXPECT_EQ(videos.size(), 4);
  EXPECT_EQ(videos.rank(at_degrees(42), 11, 1), 1);
  EXPECT_EQ(videos.rank(at_degrees(38), 11, 1), 2);  // person 2 is nearer
  EXPECT_EQ(videos.rank(at_degrees(38), 10, 1), 3);  // then 11, then 10
  EXPECT_EQ(videos.rank(at_degrees(38), 30, 3), 4);
  EXPECT_EQ(videos.rank(at_degrees(72), 10, 1), 4);
}

TEST(Retrieval, AnyVideoOfThePersonCountsWherePeopleAreMatched) {
  const Gallery people(four_videos(), MatchOn::kSubject);
  EXPECT_EQ(people.size(), 3);
  EXPECT_EQ(people.rank(at_degrees(48), 10, 1), 1);  // by video it would be third
  EXPECT_EQ(people.rank(at_degrees(38), 10, 1), 2);
  EXPECT_EQ(people.rank(at_degrees(10), 30, 3), 3);  // person 1 counts once, not twice
}

TEST(Retrieval, TiesAreWrong) {
  std::vector<GalleryVideo> twins = four_videos();
  twins.push_back({40, 4, at_degrees(0)});
  EXPECT_EQ(Gallery(twins, MatchOn::kVideo).rank(at_degrees(0), 10, 1), 2);
  EXPECT_EQ(Gallery(twins, MatchOn::kVideo).rank(at_degrees(0), 40, 4), 2);
  const Embedding nothing = {0, 0};  // no cosine at all
  EXPECT_EQ(Gallery(four_videos(), MatchOn::kVideo).rank(nothing, 10, 1), 4);
}

TEST(Retrieval, FallsWithNoise) {
  CounterRng rng(5);
  std::vector<GalleryVideo> people;
  for (int i = 0; i < 20; ++i) {
    people.push_back({i, i, {}});
    for (int d = 0; d < 16; ++d) {
      people.back().mean.push_back(static_cast<float>(rng.uniform() - 0.5));
    }
  }
  const Gallery gallery(people, MatchOn::kVideo);
  int last = 1000;
  for (const double noise : {0.0, 2.0, 4.0, 20.0}) {
    int hits = 0;
    CounterRng draws(9);
    for (int k = 0; k < 400; ++k) {
      const GalleryVideo& person = people[static_cast<std::size_t>(k % 20)];
      Embedding query = person.mean;
      for (float& value : query) {
        value += static_cast<float>(noise * (draws.uniform() - 0.5));
      }
      hits += gallery.rank(query, person.video, person.subject) == 1 ? 1 : 0;
    }
    EXPECT_LT(hits, last) << noise;
    EXPECT_TRUE(noise > 0 || hits == 400);
    last = hits;
  }
  EXPECT_LT(last, 150);  // of 400; chance is 20
}

TEST(Retrieval, WhatIsNotThereCannotBeRanked) {
  const Gallery gallery(four_videos(), MatchOn::kVideo);
  EXPECT_FALSE(gallery.has(12, 1));
  EXPECT_TRUE(Gallery(four_videos(), MatchOn::kSubject).has(12, 1));
  EXPECT_THROW((void)gallery.rank(at_degrees(0), 12, 1), Error);
  std::vector<GalleryVideo> twice = four_videos();
  twice.push_back(twice.front());
  EXPECT_THROW(Gallery(twice, MatchOn::kVideo), Error);
}

}  // namespace
}  // namespace changeling
