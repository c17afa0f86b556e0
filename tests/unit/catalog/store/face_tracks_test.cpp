// Which tracks of a medium count when it was analysed more than once.
#include <gmock/gmock.h>

#include "catalog/store/connection.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

using FaceTracks = CatalogTest;

TEST_F(FaceTracks, EqualTracksAreNotDoubled) {
  TrackRow first;
  first.media_id = catalog_.media[0];
  first.last_frame = 9;
  first.side_px = 120.5;
  first.boxes_sha256 = sha256("boxes 1");
  TrackRow second = first;
  second.boxes_sha256 = sha256("boxes 2");
  second.subject_id = catalog_.subjects[0];
  const std::vector<BlobRow> blobs = {{first.boxes_sha256, 10, "application/json"},
                                      {second.boxes_sha256, 10, "application/json"}};
  const BlobRow analysis{sha256("analysis"), 10, "application/json"};
  const auto record = [&](const std::vector<TrackRow>& rows) {
    return catalog_.corpora.record_tracks(catalog_.media[0], analysis, rows, blobs);
  };
  const std::vector<TrackId> ids = record({first, second});
  EXPECT_EQ(record({second, first}), (std::vector<TrackId>{ids[1], ids[0]}));
  const std::vector<TrackRow> tracks = catalog_.corpora.tracks(catalog_.media[0]);
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_EQ(tracks[0].side_px, 120.5);
  EXPECT_EQ(tracks[1].subject_id, catalog_.subjects[0]);
  first.subject_id = catalog_.subjects[0];
  EXPECT_EQ(record({first}), std::vector<TrackId>{ids[0]});
  EXPECT_EQ(catalog_.corpora.tracks(catalog_.media[0])[0].subject_id, catalog_.subjects[0]);
}

/// Analyses of clip 0, each of some tracks by name.
class AnalysesOfOneMedium : public CatalogTest {
 protected:
  std::vector<TrackId> record(const std::string& analysis, const std::vector<std::string>& names) {
    std::vector<TrackRow> rows;
    std::vector<BlobRow> boxes;
    for (const std::string& name : names) {
      TrackRow& row = rows.emplace_back();
      row.media_id = catalog_.media[0];
      row.last_frame = 9;
      row.boxes_sha256 = sha256(name);
      boxes.push_back({row.boxes_sha256, 10, "application/json"});
    }
    return catalog_.corpora.record_tracks(catalog_.media[0],
                                          {sha256(analysis), 10, "application/json"}, rows, boxes);
  }

  [[nodiscard]] std::vector<TrackId> counting() const {
    std::vector<TrackId> ids;
    for (const TrackRow& row : catalog_.corpora.tracks(catalog_.media[0])) {
      ids.push_back(row.id);
    }
    return ids;
  }
};

TEST_F(AnalysesOfOneMedium, TracksAreThoseOfTheOneUsedLast) {
  const std::vector<TrackId> older = record("older", {"1", "2"});
  EXPECT_EQ(counting(), older);
  const std::vector<TrackId> newer = record("newer", {"2", "3"});
  EXPECT_EQ(newer.front(), older.back()) << "both found this one";
  EXPECT_EQ(counting(), newer);
  EXPECT_EQ(catalog_.corpora.counting_analysis(catalog_.media[0]), sha256("newer"));
  EXPECT_EQ(record("older", {"1", "2"}), older);
  EXPECT_EQ(counting(), older);
  record("of nobody", {});
  EXPECT_THAT(counting(), testing::IsEmpty());
  EXPECT_EQ(catalog_.corpora.find_track(older.front())->boxes_sha256, sha256("1"));
  EXPECT_FALSE(catalog_.corpora.counting_analysis(catalog_.media[1]).has_value());
}

TEST_F(AnalysesOfOneMedium, TracksOfEarlierProgramsCountUntilTheNext) {
  const std::vector<TrackId> both = record("older", {"1", "2"});
  catalog_.database.connection().exec(
      "UPDATE media SET analysis_sha256=NULL; UPDATE face_track SET analysis_sha256=NULL");
  EXPECT_EQ(counting(), both);
  EXPECT_EQ(record("newer", {"2"}), std::vector<TrackId>{both.back()});
  EXPECT_EQ(counting(), std::vector<TrackId>{both.back()});
}

TEST_F(AnalysesOfOneMedium, OfAReplacedFileNoneCountsUntilTheNext) {
  MediaRow medium = catalog_.corpora.media_by_id(catalog_.media[0]);
  const auto probe_as = [&](const std::string& bytes) {
    medium.sha256 = sha256(bytes);
    catalog_.corpora.record_probe(medium, 10);
  };
  for (const bool is_of_earlier_program : {true, false}) {
    probe_as("first file");
    const std::vector<TrackId> first = record("older", {"1", "2"});
    if (is_of_earlier_program) {
      catalog_.database.connection().exec(
          "UPDATE media SET analysis_sha256=NULL; UPDATE face_track SET analysis_sha256=NULL");
    }
    probe_as("first file");
    EXPECT_EQ(counting(), first) << "the same bytes";
    probe_as("another file");
    EXPECT_THAT(counting(), testing::IsEmpty());
    EXPECT_FALSE(catalog_.corpora.counting_analysis(medium.id).has_value());
    const std::vector<TrackId> newer = record("newer", {"3"});
    EXPECT_EQ(counting(), newer);
  }
}

TEST_F(AnalysesOfOneMedium, AJobKeepsTheFacesThatItNoted) {
  const std::vector<TrackId> older = record("older", {"swapped", "source", "bystander"});
  const std::string run_id = catalog_.start_run();
  const JobClaim claim = *catalog_.runs.claim(run_id, "w", 60'000'000, 3);
  EXPECT_FALSE(catalog_.corpora.swapped_track(claim.job.id).has_value());
  FakeRow fake = SmallCatalog::fake_row("x");
  fake.face_labels = {{older[0], "fake", catalog_.subjects[0]}, {older[2], "real", {}}};
  fake.source_track = older[1];
  ASSERT_TRUE(catalog_.runs.record_done(claim, fake));
  record("newer", {"another"});
  EXPECT_EQ(catalog_.corpora.swapped_track(claim.job.id)->boxes_sha256, sha256("swapped"));
  EXPECT_EQ(catalog_.corpora.source_track(claim.job.id)->boxes_sha256, sha256("source"));
}

}  // namespace
}  // namespace changeling
