// tests/support/simulated_catalog.h: catalogs of any size with drawn scores, for the statistics of
// reports and gates: effects of people, of pairs and of each measurement are known.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/detector_store.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"

namespace changeling {

/// value = mean + source + target + pair effect + noise, all normal; people and pairs keep their
/// effects in every run, the noise is drawn anew.
struct SimulatedMetric {
  std::string name;
  std::string unit;
  std::string direction;
  double mean = 0;
  double sd_person = 0;
  double sd_pair = 0;
  double sd_noise = 0;
};

/// The metrics of every simulated run, with spreads like those of real clips.
[[nodiscard]] const std::vector<SimulatedMetric>& simulated_metrics();

/// Behind every stored distance of a set.
inline constexpr std::int64_t kSimulatedFaces = 1200;

struct SimulatedRun {
  std::vector<std::string> methods = {"mesh_swap"};
  std::optional<std::string> suite;
  std::string commit = "0123456789abcdef0123456789abcdef01234567";
  std::uint64_t noise_seed = 1;
  /// Added to every value of a metric: "lmk_nme", or "fsgan:lmk_nme" for one method.
  std::map<std::string, double> shifts;
  /// Distances of whole sets, stored for every method: "kid_dn121x".
  std::map<std::string, double> set_values;
  double skipped_share = 0;    ///< of the pairs, from the first on
  double speed = 1;            ///< factor on frames per second
  double load = 1;             ///< factor on wall time alone: other work on the machine
  std::string device = "cpu";  ///< of the swaps
  bool shares_pass = false;    ///< one pass makes all methods, and the first bears its time
  bool names_pass = true;      ///< its stage says so; earlier programs' did not
  int frame_rows = 0;          ///< frame scores per clip and metric
  bool is_evaluated = true;
  std::map<std::string, BlobRow> files;  ///< kind -> stored file that all jobs share
};

/// p_fake = logistic(person + (fake: separation + pair) + noise), effects normal.
struct SimulatedDetector {
  std::string name = "meso";
  double separation = 1;  ///< of fakes and controls, in units of the other effects
  std::uint64_t noise_seed = 1;
  double sd_noise = 0.1;
  double missing_share = 0;  ///< of the clips, from the first on: no face
  std::string weights;       ///< what their digest is made of; empty = an outside detector
};

class SimulatedCatalog {
 public:
  /// `n_people` of part test with one clip each and known attributes; `n_pairs` distinct ordered
  /// pairs of them. `n_train_people` more in part train, not paired yet.
  SimulatedCatalog(const std::filesystem::path& folder, int n_people, int n_pairs,
                   std::uint64_t seed = 1, int n_train_people = 0);

  Database& database() { return database_; }

  /// As if all clips were analysed under other settings, with faces of 300 px seen from the front.
  void analyse_again();

  /// A finished generate run with its evaluation; returns its id.
  std::string add_run(const SimulatedRun& run);

  /// A finished detector run over all fakes of a run and one control of each target; returns its
  /// id.
  std::string add_detector_run(const std::string& run_id, const SimulatedDetector& detector);

  [[nodiscard]] const std::vector<PairRow>& pairs() const { return pairs_; }

  /// What the metric of a clip is drawn as.
  [[nodiscard]] double draw(const SimulatedMetric& metric, const PairRow& pair,
                            const std::string& method, const SimulatedRun& run) const;

  /// What a detector gives the fake of a pair, or its target's control.
  [[nodiscard]] double draw_score(const SimulatedDetector& detector, const PairRow& pair,
                                  const std::string& method, bool is_fake) const;

 private:
  void add_people(int n_people);
  /// Of a clip; fills in the digests of its files.
  TrackId add_track(const TrackRow& track, const std::string& salt);
  void add_pairs(int n_people, int n_pairs);
  void finish_jobs(const std::string& run_id, const SimulatedRun& run);
  void add_scores(const std::string& run_id, const SimulatedRun& run);
  std::vector<DetectorScoreRow> detector_rows(const std::string& run_id,
                                              const SimulatedDetector& detector);

  std::uint64_t seed_;
  Database database_;
  PairListId list_;
  std::vector<SubjectId> subjects_;
  std::vector<MediaId> media_;
  std::map<MediaId, TrackId> tracks_;
  std::vector<PairRow> pairs_;
};

}  // namespace changeling
