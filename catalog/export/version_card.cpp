#include "catalog/export/version_card.h"

#include <utility>

#include "catalog/export/card_tables.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "reports/model/run_texts.h"
#include "reports/model/sql_table.h"

namespace changeling {
namespace {

constexpr auto kLong = CardColumnKind::kLongWords;
constexpr auto kNumber = CardColumnKind::kNumber;

/// A version with all that its card says.
struct Card {
  FrozenVersion version;
  CardFacts facts;
  CardSentences text;
  bool has_probes = false;
};

Card read_card(Database& database, const std::string& name) {
  Card card;
  card.version = find_frozen_version(database, name);
  const Selection selection = frozen_selection(database, card.version.row.id);
  std::optional<std::vector<ProbeResult>> probes = kept_probes(database, card.version);
  card.has_probes = probes.has_value();
  // People are counted by their keyed digests, and any key tells them apart.
  const SigningKey key = SigningKey::generate();
  const BlobStore blobs(objects_folder(database.path()));
  const CorpusRoots roots(database.path());
  ItemLoader loader(database, blobs, roots, key);
  card.facts = collect_facts(database, card.version, selection, loader,
                             probes ? std::move(*probes) : std::vector<ProbeResult>());
  card.text = sentences_of(card.version, card.facts);
  return card;
}

std::string headline_of(const DatasetVersionRow& row) {
  if (row.invalidated_at) {
    return "Withdrawn on " + row.invalidated_at->substr(0, 10) +
           ": somebody in it took back their consent, so its files must not be used any more";
  }
  return row.access_class == "public" ? "Public: may be handed on under the terms below"
         : row.access_class == "gated"
             ? "Gated: only for those who accept the terms below"
             : "Internal use only: at least one input may not be handed on";
}

std::vector<CardFigure> figures_of(const CardFacts& facts) {
  std::int64_t fakes = 0;
  for (const auto& [part, labels] : facts.labels) {
    const auto found = labels.find("fake");
    fakes += found == labels.end() ? 0 : found->second;
  }
  return {
      {"Fakes", fakes, "with a label for every frame and face"},
      {"Real clips", facts.items - fakes, "controls of the fakes, and corpus clips as they are"},
      {"People", facts.people, "in " + std::to_string(facts.recordings) + " recordings"},
      {"Manipulated frames", facts.fake_frames, "of " + std::to_string(facts.frames) + " frames"}};
}

CardSection terms_section(const Card& card) {
  const CardFacts& facts = card.facts;
  return {"terms",
          "People and terms",
          {card.text.collection, card.text.sensitive},
          {{"people", std::to_string(facts.people)},
           {"recordings", std::to_string(facts.recordings)},
           {"corpora", listed(facts.corpora)},
           {"licences of inputs", listed(facts.licences)},
           {"consent bases", listed(facts.consent_bases)},
           {"licence", card.text.licence},
           {"access class", card.version.row.access_class},
           {"creator", card.text.creator},
           {"published", facts.date_published},
           {"address", facts.url},
           {"Merkle root", card.version.row.merkle_root->hex()}},
          {}};
}

CardSection checks_section(const Card& card) {
  CardTable probes = probes_table(card.facts);
  if (!card.has_probes) {
    probes.when_empty =
        "The catalog keeps no results: an earlier program froze the version. Its README.md has "
        "them.";
  }
  return {"checks", "Leaks and shortcuts", {card.text.checks}, {}, {std::move(probes)}};
}

/// Draws that the sampler refused in the pair lists behind the version.
CardTable refusals_table(Database& database, const FrozenVersion& version) {
  return sql_table(database,
                   {"refusals",
                    "Draws refused by the sampler",
                    {{"list", "Pair list"}, {"reason", "Reason"}, {"draws", "Draws", kNumber}},
                    "No draw was refused.",
                    {},
                    {}},
                   "SELECT l.name AS list, r.reason, " + std::string(kSumOfRefusedDraws) +
                       " AS draws FROM pair_refusal r JOIN pair_list l ON l.list_id = r.list_id "
                       "WHERE r.list_id IN (SELECT n.list_id FROM dataset_item i JOIN "
                       "artifact "
                       "a ON a.artifact_id = i.artifact_id JOIN job j ON j.job_id = a.job_id JOIN "
                       "run n ON n.run_id "
                       "= j.run_id WHERE i.version_id = " +
                       std::to_string(version.row.id.value) +
                       ") GROUP BY l.list_id, r.reason ORDER BY 1, 2");
}

CardTable runs_table(Database& database, const CardFacts& facts) {
  CardTable table{"runs",
                  "Runs that made the clips",
                  {{"run", "Run"},
                   {"started", "Started"},
                   {"commit", "Commit"},
                   {"libraries", "Libraries", kLong}},
                  "No run of this catalog made a clip of it.",
                  {},
                  {}};
  const RunStore runs(database);
  for (const std::string& id : facts.runs) {
    const std::optional<RunRow> run = runs.find_run(id);
    std::string libraries;
    for (const ReportFact& library : library_versions(*run)) {
      libraries += (libraries.empty() ? "" : ", ") + library.name + " " + library.value;
    }
    table.rows.push_back(
        {id, run->started_at, commit_text(*run), libraries.empty() ? "unknown" : libraries});
  }
  return table;
}

CardSection networks_section(const CardFacts& facts) {
  return {
      "networks",
      "Networks and whom they know",
      {"A corpus is named where the text on a network's training data names it. Elsewhere it is "
       "unknown whether the network has seen these people: one person may be in many corpora."},
      {},
      {makers_table(facts), scorers_table(facts)}};
}

}  // namespace

CardModel version_card(Database& database, const std::string& version) {
  const Card card = read_card(database, version);
  const auto& [frozen, facts, text, has_probes] = card;
  CardModel model;
  model.kind = "dataset";
  model.subject = facts.version_id;
  model.title = facts.title;
  model.headline = headline_of(frozen.row);
  model.is_barred = frozen.row.invalidated_at.has_value();
  model.figures = figures_of(facts);
  model.sections = {
      {"composition",
       "Composition",
       {text.description, text.counts, text.biases},
       {},
       {labels_table(facts), methods_table(facts), slices_table(facts)}},
      terms_section(card),
      {"labelling",
       "How it was made and labelled",
       {text.preprocessing, text.manipulation, text.annotation},
       {{"digital source types", listed(facts.source_types)}},
       {}},
      checks_section(card),
      {"quality",
       "Quality",
       {"Clip values as they stood when the version was frozen; the pages of 'report build' have "
        "intervals over people."},
       {},
       {quality_table(facts)}},
      {"outcomes",
       "Refusals and failures",
       {},
       {},
       {outcomes_table(facts), refusals_table(database, frozen)}},
      networks_section(facts),
      {"environment", "Environment", {}, {}, {runs_table(database, facts)}},
      {"uses",
       "Uses and limits",
       {text.uses, text.limitations, text.social, text.maintenance},
       {},
       {}}};
  return model;
}

}  // namespace changeling
