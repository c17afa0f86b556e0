#include "catalog/export/same_people.h"

#include <gmock/gmock.h>

#include "catalog/store/run_store.h"
#include "common/base/error.h"
#include "common/face/face_types.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

PersonLook look_of(std::int64_t person, std::int64_t medium, std::vector<float> identity) {
  return {SubjectId{person}, MediaId{medium}, std::move(identity)};
}

const std::vector<PersonLook>& some_looks() {
  static const std::vector<PersonLook> looks = {look_of(1, 1, {1, 0}), look_of(2, 2, {0, 1}),
                                                look_of(2, 3, {0.6F, 0.8F}),
                                                look_of(3, 4, {0.6F, 0.8F}), look_of(4, 5, {})};
  return looks;
}

TEST(FindSamePeople, ComparesTheClosestRecordingsOfTwoPeople) {
  const std::vector<SamePeople> found = find_same_people(some_looks(), 0.5);
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(found[0].first, SubjectId{1});
  EXPECT_EQ(found[0].second, SubjectId{2});
  EXPECT_NEAR(found[0].cosine, 0.6, 1e-6);
  EXPECT_EQ(found[1].second, SubjectId{3});
  EXPECT_NEAR(found[2].cosine, 1, 1e-6) << "2 and 3";
  EXPECT_THAT(find_same_people(some_looks(), 0.7), SizeIs(1));
}

TEST(FindPeopleApart, NamesThoseOfTwoParts) {
  const std::map<MediaId, std::set<std::string>> parts = {{MediaId{1}, {"train"}},
                                                          {MediaId{2}, {"test"}},
                                                          {MediaId{3}, {"test"}},
                                                          {MediaId{4}, {"train"}},
                                                          {MediaId{5}, {"val"}}};
  EXPECT_THAT(find_people_apart(some_looks(), parts, 0.5),
              ElementsAre("subject 1 of train and subject 2 of test look like one person (cosine "
                          "0.600)",
                          HasSubstr("subject 2 of test and subject 3 of train")))
      << "1 and 3 are both of train";
}

class LoadLooks : public testing::Test {
 protected:
  /// A medium that shows the person, analysed; `face` tells who they look like.
  MediaId add(const std::string& path, SubjectId subject, int face,
              const std::string& label = "real") {
    MediaRow row;
    row.corpus_id = corpus_;
    row.rel_path = path;
    row.label = label;
    if (label == "fake") {
      RunStore(database_).ensure_method({"m", false, "compositeCapture"});
      row.method = "m";
    }
    const MediaId id = corpora_.add_media(row);
    SightingRow sighting;
    sighting.media_id = id;
    sighting.subject_id = subject;
    sighting.frame = -1;
    corpora_.add_sighting(sighting);
    FaceTrack track;
    track.observations.emplace_back();
    track.identity.assign(4, 0.0F);
    track.identity[static_cast<std::size_t>(face)] = 1;
    const BlobRow blob = blobs_.put_bytes(serialize(track), "application/vnd.changeling.track");
    TrackRow stored;
    stored.media_id = id;
    stored.subject_id = subject;
    stored.boxes_sha256 = blob.sha256;
    (void)corpora_.record_tracks(id, blob, {stored}, {blob});
    boxes_ = blob.sha256;
    return id;
  }

  SubjectId person(const std::string& ext_id) {
    return corpora_.add_subject({{}, corpus_, ext_id, {}, {}, {}, {}});
  }

  TempDir dir_;
  Database database_ = Database::create(dir_ / "catalog.db");
  BlobStore blobs_{objects_folder(dir_ / "catalog.db")};
  CorpusStore corpora_{database_};
  CorpusId corpus_ = corpora_.add_corpus({{}, "c", "1", "folder:c@1", "MIT", "licensed", true});
  Digest boxes_;
};

TEST_F(LoadLooks, TakesRealFootageOfThePeopleAskedFor) {
  const SubjectId a = person("a"), b = person("b"), c = person("c");
  const MediaId first = add("1.mp4", a, 0);
  add("2.mp4", b, 1, "fake");
  add("3.mp4", c, 2);
  const std::vector<PersonLook> looks = load_all_looks(corpora_, blobs_, {a, b});
  ASSERT_THAT(looks, SizeIs(1)) << "a fake shows the face of somebody else";
  EXPECT_EQ(looks[0].subject, a);
  EXPECT_EQ(looks[0].media, first);
  EXPECT_EQ(looks[0].identity, (std::vector<float>{1, 0, 0, 0}));
  EXPECT_THAT(load_looks(corpora_, blobs_, {first}, {c}), IsEmpty());
  corpora_.withdraw_subject(a);
  EXPECT_THAT(load_all_looks(corpora_, blobs_, {a, c}), SizeIs(1));
}

TEST_F(LoadLooks, PassesOverFootageThatIsAFakeOfOurs) {
  const SubjectId a = person("a");
  MediaRow fake = corpora_.media_by_id(add("1.mp4", a, 0));
  fake.probe_error = "is a fake of this catalog";
  corpora_.record_probe(fake, 0);
  EXPECT_THAT(load_all_looks(corpora_, blobs_, {a}), IsEmpty());
}

TEST_F(LoadLooks, SaysThatAFaceIsMissing) {
  const SubjectId a = person("a");
  add("1.mp4", a, 0);
  std::filesystem::remove(blobs_.path(boxes_));
  EXPECT_THROW((void)load_all_looks(corpora_, blobs_, {a}), Error);
}

}  // namespace
}  // namespace changeling
