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
      : store_(store), parts_(std::move(parts)), withdrawn_(store.withdrawn_media()) {}

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
    plan.withdrawn_media = withdrawn_media_;
    plan.leaking_media = leaking_media_;
    plan.frames_without_sighting =
        std::count_if(frames_without_sighting_.begin(), frames_without_sighting_.end(),
                      [this](const PersonFile& frame) { return frames_of_own_.count(frame) == 0; });
    plan.sequences.reserve(by_key_.size());
    for (auto& entry : by_key_) {
      plan.sequences.push_back(std::move(entry.second));
    }
    return plan;
  }

 private:
  using PersonFile = std::pair<SubjectId, std::string>;

  /// A medium that shows somebody withdrawn, or has the bytes of one that does, is nobody's.
  /// A medium that shows people of two parts is unusable as a whole, as the pair sampler has it,
  /// though a crop shows one face: faces stand close, and a room, its light and its camera would be
  /// in both parts. The same goes for frame sequences, whose files are such a recording: the
  /// sequences of others who are seen in its files show its person in turn, and none is used.
  void add(const CorpusRow& corpus, const std::map<SubjectId, SubjectRow>& people,
           const MediaRow& medium) {
    std::set<SubjectId> wanted;
    std::set<std::string> parts;
    std::set<PersonFile> without_sighting;
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
        if (medium.kind == kFrameSequence) {
          frames_of_own_.insert(person_file(medium, sighting));
        }
      } else if (is_of_no_sequence(medium, sighting)) {  // in the sequence of each who is seen
        without_sighting.insert(person_file(medium, sighting));
      }
    }
    if (withdrawn_.count(medium.id) != 0) {
      withdrawn_media_ += parts.empty() ? 0 : 1;
      return;
    }
    if (parts.size() > 1) {
      leaking_media_ += wanted.empty() ? 0 : 1;
      return;
    }
    frames_without_sighting_.merge(without_sighting);
    for (const SubjectId id : wanted) {
      add(corpus, people.at(id), medium);
    }
  }

  static PersonFile person_file(const MediaRow& medium, const SightingRow& sighting) {
    return {sighting.subject_id, frame_files(medium, {sighting}).begin()->second};
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
  std::set<MediaId> withdrawn_;
  std::int64_t withdrawn_media_ = 0;
  std::int64_t leaking_media_ = 0;
  std::set<PersonFile> frames_without_sighting_;
  std::set<PersonFile> frames_of_own_;  ///< in a sequence named after a sighting of the person
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
    std::string only = plan.leaking_media > 0 ? " but beside people of another part" : "";
    if (plan.withdrawn_media > 0) {
      only += std::string(only.empty() ? " but" : " or") + " in media of somebody withdrawn";
    }
    throw Error(ErrorKind::kConfig,
                "nobody of split '" + split + "' is seen in these corpora" + only);
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
