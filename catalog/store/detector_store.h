// catalog/store/detector_store.h: which clips a detector may learn from, be chosen by and be
// measured on, and its scores. Layer 1. One thread per object, that of its Database.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// What clips are for. The part follows from it, so nobody can choose weights by test clips.
enum class DetectorRole {
  kFit,     ///< part train
  kSelect,  ///< part val
  kScore,   ///< part test
};

[[nodiscard]] std::string_view part_of(DetectorRole role);

/// Labelled clips with parts: a frozen version of a data set, the clips of a corpus that ships
/// fakes (all of them part test: such a corpus is measured on, not trained on), else the fakes and
/// controls of a generate run.
struct DetectorSet {
  std::optional<VersionId> version_id;
  std::optional<CorpusId> corpus_id;
  std::string generate_run;  ///< without version and corpus
  std::string name;          ///< "faces@1.0.0", "corpus:ffpp", or the run's id
};

/// Begins the name of a set of a corpus's clips.
inline constexpr std::string_view kCorpusSetPrefix = "corpus:";

class DetectorStore {
 public:
  explicit DetectorStore(Database& database) : database_(database) {}

  /// NAME@VERSION of a frozen version, corpus:NAME, or the id of a generate run; empty = the newest
  /// generate run. Throws Error(kConfig) when there is none, or the version was invalidated.
  [[nodiscard]] DetectorSet find_set(const std::string& text) const;

  /// Labelled clips of the set in that role, by artifact; `part` of each filled in.
  [[nodiscard]] std::vector<ClipRow> clips(const DetectorSet& set, DetectorRole role) const;
  /// The same for every role: for scores of detectors that did not learn here.
  [[nodiscard]] std::vector<ClipRow> all_clips(const DetectorSet& set) const;

  /// Everybody whose pixels or face are in these clips.
  [[nodiscard]] std::set<SubjectId> people(const std::vector<ClipRow>& clips) const;

  /// Throws Error(kConfig) when a training of this catalog that made `model` used one of the clips,
  /// or a person in them, to fit or to select: such scores would flatter.
  void require_unseen(ModelId model, const std::vector<ClipRow>& clips) const;

  /// Adds rows in one transaction. A second row of one (run, artifact, frame) is Error(kCatalog),
  /// and nothing of the call is stored.
  void add_scores(std::string_view run_id, const std::vector<DetectorScoreRow>& scores);
  [[nodiscard]] std::vector<DetectorScoreRow> scores(
      std::string_view run_id) const;  ///< by artifact, frame

  /// Ended detector runs that scored clips of a generate run, oldest first.
  [[nodiscard]] std::vector<std::string> runs_about(std::string_view generate_run) const;

  /// Ended detector runs that scored this very set, oldest first.
  [[nodiscard]] std::vector<std::string> runs_on(const DetectorSet& set) const;

  /// True when a training of this catalog made the model: its digest is that of weights. That of an
  /// outside detector is its score file's.
  [[nodiscard]] bool was_trained_here(ModelId model) const;

  /// Models of role `detector`, newest first, of that name; of every name when it is empty.
  [[nodiscard]] std::vector<ModelRow> detectors(std::string_view name = {}) const;
  /// The one whose scores a detector run holds.
  [[nodiscard]] std::optional<ModelRow> detector_of(std::string_view run_id) const;

 private:
  Database& database_;
};

}  // namespace changeling
