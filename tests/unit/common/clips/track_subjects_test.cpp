#include "common/clips/track_subjects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

using testing::ElementsAre;

constexpr BBox kLeft = {50, 50, 80, 100};
constexpr BBox kRight = {400, 60, 80, 100};

/// Person 0 is seen in clip 0, by the catalog's own sighting without a place.
class TrackSubjects : public testing::Test {
 protected:
  void see(std::size_t subject, const BBox& box) {
    SightingRow sighting;
    sighting.media_id = catalog_.media()[0];
    sighting.subject_id = person(subject);
    sighting.ext_sighting_id = "box";
    sighting.x = box.x;
    sighting.y = box.y;
    sighting.w = box.width;
    sighting.h = box.height;
    corpora_.add_sighting(sighting);
  }

  /// Of a clip of one frame with a face in each box.
  [[nodiscard]] std::vector<std::optional<SubjectId>> subjects_of(
      const std::vector<BBox>& boxes) const {
    VideoAnalysis analysis;
    analysis.n_frames = 1;
    for (const BBox& box : boxes) {
      FaceObservation face;
      face.bbox_px = box;
      FaceTrack track;
      track.observations = {face};
      track.side_px = box.width;
      analysis.tracks.push_back(track);
    }
    return track_subjects(corpora_, catalog_.media()[0], analysis);
  }

  [[nodiscard]] SubjectId person(std::size_t i) const { return catalog_.subjects()[i]; }

  TempDir folder_;
  TinyCatalog catalog_{folder_.path(), 3};
  CorpusStore corpora_{catalog_.database()};
};

TEST_F(TrackSubjects, TheOnlyPersonHasTheOnlyPlausibleTrack) {
  EXPECT_THAT(subjects_of({kLeft}), ElementsAre(person(0)));
  EXPECT_THAT(subjects_of({kLeft, {400, 60, 8, 10}}), ElementsAre(person(0), std::nullopt));
  EXPECT_THAT(subjects_of({kLeft, kRight}), ElementsAre(std::nullopt, std::nullopt));
}

TEST_F(TrackSubjects, BoxesTellPeopleApart) {
  see(0, kRight);
  see(1, kLeft);
  EXPECT_THAT(subjects_of({kLeft, kRight}), ElementsAre(person(1), person(0)));
}

TEST_F(TrackSubjects, SomebodyWithoutAPlaceIsNotTheOneWhoIsLeft) {
  see(1, kLeft);
  EXPECT_THAT(subjects_of({kLeft, kRight}), ElementsAre(person(1), std::nullopt));
}

TEST_F(TrackSubjects, ATrackOfTwoPeopleIsNobodys) {
  see(1, kLeft);
  see(2, kLeft);
  EXPECT_THAT(subjects_of({kLeft}), ElementsAre(std::nullopt));
}

}  // namespace
}  // namespace changeling
