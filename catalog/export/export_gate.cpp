#include "catalog/export/export_gate.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "catalog/export/near_duplicates.h"
#include "catalog/splits/leak_check.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "common/face/face_types.h"

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

/// Everybody a clip was made from or who is seen in its media.
std::set<SubjectId> people_of(const CorpusStore& corpora, const SelectedClip& clip) {
  std::set<SubjectId> people;
  for (const SubjectId subject : leak_use(clip).people) {
    people.insert(subject);
  }
  for (const MediaId medium : media_of(clip)) {
    for (const SightingRow& sighting : corpora.sightings(medium)) {
      people.insert(sighting.subject_id);
    }
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

/// A set is as open as its strictest input. It must not be given away, or called by a licence, that
/// an input does not permit.
Findings check_licences(const GateInput& input, AccessClass& access) {
  std::set<std::string> reasons;
  for (const SelectedClip& clip : input.selection.clips) {
    for (const AccessTerm& term : input.loader.load(clip.artifact, clip.part).terms) {
      access = std::min(access, term.access);
      if (term.access != AccessClass::kPublic) {
        reasons.insert(term.reason);
      }
    }
  }
  const std::string& licence = input.spec.card.licence;
  const bool claims_more = !licence.empty() && access < model_access("the card", licence).access;
  Findings findings;
  if (claims_more) {
    findings.push_back({"licence", "export.card.licence '" + licence +
                                       "' permits more than the inputs do: the set is " +
                                       std::string(to_string(access))});
  }
  if (claims_more || input.spec.is_public) {
    for (const std::string& reason : reasons) {
      findings.push_back({"licence", reason});
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

/// Hashes of every clip but made fakes: their controls show the same pictures.
std::vector<ClipHashes> hash_clips(const GateInput& input) {
  std::vector<ClipHashes> hashes;
  for (const SelectedClip& clip : input.selection.clips) {
    if (clip.label != "fake" || !clip.job) {
      const ExportItem item = input.loader.load(clip.artifact, clip.part);
      hashes.push_back({"item " + clip.key, clip.part, hash_clip(item.video.path, item.n_frames)});
    }
  }
  return hashes;
}

/// The analysed looks of everybody whom a clip is about, once per recording.
std::vector<PersonLook> person_looks(const GateInput& input) {
  const CorpusStore corpora(input.database);
  std::set<std::pair<SubjectId, MediaId>> seen;
  std::vector<PersonLook> looks;
  for (const SelectedClip& clip : input.selection.clips) {
    const std::set<SubjectId> people = people_of(corpora, clip);
    for (const MediaId medium : media_of(clip)) {
      for (const TrackRow& track : corpora.tracks(medium)) {
        if (track.subject_id && people.count(*track.subject_id) > 0 &&
            seen.emplace(*track.subject_id, medium).second) {
          FaceTrack face = deserialize_track(input.blobs.read(track.boxes_sha256));
          looks.push_back({*track.subject_id, clip.part, std::move(face.identity)});
        }
      }
    }
  }
  return looks;
}

}  // namespace

std::vector<GateFinding> check_likeness(const GateInput& input) {
  Findings findings;
  if (!has_two_parts(input.selection)) {
    return findings;
  }
  const GateLimits& limits = input.spec.limits;
  for (std::string& text : find_near_duplicates(hash_clips(input), limits.near_duplicate_bits)) {
    findings.push_back({"near_duplicate", std::move(text)});
  }
  for (std::string& text : find_equal_people(person_looks(input), limits.min_identity_cosine)) {
    findings.push_back({"identity", std::move(text)});
  }
  return findings;
}

std::vector<ProbeResult> run_probes(const GateInput& input) {
  std::vector<ProbeClip> codec, metadata;
  for (const SelectedClip& clip : input.selection.clips) {
    const ExportItem item = input.loader.load(clip.artifact, clip.part);
    const std::string& person = item.target_key.empty() ? item.key : item.target_key;
    codec.push_back(
        {codec_features(item.video.path, item.video.bytes, item.n_frames), item.is_fake(), person});
    metadata.push_back({metadata_features(item.video.path), item.is_fake(), person});
  }
  const GateLimits& limits = input.spec.limits;
  return {run_probe("codec", codec, limits.codec_auc),
          run_probe("metadata", metadata, limits.metadata_auc)};
}

namespace {

Findings failed_probes(const std::vector<ProbeResult>& probes) {
  Findings findings;
  for (const ProbeResult& probe : probes) {
    if (probe.fails()) {
      char figures[96];
      std::snprintf(figures, sizeof figures,
                    "AUC %.3f, allowed 0.5 +- %.3f; alone tells %.3f: ", *probe.auc,
                    probe.allowance(), probe.feature_auc);
      findings.push_back({probe.name, figures + probe.feature});
    }
  }
  return findings;
}

}  // namespace

GateReport check_selection(const GateInput& input) {
  GateReport report;
  const auto add = [&report](Findings findings) {
    std::move(findings.begin(), findings.end(), std::back_inserter(report.findings));
  };
  add(check_conflicts(input));
  add(check_parts(input));
  add(check_withdrawn(input));
  add(check_licences(input, report.access));
  add(check_balance(input));
  add(check_label_coverage(input));
  add(check_likeness(input));
  report.probes = run_probes(input);
  add(failed_probes(report.probes));
  return report;
}

}  // namespace changeling
