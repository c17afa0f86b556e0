#include "generator/batch/pair_sampler.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "catalog/store/database.h"
#include "common/base/error.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

Appearance appearance_of(std::int64_t person, std::int64_t medium) {
  Appearance appearance;
  appearance.key = "c@1|" + std::to_string(1000 + medium) + ".mp4|p" + std::to_string(person);
  appearance.media = MediaId{medium};
  appearance.subject = SubjectId{person};
  appearance.licence = "MIT";
  appearance.consent_basis = "licensed";
  appearance.is_redistributable = true;
  appearance.is_probed = true;
  appearance.n_frames = 100;
  return appearance;
}

/// `n` people of part train, each with `clips` clips.
SamplerInput crowd(int n, int clips = 1) {
  SamplerInput input;
  for (int person = 1; person <= n; ++person) {
    input.people.push_back({SubjectId{person}, "train", person, {}, {}});
    for (int clip = 0; clip < clips; ++clip) {
      input.appearances.push_back(appearance_of(person, (person - 1) * clips + clip + 1));
    }
  }
  return input;
}

/// One stratum without constraints, everything that caps allow.
PairSpec open_spec() {
  PairSpec spec;
  spec.pairs_per_part = 0;
  spec.plausible_share = 0;
  return spec;
}

/// Every ordered pair of media of different people.
PairSpec all_pairs_spec() {
  PairSpec spec = open_spec();
  spec.allow_reverse = true;
  spec.max_per_subject_pair = 1000000;
  spec.max_per_source_subject = 1000000;
  spec.max_per_target_subject = 1000000;
  spec.max_per_medium = 1000000;
  return spec;
}

using MediaPair = std::pair<std::int64_t, std::int64_t>;

std::vector<MediaPair> media_pairs(const PairDraw& draw) {
  std::vector<MediaPair> pairs;
  for (const PairRow& pair : draw.pairs) {
    pairs.emplace_back(pair.source_media.value, pair.target_media.value);
  }
  return pairs;
}

std::map<std::string, std::int64_t> refusals_of(const SamplerInput& input, const PairSpec& spec) {
  return count_refusals(draw_pairs(input, spec).refusals);
}

std::vector<std::string> missed_quotas(const PairDraw& draw) {
  std::vector<std::string> missed;
  for (const QuotaResult& quota : draw.quotas) {
    if (quota.is_missed()) {
      missed.push_back(quota.quota);
    }
  }
  return missed;
}

TEST(DrawPairs, DrawsEveryOrderedPairOfTheDemo) {
  SamplerInput input = crowd(2);
  input.appearances.push_back(appearance_of(2, 3));
  const PairDraw draw = draw_pairs(input, all_pairs_spec());
  EXPECT_THAT(media_pairs(draw), UnorderedElementsAre(MediaPair(1, 2), MediaPair(1, 3),
                                                      MediaPair(2, 1), MediaPair(3, 1)));
  EXPECT_THAT(draw.quotas, IsEmpty());
  EXPECT_THAT(count_refusals(draw.refusals),
              UnorderedElementsAre(Pair("same_subject", 5), Pair("cap_pair", 4)));
}

TEST(DrawPairs, DrawsAllOrderedPairsOfManyClipsDespiteTheLimitOfAttempts) {
  PairSpec spec = all_pairs_spec();
  spec.max_attempts = 3;
  EXPECT_THAT(draw_pairs(crowd(12, 2), spec).pairs, SizeIs(24 * 22));
}

TEST(DrawPairs, DrawsTwentyOfTwelvePeople) {
  PairSpec spec;
  spec.pairs_per_part = 20;
  spec.plausible_share = 0;
  const PairDraw draw = draw_pairs(crowd(12), spec);
  EXPECT_THAT(draw.pairs, SizeIs(20));
  EXPECT_THAT(missed_quotas(draw), IsEmpty());
  for (const PairRow& pair : draw.pairs) {
    EXPECT_FALSE(pair.source_track);
    EXPECT_EQ(pair.stratum, "unconstrained");
  }
}

TEST(DrawPairs, SpreadsTargetsEvenly) {
  PairSpec spec;
  spec.pairs_per_part = 24;
  spec.plausible_share = 0;
  std::map<MediaId, int> uses;
  for (const PairRow& pair : draw_pairs(crowd(12), spec).pairs) {
    ++uses[pair.target_media];
  }
  EXPECT_THAT(uses, SizeIs(12));
  for (const auto& [medium, count] : uses) {
    EXPECT_EQ(count, 2) << medium.value;
  }
}

TEST(DrawPairs, ChangesWithTheSeedAndOnlyWithIt) {
  PairSpec spec;
  spec.pairs_per_part = 20;
  spec.plausible_share = 0;
  const std::vector<MediaPair> first = media_pairs(draw_pairs(crowd(12), spec));
  EXPECT_EQ(first, media_pairs(draw_pairs(crowd(12), spec)));
  spec.seed = 1;
  EXPECT_NE(first, media_pairs(draw_pairs(crowd(12), spec)));
}

TEST(DrawPairs, KeepsTheListItOnceDrew) {  // a change here needs a new version of the sampler
  PairSpec spec;
  spec.pairs_per_part = 4;
  spec.plausible_share = 0;
  spec.seed = 42;
  EXPECT_STREQ(kPairSampler, "pair_sampler@1");
  EXPECT_THAT(media_pairs(draw_pairs(crowd(6), spec)),
              ElementsAre(MediaPair(1, 6), MediaPair(4, 3), MediaPair(6, 5), MediaPair(3, 1)));
}

TEST(DrawPairs, NeverCrossesParts) {
  SamplerInput input = crowd(30);
  for (SamplerPerson& person : input.people) {
    person.part = person.id.value % 3 == 0 ? "train" : (person.id.value % 3 == 1 ? "val" : "test");
  }
  const PairDraw draw = draw_pairs(input, open_spec());
  EXPECT_GT(draw.pairs.size(), 50U);
  for (const PairRow& pair : draw.pairs) {
    EXPECT_EQ(pair.source_subject.value % 3, pair.target_subject.value % 3);
    EXPECT_EQ(pair.part,
              input.people[static_cast<std::size_t>(pair.source_subject.value - 1)].part);
  }
}

TEST(DrawPairs, SkipsPartsWithoutPeopleAndPartsNotAskedFor) {
  PairSpec spec = open_spec();
  EXPECT_THAT(draw_pairs(crowd(4), spec).quotas, IsEmpty());
  spec.pairs_per_part = 2;
  const PairDraw draw = draw_pairs(crowd(4), spec);
  EXPECT_THAT(draw.quotas, SizeIs(2));  // the two strata of train
  spec.parts = {"val"};
  EXPECT_THAT(draw_pairs(crowd(4), spec).pairs, IsEmpty());
}

// The refusal codes, each from the smallest input that brings it about.

TEST(Refusals, SameSubject) {
  EXPECT_THAT(refusals_of(crowd(1, 2), open_spec()), Contains(Pair("same_subject", 4)));
}

TEST(Refusals, SameMedia) {
  SamplerInput input = crowd(2);
  input.appearances[1].media = input.appearances[0].media;
  EXPECT_THAT(refusals_of(input, open_spec()), Contains(Pair("same_media", 2)));
}

TEST(Refusals, SameLeakGroup) {
  SamplerInput input = crowd(2);
  input.people[1].leak_group = input.people[0].leak_group;
  EXPECT_THAT(refusals_of(input, open_spec()), Contains(Pair("same_leak_group", 2)));
}

TEST(Refusals, CapSource) {
  PairSpec spec = all_pairs_spec();
  spec.max_per_source_subject = 1;
  const PairDraw draw = draw_pairs(crowd(4), spec);
  EXPECT_THAT(draw.pairs, SizeIs(4));
  EXPECT_THAT(count_refusals(draw.refusals), Contains(Key("cap_source")));
}

TEST(Refusals, CapTarget) {
  PairSpec spec = all_pairs_spec();
  spec.max_per_target_subject = 1;
  const PairDraw draw = draw_pairs(crowd(4), spec);
  EXPECT_THAT(draw.pairs, SizeIs(4));
  EXPECT_THAT(count_refusals(draw.refusals), Contains(Pair("cap_target", 4)));
}

TEST(Refusals, CapMediaOnEitherSide) {
  PairSpec spec = all_pairs_spec();
  spec.max_per_medium = 1;
  const PairDraw draw = draw_pairs(crowd(4), spec);
  EXPECT_GE(draw.pairs.size(), 3U);
  EXPECT_THAT(count_refusals(draw.refusals), Contains(Key("cap_media")));
  std::set<MediaId> sources, targets;
  for (const PairRow& pair : draw.pairs) {
    EXPECT_TRUE(sources.insert(pair.source_media).second);
    EXPECT_TRUE(targets.insert(pair.target_media).second);
  }
}

TEST(Refusals, CapPairAndReverse) {
  PairSpec spec = all_pairs_spec();
  spec.max_per_subject_pair = 1;
  spec.allow_reverse = false;
  EXPECT_THAT(draw_pairs(crowd(2, 3), spec).pairs, SizeIs(1));
  EXPECT_THAT(refusals_of(crowd(2, 3), spec), Contains(Key("cap_pair")));
  spec.allow_reverse = true;
  EXPECT_THAT(draw_pairs(crowd(2, 3), spec).pairs, SizeIs(2));
}

TEST(Refusals, StratumMismatch) {
  SamplerInput input = crowd(3);
  input.people[0].gender = "f";
  input.people[1].gender = "m";
  input.people[2].gender = "f";
  for (SamplerPerson& person : input.people) {
    person.skintone = 2;
  }
  input.people[2].skintone = 4;
  PairSpec spec = open_spec();
  spec.plausible_share = 1;
  const PairDraw draw = draw_pairs(input, spec);
  EXPECT_THAT(draw.pairs, IsEmpty());
  EXPECT_THAT(count_refusals(draw.refusals), Contains(Pair("stratum_mismatch", 6)));
  input.people[2].skintone = 3;
  EXPECT_THAT(draw_pairs(input, spec).pairs, SizeIs(1));
}

TEST(Refusals, AttributesUnknownInPlausibleOnly) {
  PairSpec spec;
  spec.pairs_per_part = 4;
  spec.plausible_share = 0.5;
  const PairDraw draw = draw_pairs(crowd(4), spec);
  EXPECT_THAT(
      count_refusals(draw.refusals),
      ::testing::AllOf(Contains(Pair("attr_unknown", 4)), Contains(Pair("attempts_exhausted", 1))));
  EXPECT_THAT(draw.pairs, SizeIs(2));
  EXPECT_THAT(missed_quotas(draw), ElementsAre("plausible"));
}

TEST(Refusals, AttributesUnknownOfTheSource) {
  SamplerInput input = crowd(2);
  input.people[0].gender = "f";
  input.people[0].skintone = 2;
  PairSpec spec = open_spec();
  spec.plausible_share = 1;
  EXPECT_THAT(refusals_of(input, spec), Contains(Pair("attr_unknown", 2)));
}

TEST(Refusals, TrackShort) {
  SamplerInput input = crowd(2);
  input.appearances[0].n_frames = 24;
  input.appearances[1].n_frames = 25;
  EXPECT_THAT(refusals_of(input, open_spec()), Contains(Pair("track_short", 1)));
}

TEST(Refusals, FaceSmallWhereTheSizeIsKnown) {
  SamplerInput input = crowd(3);
  input.appearances[0].face_px = 63.9;
  input.appearances[1].face_px = 64;
  EXPECT_THAT(refusals_of(input, open_spec()), Contains(Pair("face_small", 1)));
}

TEST(Refusals, PoseGapWhereBothPosesAreKnown) {
  SamplerInput input = crowd(3);
  input.appearances[0].yaw_min_deg = -5;  // person 1 looks ahead
  input.appearances[0].yaw_max_deg = 5;
  input.appearances[1].yaw_min_deg = 10;  // person 2 turns up to 36 degrees
  input.appearances[1].yaw_max_deg = 36;
  const PairDraw draw = draw_pairs(input, all_pairs_spec());
  EXPECT_THAT(count_refusals(draw.refusals), Contains(Pair("pose_gap", 1)));
  EXPECT_THAT(media_pairs(draw), ::testing::Not(Contains(MediaPair(1, 2))));
  EXPECT_THAT(media_pairs(draw), Contains(MediaPair(2, 1)));
  EXPECT_THAT(media_pairs(draw), Contains(MediaPair(3, 2)));
}

TEST(Refusals, BlurredBelowThePercentile) {
  SamplerInput input = crowd(10);
  for (std::size_t i = 0; i < 10; ++i) {
    input.appearances[i].sharpness = static_cast<double>(i);
  }
  PairSpec spec = open_spec();
  spec.min_sharpness_percentile = 30;  // nearest rank: the third value, 2
  EXPECT_THAT(refusals_of(input, spec), Contains(Pair("blurred", 2)));
  spec.min_sharpness_percentile = 0;
  EXPECT_THAT(refusals_of(input, spec), ::testing::Not(Contains(Key("blurred"))));
}

TEST(Refusals, NearDuplicate) {
  SamplerInput input = crowd(3);
  input.doubles = {{SubjectId{1}, SubjectId{2}}};
  EXPECT_THAT(refusals_of(input, open_spec()), Contains(Pair("near_duplicate", 2)));
  for (const MediaPair& pair : media_pairs(draw_pairs(input, all_pairs_spec()))) {
    EXPECT_EQ(pair.first + pair.second > 3, true) << pair.first << " and " << pair.second;
  }
  input.people[1].leak_group = input.people[0].leak_group;
  EXPECT_THAT(refusals_of(input, open_spec()), Contains(Pair("near_duplicate", 2)));
}

TEST(Refusals, NearDuplicateOfAnotherPart) {
  SamplerInput input = crowd(3);
  input.appearances[0].has_double_elsewhere = true;
  const PairDraw draw = draw_pairs(input, all_pairs_spec());
  EXPECT_THAT(media_pairs(draw), UnorderedElementsAre(Pair(2, 3), Pair(3, 2)));
  EXPECT_THAT(count_refusals(draw.refusals), Contains(Pair("near_duplicate", 1)));
}

TEST(Refusals, BystanderLeakAndUnknown) {
  SamplerInput input = crowd(3);
  input.appearances[0].shows_other_part = true;
  input.appearances[1].shows_unknown = true;
  EXPECT_THAT(refusals_of(input, open_spec()),
              ::testing::AllOf(Contains(Pair("bystander_leak", 1)),
                               Contains(Pair("bystander_unknown", 1))));
}

TEST(Refusals, Withdrawn) {
  SamplerInput input = crowd(2);
  input.appearances[0].is_withdrawn = true;
  EXPECT_THAT(refusals_of(input, open_spec()), Contains(Pair("withdrawn", 1)));
  EXPECT_THAT(draw_pairs(input, open_spec()).pairs, IsEmpty());
}

TEST(Refusals, ProbeError) {
  SamplerInput input = crowd(2);
  input.appearances[0].is_probed = false;
  EXPECT_THAT(refusals_of(input, open_spec()), Contains(Pair("probe_error", 1)));
}

TEST(Refusals, LicenceForbids) {
  SamplerInput input = crowd(4);
  input.appearances[0].licence = "CC-BY-NC-ND-4.0";
  input.appearances[1].consent_basis = "public-research";
  input.appearances[2].is_redistributable = false;
  PairSpec spec = open_spec();
  EXPECT_THAT(refusals_of(input, spec), ::testing::Not(Contains(Key("licence_forbids"))));
  spec.forbidden_licences = {"CC-BY-NC-ND-4.0"};
  spec.consent_bases = {"licensed"};
  spec.redistributable_only = true;
  EXPECT_THAT(refusals_of(input, spec), Contains(Pair("licence_forbids", 3)));
}

TEST(Refusals, AttemptsExhausted) {
  PairSpec spec;
  spec.pairs_per_part = 1;
  spec.plausible_share = 0;
  spec.max_attempts = 5;
  const PairDraw draw = draw_pairs(crowd(1, 10), spec);
  EXPECT_THAT(draw.pairs, IsEmpty());
  EXPECT_THAT(count_refusals(draw.refusals),
              UnorderedElementsAre(Pair("same_subject", 10), Pair("attempts_exhausted", 2)));
  EXPECT_THAT(missed_quotas(draw), ElementsAre("unconstrained"));
}

TEST(Refusals, ThatAreTooManyAreCountedInOneRow) {
  const PairDraw draw = draw_pairs(crowd(1, 6), open_spec(), 5);
  EXPECT_THAT(count_refusals(draw.refusals), UnorderedElementsAre(Pair("same_subject", 36)));
  std::vector<std::int64_t> draws;
  for (const PairRefusalRow& row : draw.refusals) {
    draws.push_back(row.draws());
  }
  EXPECT_THAT(draws, ElementsAre(1, 1, 1, 1, 1, 31));
  EXPECT_EQ(draw.refusals.back().draw_index, -2);
  EXPECT_FALSE(draw.refusals.back().target_media);
}

TEST(Refusals, OfAShortListAreTheSameHoweverManyAreKept) {
  PairSpec spec = open_spec();
  spec.max_per_source_subject = spec.max_per_target_subject = 1;
  const PairDraw all = draw_pairs(crowd(8, 4), spec, 1000000);
  const PairDraw few = draw_pairs(crowd(8, 4), spec, 2);
  EXPECT_LT(few.refusals.size(), all.refusals.size());
  EXPECT_EQ(count_refusals(few.refusals), count_refusals(all.refusals));
  EXPECT_EQ(media_pairs(few), media_pairs(all));
}

TEST(Refusals, OfScreeningNameTheMediumOnce) {
  SamplerInput input = crowd(3);
  input.appearances[2].is_probed = false;
  const PairDraw draw = draw_pairs(input, open_spec());
  const PairRefusalRow& first = draw.refusals.front();
  EXPECT_EQ(first.stratum, kScreeningStratum);
  EXPECT_EQ(first.draw_index, -1);
  EXPECT_EQ(first.target_media, MediaId{3});
  EXPECT_FALSE(first.source_media);
}

TEST(Quotas, DividePairsBetweenTheStrata) {
  SamplerInput input = crowd(20);
  for (SamplerPerson& person : input.people) {
    person.gender = "f";
    person.skintone = 3;
  }
  PairSpec spec;
  spec.pairs_per_part = 50;
  const PairDraw draw = draw_pairs(input, spec);
  EXPECT_EQ(std::count_if(draw.pairs.begin(), draw.pairs.end(),
                          [](const PairRow& pair) { return pair.stratum == "plausible"; }),
            40);
  EXPECT_THAT(draw.pairs, SizeIs(50));
  EXPECT_THAT(missed_quotas(draw), IsEmpty());
  EXPECT_EQ(stratum_quotas(draw.pairs, {"train"}, spec)[0].drawn, 40);
  EXPECT_EQ(stratum_quotas(draw.pairs, {"train"}, spec)[1].drawn, 10);
}

TEST(Quotas, AreMissedByMoreThanFivePercentOnly) {
  EXPECT_FALSE((QuotaResult{"train", "plausible", 100, 95}.is_missed()));
  EXPECT_TRUE((QuotaResult{"train", "plausible", 100, 94}.is_missed()));
  EXPECT_FALSE((QuotaResult{"train", "plausible", 0, 0}.is_missed()));
}

TEST(Quotas, OfPosesAreServedWherePosesAreKnown) {
  SamplerInput input = crowd(30);
  for (std::size_t i = 0; i < 30; ++i) {
    const double turn = i % 3 == 0 ? 5 : (i % 3 == 1 ? 30 : 60);
    input.appearances[i].yaw_min_deg = turn - 1;
    input.appearances[i].yaw_max_deg = turn + 1;
  }
  PairSpec spec;
  spec.pairs_per_part = 20;
  spec.plausible_share = 0;
  spec.max_pose_gap_deg = 90;
  const PairDraw draw = draw_pairs(input, spec);
  std::map<std::string, std::int64_t> drawn;
  for (const QuotaResult& quota : draw.quotas) {
    drawn[quota.quota] = quota.drawn;
  }
  EXPECT_EQ(drawn.at("yaw_0_15"), 8);
  EXPECT_EQ(drawn.at("yaw_15_45"), 8);
  EXPECT_EQ(drawn.at("yaw_45_up"), 4);
  EXPECT_THAT(missed_quotas(draw), IsEmpty());
}

TEST(Quotas, OfPosesAreMissedWhenNobodyTurns) {
  SamplerInput input = crowd(10);
  for (Appearance& appearance : input.appearances) {
    appearance.yaw_min_deg = -2;
    appearance.yaw_max_deg = 2;
  }
  PairSpec spec;
  spec.pairs_per_part = 20;
  spec.plausible_share = 0;
  EXPECT_THAT(missed_quotas(draw_pairs(input, spec)), ElementsAre("yaw_15_45", "yaw_45_up"));
  spec.yaw_shares.clear();
  EXPECT_THAT(missed_quotas(draw_pairs(input, spec)), IsEmpty());
}

TEST(Quotas, OfOcclusionAreServedWhereTheCorpusTells) {
  SamplerInput input = crowd(40);
  for (Appearance& appearance : input.appearances) {
    appearance.is_occluded = appearance.media.value <= 4;
  }
  PairSpec spec;
  spec.pairs_per_part = 40;
  spec.plausible_share = 0;
  const PairDraw draw = draw_pairs(input, spec);
  const std::int64_t n_occluded =
      std::count_if(draw.pairs.begin(), draw.pairs.end(),
                    [](const PairRow& pair) { return pair.target_media.value <= 4; });
  EXPECT_GE(n_occluded, 4);
  EXPECT_THAT(missed_quotas(draw), IsEmpty());
}

TEST(PairSpec, RefusesSharesOutsideTheirRange) {
  PairSpec spec;
  spec.plausible_share = 1.5;
  EXPECT_THROW((void)draw_pairs(crowd(2), spec), Error);
  spec = {};
  spec.yaw_shares = {0.5, 0.5};
  EXPECT_THROW((void)draw_pairs(crowd(2), spec), Error);
  spec = {};
  spec.parts = {"training"};
  EXPECT_THROW((void)draw_pairs(crowd(2), spec), Error);
}

TEST(PairSpec, TellsEverySettingButTheSeed) {
  PairSpec a;
  PairSpec b;
  b.seed = 7;
  EXPECT_EQ(a.to_json(), b.to_json());
  b.max_attempts = 51;
  EXPECT_NE(a.to_json(), b.to_json());
  b = a;
  EXPECT_EQ(a.to_json().find("min_identity_cosine"), std::string::npos)
      << "lists from before this setting stay what they are";
  b.min_identity_cosine = 0.7;
  EXPECT_NE(a.to_json(), b.to_json());
}

/// Random people, parts, attributes, groups and clips.
SamplerInput random_input() {
  SamplerInput input;
  const int n_people = *rc::gen::inRange(1, 12);
  for (int person = 1; person <= n_people; ++person) {
    SamplerPerson row{SubjectId{person}, *rc::gen::element<std::string>("train", "val"), 0, {}, {}};
    row.leak_group = (row.part == "train" ? 0 : 100) + *rc::gen::inRange(0, 6);
    if (*rc::gen::inRange(0, 4) > 0) {
      row.gender = *rc::gen::element<std::string>("f", "m");
      row.skintone = *rc::gen::inRange(1, 7);
    }
    input.people.push_back(row);
    const int n_clips = *rc::gen::inRange(0, 4);
    for (int clip = 0; clip < n_clips; ++clip) {
      input.appearances.push_back(appearance_of(person, person * 10 + clip));
      input.appearances.back().n_frames = *rc::gen::inRange(15, 60);
    }
  }
  return input;
}

PairSpec random_spec() {
  PairSpec spec;
  spec.seed = *rc::gen::inRange<std::uint64_t>(0, 100);
  spec.pairs_per_part = *rc::gen::inRange(0, 15);
  spec.plausible_share = *rc::gen::element(0.0, 0.5, 1.0);
  spec.max_per_source_subject = *rc::gen::inRange(1, 5);
  spec.max_per_target_subject = *rc::gen::inRange(1, 5);
  spec.max_per_medium = *rc::gen::inRange(1, 3);
  spec.max_per_subject_pair = *rc::gen::inRange(1, 3);
  spec.allow_reverse = *rc::gen::arbitrary<bool>();
  spec.max_attempts = *rc::gen::inRange(1, 20);
  return spec;
}

RC_GTEST_PROP(DrawPairs, KeepsEveryRuleOnAnyInput, ()) {
  const SamplerInput input = random_input();
  const PairSpec spec = random_spec();
  const PairDraw draw = draw_pairs(input, spec);
  std::map<SubjectId, const SamplerPerson*> people;
  for (const SamplerPerson& person : input.people) {
    people[person.id] = &person;
  }
  std::map<SubjectId, int> as_source, as_target;
  std::map<MediaId, int> media_as_source, media_as_target;
  std::map<std::pair<SubjectId, SubjectId>, int> subject_pairs;
  std::set<std::tuple<MediaId, MediaId>> media;
  std::map<std::string, std::int64_t> per_part;
  for (const PairRow& pair : draw.pairs) {
    const SamplerPerson& source = *people.at(pair.source_subject);
    const SamplerPerson& target = *people.at(pair.target_subject);
    RC_ASSERT(source.part == pair.part && target.part == pair.part);
    RC_ASSERT(source.leak_group != target.leak_group);
    RC_ASSERT(++as_source[pair.source_subject] <= spec.max_per_source_subject);
    RC_ASSERT(++as_target[pair.target_subject] <= spec.max_per_target_subject);
    RC_ASSERT(++media_as_source[pair.source_media] <= spec.max_per_medium);
    RC_ASSERT(++media_as_target[pair.target_media] <= spec.max_per_medium);
    RC_ASSERT(++subject_pairs[std::make_pair(source.id, target.id)] <= spec.max_per_subject_pair);
    RC_ASSERT(spec.allow_reverse || subject_pairs.count(std::make_pair(target.id, source.id)) == 0);
    RC_ASSERT(media.emplace(pair.source_media, pair.target_media).second);
    RC_ASSERT(pair.stratum == "unconstrained" ||
              (source.gender && source.gender == target.gender &&
               std::abs(*source.skintone - *target.skintone) <= 1));
    ++per_part[pair.part];
  }
  for (const auto& [part, count] : per_part) {
    RC_ASSERT(spec.pairs_per_part == 0 || count <= spec.pairs_per_part);
  }
}

RC_GTEST_PROP(DrawPairs, NumbersEveryRefusalOnce, ()) {
  const PairSpec spec = random_spec();
  const auto kept_refusals = *rc::gen::inRange<std::int64_t>(0, 4);  // others are summed up
  std::set<std::tuple<std::string, std::string, std::int64_t, std::int64_t>> keys;
  for (const PairRefusalRow& row : draw_pairs(random_input(), spec, kept_refusals).refusals) {
    RC_ASSERT(keys.emplace(row.part, row.stratum, row.draw_index, row.attempt).second);
    RC_ASSERT(row.draw_index < 0 || row.attempt <= spec.max_attempts);
  }
}

RC_GTEST_PROP(DrawPairs, DependsOnContentNotOnRowsOrIds, ()) {
  const SamplerInput input = random_input();
  const PairSpec spec = random_spec();
  SamplerInput other = input;
  std::reverse(other.people.begin(), other.people.end());
  for (std::size_t i = other.appearances.size(); i > 1; --i) {
    std::swap(other.appearances[i - 1], other.appearances[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  for (SamplerPerson& person : other.people) {
    person.id.value = 1000 - person.id.value;
  }
  for (Appearance& appearance : other.appearances) {
    appearance.subject.value = 1000 - appearance.subject.value;
    appearance.media.value = 10000 - appearance.media.value;
  }
  std::vector<MediaPair> mapped;
  for (const auto& [source, target] : media_pairs(draw_pairs(other, spec))) {
    mapped.emplace_back(10000 - source, 10000 - target);
  }
  RC_ASSERT(mapped == media_pairs(draw_pairs(input, spec)));
}

TEST(DrawSelfPairs, PairsEveryUsableClipWithItselfOnce) {
  PairSpec spec = open_spec();
  spec.self_share = 1;
  SamplerInput input = crowd(4, 2);
  input.appearances.front().is_probed = false;
  const PairDraw draw = draw_pairs(input, spec);
  EXPECT_THAT(draw.pairs, SizeIs(7));
  for (const PairRow& pair : draw.pairs) {
    EXPECT_EQ(pair.stratum, "self");
    EXPECT_EQ(pair.source_media, pair.target_media);
    EXPECT_EQ(pair.source_subject, pair.target_subject);
  }
}

TEST(DrawSelfPairs, TakeTheirShareAndLeaveTheOthersCapsAlone) {
  PairSpec spec = open_spec();
  spec.pairs_per_part = 10;
  spec.self_share = 0.4;
  spec.max_per_medium = 1;
  spec.max_per_target_subject = 1;
  spec.max_per_source_subject = 1;
  spec.allow_reverse = true;
  const PairDraw draw = draw_pairs(crowd(6), spec);
  const auto n_self = std::count_if(draw.pairs.begin(), draw.pairs.end(),
                                    [](const auto& pair) { return pair.stratum == "self"; });
  EXPECT_EQ(n_self, 4);
  EXPECT_THAT(draw.pairs, SizeIs(testing::AllOf(testing::Ge(9U), testing::Le(10U))));
  EXPECT_EQ(draw.quotas.front().quota, "self");
  EXPECT_EQ(draw.quotas.front().wanted, 4);
  EXPECT_EQ(draw.quotas.front().drawn, 4);
}

TEST(DrawSelfPairs, ReportAQuotaThatTheClipsCannotFill) {
  PairSpec spec = open_spec();
  spec.pairs_per_part = 10;
  spec.self_share = 1;
  EXPECT_THAT(missed_quotas(draw_pairs(crowd(3), spec)), ElementsAre("self"));
}

TEST(DrawSelfPairs, FollowTheSeedAndTheCapsOfTheirPerson) {
  PairSpec spec = open_spec();
  spec.pairs_per_part = 5;
  spec.self_share = 1;
  spec.max_per_target_subject = 1;
  const auto drawn = [&spec](std::uint64_t seed) {
    spec.seed = seed;
    return media_pairs(draw_pairs(crowd(8, 3), spec));
  };
  EXPECT_THAT(drawn(1), SizeIs(5));
  EXPECT_EQ(drawn(1), drawn(1));
  EXPECT_NE(drawn(1), drawn(2));
  std::set<std::int64_t> people;
  for (const MediaPair& pair : drawn(1)) {
    people.insert((pair.first - 1) / 3);
  }
  EXPECT_THAT(people, SizeIs(5));
}

TEST(PairSpecText, NamesSelfPairsOnlyWhereAskedFor) {
  PairSpec spec;
  EXPECT_EQ(spec.to_json().find("self_share"), std::string::npos);
  spec.self_share = 0.5;
  EXPECT_NE(spec.to_json().find("\"self_share\":0.5"), std::string::npos);
  spec.self_share = 1.5;
  EXPECT_THROW(spec.check(), Error);
}

}  // namespace
}  // namespace changeling
