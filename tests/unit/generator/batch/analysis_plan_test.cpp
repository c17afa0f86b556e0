#include "generator/batch/analysis_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/unit/generator/batch/split_fixture.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

/// Somebody of train in a.mp4 and, with somebody of val, in b.mp4; val in c.mp4; test in d.mp4;
/// nobody of the split in e.mp4; a still and frames of train.
class PlanAnalysis : public SplitFixture {
 protected:
  PlanAnalysis() {
    const SubjectId train = add_person("p", "train"), val = add_person("q", "val");
    const SubjectId test = add_person("r", "test"), none = add_person("s", "");
    see(add_medium("a.mp4"), train);
    const MediaId both = add_medium("b.mp4");
    see(both, train);
    see(both, val);
    see(add_medium("c.mp4"), val);
    see(add_medium("d.mp4"), test);
    see(add_medium("e.mp4"), none);
    see(add_medium("f.png", "image"), train);
    see(add_medium("seq", "frame_seq"), train);
    (void)add_split("main");
  }

  MediaId add_medium(const std::string& path, const std::string& kind = "video") {
    MediaRow row;
    row.corpus_id = corpus_;
    row.rel_path = path;
    row.kind = kind;
    return store_.add_media(row);
  }

  void see(MediaId media, SubjectId subject) {
    SightingRow row;
    row.media_id = media;
    row.subject_id = subject;
    row.frame = -1;
    store_.add_sighting(row);
  }

  AnalysisPlan plan(const std::string& split, const std::vector<std::string>& parts) {
    return plan_analysis(store_, pairs_, {"c", split, parts});
  }

  static std::vector<std::string> paths(const AnalysisPlan& plan) {
    std::vector<std::string> paths;
    for (const MediaRow& clip : plan.clips) {
      paths.push_back(clip.rel_path);
    }
    return paths;
  }

  std::string refusal(const AnalysisChoice& choice) {
    return refusal_of(ErrorKind::kConfig, [&] { (void)plan_analysis(store_, pairs_, choice); });
  }
};

TEST_F(PlanAnalysis, TakesAllVideosWithoutASplit) {
  const AnalysisPlan all = plan("", {});
  EXPECT_THAT(paths(all), ElementsAre("a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4"));
  EXPECT_THAT(all.left_out, UnorderedElementsAre(Pair("image", 1), Pair("frame_seq", 1)));
}

TEST_F(PlanAnalysis, TakesVideosThatShowSomebodyOfTheSplit) {
  const AnalysisPlan some = plan("main", {});
  EXPECT_THAT(paths(some), ElementsAre("a.mp4", "b.mp4", "c.mp4", "d.mp4"));
  EXPECT_THAT(some.left_out, UnorderedElementsAre(Pair("image", 1), Pair("frame_seq", 1),
                                                  Pair("not_in_split", 1)));
}

TEST_F(PlanAnalysis, TakesVideosThatShowSomebodyOfTheParts) {
  const AnalysisPlan one = plan("main", {"val"});
  EXPECT_THAT(paths(one), ElementsAre("b.mp4", "c.mp4")) << "one shows somebody of train, too";
  EXPECT_THAT(one.left_out, UnorderedElementsAre(Pair("image", 1), Pair("frame_seq", 1),
                                                 Pair("not_in_split", 1), Pair("other_part", 2)));
  EXPECT_THAT(paths(plan("main", {"train", "test"})), ElementsAre("a.mp4", "b.mp4", "d.mp4"));
}

TEST_F(PlanAnalysis, PassesOverWhoTookBackTheirConsentFirst) {
  for (const SubjectRow& person : store_.subjects(corpus_)) {
    if (person.ext_id != "q") {
      store_.withdraw_subject(person.id);
    }
  }
  const AnalysisPlan rest = plan("main", {"val"});
  EXPECT_THAT(paths(rest), ElementsAre("c.mp4"));
  EXPECT_THAT(rest.left_out,
              UnorderedElementsAre(Pair("image", 1), Pair("frame_seq", 1), Pair("withdrawn", 4)));
}

TEST_F(PlanAnalysis, RefusesWhatIsNotThere) {
  EXPECT_THAT(refusal({"other", "", {}}), HasSubstr("no corpus 'other'"));
  EXPECT_THAT(refusal({"c", "other", {}}), HasSubstr("no split 'other'"));
  EXPECT_THAT(refusal({"c", "", {"val"}}), HasSubstr("needs a split (--split)"));
}

}  // namespace
}  // namespace changeling
