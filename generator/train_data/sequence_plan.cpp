#include "generator/train_data/sequence_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "catalog/splits/subject_split.h"
#include "common/base/error.h"

namespace changeling {
namespace {

void check_names(const CorpusStore& store, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!store.find_corpus(name)) {
      throw Error(ErrorKind::kConfig, "no corpus '" + name + "' (see 'changeling corpus list')");
    }
  }
}

std::string recording_key(const CorpusRow& corpus, const MediaRow& medium) {
  if (medium.kind == "image" && medium.source_clip) {
    return corpus.name + "/" + *medium.source_clip;
  }
  return corpus.name + "/" + medium.rel_path;
}

class Planner {
 public:
  Planner(const CorpusStore& store, std::map<SubjectId, std::string> parts)
      : store_(store), parts_(std::move(parts)) {}

  void add(const CorpusRow& corpus) {
    std::map<SubjectId, SubjectRow> people;
    for (const SubjectRow& subject : store_.subjects(corpus.id)) {
      if (parts_.count(subject.id) != 0 && !subject.withdrawn_at) {
        people.emplace(subject.id, subject);
      }
    }
    for (const MediaRow& medium : store_.media(corpus.id)) {
      if (medium.label == "real") {
        add(corpus, people, medium);
      }
    }
  }

  [[nodiscard]] SequencePlan plan() {
    SequencePlan plan;
    plan.leaking_media = leaking_media_;
    plan.frames_without_sighting = static_cast<std::int64_t>(frames_without_sighting_.size());
    plan.sequences.reserve(by_key_.size());
    for (auto& entry : by_key_) {
      plan.sequences.push_back(std::move(entry.second));
    }
    return plan;
  }

 private:
  /// A medium that shows people of two parts is unusable as a whole, as the pair sampler has it,
  /// though a crop shows one face: faces stand close, and a room, its light and its camera would be
  /// in both parts. The same goes for frame sequences, whose files are such a recording: the
  /// sequences of others who are seen in its files show its person in turn, and none is used.
  void add(const CorpusRow& corpus, const std::map<SubjectId, SubjectRow>& people,
           const MediaRow& medium) {
    std::set<SubjectId> wanted;
    std::set<std::string> parts;
    for (const SightingRow& sighting : store_.sightings(medium.id)) {
      const auto part = parts_.find(sighting.subject_id);
      if (part != parts_.end()) {  // who is in no part leaks nothing
        parts.insert(part->second);
      }
      if (people.count(sighting.subject_id) == 0) {
        continue;
      }
      if (medium.kind != kFrameSequence || is_of_sequence(medium, sighting)) {
        wanted.insert(sighting.subject_id);
      } else if (is_of_no_sequence(medium, sighting)) {  // in the sequence of each who is seen
        frames_without_sighting_.emplace(sighting.subject_id,
                                         frame_files(medium, {sighting}).begin()->second);
      }
    }
    if (parts.size() > 1) {
      leaking_media_ += wanted.empty() ? 0 : 1;
      return;
    }
    for (const SubjectId id : wanted) {
      add(corpus, people.at(id), medium);
    }
  }

  void add(const CorpusRow& corpus, const SubjectRow& subject, const MediaRow& medium) {
    const std::string key = recording_key(corpus, medium);
    PlannedSequence& sequence = by_key_[{corpus.name, corpus.version, subject.ext_id, key}];
    sequence.corpus = corpus;
    sequence.subject = subject;
    sequence.part = parts_.at(subject.id);
    sequence.video = key;
    sequence.media.push_back(medium);
  }

  const CorpusStore& store_;
  std::map<SubjectId, std::string> parts_;
  std::int64_t leaking_media_ = 0;
  std::set<std::pair<SubjectId, std::string>> frames_without_sighting_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, PlannedSequence> by_key_;
};

}  // namespace

SequencePlan plan_sequences(const CorpusStore& store, const PairStore& pairs,
                            const std::string& split, const std::vector<std::string>& corpora) {
  check_names(store, corpora);
  Planner planner(store, pairs.parts_of_split(split));
  for (const CorpusRow& corpus : store.corpora()) {
    if (corpora.empty() ||
        std::find(corpora.begin(), corpora.end(), corpus.name) != corpora.end()) {
      planner.add(corpus);
    }
  }
  SequencePlan plan = planner.plan();
  if (plan.sequences.empty()) {
    throw Error(ErrorKind::kConfig,
                "nobody of split '" + split + "' is seen in these corpora" +
                    (plan.leaking_media > 0 ? " but beside people of another part" : ""));
  }
  return plan;
}

std::string split_text(const CorpusStore& store, const PairStore& pairs, const std::string& split,
                       const std::set<std::string>& corpora) {
  ListedParts listed;
  for (const auto& [id, part] : pairs.parts_of_split(split)) {
    const SubjectRow subject = store.subject_by_id(id);
    const std::string corpus = store.corpus(subject.corpus_id).name;
    if (corpora.count(corpus) != 0) {
      listed[{corpus, subject.ext_id}] = part;
    }
  }
  return "catalog split '" + split + "', parts sha256=" + parts_digest(listed);
}

PackTerms terms_of(const CorpusRow& corpus, const MediaRow& medium) {
  return {corpus.name, medium.licence.value_or(corpus.licence),
          medium.consent_basis.value_or(corpus.consent_basis),
          medium.redistributable.value_or(corpus.redistributable)};
}

}  // namespace changeling
