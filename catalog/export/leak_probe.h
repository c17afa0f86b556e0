// catalog/export/leak_probe.h: can fakes be told from real clips without looking at them? Layer 4.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/media/video_reader.h"
#include "common/statistics/interval.h"
#include "common/statistics/logistic.h"

namespace changeling {

/// Fewer people than these tell nothing: a probe of theirs has no AUC.
inline constexpr std::int64_t kLeastProbePeople = 10;

/// What a probe sees of a clip; a name that a clip lacks counts as 0.
using ProbeFeatures = std::map<std::string, double>;

/// The clips that a probe sees. Names are kept once, so that a clip costs a few numbers.
class ProbeTable {
 public:
  /// `person` is who is seen: clips of one person are never on both sides of a fold.
  void add(const ProbeFeatures& features, bool is_fake, const std::string& person);

 private:
  friend class ProbeRun;

  struct Row {
    std::vector<float> features;  ///< by column; missing ones at the end are 0
    bool is_fake = false;
    std::size_t person = 0;
  };

  std::map<std::string, std::size_t> columns_, people_;  ///< numbers in the order of their coming
  std::vector<Row> rows_;
};

struct ProbeResult {
  std::string name;
  double limit = 0;                  ///< AUC that the spec allows
  std::optional<double> auc;         ///< cross-validated by person; empty = too few people
  std::optional<Interval> interval;  ///< of the AUC, 95 %, resampling people; empty as auc
  std::int64_t clips = 0;            ///< of the smaller class
  std::int64_t people = 0;
  std::string feature;                 ///< the most telling one alone
  double feature_auc = 0;              ///< 0.5 or more
  std::optional<double> shuffled_auc;  ///< of the probe itself, see shuffled_auc(); empty as auc

  /// How far from 0.5 the AUC may be: max(limit - 0.5, 1.96 sqrt((2n + 1) / (12 n^2))), the second
  /// being chance at n clips a class.
  [[nodiscard]] double allowance() const;

  /// False where the probe tells even shuffled labels apart, further from 0.5 than
  /// kShuffledLimit and chance allow: then its AUC means nothing.
  [[nodiscard]] bool is_sound() const;

  /// A probe that is not sound fails, too.
  [[nodiscard]] bool fails() const;
};

/// AUC that a probe may have on shuffled labels.
inline constexpr double kShuffledLimit = 0.52;

/// Gives every row a score from the rows' features and labels.
using ProbeJudge = std::function<std::vector<double>(const std::vector<LabelledFeatures>&)>;

/// Mean AUC of a judge over ten shuffles of the labels, which say nothing: 0.5 up to chance, unless
/// the judge has seen what it judges. Shuffles depend on `name` alone. Needs both classes.
[[nodiscard]] double shuffled_auc(const std::string& name, std::vector<LabelledFeatures> table,
                                  const ProbeJudge& judge);

/// Replicates of a probe's interval, then shuffles of its labels. How long they take over 100,000
/// clips: docs/benchmarks/2026-12-01-scale.md.
inline constexpr int kProbeReplicates = 1000;
inline constexpr int kProbeShuffles = 10;
inline constexpr int kProbeSteps = kProbeReplicates + kProbeShuffles;

/// Logistic regression, five folds of people. Deterministic. `on_step` is called after each of
/// kProbeSteps, of a probe that has an AUC; what it throws ends the probe.
[[nodiscard]] ProbeResult run_probe(const std::string& name, const ProbeTable& clips, double limit,
                                    const std::function<void()>& on_step = {});

/// Of the encoding: bytes per frame, bit rate, size, frame rate, frames, duration, and where the
/// decoder tells it the quantizer of the first frame, which is decoded already.
[[nodiscard]] ProbeFeatures codec_features(const VideoReader& clip, std::int64_t bytes,
                                           std::int64_t n_frames);

/// Of the container: which tags and boxes there are, in which order, how large they are. What the
/// tags say is their label, and does not count. `file` is that of the clip; throws Error(kInput)
/// when it cannot be read.
[[nodiscard]] ProbeFeatures metadata_features(const VideoReader& clip,
                                              const std::filesystem::path& file);

}  // namespace changeling
