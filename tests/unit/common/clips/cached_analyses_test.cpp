// A person's face among several analyses of one clip.
#include "common/clips/cached_analyses.h"

#include <gmock/gmock.h>

#include "common/clips/analysis_cache.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

/// With a face of that side, or without one where it is 0.
VideoAnalysis analysis_of(std::int64_t n_frames, float side_px) {
  VideoAnalysis analysis;
  analysis.n_frames = n_frames;
  if (side_px > 0) {
    FaceObservation face;
    face.bbox_px = {50, 50, side_px, side_px};
    FaceTrack track;
    track.observations = {face};
    track.side_px = side_px;
    analysis.tracks = {track};
  }
  return analysis;
}

/// Person 0 is seen in clip 0.
class AnalysedFaceOf : public testing::Test {
 protected:
  [[nodiscard]] std::optional<AnalysedFace> among(
      const std::vector<VideoAnalysis>& analyses) const {
    return analysed_face(corpora_, analyses, catalog_.media()[0], catalog_.subjects()[0]);
  }

  TempDir folder_;
  TinyCatalog catalog_{folder_.path(), 2};
  CorpusStore corpora_{catalog_.database()};
};

TEST_F(AnalysedFaceOf, AnAnalysisThatMissedItIsPassedOver) {
  const std::optional<AnalysedFace> face =
      among({analysis_of(10, 0), analysis_of(30, 60), analysis_of(20, 70)});
  ASSERT_TRUE(face.has_value());
  EXPECT_EQ(face->track.side_px, 60);
  EXPECT_EQ(face->n_frames, 30);
  EXPECT_FALSE(among({analysis_of(30, 0)}).has_value());
  EXPECT_FALSE(among({}).has_value());
}

TEST(CachedAnalyses, TheOneThatCountsComesFirstThenTheLongest) {
  const TempDir folder;
  TinyCatalog catalog(folder.path(), 1);
  BlobStore blobs(folder / "objects");
  CorpusStore corpora(catalog.database());
  MediaRow media = corpora.media_by_id(catalog.media()[0]);
  media.sha256 = sha256("clip");
  corpora.record_probe(media, 1);
  AnalysisCache cache(corpora, blobs);
  for (const int n_frames : {10, 40, 20, 30}) {
    VideoAnalysis analysis = analysis_of(n_frames, 70);
    analysis.video_sha256 = *media.sha256;
    const Digest key = sha256(std::to_string(n_frames));
    (void)cache.use(media, cache.keep(key, "face_analysis@2", media, analysis));
  }
  const auto lengths = [&] {
    std::vector<std::int64_t> lengths;
    for (const VideoAnalysis& analysis : cached_analyses(corpora, blobs, media)) {
      lengths.push_back(analysis.n_frames);
    }
    return lengths;
  };
  EXPECT_THAT(lengths(), testing::ElementsAre(30, 40, 20, 10));
  (void)cache.use(media, cache.find(sha256("10"), media).value());
  EXPECT_THAT(lengths(), testing::ElementsAre(10, 40, 30, 20)) << "settings went back";
}

TEST(AnalysisCache, NotesWhoseTrackIsWhoseAndKeepsOneAnalysisPerKey) {
  const TempDir folder;
  TinyCatalog catalog(folder.path(), 1);
  BlobStore blobs(folder / "objects");
  CorpusStore corpora(catalog.database());
  const MediaRow media = corpora.media_by_id(catalog.media()[0]);
  AnalysisCache cache(corpora, blobs);
  EXPECT_FALSE(cache.find(sha256("key"), media).has_value());
  const KeptAnalysis made =
      cache.keep(sha256("key"), "face_analysis@2", media, analysis_of(10, 70));
  const std::vector<TrackId> ids = cache.use(media, made);
  const std::optional<KeptAnalysis> kept = cache.find(sha256("key"), media);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(serialize(kept->analysis), serialize(made.analysis));
  EXPECT_EQ(cache.use(media, *kept), ids);
  ASSERT_EQ(corpora.tracks(media.id).size(), 1U);
  EXPECT_EQ(corpora.tracks(media.id).front().subject_id, catalog.subjects()[0]);
  EXPECT_EQ(corpora.tracks(media.id).front().side_px, 70);
}

}  // namespace
}  // namespace changeling
