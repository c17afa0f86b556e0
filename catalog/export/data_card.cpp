#include "catalog/export/data_card.h"

#include <nlohmann/json.hpp>

#include "catalog/export/card_tables.h"
#include "catalog/export/export_set.h"
#include "reports/renderers/markdown_renderer.h"

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

/// What a hub reads of a part. Not the masks of clips: its library once wanted a line of metadata
/// for every video.
std::string hub_paths(const std::string& format, const std::string& part, const Tally& labels) {
  const std::string root = format + "/" + hub_part(part) + "/";
  if (format == "frames") {
    return quoted(root + "**");
  }
  const bool has_fakes = labels.count("fake") > 0, has_reals = labels.size() > (has_fakes ? 1 : 0);
  return "[" + quoted(root + "metadata.jsonl") + (has_fakes ? ", " + quoted(root + "fake/*") : "") +
         (has_reals ? ", " + quoted(root + "real/*") : "") + "]";
}

/// Where a hub finds the files of each part, for the formats that its library reads; without one of
/// them the hub shall not guess. Its reader of tars wants the same members in every sample, and
/// only fakes have masks.
std::string hub_configs(const FrozenVersion& version, const CardFacts& facts) {
  std::string text;
  for (const std::string& format : version.spec.formats) {
    if (format != "videofolder" && format != "frames") {
      continue;
    }
    text += "  - config_name: " + format + "\n    data_files:\n";
    for (const char* part : kParts) {
      if (const auto labels = facts.labels.find(part); labels != facts.labels.end()) {
        text += "      - split: " + hub_part(part) +
                "\n        path: " + hub_paths(format, part, labels->second) + "\n";
      }
    }
  }
  return text.empty() ? "viewer: false\n" : "configs:\n" + text;
}

std::string yaml_head(const FrozenVersion& version, const CardFacts& facts) {
  return "---\nlicense: " + quoted(hub_licence(version.spec.card.licence)) +
         "\npretty_name: " + quoted(facts.title) +
         "\ntask_categories: [video-classification]\nsize_categories: [" +
         quoted(size_category(facts.items)) + "]\ntags: [deepfake-detection, face-swap]\n" +
         hub_configs(version, facts) + "---\n";
}

std::string markdown(const CardTable& table) {
  if (table.rows.empty()) {
    return table.when_empty + "\n";
  }
  std::string head = "|", rule = "|", rows;
  for (const CardColumn& column : table.columns) {
    head += " " + column.title + " |";
    rule += " --- |";
  }
  for (const std::vector<CardCell>& row : table.rows) {
    rows += "|";
    for (const CardCell& value : row) {
      rows += " " + escape_markdown(format_cell(value)) + " |";
    }
    rows += "\n";
  }
  return head + "\n" + rule + "\n" + rows;
}

/// What people, corpora and networks are called, and what the spec says, are words, not Markdown.
CardSentences escaped(CardSentences text) {
  for (std::string* sentence :
       {&text.description, &text.licence, &text.creator, &text.counts, &text.checks,
        &text.collection, &text.raw_data, &text.preprocessing, &text.manipulation, &text.annotation,
        &text.biases, &text.limitations, &text.overlap, &text.uses, &text.sensitive, &text.social,
        &text.maintenance}) {
    *sentence = escape_markdown(*sentence);
  }
  return text;
}

std::string composition(const CardFacts& facts, const CardSentences& text) {
  return "## Composition\n" + text.counts + " " + text.raw_data + "\n\n" +
         markdown(labels_table(facts)) + "\nFakes by method:\n\n" + markdown(methods_table(facts)) +
         "\nFakes by slice:\n\n" + markdown(slices_table(facts)) + "\n" + text.biases + "\n\n" +
         text.checks + "\n\n" + markdown(probes_table(facts)) + "\n";
}

}  // namespace

std::string data_card(const FrozenVersion& version, const CardFacts& facts) {
  const CardSentences text = escaped(sentences_of(version, facts));
  return yaml_head(version, facts) + "\n# " + escape_markdown(facts.title) + "\n\n" +
         text.description + "\n\nVersion `" + facts.version_id + "`, access class " +
         version.row.access_class + ", Merkle root `" + version.row.merkle_root->hex() +
         "`. Check it with `changeling export " +
         "verify`; `items.jsonl` describes every clip.\n\n## Motivation\n" + text.uses +
         " Made by: " + text.creator + ".\n\n" + composition(facts, text) +
         "## Collection process\n" + text.collection +
         "\n\nWhat became of the jobs of its runs:\n\n" + markdown(outcomes_table(facts)) +
         "\n## Preprocessing, cleaning, labelling\n" + text.preprocessing + " " +
         text.manipulation + " " + text.annotation + "\n\n" + markdown(makers_table(facts)) +
         "\nMade with the commits: " + escape_markdown(listed(facts.commits)) +
         ".\n\nQuality of the fakes, with what could be measured:\n\n" +
         markdown(quality_table(facts)) + "\nNetworks behind these metrics:\n\n" +
         markdown(scorers_table(facts)) + "\n## Uses\n" + text.uses + " " + text.limitations + " " +
         text.overlap + " " + text.social + "\n\n## Distribution\nLicence: " + text.licence +
         ". Access class: " + version.row.access_class + ", the strictest of all inputs. " +
         text.sensitive + " Published: " + facts.date_published + ", " +
         escape_markdown(facts.url) + ".\n\n## Maintenance\n" + text.maintenance + "\n";
}

}  // namespace changeling
