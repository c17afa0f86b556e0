#include "generator/train_data/sequence_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SequencePlan : public testing::Test {
 protected:
  CorpusId add_corpus(const std::string& name) {
    return store_.add_corpus(
        {{}, name, "1", "folder:" + name + "@1", "research", "public-research", false});
  }

  SubjectId person(const std::string& ext_id) {
    SubjectRow row;
    row.corpus_id = corpus_;
    row.ext_id = ext_id;
    return store_.add_subject(row);
  }

  MediaId medium(const std::string& path, const std::string& kind, SubjectId seen,
                 const std::optional<std::string>& clip = {}) {
    MediaRow row;
    row.corpus_id = corpus_;
    row.rel_path = path;
    row.kind = kind;
    row.source_clip = clip;
    const MediaId id = store_.add_media(row);
    sighting(id, seen);
    return id;
  }

  void sighting(MediaId medium, SubjectId seen, const std::string& ext_id = {}) {
    SightingRow row;
    row.media_id = medium;
    row.subject_id = seen;
    row.ext_sighting_id = ext_id;
    row.frame = -1;
    store_.add_sighting(row);
  }

  void split(const std::vector<std::pair<SubjectId, std::string>>& parts) {
    std::vector<SplitSubjectRow> rows;
    for (const auto& [subject, part] : parts) {
      rows.push_back({subject, static_cast<std::int64_t>(rows.size()), part});
    }
    pairs_.add_split({{}, "main", "by hand", 1, {}}, rows);
  }

  void probe(MediaId medium, const std::string& bytes) {
    MediaRow row = store_.media_by_id(medium);
    row.sha256 = sha256(bytes);
    store_.record_probe(row, 1);
  }

  [[nodiscard]] std::vector<std::string> plan() const {
    std::vector<std::string> lines;
    for (const PlannedSequence& sequence : plan_sequences(store_, pairs_, "main", {}).sequences) {
      lines.push_back(sequence.part + " " + sequence.person() + " " + sequence.video + " " +
                      std::to_string(sequence.media.size()));
    }
    return lines;
  }

  std::string refusal(const std::string& name, const std::vector<std::string>& corpora) const {
    return refusal_of(ErrorKind::kConfig,
                      [&] { (void)plan_sequences(store_, pairs_, name, corpora); });
  }

  TempDir folder_;
  Database database_ = Database::create(folder_ / "c.db");
  CorpusStore store_{database_};
  PairStore pairs_{database_};
  CorpusId corpus_ = add_corpus("stills");
};

TEST_F(SequencePlan, JoinsTheStillsOfARecording) {
  const SubjectId ann = person("ann");
  const SubjectId bo = person("bo");
  medium("b.jpg", "image", ann, "tape");
  medium("a.jpg", "image", ann, "tape");
  medium("c.jpg", "image", bo);
  medium("d.jpg", "image", bo);
  medium("v.mp4", "video", bo, "tape2");
  split({{ann, "train"}, {bo, "test"}});
  EXPECT_THAT(plan(),
              ElementsAre("train stills/ann stills/tape 2", "test stills/bo stills/c.jpg 1",
                          "test stills/bo stills/d.jpg 1", "test stills/bo stills/v.mp4 1"));
  EXPECT_EQ(plan_sequences(store_, pairs_, "main", {}).sequences.front().media.front().rel_path,
            "a.jpg");
}

TEST_F(SequencePlan, TakesOnlyPeopleOfTheSplit) {
  const SubjectId ann = person("ann");
  const SubjectId bo = person("bo");
  medium("a.jpg", "image", ann);
  medium("b.jpg", "image", bo);
  split({{ann, "val"}});
  EXPECT_THAT(plan(), ElementsAre("val stills/ann stills/a.jpg 1"));
}

TEST_F(SequencePlan, FramesAreASequenceOfWhomTheyAreNamedAfter) {
  const SubjectId ann = person("ann");
  const SubjectId bo = person("bo");
  const std::string path = frame_sequence_path("frames/1.png", "s");
  const MediaId frames = medium(path, "frame_seq", ann);  // of another sighting
  sighting(frames, bo, frame_sighting_id("s", "frames/1.png"));
  sighting(frames, ann, frame_sighting_id("t", "frames/1.png"));
  split({{ann, "val"}, {bo, "val"}});
  EXPECT_THAT(plan(), ElementsAre("val stills/bo stills/" + path + " 1"));
  EXPECT_TRUE(plan_sequences(store_, pairs_, "main", {}).sequences.front().is_frame_sequence());
}

TEST_F(SequencePlan, CountsFramesOfWhomNoSequenceIsNamedAfter) {
  const SubjectId ann = person("ann");
  const SubjectId bo = person("bo");
  for (const char* own : {"s", "t"}) {  // the first file is in both
    const MediaId frames =
        medium(frame_sequence_path("frames/1.png", own), "frame_seq", person("stranger"));
    sighting(frames, ann, frame_sighting_id("", "frames/1.png"));
    sighting(frames, bo, frame_sighting_id(own, "frames/1.png"));
  }
  const MediaId more = medium(frame_sequence_path("frames/2.png", "s"), "frame_seq", bo);
  sighting(more, ann, frame_sighting_id("", "frames/2.png"));
  sighting(more, person("of no part"), frame_sighting_id("", "frames/2.png"));
  split({{ann, "val"}, {bo, "val"}});
  EXPECT_EQ(plan_sequences(store_, pairs_, "main", {}).frames_without_sighting, 2);
}

TEST_F(SequencePlan, FramesThatAreCountedElsewhereAreNotWithoutSighting) {
  const SubjectId ann = person("ann");
  const SubjectId bo = person("bo");
  const SubjectId cy = person("cy");
  const auto frame_of = [&](const std::string& file, const std::string& own, SubjectId whose) {
    const MediaId frames = medium(frame_sequence_path(file, own), "frame_seq", whose);
    sighting(frames, whose, frame_sighting_id(own, file));
    return frames;
  };
  frame_of("frames/1.png", "a", ann);
  sighting(frame_of("frames/1.png", "b", bo), ann, frame_sighting_id("", "frames/1.png"));
  sighting(frame_of("frames/2.png", "c", cy), ann, frame_sighting_id("", "frames/2.png"));
  split({{ann, "val"}, {bo, "val"}, {cy, "test"}});
  const auto planned = plan_sequences(store_, pairs_, "main", {});
  EXPECT_EQ(planned.frames_without_sighting, 0);
  EXPECT_EQ(planned.leaking_media, 1);
  EXPECT_EQ(planned.sequences.size(), 2U);
}

TEST_F(SequencePlan, CopiesOfWhatShowsSomebodyWithdrawnAreNobodys) {
  const SubjectId ann = person("ann");
  const SubjectId bo = person("bo");
  probe(medium("a.png", "image", ann), "a picture");
  sighting(medium("both.mp4", "video", ann), bo);
  medium("b.png", "image", bo);
  corpus_ = add_corpus("others");
  const SubjectId x = person("x");
  probe(medium("copy.png", "image", x), "a picture");
  split({{bo, "train"}, {x, "train"}});
  EXPECT_EQ(plan().size(), 3U);
  store_.withdraw_subject(ann);
  EXPECT_THAT(plan(), ElementsAre("train stills/bo stills/b.png 1"));
  EXPECT_EQ(plan_sequences(store_, pairs_, "main", {}).withdrawn_media, 2);
  EXPECT_THAT(refusal("main", {"others"}), HasSubstr("but in media of somebody withdrawn"));
}

TEST_F(SequencePlan, AMediumThatShowsTwoPartsIsNobodys) {
  const SubjectId ann = person("ann");
  const SubjectId bo = person("bo");
  const SubjectId stranger = person("?");
  sighting(medium("both.mp4", "video", ann), bo);
  sighting(medium("both.jpg", "image", ann, "tape"), bo);
  medium("one.jpg", "image", ann, "tape");
  sighting(medium("stranger.mp4", "video", bo), stranger);
  split({{ann, "train"}, {bo, "val"}});
  EXPECT_THAT(plan(),
              ElementsAre("train stills/ann stills/tape 1", "val stills/bo stills/stranger.mp4 1"));
  EXPECT_EQ(plan_sequences(store_, pairs_, "main", {}).leaking_media, 2);
}

TEST_F(SequencePlan, FramesThatShowTwoPartsAreNobodys) {
  const SubjectId ann = person("ann");
  const SubjectId bo = person("bo");
  for (const auto& [own, others] : {std::pair("s", "t"), std::pair("t", "s")}) {
    const bool is_anns = std::string(own) == "s";
    const MediaId frames = medium(frame_sequence_path("frames/1.png", own), "frame_seq",
                                  is_anns ? bo : ann);  // another sighting
    sighting(frames, is_anns ? ann : bo, frame_sighting_id(own, "frames/1.png"));
    sighting(frames, is_anns ? bo : ann, frame_sighting_id(others, "frames/1.png"));
  }
  split({{ann, "train"}, {bo, "val"}});
  EXPECT_THAT(refusal("main", {}), HasSubstr("but beside people of another part"));
  medium("one.jpg", "image", ann);
  EXPECT_THAT(plan(), ElementsAre("train stills/ann stills/one.jpg 1"));
  EXPECT_EQ(plan_sequences(store_, pairs_, "main", {}).leaking_media, 2);
}

TEST_F(SequencePlan, NamesWhatIsMissing) {
  const SubjectId ann = person("ann");
  split({{ann, "val"}});
  EXPECT_THAT(refusal("other", {}), HasSubstr("no split 'other'"));
  EXPECT_THAT(refusal("main", {"films"}), HasSubstr("no corpus 'films'"));
  EXPECT_THAT(refusal("main", {"stills"}), HasSubstr("nobody of split 'main'"));
}

TEST(PackTermsOf, AMediumsOwnTermsCome) {
  CorpusRow corpus;
  corpus.name = "c";
  corpus.licence = "research";
  corpus.consent_basis = "public-research";
  MediaRow medium;
  EXPECT_EQ(terms_of(corpus, medium).licence, "research");
  medium.licence = "CC0-1.0";
  medium.redistributable = true;
  EXPECT_EQ(terms_of(corpus, medium).licence, "CC0-1.0");
  EXPECT_EQ(terms_of(corpus, medium).consent_basis, "public-research");
  EXPECT_TRUE(terms_of(corpus, medium).redistributable);
}

}  // namespace
}  // namespace changeling
