// Fakes that a corpus ships, evaluated as far as something is known of them.
#include "evaluator/run/corpus_fakes.h"

#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "catalog/corpora/ffpp.h"
#include "catalog/corpora/probing.h"
#include "catalog/corpora/registration.h"
#include "catalog/store/score_store.h"
#include "common/base/error.h"
#include "evaluator/metrics/metric.h"
#include "tests/support/refusal.h"
#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

/// FaceForensics++ of two people, 000 red and 001 green: 000_001 shows 000 with the green face in
/// both compressions; 002_001 is made of footage that the corpus lacks.
class CorpusFakesTest : public ::testing::Test {
 protected:
  CorpusFakesTest()
      : database_(Database::create(folder_ / "catalog.db")),
        blobs_(objects_folder(folder_ / "catalog.db")),
        roots_(folder_ / "catalog.db") {
    add_file("original_sequences/youtube/c23/videos/000.mkv", 0, 0);
    add_file("original_sequences/youtube/c40/videos/000.mkv", 0, 1);
    add_file("original_sequences/youtube/c23/videos/001.mkv", 1, 2);
    add_file("manipulated_sequences/Deepfakes/c23/videos/000_001.mkv", 1, 0);
    add_file("manipulated_sequences/Deepfakes/c40/videos/000_001.mkv", 1, 1);
    add_file("manipulated_sequences/NeuralTextures/c23/videos/002_001.mkv", 1, 3);
    const StoredScan scan =
        register_corpus(database_, roots_, FfppCorpus(), "ffpp", "1", folder_ / "corpus");
    corpus_ = scan.corpus.id;
    CorpusStore corpora(database_);
    (void)probe_corpus(corpora, corpus_, folder_ / "corpus", {});
  }

  /// A clip whose background begins at frame `first` of the drawn one.
  void add_file(const std::string& rel_path, int person, int first) {
    std::vector<Frame> frames;
    for (int i = 0; i < FinishedRun::kFrames; ++i) {
      frames.push_back(drawn_frame(first + i, person));
    }
    std::filesystem::create_directories((folder_ / "corpus" / rel_path).parent_path());
    write_lossless(folder_ / "corpus" / rel_path, frames);
  }

  void analyse() {
    CorpusStore corpora(database_);
    for (const MediaRow& media : corpora.media(corpus_)) {
      const BlobRow blob = blobs_.put_bytes(serialize(drawn_analysis(media.sha256.value())),
                                            "application/vnd.changeling.analysis");
      corpora.put_cached_stage(sha256("analysis " + media.rel_path), "face_analysis@1", media.id,
                               blob);
    }
  }

  [[nodiscard]] std::string path_of(MediaId media) {
    return CorpusStore(database_).media_by_id(media).rel_path;
  }

  EvaluationSummary evaluate() {
    EvaluationOptions options;
    options.generate_run = "corpus:ffpp";
    options.replicates = 200;
    options.config_sha256 = FinishedRun::config_digest();
    return run_evaluation(database_, blobs_, roots_, options, FinishedRun::default_hooks());
  }

  TempDir folder_;
  Database database_;
  BlobStore blobs_;
  CorpusRoots roots_;
  CorpusId corpus_;
};

/// Metric -> aggregate of a method.
std::map<std::string, AggregateRow> of_method(const EvaluationSummary& summary,
                                              const std::string& method) {
  std::map<std::string, AggregateRow> rows;
  for (const MetricResult& metric : summary.metrics) {
    if (metric.method == method) {
      rows.emplace(metric.name, metric.aggregate);
    }
  }
  return rows;
}

TEST_F(CorpusFakesTest, FindsTheFootageOfTheSameRecordingAndCompression) {
  analyse();
  CorpusFakes fakes(database_, blobs_, roots_, corpus_);
  ASSERT_EQ(fakes.fakes().size(), 3U);
  for (const ArtifactRow& fake : fakes.fakes()) {
    const ClipPair clip = fakes.open(fake);
    const std::string path = path_of(*fake.media_id);
    EXPECT_EQ(clip.n_frames, FinishedRun::kFrames);
    EXPECT_TRUE(clip.alpha_file.empty() && clip.control_file.empty());
    EXPECT_EQ(clip.source.file.filename(), "001.mkv") << path;
    EXPECT_FALSE(clip.target.track.observations.empty());
    if (path.find("002_001") != std::string::npos) {
      EXPECT_TRUE(clip.target.file.empty());
      continue;
    }
    const std::string compression = path.find("/c40/") != std::string::npos ? "c40" : "c23";
    EXPECT_EQ(path_of(clip.target.media_id),
              "original_sequences/youtube/" + compression + "/videos/000.mkv");
  }
}

TEST_F(CorpusFakesTest, MeasuresWhatIsKnownAndStoresTheRestAsSkipped) {
  analyse();
  const EvaluationSummary summary = evaluate();
  EXPECT_EQ(summary.status, "ok");
  EXPECT_EQ(summary.n_measured, 3);
  std::map<std::string, AggregateRow> known = of_method(summary, "ffpp_deepfakes");
  for (const char* metric : {"id_margin", "id_cos_src", "id_cos_tgt", "id_dist_dlib", "lmk_nme",
                             "pose_l2_deg", "expr_aspect", "ssim_full", "ewarp", "ewarp_ratio",
                             "tOF", "lmk_jitter", "lmk_jitter_excess", "id_jitter"}) {
    EXPECT_EQ(known.at(metric).status, "ok") << metric;
    EXPECT_EQ(known.at(metric).coverage, 1) << metric;
  }
  EXPECT_GT(*known.at("id_margin").value, 0.3) << "green on red footage";
  EXPECT_EQ(*known.at("lmk_nme").value, 0);
  EXPECT_LT(*known.at("ssim_full").value, 1);
  for (const char* metric : {"coverage", "ssim_bg", "ssim_ring", "psnr_bg_excess", "seam_ratio",
                             "sharp_gap", "color_gap", "ewarp_ratio_mask"}) {
    EXPECT_EQ(known.at(metric).status, "undefined") << metric;
    EXPECT_EQ(known.at(metric).coverage, 0) << metric;
  }
  const std::map<std::string, AggregateRow> alone = of_method(summary, "ffpp_neuraltextures");
  EXPECT_EQ(alone.at("id_cos_src").status, "ok") << "its source is in the corpus";
  EXPECT_EQ(alone.at("id_jitter").status, "ok");
  EXPECT_EQ(alone.at("id_cos_tgt").status, "undefined");
  EXPECT_EQ(alone.at("ssim_full").status, "undefined");

  const ScoreStore scores(database_);
  std::map<std::string, int> statuses;
  for (const MetricDefRow& metric : scores.metrics()) {
    for (const ClipScore& clip : scores.clip_scores(metric.id, corpus_)) {
      ++statuses[clip.score.status];
    }
  }
  EXPECT_EQ(statuses.count("decode_error") + statuses.count("no_face"), 0U);
  EXPECT_GT(statuses["skipped"], 0);
  const EvaluationSummary again = evaluate();
  EXPECT_EQ(again.run_id, summary.run_id);
  EXPECT_EQ(again.n_missing, 0);
}

TEST_F(CorpusFakesTest, AsksForTheAnalysisFirst) {
  const EvaluationSummary summary = evaluate();
  EXPECT_EQ(summary.n_failed, 3);
  EXPECT_EQ(summary.status, "partial");
  analyse();
  EXPECT_EQ(evaluate().n_measured, 3) << "nothing was recorded against the fakes";
}

TEST_F(CorpusFakesTest, PlansAndRefuses) {
  EvaluationOptions options;
  options.generate_run = "corpus:ffpp";
  EXPECT_EQ(plan_evaluation(database_, options).n_missing, 3);
  options.generate_run = "corpus:nobody";
  EXPECT_EQ(kind_thrown_by([&] { (void)plan_evaluation(database_, options); }), ErrorKind::kConfig);
}

}  // namespace
}  // namespace changeling
