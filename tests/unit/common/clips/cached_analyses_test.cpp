// A person's face among several analyses of one clip.
#include "common/clips/cached_analyses.h"

#include <filesystem>

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

/// A clip of one person, with a cache.
struct AnalysedClip {
  AnalysedClip() {
    media = corpora.media_by_id(catalog.media()[0]);
    media.sha256 = sha256("clip");
    corpora.record_probe(media, 1);
  }

  /// Analyses of the clip's bytes.
  [[nodiscard]] VideoAnalysis analysis(std::int64_t n_frames) const {
    VideoAnalysis analysis = analysis_of(n_frames, 70);
    analysis.video_sha256 = *media.sha256;
    return analysis;
  }

  TempDir folder;
  TinyCatalog catalog{folder.path(), 1};
  BlobStore blobs{folder / "objects"};
  CorpusStore corpora{catalog.database()};
  AnalysisCache cache{corpora, blobs};
  MediaRow media;
};

TEST(CachedAnalyses, TheOneThatCountsComesFirstThenTheLongest) {
  AnalysedClip clip;
  for (const int n_frames : {10, 40, 20, 30}) {
    const Digest key = sha256(std::to_string(n_frames));
    (void)clip.cache.use(
        clip.media, clip.cache.keep(key, "face_analysis@2", clip.media, clip.analysis(n_frames)));
  }
  const auto lengths = [&clip] {
    std::vector<std::int64_t> frames;
    for (const VideoAnalysis& analysis : cached_analyses(clip.corpora, clip.blobs, clip.media)) {
      frames.push_back(analysis.n_frames);
    }
    return frames;
  };
  EXPECT_THAT(lengths(), testing::ElementsAre(30, 40, 20, 10));
  (void)clip.cache.use(clip.media, clip.cache.find(sha256("10"), clip.media).value());
  EXPECT_THAT(lengths(), testing::ElementsAre(10, 40, 30, 20)) << "settings went back";
}

TEST(AnalysisCache, NotesWhoseTrackIsWhoseAndKeepsOneAnalysisPerKey) {
  AnalysedClip clip;
  EXPECT_FALSE(clip.cache.find(sha256("key"), clip.media).has_value());
  const KeptAnalysis made =
      clip.cache.keep(sha256("key"), "face_analysis@2", clip.media, clip.analysis(10));
  const std::vector<TrackId> ids = clip.cache.use(clip.media, made);
  const std::optional<KeptAnalysis> kept = clip.cache.find(sha256("key"), clip.media);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(serialize(kept->analysis), serialize(made.analysis));
  EXPECT_EQ(clip.cache.use(clip.media, *kept), ids);
  const std::vector<TrackRow> tracks = clip.corpora.tracks(clip.media.id);
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_EQ(tracks.front().subject_id, clip.catalog.subjects()[0]);
  EXPECT_EQ(tracks.front().side_px, 70);
}

TEST(AnalysisCache, ADamagedAnalysisIsMadeAgain) {
  AnalysedClip clip;
  const auto keep = [&clip](std::int64_t n_frames) {
    return clip.cache.keep(sha256("key"), "face_analysis@2", clip.media, clip.analysis(n_frames))
        .blob.sha256;
  };
  const Digest first = keep(10);
  (void)clip.cache.keep(sha256("other key"), "face_analysis@2", clip.media, clip.analysis(30));
  std::filesystem::resize_file(clip.blobs.path(first), 20);
  EXPECT_FALSE(clip.cache.find(sha256("key"), clip.media).has_value());
  EXPECT_THAT(cached_analyses(clip.corpora, clip.blobs, clip.media), testing::SizeIs(1));
  EXPECT_EQ(keep(10), first);
  EXPECT_TRUE(clip.cache.find(sha256("key"), clip.media).has_value());

  std::filesystem::resize_file(clip.blobs.path(first), 20);
  EXPECT_NE(keep(11), first) << "as by another version of LibTorch";
  EXPECT_EQ(clip.cache.find(sha256("key"), clip.media)->analysis.n_frames, 11);
  EXPECT_FALSE(clip.blobs.contains(first));
  EXPECT_THAT(cached_analyses(clip.corpora, clip.blobs, clip.media), testing::SizeIs(2));
}

}  // namespace
}  // namespace changeling
