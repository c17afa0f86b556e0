#include "catalog/splits/subject_split.h"

#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/sighting_roles.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

SplitInput people(int n) {
  SplitInput input;
  for (int i = 1; i <= n; ++i) {
    input.subjects.push_back({SubjectId{i}, "corpus", "p" + std::to_string(i), {}, {}});
  }
  return input;
}

SplitSpec spec_of(std::uint64_t seed, SplitMode mode = SplitMode::kThreshold) {
  SplitSpec spec;
  spec.name = "main";
  spec.seed = seed;
  spec.mode = mode;
  return spec;
}

std::map<SubjectId, std::string> parts_of(const std::vector<SplitSubjectRow>& rows) {
  std::map<SubjectId, std::string> parts;
  for (const SplitSubjectRow& row : rows) {
    parts[row.subject_id] = row.part;
  }
  return parts;
}

std::map<std::string, int> sizes_of(const std::vector<SplitSubjectRow>& rows) {
  std::map<std::string, int> sizes;
  for (const SplitSubjectRow& row : rows) {
    ++sizes[row.part];
  }
  return sizes;
}

TEST(SplitPosition, IsTheStartOfTheDocumentedHash) {
  // sha256 of "7|main|corpus|p1" begins with 0x9cae102b039fc2af.
  EXPECT_DOUBLE_EQ(split_position(7, "main", "corpus", "p1"),
                   static_cast<double>(0x9cae102b039fc2afULL >> 11) / 9007199254740992.0);
  EXPECT_NE(split_position(7, "main", "corpus", "p1"), split_position(8, "main", "corpus", "p1"));
}

TEST(AssignParts, MeetsTheSharesRoughlyByThreshold) {
  const std::map<std::string, int> sizes = sizes_of(assign_parts(people(5000), spec_of(1)));
  EXPECT_NEAR(sizes.at("train"), 3600, 100);
  EXPECT_NEAR(sizes.at("val"), 700, 80);
  EXPECT_NEAR(sizes.at("test"), 700, 80);
}

TEST(AssignParts, MeetsTheSharesExactlyByCount) {
  SplitInput input = people(1000);
  for (std::size_t i = 0; i < input.subjects.size(); ++i) {
    input.subjects[i].gender = i % 2 == 0 ? "f" : "m";
    input.subjects[i].skintone = static_cast<int>(i % 6) + 1;
  }
  const std::map<std::string, int> sizes =
      sizes_of(assign_parts(input, spec_of(1, SplitMode::kExact)));
  EXPECT_EQ(sizes.at("train"), 720);
  EXPECT_EQ(sizes.at("val"), 140);
  EXPECT_EQ(sizes.at("test"), 140);
}

TEST(AssignParts, CarriesTheRestOfSmallStrataOn) {
  SplitInput input = people(100);  // a stratum each: without carrying all would be train
  for (std::size_t i = 0; i < input.subjects.size(); ++i) {
    input.subjects[i].gender = "g" + std::to_string(i);
  }
  const std::map<std::string, int> sizes =
      sizes_of(assign_parts(input, spec_of(1, SplitMode::kExact)));
  EXPECT_EQ(sizes.at("train"), 72);
  EXPECT_EQ(sizes.at("val"), 14);
}

TEST(AssignParts, CutsEachStratumByTheShares) {
  SplitInput input = people(200);
  for (std::size_t i = 0; i < input.subjects.size(); ++i) {
    input.subjects[i].gender = i < 100 ? "f" : "m";
  }
  SplitSpec spec = spec_of(3, SplitMode::kExact);
  spec.train = 0.6;
  spec.val = 0.2;
  spec.test = 0.2;
  int n_women = 0;
  for (const SplitSubjectRow& row : assign_parts(input, spec)) {
    n_women += row.part == "train" && row.subject_id.value <= 100 ? 1 : 0;
  }
  EXPECT_EQ(n_women, 60);
}

TEST(AssignParts, PutsEverybodyIntoOnePartWhenAsked) {
  SplitSpec spec = spec_of(1);
  spec.train = 0;
  spec.val = 0;
  spec.test = 1;
  EXPECT_EQ(sizes_of(assign_parts(people(50), spec)).at("test"), 50);
  spec.mode = SplitMode::kExact;
  EXPECT_EQ(sizes_of(assign_parts(people(50), spec)).at("test"), 50);
}

TEST(AssignParts, RefusesSharesThatDoNotAddUp) {
  SplitSpec spec = spec_of(1);
  spec.train = 0.9;
  EXPECT_THROW((void)assign_parts(people(3), spec), Error);
  spec.train = 1.2;
  spec.val = -0.34;
  EXPECT_THROW((void)assign_parts(people(3), spec), Error);
}

TEST(AssignParts, MovesLinkedPeopleTogether) {
  SplitInput input = people(300);
  for (int i = 1; i + 2 <= 300; i += 3) {
    input.linked.push_back({SubjectId{i}, SubjectId{i + 1}});
    input.linked.push_back({SubjectId{i + 2}, SubjectId{i + 1}});
  }
  for (const SplitMode mode : {SplitMode::kThreshold, SplitMode::kExact}) {
    const std::vector<SplitSubjectRow> rows = assign_parts(input, spec_of(5, mode));
    ASSERT_THAT(rows, SizeIs(300));
    for (std::size_t i = 0; i < rows.size(); i += 3) {
      EXPECT_EQ(rows[i].part, rows[i + 1].part);
      EXPECT_EQ(rows[i].part, rows[i + 2].part);
      EXPECT_EQ(rows[i].leak_group, rows[i + 2].leak_group);
    }
  }
}

TEST(AssignParts, TakesOnePersonInTwoVersionsOfACorpusAsOne) {
  SplitInput input = people(100);
  const SplitInput again = people(100);
  for (const SplitCandidate& person : again.subjects) {
    input.subjects.push_back(person);
    input.subjects.back().id.value += 100;
  }
  const std::map<SubjectId, std::string> parts = parts_of(assign_parts(input, spec_of(2)));
  for (int i = 1; i <= 100; ++i) {
    EXPECT_EQ(parts.at(SubjectId{i}), parts.at(SubjectId{i + 100}));
  }
}

RC_GTEST_PROP(AssignParts, MovesNobodyWhenACorpusGrows, ()) {
  const int n = *rc::gen::inRange(1, 80);
  const int more = *rc::gen::inRange(1, 80);
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const std::map<SubjectId, std::string> before = parts_of(assign_parts(people(n), spec_of(seed)));
  const std::map<SubjectId, std::string> after =
      parts_of(assign_parts(people(n + more), spec_of(seed)));
  for (const auto& [subject, part] : before) {
    RC_ASSERT(after.at(subject) == part);
  }
}

RC_GTEST_PROP(AssignParts, DoesNotDependOnTheOrderOfRows, ()) {
  SplitInput input = people(*rc::gen::inRange(1, 60));
  const int n = static_cast<int>(input.subjects.size());
  for (int i = 0; i < n / 4; ++i) {
    input.linked.push_back(
        {SubjectId{*rc::gen::inRange(1, n + 1)}, SubjectId{*rc::gen::inRange(1, n + 1)}});
  }
  SplitInput shuffled = input;
  std::reverse(shuffled.linked.begin(), shuffled.linked.end());
  for (std::size_t i = shuffled.subjects.size(); i > 1; --i) {
    std::swap(shuffled.subjects[i - 1], shuffled.subjects[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  for (const SplitMode mode : {SplitMode::kThreshold, SplitMode::kExact}) {
    const std::vector<SplitSubjectRow> a = assign_parts(input, spec_of(1, mode));
    const std::vector<SplitSubjectRow> b = assign_parts(shuffled, spec_of(1, mode));
    RC_ASSERT(parts_of(a) == parts_of(b));
    for (std::size_t i = 0; i < a.size(); ++i) {
      RC_ASSERT(a[i].leak_group == b[i].leak_group);
    }
  }
}

TEST(SplitSpec, DescribesItselfCanonically) {
  SplitSpec spec = spec_of(1);
  EXPECT_EQ(spec.algorithm(), "threshold@1 train=0.72 val=0.14 test=0.14 corpora=*");
  spec.corpora = {"b", "a"};
  spec.mode = SplitMode::kExact;
  EXPECT_EQ(spec.algorithm(), "exact@1 train=0.72 val=0.14 test=0.14 corpora=a,b");
  spec.min_identity_cosine = 0.75;
  EXPECT_EQ(spec.algorithm(),
            "exact@1 train=0.72 val=0.14 test=0.14 min_identity_cosine=0.75 corpora=a,b");
}

/// A catalog with one corpus: p1 and p2 share a recording, p3 is withdrawn, one bystander is
/// unknown.
class LoadSplitInput : public ::testing::Test {
 protected:
  LoadSplitInput() {
    corpus_ = store_.add_corpus({{}, "c", "1", "folder:c@1", "MIT", "licensed", true});
    p1_ = add_person("p1");
    p2_ = add_person("p2");
    p3_ = add_person("p3", "2026-01-01T00:00:00Z");
    unknown_ = add_person("?a.mp4:1");
    add_medium("a.mp4", "tape", {p1_, p3_, unknown_});
    add_medium("b.mp4", "tape", {p2_});
  }

  SubjectId add_person(const std::string& ext_id,
                       const std::optional<std::string>& withdrawn = {}) {
    SubjectRow row;
    row.corpus_id = corpus_;
    row.ext_id = ext_id;
    row.withdrawn_at = withdrawn;
    return store_.add_subject(row);
  }

  void add_medium(const std::string& path, const std::string& clip,
                  const std::vector<SubjectId>& people_seen) {
    MediaRow row;
    row.corpus_id = corpus_;
    row.rel_path = path;
    row.source_clip = clip;
    const MediaId id = store_.add_media(row);
    for (const SubjectId subject : people_seen) {
      SightingRow sighting;
      sighting.media_id = id;
      sighting.subject_id = subject;
      store_.add_sighting(sighting);
    }
  }

  TempDir dir_;
  Database database_ = Database::create(dir_ / "catalog.db");
  CorpusStore store_{database_};
  CorpusId corpus_;
  SubjectId p1_, p2_, p3_, unknown_;
};

TEST_F(LoadSplitInput, TakesNamedPeopleAndLinksThoseOfOneRecording) {
  const SplitInput input = load_split_input(store_, {});
  ASSERT_THAT(input.subjects, SizeIs(2));
  EXPECT_EQ(input.subjects[0].ext_id, "p1");
  EXPECT_EQ(input.subjects[1].ext_id, "p2");
  EXPECT_THAT(input.linked, ElementsAre(ElementsAre(p1_, p2_)));
  const std::vector<SplitSubjectRow> rows = assign_parts(input, spec_of(1));
  EXPECT_EQ(rows[0].part, rows[1].part);
}

TEST_F(LoadSplitInput, WhoLentAFakeTheirFaceWasNotInItsRecording) {
  RunStore(database_).ensure_method({"ffpp_deepfakes", false, "compositeCapture"});
  MediaRow fake;
  fake.corpus_id = corpus_;
  fake.rel_path = "fake.mp4";
  fake.label = "fake";
  fake.method = "ffpp_deepfakes";
  fake.source_clip = "tape";
  SightingRow sighting;
  sighting.media_id = store_.add_media(fake);
  sighting.subject_id = add_person("p4");
  sighting.ext_sighting_id = kLenderRole;
  store_.add_sighting(sighting);
  EXPECT_THAT(load_split_input(store_, {}).linked, ElementsAre(ElementsAre(p1_, p2_)));
}

TEST_F(LoadSplitInput, RefusesACorpusThatIsNotThere) {
  EXPECT_THAT(load_split_input(store_, {"c"}).subjects, SizeIs(2));
  EXPECT_THROW((void)load_split_input(store_, {"c", "d"}), Error);
}

TEST_F(LoadSplitInput, IsFrozenOnceStored) {
  PairStore pairs(database_);
  const std::vector<SplitSubjectRow> rows = assign_parts(load_split_input(store_, {}), spec_of(1));
  const SplitId id = pairs.add_split({{}, "main", spec_of(1).algorithm(), 1, {}}, rows);
  EXPECT_TRUE(pairs.find_split("main")->frozen_at);
  EXPECT_EQ(parts_of(pairs.split_subjects(id)), parts_of(rows));
  EXPECT_THROW(pairs.add_split({{}, "main", "threshold@1", 1, {}}, rows), Error);
}

SplitSpec listed_spec(const ListedParts& listed) {
  SplitSpec spec = spec_of(1, SplitMode::kList);
  spec.listed = listed;
  return spec;
}

std::string list_refusal(const SplitInput& input, const ListedParts& listed) {
  return refusal_of(ErrorKind::kConfig, [&] { (void)assign_parts(input, listed_spec(listed)); });
}

TEST(ListedSplit, PlacesTheListedAndNobodyElse) {
  const auto parts = parts_of(assign_parts(
      people(3), listed_spec({{{"corpus", "p1"}, "test"}, {{"corpus", "p3"}, "val"}})));
  EXPECT_THAT(parts,
              ElementsAre(testing::Pair(SubjectId{1}, "test"), testing::Pair(SubjectId{3}, "val")));
}

TEST(ListedSplit, RefusesStrangersAndDividedGroups) {
  EXPECT_THAT(list_refusal(people(2), {{{"corpus", "p9"}, "test"}}),
              testing::HasSubstr("'p9' of 'corpus', who is not registered"));
  SplitInput input = people(2);
  input.linked = {{SubjectId{1}, SubjectId{2}}};
  EXPECT_THAT(list_refusal(input, {{{"corpus", "p1"}, "test"}, {{"corpus", "p2"}, "val"}}),
              testing::HasSubstr("parts people who belong together"));
  EXPECT_THAT(list_refusal(input, {{{"corpus", "p1"}, "test"}}),
              testing::HasSubstr("parts people who belong together"));
}

TEST(ListedSplit, IsNamedByTheContentOfTheList) {
  const std::string algorithm = listed_spec({{{"corpus", "p1"}, "test"}}).algorithm();
  EXPECT_THAT(algorithm, testing::StartsWith("list@1 sha256="));
  EXPECT_NE(algorithm, listed_spec({{{"corpus", "p1"}, "val"}}).algorithm());
}

}  // namespace
}  // namespace changeling
