#include "catalog/export/export_gate.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "catalog/export/clip_probes.h"
#include "catalog/export/label_coverage.h"
#include "catalog/export/near_duplicates.h"
#include "catalog/export/same_people.h"
#include "catalog/splits/leak_check.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

using Findings = std::vector<GateFinding>;

std::vector<MediaId> media_of(const SelectedClip& clip) {
  std::vector<MediaId> media = {clip.target_media};
  if (clip.source_media && *clip.source_media != clip.target_media) {
    media.push_back(*clip.source_media);
  }
  return media;
}

LeakUse leak_use(const SelectedClip& clip) {
  LeakUse use{clip.part, {}, media_of(clip)};
  for (const std::optional<SubjectId>& subject : {clip.source_subject, clip.target_subject}) {
    if (subject) {
      use.people.push_back(*subject);
    }
  }
  return use;
}

Findings check_conflicts(const GateInput& input) {
  Findings findings;
  for (const std::string& conflict : input.selection.conflicts) {
    findings.push_back({"label_conflict", conflict});
  }
  return findings;
}

/// Clips must be of the split whose parts the set keeps, and nothing may stand in two parts.
Findings check_parts(const GateInput& input) {
  const PairStore pairs(input.database);
  const SplitId split = pairs.find_split(input.spec.split)->id;
  std::map<SplitId, std::int64_t> others;
  std::vector<LeakUse> uses;
  for (const SelectedClip& clip : input.selection.clips) {
    others[clip.split.value_or(split)] += 1;
    uses.push_back(leak_use(clip));
  }
  others.erase(split);
  Findings findings;
  for (const auto& [id, count] : others) {
    findings.push_back({"other_split", std::to_string(count) + " clips were made under split '" +
                                           pairs.split(id).name + "', not under '" +
                                           input.spec.split + "' (choose export.select.runs)"});
  }
  const LeakInput leaks =
      load_leak_input(CorpusStore(input.database), pairs.split_subjects(split), std::move(uses));
  for (const LeakFinding& leak : find_leaks(leaks)) {
    findings.push_back({leak.check, leak.offender});
  }
  return findings;
}

/// Everybody a clip was made from or who is seen in its media, or in copies of these.
std::set<SubjectId> people_of(const CorpusStore& corpora, const SelectedClip& clip) {
  std::set<SubjectId> people;
  for (const SubjectId subject : leak_use(clip).people) {
    people.insert(subject);
  }
  for (const MediaId medium : media_of(clip)) {
    people.merge(corpora.people_seen(medium));
  }
  return people;
}

Findings check_withdrawn(const GateInput& input) {
  const CorpusStore corpora(input.database);
  std::map<SubjectId, std::vector<std::string>> items;
  for (const SelectedClip& clip : input.selection.clips) {
    for (const SubjectId subject : people_of(corpora, clip)) {
      items[subject].push_back(clip.key);
    }
  }
  Findings findings;
  for (const auto& [subject, keys] : items) {
    if (const auto withdrawn_at = corpora.subject_by_id(subject).withdrawn_at) {
      findings.push_back({"withdrawn", "subject " + std::to_string(subject.value) +
                                           ", withdrawn on " + withdrawn_at->substr(0, 10) +
                                           ", is in " + std::to_string(keys.size()) +
                                           " items, the first is " + keys.front()});
    }
  }
  return findings;
}

Findings check_balance(const GateInput& input) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> counts;  // part -> fakes, reals
  for (const SelectedClip& clip : input.selection.clips) {
    auto& [fakes, reals] = counts[clip.part];
    ++(clip.label == "fake" ? fakes : reals);
  }
  const double limit = input.spec.limits.max_class_ratio;
  Findings findings;
  for (const auto& [part, count] : counts) {
    const auto [smaller, larger] = std::minmax(count.first, count.second);
    if (limit > 0 && static_cast<double>(larger) > limit * static_cast<double>(smaller)) {
      findings.push_back({"class_balance", "part " + part + " has " + std::to_string(count.first) +
                                               " fake and " + std::to_string(count.second) +
                                               " real clips"});
    }
  }
  return findings;
}

bool has_two_parts(const Selection& selection) {
  const std::vector<SelectedClip>& clips = selection.clips;
  return std::any_of(clips.begin(), clips.end(), [&clips](const SelectedClip& clip) {
    return clip.part != clips.front().part;
  });
}

/// People of different parts who look like one.
std::vector<std::string> people_apart(const GateInput& input) {
  const CorpusStore corpora(input.database);
  std::map<MediaId, std::set<std::string>> parts;
  std::set<MediaId> media;
  std::set<SubjectId> people;
  for (const SelectedClip& clip : input.selection.clips) {
    people.merge(people_of(corpora, clip));
    for (const MediaId medium : media_of(clip)) {
      media.insert(medium);
      parts[medium].insert(clip.part);
    }
  }
  return find_people_apart(load_looks(corpora, input.blobs, media, people), parts,
                           input.spec.limits.min_identity_cosine);
}

Findings failed_probes(const std::vector<ProbeResult>& probes) {
  Findings findings;
  for (const ProbeResult& probe : probes) {
    if (probe.fails()) {
      char figures[128];
      std::snprintf(
          figures, sizeof figures,
          "AUC %.3f, allowed 0.5 +- %.3f%s; alone tells %.3f: ", *probe.auc, probe.allowance(),
          probe.is_sound() ? "" : ", but not sound: shuffled labels, too", probe.feature_auc);
      findings.push_back({probe.name, figures + probe.feature});
    }
  }
  return findings;
}

/// Why the clip is of no use any more; nullopt = it is. No selection finds such clips, but a
/// version that is frozen may hold some.
std::optional<std::string> find_fault_of_media(const CorpusStore& corpora,
                                               const SelectedClip& clip) {
  for (const MediaId id : media_of(clip)) {
    const MediaRow medium = corpora.media_by_id(id);
    if (medium.probe_error) {
      return "'" + medium.rel_path + "': " + *medium.probe_error;
    }
  }
  return std::nullopt;
}

/// The checks that look into clips. Each clip is loaded and opened once; what stays of it is a few
/// numbers.
class ClipChecks {
 public:
  explicit ClipChecks(const GateInput& input)
      : input_(input), runs_(input.database), compares_parts_(has_two_parts(input.selection)) {
    for (const SelectedClip& clip : input.selection.clips) {
      if (clip.label == "real_control") {
        controls_.emplace(clip.key, &clip);
      }
    }
  }

  void add(const SelectedClip& clip) {
    const std::optional<ExportItem> loaded = load(clip);
    if (!loaded) {
      return;
    }
    const ExportItem& item = *loaded;
    note_terms(item);
    VideoReader video(item.video.path);
    if (const std::string fault = fault_of_label(item, video); !fault.empty()) {
      uncovered_.push_back({"label_coverage", "item " + clip.key + " " + fault});
    }
    if (clip.label == "fake" && clip.job) {
      for (const std::string& fault : faults_of_fake(runs_, clip, item)) {
        uncovered_.push_back({"label_coverage", "item " + clip.key + " " + fault});
      }
    }
    const std::string& person = item.target_key.empty() ? item.key : item.target_key;
    probes_.add(item, video, person);
    add_pixels(clip, item, video, person);
    // A made fake's control shows the same pictures.
    if (compares_parts_ && (clip.label != "fake" || !clip.job)) {
      hashes_.push_back({"item " + clip.key, clip.part, hash_clip(video, item.n_frames)});
    }
  }

  [[nodiscard]] AccessClass access() const { return access_; }

  /// A set must not be given away, or called by a licence, that an input does not permit.
  [[nodiscard]] Findings licences() const {
    const std::string& licence = input_.spec.card.licence;
    const bool claims_more = !licence.empty() && access_ < model_access("the card", licence).access;
    Findings findings;
    if (claims_more) {
      findings.push_back({"licence", "export.card.licence '" + licence +
                                         "' permits more than the inputs do: the set is " +
                                         std::string(to_string(access_))});
    }
    if (claims_more || input_.spec.is_public) {
      for (const std::string& reason : reasons_) {
        findings.push_back({"licence", reason});
      }
    }
    return findings;
  }

  [[nodiscard]] const Findings& label_coverage() const { return uncovered_; }

  /// Clips that show the same pictures and people that look alike, in different parts.
  [[nodiscard]] Findings likeness() const {
    Findings findings;
    if (!compares_parts_) {
      return findings;
    }
    const GateLimits& limits = input_.spec.limits;
    for (std::string& text : find_near_duplicates(hashes_, limits.near_duplicate_bits)) {
      findings.push_back({"near_duplicate", std::move(text)});
    }
    for (std::string& text : people_apart(input_)) {
      findings.push_back({"identity", std::move(text)});
    }
    return findings;
  }

  [[nodiscard]] std::vector<ProbeResult> probes() const {
    const GateLimits& limits = input_.spec.limits;
    return probes_.results(
        {limits.codec_auc, limits.metadata_auc, limits.background_auc, limits.box_auc},
        [this](std::int64_t done, std::int64_t total) {
          check_going(input_.keep_probing, done, total);
        });
  }

 private:
  /// nullopt, and a finding, for a clip that no copy with a label can be made of.
  std::optional<ExportItem> load(const SelectedClip& clip) {
    try {
      return input_.loader.load(clip.artifact, clip.part);
    } catch (const UncopiedClip& error) {
      uncovered_.push_back(
          {"label_coverage", "item " + clip.key + " cannot go out with a label: " + error.what()});
      return std::nullopt;
    }
  }

  /// A set is as open as its strictest input.
  void note_terms(const ExportItem& item) {
    for (const AccessTerm& term : item.terms) {
      access_ = std::min(access_, term.access);
      if (term.access != AccessClass::kPublic) {
        reasons_.insert(term.reason);
      }
    }
  }

  /// A fake and its control, both under the fake's alpha; an uncovered label is refused anyway.
  void add_pixels(const SelectedClip& clip, const ExportItem& item, VideoReader& video,
                  const std::string& person) {
    const auto control = controls_.find(clip.control_key);
    if (item.is_fake() && control != controls_.end() && item.masks.count("alpha") > 0) {
      const SelectedClip& real = *control->second;
      probes_.add_pixels(item, video, input_.loader.load(real.artifact, real.part), person);
    }
  }

  const GateInput& input_;
  RunStore runs_;
  bool compares_parts_;
  AccessClass access_ = AccessClass::kPublic;
  std::set<std::string> reasons_;
  Findings uncovered_;
  std::vector<ClipHashes> hashes_;
  std::map<std::string, const SelectedClip*> controls_;  ///< by key
  ClipProbes probes_;
};

}  // namespace

GateReport check_selection(const GateInput& input) {
  GateReport report;
  const auto add = [&report](Findings findings) {
    std::move(findings.begin(), findings.end(), std::back_inserter(report.findings));
  };
  const CorpusStore corpora(input.database);
  Findings unusable;
  ClipChecks clips(input);
  std::int64_t done = 0;
  const auto total = static_cast<std::int64_t>(input.selection.clips.size());
  for (const SelectedClip& clip : input.selection.clips) {
    if (const auto fault = find_fault_of_media(corpora, clip)) {
      unusable.push_back({"unusable", "item " + clip.key + " is of " + *fault});
    } else {
      clips.add(clip);
    }
    check_going(input.keep_going, ++done, total);
  }
  report.access = clips.access();
  report.probes = clips.probes();
  add(check_conflicts(input));
  add(check_parts(input));
  add(check_withdrawn(input));
  add(std::move(unusable));
  add(clips.licences());
  add(check_balance(input));
  add(clips.label_coverage());
  add(clips.likeness());
  add(failed_probes(report.probes));
  return report;
}

}  // namespace changeling
