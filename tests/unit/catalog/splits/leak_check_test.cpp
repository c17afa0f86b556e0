#include "catalog/splits/leak_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/database.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/catalog/splits/ffpp_facts.h"

namespace changeling {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

LeakUse pair_of(const std::string& part, int source, int target) {
  return {part, {SubjectId{source}, SubjectId{target}}, {MediaId{source}, MediaId{target}}};
}

/// Persons 1..6, each alone in the medium of the same number; 1-3 train, 4-6 test.
LeakInput clean_input() {
  LeakInput input;
  for (int i = 1; i <= 6; ++i) {
    input.parts.push_back({SubjectId{i}, i, i <= 3 ? "train" : "test"});
    input.media[MediaId{i}] = {"c/" + std::to_string(i) + ".mp4", {}, {SubjectId{i}}};
  }
  input.uses = {pair_of("train", 1, 2), pair_of("train", 3, 1), pair_of("test", 4, 5)};
  return input;
}

void expect_single(const LeakInput& input, const std::string& check, const std::string& offender) {
  const std::vector<LeakFinding> findings = find_leaks(input);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings.front().check, check);
  EXPECT_THAT(findings.front().offender, HasSubstr(offender));
}

TEST(FindLeaks, FindsNoneInACleanList) {
  EXPECT_THAT(find_leaks(clean_input()), IsEmpty());
}

TEST(FindLeaks, NamesALeakGroupInTwoParts) {
  LeakInput input = clean_input();
  input.parts[5].leak_group = input.parts[0].leak_group;
  expect_single(input, "leak_group", "leak group 1");
}

TEST(FindLeaks, NamesSomebodyOfAnotherPartInAPair) {
  LeakInput input = clean_input();
  input.parts[4].part = "val";
  input.media[MediaId{5}].seen.clear();
  expect_single(input, "person_part", "subject 5 of val in test");
}

TEST(FindLeaks, NamesSomebodyOfNoPartInAPair) {
  LeakInput input = clean_input();
  input.parts.erase(input.parts.begin() + 4);
  expect_single(input, "person_part", "subject 5");
}

TEST(FindLeaks, NamesAPlantedBystander) {
  LeakInput input = clean_input();
  input.media[MediaId{2}].seen.push_back(SubjectId{6});
  expect_single(input, "bystander", "subject 6 of test in 'c/2.mp4', used in train");
}

TEST(FindLeaks, AcceptsBystandersOfTheSamePartAndUnknownOnes) {
  LeakInput input = clean_input();
  input.media[MediaId{2}].seen.push_back(SubjectId{3});
  input.media[MediaId{2}].seen.push_back(SubjectId{99});
  EXPECT_THAT(find_leaks(input), IsEmpty());
}

TEST(FindLeaks, NamesARecordingUsedInTwoParts) {
  LeakInput input = clean_input();
  input.media[MediaId{2}].source_clip = "c/tape";
  input.media[MediaId{4}].source_clip = "c/tape";
  expect_single(input, "source_clip", "'c/tape' in test ('c/4.mp4') and train ('c/2.mp4')");
}

TEST(FindLeaks, NamesAMediumUsedInTwoParts) {
  LeakInput input = clean_input();
  input.media[MediaId{2}].seen.clear();
  LeakUse pair = pair_of("test", 6, 5);
  pair.media.front() = MediaId{2};
  input.uses.push_back(pair);
  expect_single(input, "media_part", "'c/2.mp4' in test and train");
}

TEST(FindLeaks, NamesABystanderOfNoPartWhoIsSeenInTwo) {
  LeakInput input = clean_input();
  input.media[MediaId{2}].seen.push_back(SubjectId{99});
  input.media[MediaId{4}].seen.push_back(SubjectId{99});
  expect_single(input, "person_part", "subject 99 in test ('c/4.mp4') and train ('c/2.mp4')");
}

TEST(FindLeaks, FindsExactlyTheClipsOfFaceForensicsThatStandInTwoParts) {
  LeakInput input;
  for (int i = 0; i < kFfppVideos; ++i) {
    const std::string part = ffpp_part(i);
    input.parts.push_back({SubjectId{i}, i, part});
    input.media[MediaId{i}] = {"ffpp/" + std::to_string(i), ffpp_clip(i), {SubjectId{i}}};
    input.uses.push_back({part, {SubjectId{i}}, {MediaId{i}}});
  }
  std::vector<std::string> offenders;
  for (const LeakFinding& finding : find_leaks(input)) {
    EXPECT_EQ(finding.check, "source_clip");
    offenders.push_back(finding.offender);
  }
  EXPECT_THAT(offenders,
              UnorderedElementsAre(HasSubstr("train ('ffpp/605') and val ('ffpp/606')"),
                                   HasSubstr("train ('ffpp/639') and val ('ffpp/640')"),
                                   HasSubstr("test ('ffpp/755') and train ('ffpp/756')"),
                                   HasSubstr("train ('ffpp/838') and val ('ffpp/837')"),
                                   HasSubstr("train ('ffpp/876') and val ('ffpp/875')"),
                                   HasSubstr("test ('ffpp/955') and train ('ffpp/954')"),
                                   HasSubstr("train ('ffpp/983') and val ('ffpp/982')")));
}

TEST(LoadLeakInput, ReadsMediaAndEverybodyInThem) {
  const TempDir dir;
  Database database = Database::create(dir / "catalog.db");
  CorpusStore store(database);
  const CorpusId corpus = store.add_corpus({{}, "c", "1", "folder:c@1", "MIT", "licensed", true});
  std::vector<SubjectId> people;
  std::vector<MediaId> media;
  for (const char* name : {"p", "q"}) {
    SubjectRow subject;
    subject.corpus_id = corpus;
    subject.ext_id = name;
    people.push_back(store.add_subject(subject));
    MediaRow medium;
    medium.corpus_id = corpus;
    medium.rel_path = std::string(name) + ".mp4";
    medium.source_clip = "tape";
    media.push_back(store.add_media(medium));
    SightingRow sighting;
    sighting.media_id = media.back();
    sighting.subject_id = people.back();
    store.add_sighting(sighting);
  }
  PairRow pair;
  pair.part = "train";
  pair.source_media = media[0];
  pair.source_subject = people[0];
  pair.target_media = media[1];
  pair.target_subject = people[1];
  const LeakInput input =
      load_leak_input(store, {{people[0], 0, "train"}, {people[1], 0, "test"}}, leak_uses({pair}));
  EXPECT_EQ(input.media.at(media[0]).name, "c/p.mp4");
  EXPECT_EQ(input.media.at(media[1]).source_clip, "c/tape");
  EXPECT_THAT(input.media.at(media[1]).seen, SizeIs(1));
  std::vector<std::string> checks;
  for (const LeakFinding& finding : find_leaks(input)) {
    checks.push_back(finding.check);
  }
  EXPECT_THAT(checks, UnorderedElementsAre("leak_group", "person_part", "bystander"));
}

}  // namespace
}  // namespace changeling
