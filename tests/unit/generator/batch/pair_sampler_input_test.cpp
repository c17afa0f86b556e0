#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generator/batch/pair_sampler.h"
#include "tests/unit/generator/batch/split_fixture.h"

namespace changeling {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class LoadSamplerInput : public SplitFixture {
 protected:
  MediaId add_video(const std::string& path, std::int64_t n_frames = 100,
                    const std::string& kind = "video") {
    MediaRow row;
    row.corpus_id = corpus_;
    row.rel_path = path;
    row.kind = kind;
    row.redistributable = false;
    row.id = store_.add_media(row);
    row.sha256 = sha256(path);
    row.n_frames = n_frames;
    store_.record_probe(row, 1);
    return row.id;
  }

  void see(MediaId media, SubjectId subject, std::optional<double> side_px = {},
           std::optional<int> occ_mask = {}) {
    SightingRow row;
    row.media_id = media;
    row.subject_id = subject;
    row.frame = side_px ? 0 : -1;
    row.x = side_px ? std::make_optional(0.0) : std::nullopt;
    row.y = row.x;
    row.w = side_px;
    row.h = side_px ? std::make_optional(*side_px + 20) : std::nullopt;
    row.occ_mask = occ_mask;
    store_.add_sighting(row);
  }

  void add_track(MediaId media, std::optional<SubjectId> subject, std::int64_t last_frame,
                 const std::string& boxes, const std::string& analysis = "analysis") {
    TrackRow row;
    row.media_id = media;
    row.subject_id = subject;
    row.last_frame = last_frame;
    row.side_px = 90;
    row.yaw_min = -3;
    row.yaw_max = 8;
    row.sharpness = 5;
    row.boxes_sha256 = sha256(boxes);
    (void)store_.record_tracks(media, {sha256(analysis), 1, "x", "present"}, {row},
                               {{row.boxes_sha256, 1, "x", "present"}});
  }

  SamplerInput load(bool with_stills = false) {
    return load_sampler_input(store_, pairs_, add_split("s"), with_stills);
  }
};

TEST_F(LoadSamplerInput, ReadsTermsProbeAndName) {
  const SubjectId p = add_person("p", "train");
  see(add_video("a.mp4", 77), p);
  const SamplerInput input = load();
  ASSERT_THAT(input.appearances, SizeIs(1));
  const Appearance& appearance = input.appearances.front();
  EXPECT_EQ(appearance.key, "c@1|a.mp4|p");
  EXPECT_EQ(appearance.licence, "MIT");
  EXPECT_EQ(appearance.consent_basis, "public-research");
  EXPECT_FALSE(appearance.is_redistributable);
  EXPECT_TRUE(appearance.is_probed);
  EXPECT_EQ(appearance.n_frames, 77);
  EXPECT_FALSE(appearance.face_px);
  EXPECT_FALSE(appearance.track);
}

TEST_F(LoadSamplerInput, LeavesOutWhatIsNoRealVideo) {
  const SubjectId p = add_person("p", "train");
  see(add_video("a.png", 1, "image"), p);
  see(add_video("seq", 9, "frame_seq"), p);
  see(add_video("not-shown.mp4"), add_person("q", ""));
  const SamplerInput input = load();
  EXPECT_THAT(input.appearances, IsEmpty());
  EXPECT_THAT(input.left_out, UnorderedElementsAre(Pair("image", 1), Pair("frame_seq", 1)));
}

TEST_F(LoadSamplerInput, TakesStillsAsClipsOfOneFrameWhereAskedFor) {
  const SubjectId p = add_person("p", "train");
  see(add_video("a.png", 1, "image"), p);
  see(add_video("seq", 9, "frame_seq"), p);
  const SamplerInput input = load(true);
  ASSERT_THAT(input.appearances, SizeIs(1));
  EXPECT_EQ(input.appearances.front().n_frames, 1);
  EXPECT_THAT(input.left_out, UnorderedElementsAre(Pair("frame_seq", 1)));
}

TEST_F(LoadSamplerInput, SaysThatABrokenMediumIsNotProbed) {
  const SubjectId p = add_person("p", "train");
  MediaRow row;
  row.corpus_id = corpus_;
  row.rel_path = "broken.mp4";
  row.probe_error = "moov atom not found";
  see(store_.add_media(row), p);
  EXPECT_FALSE(load().appearances.front().is_probed);
}

TEST_F(LoadSamplerInput, FindsBystandersOfOtherPartsAndUnknownOnes) {
  const SubjectId p = add_person("p", "train");
  const MediaId leak = add_video("1-leak.mp4");
  see(leak, p);
  see(leak, add_person("q", "test"));
  const MediaId friends = add_video("2-friends.mp4");
  see(friends, p);
  see(friends, add_person("r", "train"));
  const MediaId unknown = add_video("3-unknown.mp4");
  see(unknown, p);
  see(unknown, add_person("?3-unknown.mp4:1", ""));
  const MediaId later = add_video("4-later.mp4");
  see(later, p);
  see(later, add_person("registered-later", ""));
  std::map<std::string, std::pair<bool, bool>> flags;
  for (const Appearance& appearance : load().appearances) {
    if (appearance.subject == p) {
      flags[appearance.key] = {appearance.shows_other_part, appearance.shows_unknown};
    }
  }
  EXPECT_EQ(flags["c@1|1-leak.mp4|p"], std::make_pair(true, false));
  EXPECT_EQ(flags["c@1|2-friends.mp4|p"], std::make_pair(false, false));
  EXPECT_EQ(flags["c@1|3-unknown.mp4|p"], std::make_pair(false, true));
  EXPECT_EQ(flags["c@1|4-later.mp4|p"], std::make_pair(false, true));
}

TEST_F(LoadSamplerInput, SortsDoublesByTheirParts) {
  const SubjectId p = add_person("p", "train"), q = add_person("q", "train");
  const SubjectId r = add_person("r", "test"), s = add_person("s", "");
  for (const SubjectId subject : {p, q, r, s}) {
    see(add_video(std::to_string(subject.value) + ".mp4"), subject);
  }
  const SamplerInput input =
      load_sampler_input(store_, pairs_, add_split("s"), false, {{p, q}, {q, r}, {r, s}});
  EXPECT_THAT(input.doubles, UnorderedElementsAre(Pair(p, q)));
  EXPECT_THAT(input.doubles_apart, UnorderedElementsAre(q, r)) << "s is in no part";
  for (const Appearance& appearance : input.appearances) {
    EXPECT_EQ(appearance.has_double_elsewhere, appearance.subject != p);
  }
}

TEST_F(LoadSamplerInput, MarksMediaThatShowSomebodyWithdrawnAndEqualBytes) {
  const SubjectId p = add_person("p", "train");
  const SubjectId q = add_person("q", "train");
  const MediaId both = add_video("1-both.mp4");
  see(both, p);
  see(both, q);
  see(add_video("2-alone.mp4"), q);
  MediaRow copy = store_.media_by_id(both);
  copy.rel_path = "3-copy.mp4";
  copy.id = store_.add_media(copy);
  store_.record_probe(copy, 1);
  see(copy.id, q);
  store_.withdraw_subject(p);
  std::map<std::string, bool> flags;
  for (const Appearance& appearance : load().appearances) {
    flags[appearance.key] = appearance.is_withdrawn;
  }
  EXPECT_THAT(flags, UnorderedElementsAre(
                         Pair("c@1|1-both.mp4|p", true), Pair("c@1|1-both.mp4|q", true),
                         Pair("c@1|2-alone.mp4|q", false), Pair("c@1|3-copy.mp4|q", true)));
}

TEST_F(LoadSamplerInput, ToleratesASmallerUnknownBystander) {
  const SubjectId p = add_person("p", "train");
  const MediaId small = add_video("1.mp4");
  see(small, p, 100);
  see(small, add_person("?1.mp4:1", ""), 99);
  const MediaId large = add_video("2.mp4");
  see(large, p, 100);
  see(large, add_person("?2.mp4:1", ""), 101);
  const SamplerInput input = load();
  EXPECT_FALSE(input.appearances[0].shows_unknown);
  EXPECT_TRUE(input.appearances[1].shows_unknown);
}

TEST_F(LoadSamplerInput, TakesFaceSizeAndOcclusionFromSightings) {
  const SubjectId p = add_person("p", "train");
  see(add_video("a.mp4"), p, 70, 4);
  const SamplerInput input = load();
  EXPECT_EQ(input.appearances.front().face_px, 70);
  EXPECT_EQ(input.appearances.front().is_occluded, true);
}

TEST_F(LoadSamplerInput, CountsTheFramesOfAUsableSpan) {
  const SubjectId p = add_person("p", "train");
  const MediaId media = add_video("a.mp4", 100);
  SightingRow row;
  row.media_id = media;
  row.subject_id = p;
  row.frame = 10;
  row.last_frame = 29;
  store_.add_sighting(row);
  row.frame = 90;
  row.last_frame.reset();
  store_.add_sighting(row);
  EXPECT_EQ(load().appearances.front().n_frames, 30);
}

TEST_F(LoadSamplerInput, TakesTheOnlyTrackOfAPersonAlone) {
  const SubjectId p = add_person("p", "train");
  const MediaId media = add_video("a.mp4", 500);
  see(media, p, 70);
  add_track(media, std::nullopt, 119, "boxes");
  const Appearance appearance = load().appearances.front();
  EXPECT_TRUE(appearance.track);
  EXPECT_EQ(appearance.n_frames, 120);
  EXPECT_EQ(appearance.face_px, 90);
  EXPECT_EQ(appearance.yaw_max_deg, 8);
  EXPECT_EQ(appearance.sharpness, 5);
}

TEST_F(LoadSamplerInput, PrefersTheTrackOfTheSubjectAndDoesNotGuess) {
  const SubjectId p = add_person("p", "train");
  const MediaId named = add_video("1-named.mp4");
  see(named, p);
  add_track(named, std::nullopt, 400, "somebody");
  add_track(named, p, 20, "short");
  add_track(named, p, 60, "long");
  const MediaId unclear = add_video("2-unclear.mp4");
  see(unclear, p);
  add_track(unclear, std::nullopt, 50, "one");
  add_track(unclear, std::nullopt, 60, "two");
  const SamplerInput input = load();
  EXPECT_EQ(input.appearances[0].n_frames, 61);
  EXPECT_FALSE(input.appearances[1].track);
}

TEST_F(LoadSamplerInput, TakesTracksOfTheAnalysisThatCounts) {
  const SubjectId p = add_person("p", "train");
  const MediaId named = add_video("1-named.mp4");
  const MediaId alone = add_video("2-alone.mp4");
  for (const MediaId media : {named, alone}) {
    see(media, p);
  }
  add_track(named, p, 60, "long", "older");
  add_track(named, p, 20, "short", "newer");
  add_track(alone, std::nullopt, 60, "one", "older");
  add_track(alone, std::nullopt, 20, "the same face, analysed otherwise", "newer");
  for (const Appearance& appearance : load().appearances) {
    EXPECT_TRUE(appearance.track);
    EXPECT_EQ(appearance.n_frames, 21) << appearance.key;
  }
}

TEST_F(LoadSamplerInput, GivesPairsThatTheCatalogAccepts) {
  const SubjectId p = add_person("p", "train");
  const SubjectId q = add_person("q", "train");
  const MediaId a = add_video("a.mp4");
  see(a, p);
  add_track(a, p, 60, "boxes");
  see(add_video("b.mp4"), q);
  see(add_video("c.mp4"), q);
  PairSpec spec;
  spec.pairs_per_part = 0;
  spec.plausible_share = 0;
  spec.max_per_subject_pair = 10;
  spec.allow_reverse = true;
  const SamplerInput input = load();
  const PairDraw draw = draw_pairs(input, spec);
  const PairListId list = pairs_.add_pair_list(
      {{}, "l", pairs_.find_split("s")->id, kPairSampler, 0, spec.to_json(), {}}, draw.pairs,
      draw.refusals);
  EXPECT_THAT(pairs_.pairs(list), SizeIs(4));
  EXPECT_EQ(pairs_.refusal_counts(list), count_refusals(draw.refusals));
  EXPECT_TRUE(pairs_.find_pair_list("l")->list_sha256);
  const PairDraw few = draw_pairs(input, spec, 1);
  ASSERT_LT(few.refusals.size(), draw.refusals.size());
  const PairListId other = pairs_.add_pair_list(
      {{}, "few", pairs_.find_split("s")->id, kPairSampler, 0, spec.to_json(), {}}, few.pairs,
      few.refusals);
  EXPECT_EQ(pairs_.refusal_counts(other), pairs_.refusal_counts(list)) << "sums, not rows";
}

}  // namespace
}  // namespace changeling
