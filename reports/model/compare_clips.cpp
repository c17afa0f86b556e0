// Clips of a comparison: which outcomes changed, which pairs are shown.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "reports/model/comparison_parts.h"
#include "reports/model/number_format.h"

namespace changeling {
namespace {

constexpr std::size_t kMostExemplars = 10;

const ComparedMetric* find_metric(const std::vector<ComparedMetric>& metrics,
                                  const std::string& name) {
  for (const ComparedMetric& metric : metrics) {
    if (metric.name == name) {
      return &metric;
    }
  }
  return nullptr;
}

std::string outcome_of(const JobData* job) {
  if (job == nullptr) {
    return "no job";
  }
  const JobRow& row = job->job;
  const std::string reason = row.reject_reason.value_or(row.error_kind.value_or(""));
  return reason.empty() ? row.state : row.state + ": " + reason;
}

bool has_fake(const JobData* job) {
  return job != nullptr && job->job.state == "done";
}

void add_outcome_flips(const ComparisonData& data, std::size_t side,
                       std::vector<ComparisonFlip>& flips) {
  for (std::size_t pair = 0; pair < data.pairs.size(); ++pair) {
    const JobData* before = data.sides.front().jobs[pair];
    const JobData* after = data.sides[side].jobs[pair];
    if (before != nullptr && after != nullptr && has_fake(before) != has_fake(after)) {
      flips.push_back({side, pair_name(data.pairs[pair]),
                       has_fake(before) ? "fake lost" : "fake gained", outcome_of(before),
                       outcome_of(after)});
    }
  }
}

/// The source wins where the margin is above 0.
void add_identity_flips(const ComparisonData& data, const ComparedMetric& margin, std::size_t side,
                        std::vector<ComparisonFlip>& flips) {
  for (std::size_t pair = 0; pair < data.pairs.size(); ++pair) {
    const std::optional<double>& before = margin.clips[pair].values.front();
    const std::optional<double>& after = margin.clips[pair].values[side];
    if (before && after && (*before > 0) != (*after > 0)) {
      flips.push_back(
          {side, pair_name(data.pairs[pair]), *before > 0 ? "identity lost" : "identity gained",
           margin.name + " " + format_number(*before), margin.name + " " + format_number(*after)});
    }
  }
}

/// Lost before gained, then by pair.
int flip_order(const ComparisonFlip& flip) {
  return flip.what.find("lost") == std::string::npos ? 1 : 0;
}

struct Ranked {
  std::size_t pair;
  double value;
};

/// The first `n` in the order of `less`.
template <typename Less>
std::vector<std::size_t> first_of(std::vector<Ranked> clips, std::size_t n, const Less& less) {
  std::stable_sort(clips.begin(), clips.end(), less);
  std::vector<std::size_t> pairs;
  for (std::size_t i = 0; i < std::min(n, clips.size()); ++i) {
    pairs.push_back(clips[i].pair);
  }
  return pairs;
}

ComparisonExemplar describe(const ComparisonData& data, const ComparedMetric& metric,
                            std::size_t place, const std::string& rank) {
  const PairRow& pair = data.pairs[place];
  ComparisonExemplar exemplar;
  exemplar.rank = rank;
  exemplar.pair = pair_name(pair);
  for (std::size_t side = 0; side < data.sides.size(); ++side) {
    const JobData* job = data.sides[side].jobs[place];
    const ArtifactRow* fake = job != nullptr ? job->find("fake_video") : nullptr;
    exemplar.jobs.push_back(job != nullptr ? job->job.id : JobId());
    exemplar.fakes.push_back(fake != nullptr ? fake->sha256.hex() : "");
    exemplar.values.push_back({std::string(1, static_cast<char>('A' + side)),
                               format_number(metric.clips[place].values[side])});
    if (job != nullptr && exemplar.source.empty()) {
      const RunData& run = *data.sides[side].run;
      exemplar.source = person_and_clip(run, pair.source_subject, pair.source_media);
      exemplar.target = person_and_clip(run, pair.target_subject, pair.target_media);
    }
  }
  return exemplar;
}

}  // namespace

std::vector<ComparisonFlip> make_flips(const ComparisonData& data,
                                       const std::vector<ComparedMetric>& metrics) {
  std::vector<ComparisonFlip> flips;
  for (std::size_t side = 1; side < data.sides.size(); ++side) {
    add_outcome_flips(data, side, flips);
    for (const char* name : {"id_margin", "id_margin_dlib"}) {
      if (const ComparedMetric* margin = find_metric(metrics, name)) {
        add_identity_flips(data, *margin, side, flips);
      }
    }
  }
  std::stable_sort(
      flips.begin(), flips.end(), [](const ComparisonFlip& a, const ComparisonFlip& b) {
        return std::make_tuple(a.side, flip_order(a)) < std::make_tuple(b.side, flip_order(b));
      });
  return flips;
}

std::vector<ComparisonExemplar> make_comparison_exemplars(
    const ComparisonData& data, const std::vector<ComparedMetric>& metrics,
    const std::string& metric_name) {
  const ComparedMetric* metric = find_metric(metrics, metric_name);
  if (metric == nullptr) {
    return {};
  }
  const std::size_t last = data.sides.size() - 1;
  const double sign = metric->direction == "down" ? -1 : 1;
  std::vector<Ranked> by_value;
  std::vector<Ranked> by_change;
  for (std::size_t pair = 0; pair < data.pairs.size(); ++pair) {
    const std::vector<std::optional<double>>& values = metric->clips[pair].values;
    if (values[last]) {
      by_value.push_back({pair, sign * *values[last]});
      if (values[0]) {
        by_change.push_back({pair, std::abs(*values[last] - *values[0])});
      }
    }
  }
  const std::size_t n = std::min(kMostExemplars, (by_value.size() + 2) / 3);
  std::vector<ComparisonExemplar> exemplars;
  const auto add = [&](const std::vector<std::size_t>& pairs, const std::string& rank) {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      exemplars.push_back(describe(data, *metric, pairs[i], rank + " " + std::to_string(i + 1)));
    }
  };
  const auto less = [](const Ranked& a, const Ranked& b) { return a.value < b.value; };
  const auto more = [](const Ranked& a, const Ranked& b) { return a.value > b.value; };
  add(first_of(by_value, n, less), "worst");
  add(first_of(by_value, n, more), "best");
  add(first_of(by_change, n, more), "most changed");
  return exemplars;
}

}  // namespace changeling
