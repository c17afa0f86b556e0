// tests/unit/evaluator/run/evaluation_fixture.h: a catalog with finished fakes of real (drawn)
// videos, and a face meter that needs no network.
#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "evaluator/run/evaluation_run.h"
#include "evaluator/run/face_meter.h"
#include "evaluator/run/square_meter.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {

/// "Identity" is the mean colour in the face's box; landmarks and pose are those of the track, its
/// area is the painted one. Found on every frame, but for those that lose_from() says.
class ColorFaceMeter final : public FaceMeter {
 public:
  std::vector<FaceMeasurement> measure(const std::vector<FaceQuery>& queries) override;

  [[nodiscard]] int n_embedded() const { return n_embedded_; }

  [[nodiscard]] int n_measured() const { return n_measured_; }

  [[nodiscard]] int n_areas() const { return n_areas_; }

  /// Queries that ask whether the face is there.
  [[nodiscard]] int n_confirmed() const { return n_confirmed_; }

  /// From this frame of the track on, such queries find none.
  void lose_from(std::int64_t frame) { lost_from_ = frame; }

 private:
  int n_embedded_ = 0;
  int n_measured_ = 0;
  int n_areas_ = 0;
  int n_confirmed_ = 0;
  std::int64_t lost_from_ = std::numeric_limits<std::int64_t>::max();
};

/// "BRISQUE" is the red of the pixel in the middle of the face, over 2.55; features are those of no
/// network: the crop's colours at each place.
class ColorSquareMeter final : public SquareMeter {
 public:
  SquareMeasurement measure(const SquareQuery& query) override;

  [[nodiscard]] int n_measured() const { return n_measured_; }

 private:
  int n_measured_ = 0;
};

/// The mean colour in the middle of the face's landmarks, whatever the network.
class ColorFeatureMeter final : public FeatureMeter {
 public:
  at::Tensor features(const std::string& net, const std::vector<FeatureQuery>& queries) override;
};

/// Where every drawn clip of the fixture has its face, and where its fakes are painted.
[[nodiscard]] BBox face_box();

/// Frame `index` of the drawn clip of a person (0 to 2), whose face is red, green or blue.
[[nodiscard]] Frame drawn_frame(int index, int person);

/// The analysis of such a clip of FinishedRun::kFrames frames.
[[nodiscard]] VideoAnalysis drawn_analysis(const Digest& video_sha256);

/// One track over frames [first, last] of a clip.
[[nodiscard]] FaceTrack steady_track(std::int64_t first, std::int64_t last);

/// FFV1, 25 frames a second; grey frames become a mask stream.
void write_lossless(const std::filesystem::path& file, const std::vector<Frame>& frames);

/// Three people (red, green, blue faces) in clips of 24 frames; the fakes person 0 -> 1 and 1 -> 2
/// of all frames but the last four, lossless, painted with the source's colour; by a method other
/// than mesh_swap with the target's.
class FinishedRun {
 public:
  static constexpr int kFrames = 24;
  static constexpr int kSwapped = 20;

  /// Programs before schema 0005 did not note the source's face.
  explicit FinishedRun(const std::vector<std::string>& methods = {"mesh_swap"},
                       bool notes_sources = true);

  /// With a baseline on both pairs where asked.
  [[nodiscard]] EvaluationSummary evaluate(const EvaluationHooks& hooks, int baseline_pairs = 0);

  /// Of the evaluations that follow; the meters of default_hooks have all.
  void set_scorers(OptionalScorers scorers) { scorers_ = std::move(scorers); }

  /// Of the evaluations that follow.
  void set_rejects(const RejectLimits& limits) { rejects_ = limits; }

  /// G_s and BRISQUE as the catalog knows them.
  [[nodiscard]] static OptionalScorers scorers(const std::string& bytes = "weights");

  /// With set metrics of the test's own.
  [[nodiscard]] EvaluationSummary evaluate_sets(const std::vector<SetMetric>& metrics,
                                                int baseline_pairs = 0,
                                                const EvaluationHooks& hooks = default_hooks());

  [[nodiscard]] EvaluationSummary evaluate() { return evaluate(default_hooks()); }

  [[nodiscard]] static EvaluationHooks default_hooks();

  /// Of every evaluation that evaluate() begins.
  [[nodiscard]] static Digest config_digest() { return sha256("evaluate config"); }

  [[nodiscard]] const std::string& run_id() const { return run_id_; }

  [[nodiscard]] Database& database() { return catalog_.database(); }

  [[nodiscard]] const BlobStore& blobs() const { return blobs_; }

  [[nodiscard]] const CorpusRoots& roots() const { return roots_; }

  [[nodiscard]] std::filesystem::path clip(int person) const;
  /// File behind an artifact of the n-th fake.
  [[nodiscard]] std::filesystem::path artifact_file(int fake, const std::string& kind);
  void remove_corpus();
  /// The corpus now says that the person is in that box in the first frame of their clip.
  void see_again(int person, const BBox& box);
  /// Adds an analysis of the person's clip with the face elsewhere, the one that counts from now
  /// on.
  void analyse_again(int person);
  /// Removes an analysis's blob of every clip.
  void lose_analyses();

 private:
  void register_clip(int person);
  void finish_jobs();
  [[nodiscard]] FakeRow make_fake(const JobRow& job, int source, int target);

  TempDir folder_;
  TinyCatalog catalog_;
  BlobStore blobs_;
  CorpusRoots roots_;
  std::vector<TrackId> tracks_;  ///< by person
  std::string run_id_;
  OptionalScorers scorers_ = scorers();
  RejectLimits rejects_;
  bool notes_sources_;
};

/// Means of a metric by slice, of the evaluation.
[[nodiscard]] std::map<std::string, AggregateRow> slices_of(FinishedRun& run,
                                                            const EvaluationSummary& summary,
                                                            const std::string& metric);

}  // namespace changeling
