#include "catalog/export/leak_probe.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/rng.h"
#include "common/media/container_boxes.h"
#include "common/statistics/roc.h"
#include "common/statistics/score_bootstrap.h"

namespace changeling {
namespace {

double auc_of(const std::vector<double>& scores, const std::vector<LabelledFeatures>& table) {
  std::vector<ScoredItem> items;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    items.push_back({scores[i], table[i].is_positive, 1});
  }
  return auc(items).value_or(0.5);
}

/// Of the area, by resampling people; the scores keep the folds that they came from.
std::optional<Interval> interval_of(const std::string& name, const std::vector<double>& scores,
                                    const std::vector<LabelledFeatures>& table,
                                    const std::function<void()>& on_step) {
  std::vector<ClusteredScore> items;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    items.push_back({scores[i], table[i].is_positive, table[i].group});
  }
  BootstrapOptions options;
  options.replicates = kProbeReplicates;
  options.on_replicate = on_step;
  return bootstrap_scores(items, auc, {"leak probe", name, "all"}, options).interval;
}

/// Boxes whose size follows from the pictures; the codec probe judges those.
bool holds_pictures(const std::string& path) {
  return path == "mdat" || path == "moov" || path == "moov/trak";
}

/// How far an AUC of n clips a class strays from 0.5 in 19 of 20 cases.
double chance_at(std::int64_t clips) {
  const auto n = static_cast<double>(clips);
  return n > 0 ? 1.96 * std::sqrt((2 * n + 1) / (12 * n * n)) : 0.5;
}

}  // namespace

double ProbeResult::allowance() const {
  return std::max(limit - 0.5, chance_at(clips));
}

bool ProbeResult::is_sound() const {
  return !shuffled_auc ||
         std::abs(*shuffled_auc - 0.5) <= std::max(kShuffledLimit - 0.5, chance_at(clips));
}

bool ProbeResult::fails() const {
  return auc && (std::abs(*auc - 0.5) > allowance() || !is_sound());
}

double shuffled_auc(const std::string& name, std::vector<LabelledFeatures> table,
                    const ProbeJudge& judge) {
  CounterRng rng(derive_seed(0, {"shuffled labels", name}));
  double sum = 0;
  for (int shuffle = 0; shuffle < kProbeShuffles; ++shuffle) {
    for (std::size_t i = table.size(); i > 1; --i) {
      std::swap(table[i - 1].is_positive, table[rng.below(i)].is_positive);
    }
    sum += auc_of(judge(table), table);
  }
  return sum / kProbeShuffles;
}

void ProbeTable::add(const ProbeFeatures& features, bool is_fake, const std::string& person) {
  Row row{{}, is_fake, people_.emplace(person, people_.size()).first->second};
  for (const auto& [name, value] : features) {
    const std::size_t column = columns_.emplace(name, columns_.size()).first->second;
    row.features.resize(std::max(row.features.size(), column + 1));
    row.features[column] = static_cast<float>(value);
  }
  rows_.push_back(std::move(row));
}

/// Judges one table; columns and people count in the order of their names.
class ProbeRun {
 public:
  ProbeRun(const ProbeTable& clips, const std::function<void()>& on_step)
      : clips_(clips), on_step_(on_step) {
    for (const auto& [name, column] : clips.columns_) {
      if (varies(column)) {
        columns_.emplace_back(name, column);
      }
    }
    std::int64_t rank = 0;
    people_.resize(clips.people_.size());
    for (const auto& person : clips.people_) {
      people_[person.second] = rank++;
    }
  }

  void run(ProbeResult& result) const {
    const auto fakes = std::count_if(clips_.rows_.begin(), clips_.rows_.end(),
                                     [](const auto& row) { return row.is_fake; });
    result.people = static_cast<std::int64_t>(people_.size());
    result.clips = std::min<std::int64_t>(
        fakes, static_cast<std::int64_t>(clips_.rows_.size()) - static_cast<std::int64_t>(fakes));
    if (result.people < kLeastProbePeople || result.clips == 0) {
      return;
    }
    result.auc = 0.5;
    result.interval = Interval{0.5, 0.5};  // clips that are all alike tell nothing
    result.feature_auc = 0.5;
    result.shuffled_auc = 0.5;
    if (!columns_.empty()) {
      judge(result);
    }
  }

 private:
  [[nodiscard]] float value(const ProbeTable::Row& row, std::size_t column) const {
    return column < row.features.size() ? row.features[column] : 0;
  }

  /// A column in which all clips are alike tells nothing.
  [[nodiscard]] bool varies(std::size_t column) const {
    const float first = value(clips_.rows_.front(), column);
    return std::any_of(clips_.rows_.begin(), clips_.rows_.end(),
                       [&](const auto& row) { return value(row, column) != first; });
  }

  void judge(ProbeResult& result) const {
    std::vector<LabelledFeatures> table;
    for (const ProbeTable::Row& row : clips_.rows_) {
      LabelledFeatures& items = table.emplace_back();
      for (const auto& column : columns_) {
        items.features.push_back(value(row, column.second));
      }
      items.is_positive = row.is_fake;
      items.group = people_[row.person];
    }
    const std::vector<double> scores = cross_validate_logistic(table);
    result.auc = auc_of(scores, table);
    result.interval = interval_of(result.name, scores, table, on_step_);
    result.shuffled_auc = shuffled_auc(result.name, table, [this](const auto& rows) {
      std::vector<double> shuffled = cross_validate_logistic(rows);
      if (on_step_) {
        on_step_();
      }
      return shuffled;
    });
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      std::vector<double> values;
      for (const LabelledFeatures& row : table) {
        values.push_back(row.features[i]);
      }
      const double raw = auc_of(values, table), apart = std::max(raw, 1 - raw);
      if (result.feature.empty() || apart > result.feature_auc) {
        result.feature = columns_[i].first;
        result.feature_auc = apart;
      }
    }
  }

  const ProbeTable& clips_;
  const std::function<void()>& on_step_;
  std::vector<std::pair<std::string, std::size_t>> columns_;
  std::vector<std::int64_t> people_;
};

ProbeResult run_probe(const std::string& name, const ProbeTable& clips, double limit,
                      const std::function<void()>& on_step) {
  ProbeResult result;
  result.name = name;
  result.limit = limit;
  ProbeRun(clips, on_step).run(result);
  return result;
}

ProbeFeatures codec_features(const VideoReader& clip, std::int64_t bytes, std::int64_t n_frames) {
  const VideoInfo& info = clip.info();
  const double rate =
      info.frame_rate.denominator > 0
          ? static_cast<double>(info.frame_rate.numerator) / info.frame_rate.denominator
          : 0;
  const auto frames = static_cast<double>(std::max<std::int64_t>(n_frames, 1));
  const double seconds = info.duration_seconds_from_header.value_or(0);
  ProbeFeatures features = {
      {"bytes_per_frame", static_cast<double>(bytes) / frames},
      {"bit_rate", seconds > 0 ? 8 * static_cast<double>(bytes) / seconds : 0},
      {"width", info.width_px},
      {"height", info.height_px},
      {"frame_rate", rate},
      {"frames", frames},
      {"duration", seconds}};
  if (info.first_frame_qp) {
    features["qp"] = *info.first_frame_qp;
    features["qp_is_known"] = 1;
  }
  return features;
}

ProbeFeatures metadata_features(const VideoReader& clip, const std::filesystem::path& file) {
  ProbeFeatures features;
  for (const auto& tag : clip.tags()) {
    features["tag " + tag.first] += 1;
  }
  double place = 0;
  for (const ContainerBox& box : container_boxes(file)) {
    features["place of " + box.path] = ++place;
    if (!holds_pictures(box.path)) {
      features["bytes of " + box.path] += static_cast<double>(box.bytes);
    }
  }
  return features;
}

}  // namespace changeling
