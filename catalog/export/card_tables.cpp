#include "catalog/export/card_tables.h"

#include <utility>

#include "reports/model/identity_overlap.h"
#include "reports/model/metric_texts.h"

namespace changeling {
namespace {

constexpr auto kLong = CardColumnKind::kLongWords;
constexpr auto kNumber = CardColumnKind::kNumber;

/// A metric of whole clips asks for no frames.
CardCell frames_of(const VersionQualityRow& row, std::int64_t frames) {
  return row.frames > 0 ? CardCell(frames) : CardCell(std::optional<double>());
}

std::string or_unknown(const std::string& text) {
  return text.empty() ? "unknown" : text;
}

std::string verdict_of(const ProbeResult& probe) {
  return !probe.auc ? "too few people" : probe.fails() ? "does not hold" : "holds";
}

}  // namespace

CardTable labels_table(const CardFacts& facts) {
  return {"labels",
          "Clips by part and label",
          {{"part", "Part"}, {"label", "Label"}, {"clips", "Clips", kNumber}},
          "None.",
          tally_rows(facts.labels),
          {}};
}

CardTable methods_table(const CardFacts& facts) {
  return {"methods",
          "Fakes by part and method",
          {{"part", "Part"}, {"method", "Method"}, {"clips", "Clips", kNumber}},
          "None.",
          tally_rows(facts.methods),
          {}};
}

CardTable slices_table(const CardFacts& facts) {
  return {"slices",
          "Fakes by slice",
          {{"slice", "Slice"}, {"value", "Value"}, {"clips", "Clips", kNumber}},
          "None.",
          tally_rows(facts.slices),
          {}};
}

CardTable probes_table(const CardFacts& facts) {
  CardTable table{"probes",
                  "Leak probes",
                  {{"probe", "Probe"},
                   {"verdict", "Verdict"},
                   {"auc", "AUC", kNumber},
                   {"ci_low", "95 % from", kNumber},
                   {"ci_high", "95 % to", kNumber},
                   {"allowance", "Allowed \u00b1", kNumber},
                   {"shuffled_auc", "Shuffled", kNumber},
                   {"clips", "Clips a class", kNumber},
                   {"people", "People", kNumber},
                   {"feature", "Most telling"}},
                  "None.",
                  {},
                  {}};
  for (const ProbeResult& probe : facts.probes) {
    const auto bound = [&probe](double Interval::*end) {
      return probe.interval ? std::optional((*probe.interval).*end) : std::nullopt;
    };
    table.rows.push_back({probe.name, verdict_of(probe), probe.auc, bound(&Interval::low),
                          bound(&Interval::high), std::optional(probe.allowance()),
                          probe.shuffled_auc, probe.clips, probe.people, probe.feature});
  }
  return table;
}

CardTable quality_table(const CardFacts& facts) {
  CardTable table{"quality",
                  "Quality of the fakes",
                  {{"metric", "Metric"},
                   {"unit", "Unit"},
                   {"mean", "Mean", kNumber},
                   {"lowest", "Lowest", kNumber},
                   {"highest", "Highest", kNumber},
                   {"clips_ok", "Clips with value", kNumber},
                   {"clips", "Clips asked", kNumber},
                   {"frames_ok", "Frames with value", kNumber},
                   {"frames", "Frames asked", kNumber},
                   {"meaning", "Meaning", kLong}},
                  "Nothing was measured.",
                  {},
                  {}};
  for (const VersionQualityRow& row : facts.quality) {
    table.rows.push_back({row.metric + " v" + std::to_string(row.metric_version), row.unit,
                          row.mean, row.lowest, row.highest, row.clips_ok, row.clips,
                          frames_of(row, row.frames_ok), frames_of(row, row.frames),
                          metric_text(row.metric).title});
  }
  return table;
}

CardTable outcomes_table(const CardFacts& facts) {
  CardTable table{
      "outcomes",
      "Jobs by outcome",
      {{"method", "Method"}, {"state", "State"}, {"reason", "Reason"}, {"jobs", "Jobs", kNumber}},
      "None.",
      {},
      {}};
  for (const VersionOutcomeRow& row : facts.outcomes) {
    table.rows.push_back({row.method, row.state, row.reason, row.jobs});
  }
  return table;
}

CardTable makers_table(const CardFacts& facts) {
  CardTable table{"networks",
                  "Networks that made the fakes",
                  {{"role", "Role"},
                   {"network", "Network"},
                   {"sha256", "SHA-256"},
                   {"licence", "Licence", kLong},
                   {"overlap", "Saw corpora"},
                   {"trained_on", "Trained on", kLong}},
                  "None.",
                  {},
                  {}};
  for (const auto& [role, model] : facts.models) {
    table.rows.push_back({role, model.name + " " + model.version, model.sha256.substr(0, 16),
                          or_unknown(model.licence),
                          identity_overlap(model.trained_on, facts.corpus_names),
                          or_unknown(model.trained_on)});
  }
  return table;
}

CardTable scorers_table(const CardFacts& facts) {
  CardTable table{"scorers",
                  "Networks that measured the fakes",
                  {{"role", "Role"},
                   {"metrics", "Metrics", kLong},
                   {"overlap", "Saw corpora"},
                   {"trained_on", "Trained on", kLong}},
                  "No metric here used a network.",
                  {},
                  {}};
  std::map<std::pair<std::string, std::string>, std::set<std::string>> metrics;
  for (const VersionQualityRow& row : facts.quality) {
    if (row.scorer) {
      metrics[{*row.scorer, row.scorer_trained_on.value_or("")}].insert(row.metric);
    }
  }
  for (const auto& [scorer, names] : metrics) {
    table.rows.push_back({scorer.first, listed(names),
                          identity_overlap(scorer.second, facts.corpus_names),
                          or_unknown(scorer.second)});
  }
  return table;
}

}  // namespace changeling
