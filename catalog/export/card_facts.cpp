#include "catalog/export/card_facts.h"

#include <utility>

#include "catalog/store/corpus_store.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/slice_bins.h"

namespace changeling {
namespace {

void add_item(const ExportItem& item, CardFacts& facts, std::set<std::string>& people,
              std::set<std::string>& recordings) {
  ++facts.items;
  ++facts.labels[item.part][item.label];
  facts.frames += item.n_frames;
  facts.fake_frames += item.manipulated_frames;
  people.insert({item.target_key, item.source_key});
  recordings.insert({item.target_clip_key, item.source_clip_key});
  facts.corpora.insert(item.corpora.begin(), item.corpora.end());
  facts.licences.insert(item.licences.begin(), item.licences.end());
  facts.consent_bases.insert(item.consent_bases.begin(), item.consent_bases.end());
  if (!item.git_commit.empty()) {
    facts.commits.insert(item.git_commit);
  }
  if (!item.run_id.empty()) {
    facts.runs.insert(item.run_id);
  }
  for (const ModelRow& model : item.models) {
    facts.models[model.role] = {model.name, model.version, model.sha256.hex(),
                                model.licence.value_or(""), model.trained_on.value_or("")};
  }
  if (item.is_fake()) {
    ++facts.methods[item.part][item.method];
    ++facts.slices["encoding"][item.profile];
    ++facts.slices["stratum"][item.stratum.empty() ? "unknown" : item.stratum];
    facts.source_types.insert(item.digital_source_type.empty() ? "unknown"
                                                               : item.digital_source_type);
  }
}

/// Who is replaced in the fakes.
void add_people_slices(Database& database, const Selection& selection, CardFacts& facts) {
  const CorpusStore corpora(database);
  for (const SelectedClip& clip : selection.clips) {
    if (clip.label == "fake" && clip.target_subject) {
      const SubjectRow person = corpora.subject_by_id(*clip.target_subject);
      ++facts.slices["target gender"][person.gender.value_or("unknown")];
      ++facts.slices["target skin tone"][skin_tone_bin(person).value_or("unknown")];
    }
  }
}

void add_corpus_names(Database& database, CardFacts& facts) {
  for (const CorpusRow& corpus : CorpusStore(database).corpora()) {
    if (facts.corpora.count(corpus.name + " " + corpus.version) > 0) {
      facts.corpus_names.insert(corpus.name);
    }
  }
}

}  // namespace

CardFacts collect_facts(Database& database, const FrozenVersion& version,
                        const Selection& selection, ItemLoader& loader,
                        std::vector<ProbeResult> probes) {
  CardFacts facts;
  facts.probes = std::move(probes);
  facts.version_id = version.row.name + "@" + version.row.semver;
  facts.title = version.spec.card.title.empty() ? version.row.name : version.spec.card.title;
  facts.date_published = publication_date(version);
  facts.url = version.spec.card.url.empty() ? "urn:sha256:" + version.row.merkle_root->hex()
                                            : version.spec.card.url;
  std::set<std::string> people, recordings;
  for (const SelectedClip& clip : selection.clips) {
    add_item(loader.describe(clip.artifact, clip.part), facts, people, recordings);
  }
  people.erase("");
  recordings.erase("");
  facts.people = static_cast<std::int64_t>(people.size());
  facts.recordings = static_cast<std::int64_t>(recordings.size());
  add_people_slices(database, selection, facts);
  add_corpus_names(database, facts);
  const DatasetStore store(database);
  facts.rejects = kept_rejects(database, version);
  facts.quality = store.quality(version.row);
  facts.outcomes = store.outcomes(version.row);
  return facts;
}

std::string listed(const std::set<std::string>& words) {
  std::string text;
  std::size_t n = 0;
  for (const std::string& word : words) {
    text += (n == 0 ? "" : n + 1 == words.size() ? " and " : ", ") + word;
    ++n;
  }
  return text.empty() ? "none" : text;
}

}  // namespace changeling
