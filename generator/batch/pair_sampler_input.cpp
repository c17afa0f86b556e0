#include <algorithm>
#include <set>
#include <utility>

#include "common/base/upper_median.h"
#include "generator/batch/pair_sampler.h"

namespace changeling {
namespace {

std::optional<double> short_side(const SightingRow& sighting) {
  return sighting.w && sighting.h ? std::make_optional(std::min(*sighting.w, *sighting.h))
                                  : std::nullopt;
}

/// What the corpus says about one person in one medium.
struct Seen {
  std::vector<double> sides_px;
  std::optional<bool> is_occluded;
  std::int64_t span_frames = 0;  ///< sum of the usable spans; 0 = none given

  void add(const SightingRow& sighting, std::int64_t n_frames) {
    if (const std::optional<double> side = short_side(sighting)) {
      sides_px.push_back(*side);
    } else if (sighting.frame >= 0) {  // a span, as corpora without boxes give it
      const std::int64_t last = std::min(sighting.last_frame.value_or(n_frames - 1), n_frames - 1);
      span_frames += std::max<std::int64_t>(0, last - sighting.frame + 1);
    }
    if (sighting.occ_mask) {
      is_occluded = is_occluded.value_or(false) || *sighting.occ_mask != 0;
    }
  }

  [[nodiscard]] std::optional<double> median_side_px() const {
    return sides_px.empty() ? std::nullopt : std::make_optional(upper_median(sides_px));
  }

  [[nodiscard]] std::optional<double> largest_side_px() const {
    return sides_px.empty()
               ? std::nullopt
               : std::make_optional(*std::max_element(sides_px.begin(), sides_px.end()));
  }
};

/// Loads one split.
class InputLoader {
 public:
  InputLoader(const CorpusStore& corpora, const PairStore& pairs, SplitId split, bool with_stills,
              const std::vector<Double>& doubles)
      : corpora_(corpora), with_stills_(with_stills), withdrawn_(corpora.withdrawn_media()) {
    for (const SplitSubjectRow& row : pairs.split_subjects(split)) {
      split_[row.subject_id] = row;
    }
    for (const Double& people : doubles) {
      add_double(people);
    }
  }

  SamplerInput load() {
    for (const CorpusRow& corpus : corpora_.corpora()) {
      std::map<SubjectId, SubjectRow> subjects;
      for (const SubjectRow& subject : corpora_.subjects(corpus.id)) {
        subjects[subject.id] = subject;
        add_person(subject);
      }
      for (const MediaRow& medium : corpora_.media(corpus.id)) {
        add_medium(corpus, medium, subjects);
      }
    }
    return std::move(input_);
  }

 private:
  void add_double(const Double& people) {
    const auto first = split_.find(people.first), second = split_.find(people.second);
    if (first == split_.end() || second == split_.end()) {
      return;
    }
    if (first->second.part == second->second.part) {
      input_.doubles.insert(people);
    } else {
      input_.doubles_apart.insert({people.first, people.second});
    }
  }

  void add_person(const SubjectRow& subject) {
    const auto found = split_.find(subject.id);
    if (found != split_.end()) {
      input_.people.push_back({subject.id, found->second.part, found->second.leak_group,
                               subject.gender, subject.skintone});
    }
  }

  void add_medium(const CorpusRow& corpus, const MediaRow& medium,
                  const std::map<SubjectId, SubjectRow>& subjects) {
    std::map<SubjectId, Seen> seen;
    for (const SightingRow& sighting : corpora_.sightings(medium.id)) {
      seen[sighting.subject_id].add(sighting, medium.n_frames.value_or(0));
    }
    const bool shows_split = std::any_of(seen.begin(), seen.end(), [this](const auto& entry) {
      return split_.count(entry.first) > 0;
    });
    if (!shows_split) {
      return;
    }
    const bool is_clip = medium.kind == "video" || (medium.kind == "image" && with_stills_);
    if (!is_clip || medium.label != "real") {
      ++input_.left_out[medium.label == "fake" ? "fake" : medium.kind];
      return;
    }
    for (const auto& [subject, facts] : seen) {
      if (split_.count(subject) > 0) {
        input_.appearances.push_back(
            make_appearance(corpus, medium, subjects.at(subject), facts, seen));
      }
    }
  }

  Appearance make_appearance(const CorpusRow& corpus, const MediaRow& medium,
                             const SubjectRow& subject, const Seen& facts,
                             const std::map<SubjectId, Seen>& seen) const {
    Appearance appearance;
    appearance.key =
        corpus.name + "@" + corpus.version + "|" + medium.rel_path + "|" + subject.ext_id;
    appearance.media = medium.id;
    appearance.subject = subject.id;
    appearance.licence = medium.licence.value_or(corpus.licence);
    appearance.consent_basis = medium.consent_basis.value_or(corpus.consent_basis);
    appearance.is_redistributable = corpus.redistributable && medium.redistributable.value_or(true);
    appearance.has_double_elsewhere = input_.doubles_apart.count(subject.id) > 0;
    appearance.is_withdrawn = withdrawn_.count(medium.id) > 0;
    appearance.is_probed = medium.sha256.has_value() && !medium.probe_error;
    appearance.n_frames = facts.span_frames > 0 ? facts.span_frames : medium.n_frames.value_or(0);
    appearance.face_px = facts.median_side_px();
    appearance.is_occluded = facts.is_occluded;
    add_bystanders(appearance, facts, seen);
    add_track(appearance, seen.size() == 1);
    return appearance;
  }

  void add_bystanders(Appearance& appearance, const Seen& facts,
                      const std::map<SubjectId, Seen>& seen) const {
    const std::string& part = split_.at(appearance.subject).part;
    for (const auto& [other, its_facts] : seen) {
      const auto found = split_.find(other);
      if (found != split_.end()) {
        appearance.shows_other_part = appearance.shows_other_part || found->second.part != part;
        continue;
      }
      const std::optional<double> side = facts.largest_side_px();
      const std::optional<double> its_side = its_facts.largest_side_px();
      const bool is_smaller = side && its_side && *its_side <= *side;
      appearance.shows_unknown = appearance.shows_unknown || !is_smaller;
    }
  }

  /// The longest track tied to the person, else the only track of a medium that shows one person.
  [[nodiscard]] std::optional<TrackRow> find_track(const Appearance& appearance,
                                                   bool is_alone) const {
    const std::vector<TrackRow> tracks = corpora_.tracks(appearance.media);
    const auto rank = [](const TrackRow& row) {
      return std::make_pair(row.last_frame - row.first_frame, row.boxes_sha256);
    };
    std::optional<TrackRow> best;
    for (const TrackRow& track : tracks) {
      if (track.subject_id == appearance.subject && (!best || rank(track) > rank(*best))) {
        best = track;
      }
    }
    const bool is_clear = is_alone && tracks.size() == 1 && !tracks.front().subject_id;
    return is_clear ? tracks.front() : best;
  }

  void add_track(Appearance& appearance, bool is_alone) const {
    const std::optional<TrackRow> track = find_track(appearance, is_alone);
    if (!track) {
      return;
    }
    appearance.track = track->id;
    appearance.n_frames = track->last_frame - track->first_frame + 1;
    appearance.face_px = track->side_px ? track->side_px : appearance.face_px;
    appearance.yaw_min_deg = track->yaw_min;
    appearance.yaw_max_deg = track->yaw_max;
    appearance.sharpness = track->sharpness;
  }

  const CorpusStore& corpora_;
  bool with_stills_;
  std::set<MediaId> withdrawn_;
  std::map<SubjectId, SplitSubjectRow> split_;
  SamplerInput input_;
};

}  // namespace

SamplerInput load_sampler_input(const CorpusStore& corpora, const PairStore& pairs, SplitId split,
                                bool with_stills, const std::vector<Double>& doubles) {
  return InputLoader(corpora, pairs, split, with_stills, doubles).load();
}

}  // namespace changeling
