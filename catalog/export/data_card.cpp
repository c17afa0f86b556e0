#include "catalog/export/data_card.h"

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace changeling {
namespace {

/// A JSON string is a YAML string.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Identifier of dataset hubs: "cc-by-4.0"; "other" for free text.
std::string hub_licence(const std::string& licence) {
  std::string id;
  for (const char c : licence) {
    if (c == ' ' || c == '/') {
      return "other";
    }
    id += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return id.empty() ? "other" : id;
}

std::string size_category(std::int64_t items) {
  const char* category = "n<1K";
  for (const auto& [least, name] :
       {std::pair(1'000, "1K<n<10K"), {10'000, "10K<n<100K"}, {100'000, "100K<n<1M"}}) {
    category = items >= least ? name : category;
  }
  return category;
}

/// Where a hub finds the files of each part, for the formats that hubs read.
std::string hub_configs(const FrozenVersion& version, const CardFacts& facts) {
  std::string text;
  for (const std::string& format : version.spec.formats) {
    const bool is_tar = format == "webdataset";
    if (!is_tar && format != "videofolder") {
      continue;
    }
    text += "  - config_name: " + format + "\n    data_files:\n";
    for (const char* part : kParts) {
      if (facts.labels.count(part) == 0) {
        continue;
      }
      const std::string split = hub_part(part);
      text += "      - split: " + split + "\n        path: " +
              quoted(is_tar ? "webdataset/" + version.row.name + "-" + part + "-*.tar"
                            : "videofolder/" + split + "/**") +
              "\n";
    }
  }
  return text.empty() ? text : "configs:\n" + text;
}

std::string yaml_head(const FrozenVersion& version, const CardFacts& facts) {
  return "---\nlicense: " + quoted(hub_licence(version.spec.card.licence)) +
         "\npretty_name: " + quoted(facts.title) +
         "\ntask_categories: [video-classification]\nsize_categories: [" +
         quoted(size_category(facts.items)) + "]\ntags: [deepfake-detection, face-swap]\n" +
         hub_configs(version, facts) + "---\n";
}

using Row = std::vector<std::string>;

/// A table cell: no line ends, no bars.
std::string cell(std::string text) {
  std::replace(text.begin(), text.end(), '|', '/');
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string table(const Row& head, const std::vector<Row>& rows) {
  const auto line = [](const Row& row) {
    std::string text = "|";
    for (const std::string& value : row) {
      text += " " + cell(value) + " |";
    }
    return text + "\n";
  };
  std::string text = line(head) + line(Row(head.size(), "---"));
  for (const Row& row : rows) {
    text += line(row);
  }
  return rows.empty() ? "None.\n" : text;
}

std::string tally_table(const std::string& group, const std::string& value,
                        const std::map<std::string, Tally>& tallies) {
  std::vector<Row> rows;
  for (const auto& [name, tally] : tallies) {
    for (const auto& [key, clips] : tally) {
      rows.push_back({name, key, std::to_string(clips)});
    }
  }
  return table({group, value, "clips"}, rows);
}

std::string number(const std::optional<double>& value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value.value_or(0));
  return value ? text : "-";
}

std::string quality_table(const CardFacts& facts) {
  std::vector<Row> rows;
  for (const VersionQualityRow& row : facts.quality) {
    rows.push_back({row.metric + " v" + std::to_string(row.metric_version), row.unit,
                    number(row.mean), number(row.lowest), number(row.highest),
                    std::to_string(row.clips_ok) + " of " + std::to_string(row.clips),
                    std::to_string(row.frames_ok) + " of " + std::to_string(row.frames)});
  }
  return table({"metric", "unit", "mean", "lowest", "highest", "clips", "frames"}, rows);
}

std::string probe_table(const CardFacts& facts) {
  std::vector<Row> rows;
  for (const ProbeResult& probe : facts.probes) {
    rows.push_back({probe.name, probe.auc ? number(probe.auc) : "too few people",
                    "0.5 +- " + number(probe.allowance()), std::to_string(probe.clips),
                    std::to_string(probe.people)});
  }
  return table({"probe", "AUC", "allowed", "clips a class", "people"}, rows);
}

std::string outcome_table(const CardFacts& facts) {
  std::vector<Row> rows;
  for (const VersionOutcomeRow& row : facts.outcomes) {
    rows.push_back({row.method, row.state, row.reason, std::to_string(row.jobs)});
  }
  return table({"method", "state", "reason", "jobs"}, rows);
}

std::string model_table(const CardFacts& facts) {
  const auto or_unknown = [](const std::string& text) {
    return text.empty() ? std::string("unknown") : text;
  };
  std::vector<Row> rows;
  for (const auto& [role, model] : facts.models) {
    rows.push_back({role, model.name + " " + model.version, model.sha256.substr(0, 16),
                    or_unknown(model.licence), or_unknown(model.trained_on)});
  }
  return table({"role", "network", "sha256", "licence", "trained on"}, rows);
}

std::string composition(const FrozenVersion& version, const CardFacts& facts,
                        const CardSentences& text) {
  return "## Composition\n" + std::to_string(facts.items) + " clips with " +
         std::to_string(facts.frames) + " frames, of which " + std::to_string(facts.fake_frames) +
         " are manipulated. " + text.raw_data + "\n\n" +
         tally_table("part", "label", facts.labels) + "\nFakes by method:\n\n" +
         tally_table("part", "method", facts.methods) + "\nFakes by slice:\n\n" +
         tally_table("slice", "value", facts.slices) + "\n" + text.biases +
         "\n\nBefore the version was frozen, every check held: no person, recording or bystander "
         "in "
         "two parts, no near duplicates (" +
         std::to_string(version.spec.limits.near_duplicate_bits) +
         " of 64 bits) and nobody alike (cosine " +
         number(version.spec.limits.min_identity_cosine) +
         ") across parts, nobody who took back their consent, at most " +
         number(version.spec.limits.max_class_ratio) +
         " clips of a class for one of the other, a control and a whole label for every fake. "
         "Whether fakes can be told from real clips by "
         "their encoding or container alone, cross-validated by person:\n\n" +
         probe_table(facts) + "\n";
}

}  // namespace

std::string data_card(const FrozenVersion& version, const CardFacts& facts) {
  const CardSentences text = sentences_of(version, facts);
  return yaml_head(version, facts) + "\n# " + facts.title + "\n\n" + text.description +
         "\n\nVersion `" + facts.version_id + "`, access class " + version.row.access_class +
         ", Merkle root `" + version.row.merkle_root->hex() +
         "`. Check it with `changeling export " +
         "verify`; `items.jsonl` describes every clip.\n\n## Motivation\n" + text.uses +
         " Made by: " + text.creator + ".\n\n" + composition(version, facts, text) +
         "## Collection process\n" + text.collection +
         "\n\nWhat became of the jobs of its runs:\n\n" + outcome_table(facts) +
         "\n## Preprocessing, cleaning, labelling\n" + text.preprocessing + " " +
         text.manipulation + " " + text.annotation + "\n\n" + model_table(facts) +
         "\nMade with the commits: " + listed(facts.commits) +
         ".\n\nQuality of the fakes, with what could be measured:\n\n" + quality_table(facts) +
         "\n## Uses\n" + text.uses + " " + text.limitations + " " + text.social +
         "\n\n## Distribution\nLicence: " + text.licence +
         ". Access class: " + version.row.access_class + ", the strictest of all inputs. " +
         text.sensitive + " Published: " + facts.date_published + ", " + facts.url +
         ".\n\n## Maintenance\n" + text.maintenance + "\n";
}

}  // namespace changeling
