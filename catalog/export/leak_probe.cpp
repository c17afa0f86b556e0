#include "catalog/export/leak_probe.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/media/container_boxes.h"
#include "common/media/video_reader.h"
#include "common/statistics/logistic.h"
#include "common/statistics/roc.h"

namespace changeling {
namespace {

/// Every clip's features in one order, with a number per person.
std::vector<LabelledFeatures> to_table(const std::vector<ProbeClip>& clips,
                                       const std::set<std::string>& names,
                                       const std::set<std::string>& people) {
  std::vector<LabelledFeatures> table;
  for (const ProbeClip& clip : clips) {
    LabelledFeatures row;
    for (const std::string& name : names) {
      const auto found = clip.features.find(name);
      row.features.push_back(found == clip.features.end() ? 0 : found->second);
    }
    row.is_positive = clip.is_fake;
    row.group = std::distance(people.begin(), people.find(clip.person));
    table.push_back(std::move(row));
  }
  return table;
}

double auc_of(const std::vector<double>& scores, const std::vector<LabelledFeatures>& table) {
  std::vector<ScoredItem> items;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    items.push_back({scores[i], table[i].is_positive, 1});
  }
  return auc(items).value_or(0.5);
}

void find_most_telling(const std::vector<LabelledFeatures>& table,
                       const std::set<std::string>& names, ProbeResult& result) {
  std::size_t column = 0;
  for (const std::string& name : names) {
    std::vector<double> values;
    for (const LabelledFeatures& row : table) {
      values.push_back(row.features[column]);
    }
    ++column;
    const double raw = auc_of(values, table), apart = std::max(raw, 1 - raw);
    if (result.feature.empty() || apart > result.feature_auc) {
      result.feature = name;
      result.feature_auc = apart;
    }
  }
}

/// Boxes whose size follows from the pictures; the codec probe judges those.
bool holds_pictures(const std::string& path) {
  return path == "mdat" || path == "moov" || path == "moov/trak";
}

}  // namespace

double ProbeResult::allowance() const {
  const auto n = static_cast<double>(clips);
  return std::max(limit - 0.5, n > 0 ? 1.96 * std::sqrt((2 * n + 1) / (12 * n * n)) : 0.5);
}

bool ProbeResult::fails() const {
  return auc && std::abs(*auc - 0.5) > allowance();
}

ProbeResult run_probe(const std::string& name, const std::vector<ProbeClip>& clips, double limit) {
  ProbeResult result;
  result.name = name;
  result.limit = limit;
  std::set<std::string> names, people;
  std::int64_t fakes = 0;
  for (const ProbeClip& clip : clips) {
    people.insert(clip.person);
    fakes += clip.is_fake ? 1 : 0;
    for (const auto& feature : clip.features) {
      names.insert(feature.first);
    }
  }
  result.people = static_cast<std::int64_t>(people.size());
  result.clips = std::min(fakes, static_cast<std::int64_t>(clips.size()) - fakes);
  if (result.people < kLeastProbePeople || result.clips == 0 || names.empty()) {
    return result;
  }
  const std::vector<LabelledFeatures> table = to_table(clips, names, people);
  result.auc = auc_of(cross_validate_logistic(table), table);
  find_most_telling(table, names, result);
  return result;
}

ProbeFeatures codec_features(const std::filesystem::path& file, std::int64_t bytes,
                             std::int64_t n_frames) {
  const VideoReader reader(file);
  const VideoInfo& info = reader.info();
  const double rate =
      info.frame_rate.denominator > 0
          ? static_cast<double>(info.frame_rate.numerator) / info.frame_rate.denominator
          : 0;
  const auto frames = static_cast<double>(std::max<std::int64_t>(n_frames, 1));
  const double seconds = info.duration_seconds_from_header.value_or(0);
  return {{"bytes_per_frame", static_cast<double>(bytes) / frames},
          {"bit_rate", seconds > 0 ? 8 * static_cast<double>(bytes) / seconds : 0},
          {"width", info.width_px},
          {"height", info.height_px},
          {"frame_rate", rate},
          {"frames", frames},
          {"duration", seconds}};
}

ProbeFeatures metadata_features(const std::filesystem::path& file) {
  ProbeFeatures features;
  for (const auto& tag : read_container_tags(file)) {
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
