#include "reports/model/corpus_card.h"

#include <optional>
#include <utility>

#include "catalog/store/corpus_store.h"
#include "catalog/store/slice_bins.h"
#include "catalog/store/tombstone.h"
#include "common/base/error.h"
#include "reports/model/corpus_tables.h"

namespace changeling {
namespace {

/// How many people there are of each standing.
struct PeopleCount {
  std::int64_t known = 0;    ///< and still there
  std::int64_t unknown = 0;  ///< bystanders whom nobody knows
  std::int64_t withdrawn = 0, forgotten = 0;
};

std::string text_of(std::int64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

PeopleCount count_people(const std::vector<SubjectRow>& people) {
  PeopleCount count;
  for (const SubjectRow& person : people) {
    ++(is_pseudo_subject(person.ext_id) ? count.unknown
       : is_tombstone(person.ext_id)    ? count.forgotten
       : person.withdrawn_at            ? count.withdrawn
                                        : count.known);
  }
  return count;
}

CardTable attribute_table(const std::vector<SubjectRow>& people) {
  CardTallies tallies;
  for (const SubjectRow& person : people) {
    if (!person.withdrawn_at && !is_pseudo_subject(person.ext_id)) {
      ++tallies["gender"][person.gender.value_or("unknown")];
      ++tallies["skin tone"][skin_tone_bin(person).value_or("unknown")];
      ++tallies["age"][age_bin(person).value_or("unknown")];
    }
  }
  return {"attributes",
          "Attributes, as the corpus states them",
          {{"attribute", "Attribute"},
           {"value", "Value"},
           {"people", "People", CardColumnKind::kNumber}},
          "The corpus has nobody whose consent stands.",
          tally_rows(tallies),
          {}};
}

CardSection people_section(const std::vector<SubjectRow>& people) {
  const PeopleCount count = count_people(people);
  CardSection section{"people", "People", {}, {}, {attribute_table(people)}};
  section.sentences.push_back(text_of(count.known, "person is", "people are") +
                              " known and there; " +
                              text_of(count.unknown, "bystander is", "bystanders are") +
                              " unknown, in no part and no pair.");
  section.sentences.push_back(
      count.withdrawn + count.forgotten == 0
          ? "Nobody took back their consent."
          : std::to_string(count.withdrawn) + " took back their consent, " +
                std::to_string(count.forgotten) +
                " were forgotten: they keep no id and no attributes, and are never drawn again.");
  return section;
}

CardSection faces_section(const CorpusStore& corpora, const std::vector<MediaRow>& media) {
  CardTallies tallies;
  std::int64_t analysed = 0;
  for (const MediaRow& medium : media) {
    const std::vector<TrackRow> tracks = corpora.tracks(medium.id);
    if (tracks.empty()) {
      continue;
    }
    ++analysed;
    ++tallies["largest turn"][pose_bin(tracks).value_or("unknown")];
    ++tallies["face size"][size_bin(tracks).value_or("unknown")];
  }
  CardSection section{"faces", "Faces", {}, {}, {}};
  section.sentences.push_back("Faces are analysed in " + std::to_string(analysed) + " of " +
                              text_of(static_cast<std::int64_t>(media.size()), "medium", "media") +
                              "; the others were not asked for yet, or show none.");
  section.tables.push_back(
      {"faces",
       "Pose and size of faces",
       {{"property", "Property"}, {"value", "Value"}, {"media", "Media", CardColumnKind::kNumber}},
       "No face is analysed yet (run 'changeling generate analyze').",
       tally_rows(tallies),
       {}});
  return section;
}

/// Sum of a column of counts over the rows that `state` names; over all with an empty one.
std::int64_t sum_of(const CardTable& table, std::size_t column, const std::string& state = {}) {
  std::int64_t sum = 0;
  for (const std::vector<CardCell>& row : table.rows) {
    if (state.empty() || std::get<std::string>(row.at(3)) == state) {
      sum += std::get<std::int64_t>(row.at(column));
    }
  }
  return sum;
}

CardSection terms_section(Database& database, const CorpusRow& corpus) {
  return {"terms",
          "Terms",
          {},
          {{"corpus", corpus.name},
           {"version", corpus.version},
           {"licence", corpus.licence},
           {"consent basis", corpus.consent_basis},
           {"redistributable", corpus.redistributable ? "yes" : "no"}},
          {terms_table(database, corpus.id)}};
}

std::string headline_of(const CorpusRow& corpus, const std::vector<MediaRow>& media) {
  if (media.empty()) {
    return "The corpus is empty: no medium is registered";
  }
  return corpus.redistributable
             ? "May be handed on under its licence, with every fake labelled"
             : "Internal use only: it may not be handed on, and neither may any fake made from it";
}

}  // namespace

CardModel corpus_card(Database& database, const std::string& name) {
  const CorpusStore corpora(database);
  const std::optional<CorpusRow> corpus = corpora.find_corpus(name);
  if (!corpus) {
    throw Error(ErrorKind::kConfig,
                "the catalog has no corpus '" + name + "' (see 'changeling corpus list')");
  }
  const std::vector<MediaRow> media = corpora.media(corpus->id);
  const std::vector<SubjectRow> people = corpora.subjects(corpus->id);
  CardTable states = media_table(database, corpus->id);
  CardTable fakes = fakes_table(database, corpus->id);

  CardModel model;
  model.kind = "corpus";
  model.subject = corpus->name + "@" + corpus->version;
  model.title = "Corpus " + corpus->name;
  model.headline = headline_of(*corpus, media);
  model.figures = {
      {"Usable media", sum_of(states, 4, kUsable),
       "of " + std::to_string(media.size()) + " registered"},
      {"People", count_people(people).known, "known, and nobody who took back their consent"},
      {"Fakes made from it", sum_of(fakes, 1), "in this catalog, encodings not counted"}};
  model.sections.push_back(terms_section(database, *corpus));
  model.sections.push_back(
      {"media", "Media", {}, {}, {std::move(states), broken_table(database, corpus->id)}});
  model.sections.push_back(people_section(people));
  model.sections.push_back(
      {"encoding",
       "Encoding",
       {},
       {},
       {codec_table(database, corpus->id), shape_table(database, corpus->id)}});
  model.sections.push_back(faces_section(corpora, media));
  model.sections.push_back({"splits", "Splits", {}, {}, {split_table(database, corpus->id)}});
  model.sections.push_back({"fakes",
                            "What was made from it",
                            {},
                            {},
                            {std::move(fakes), versions_table(database, corpus->id)}});
  model.sections.push_back(
      {"networks",
       "Networks that may know these people",
       {"A network is marked where the text on its training data names the corpus. Elsewhere it is "
        "unknown whether it has seen these people: one person may be in many corpora."},
       {},
       {networks_table(database, *corpus)}});
  return model;
}

}  // namespace changeling
