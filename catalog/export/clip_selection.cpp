#include "catalog/export/clip_selection.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

#include "catalog/store/corpus_store.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/pruned_runs.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "catalog/store/sighting_roles.h"
#include "catalog/store/sql_query.h"
#include "common/base/error.h"
#include "reports/model/metric_texts.h"

namespace changeling {
namespace {

bool allows(const std::vector<std::string>& list, const std::string& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

/// Artifact ids that the user's own SQL names.
std::set<std::int64_t> queried_ids(Database& database, const std::string& sql) {
  std::set<std::int64_t> ids;
  run_sql_query(database, sql,
                [&](const std::vector<std::string>& columns, const std::vector<SqlValue>& row) {
                  const auto* id = std::get_if<std::int64_t>(&row.at(0));
                  if (id == nullptr) {
                    throw Error(ErrorKind::kConfig, "export.select.sql: column '" + columns.at(0) +
                                                        "' must hold artifact ids");
                  }
                  ids.insert(*id);
                });
  return ids;
}

SelectedClip to_selected(const ClipRow& row) {
  SelectedClip clip;
  clip.artifact = row.artifact.id;
  clip.stream_sha256 = *row.artifact.stream_sha256;
  clip.key = item_key(clip.stream_sha256);
  clip.label = *row.artifact.label;
  clip.part = row.part.value_or("");
  clip.method = row.method.value_or("");
  clip.profile = row.artifact.profile;
  clip.job = row.artifact.job_id;
  clip.is_rendition = row.recipe_json.has_value();
  clip.target_media = row.target_media;
  clip.source_media = row.source_media;
  clip.target_subject = row.target_subject;
  clip.source_subject = row.source_subject;
  clip.split = row.split_id;
  return clip;
}

/// Of a made fake, in its encoding.
std::optional<ArtifactRow> find_control(const RunStore& runs, const SelectedClip& clip) {
  return clip.label == "fake" && clip.job
             ? runs.find_artifact(*clip.job, "real_control", clip.profile)
             : std::nullopt;
}

class ClipSelector {
 public:
  ClipSelector(Database& database, const DatasetSpec& spec)
      : database_(database),
        spec_(spec),
        corpora_(database),
        runs_(database),
        pruned_(pruned_jobs(database)) {
    const std::optional<SplitRow> split = PairStore(database).find_split(spec.split);
    if (!split) {
      throw Error(ErrorKind::kConfig, "export.split: no split '" + spec.split +
                                          "' (make it with 'changeling sample split " + spec.split +
                                          "')");
    }
    for (const SplitSubjectRow& row : PairStore(database).split_subjects(split->id)) {
      parts_[row.subject_id] = row.part;
    }
    if (!spec.select.sql.empty()) {
      queried_ = queried_ids(database, spec.select.sql);
    }
    if (spec.select.leaves_out_rejected) {
      verdicts_ = ScoreStore(database).reject_verdicts();
      if (verdicts_.definition) {
        selection_.rejects.version = verdicts_.definition->version;
        rule_texts_ = reject_rule_texts(verdicts_.definition->params_json);
      }
    }
  }

  Selection select() {
    DatasetStore(database_).for_each_clip([this](const ClipRow& row) { consider(row); });
    require_verdicts();
    apply_mix();
    apply_ladder();
    add_controls();
    sort_and_merge();
    count_unjudged();
    if (selection_.clips.empty()) {
      throw Error(ErrorKind::kConfig, "nothing to export: no clip fits export.select");
    }
    return std::move(selection_);
  }

 private:
  void leave_out(const std::string& reason) { ++selection_.left_out[reason]; }

  void consider(const ClipRow& row) {
    const bool is_chosen = spec_.select.sql.empty()
                               ? row.artifact.job_id && row.artifact.kind == "fake_video" &&
                                     !row.recipe_json && fits_filter(row)
                               : queried_.count(row.artifact.id.value) > 0;
    if (!is_chosen) {
      return;
    }
    if (row.artifact.job_id && pruned_.count(*row.artifact.job_id) > 0) {
      leave_out("pruned or erased");
      return;
    }
    if (row.blob_state == "purged") {
      leave_out("purged");
      return;
    }
    SelectedClip clip = to_selected(row);
    std::string part_of_lender;
    if (!clip.job) {
      std::tie(clip.part, part_of_lender) = parts_of_corpus_clip(clip);
    }
    if (clip.part.empty() || !allows(spec_.select.parts, clip.part)) {
      leave_out(clip.part.empty() ? "nobody in it is in the split" : "part not selected");
      return;
    }
    if (!part_of_lender.empty() && part_of_lender != clip.part) {
      leave_out("who lent the face is in another part");
      return;
    }
    if (verdict_on(clip).value_or(0) > 0) {
      leave_out_rejected(*verdict_on(clip));
      return;
    }
    note_outdated(clip, row);
    selection_.clips.push_back(std::move(clip));
  }

  /// A fake that older limits may have rejected must not come back because nobody asked the new
  /// ones.
  void note_outdated(const SelectedClip& clip, const ClipRow& row) {
    const bool is_outdated = clip.job ? verdicts_.outdated_jobs.count(*clip.job) > 0
                                      : verdicts_.outdated_artifacts.count(clip.artifact) > 0;
    if (clip.label == "fake" && is_outdated) {
      outdated_.insert(row.run_id ? *row.run_id : "corpus:" + corpus_of(row.target_media));
    }
  }

  void require_verdicts() const {
    if (outdated_.empty()) {
      return;
    }
    std::string names;
    for (const std::string& name : outdated_) {
      names += (names.empty() ? "" : ", ") + name;
    }
    throw Error(ErrorKind::kConfig,
                "export.select.auto_reject: fakes were judged by older rules than version " +
                    std::to_string(selection_.rejects.version) +
                    " of auto_reject ('changeling evaluate score' again: " + names + ")");
  }

  /// Of a fake, or of the fake that it is a rendition of. Nothing is rejected where the spec does
  /// not ask for it: then there are no verdicts.
  [[nodiscard]] std::optional<int> verdict_on(const SelectedClip& clip) const {
    const auto find = [](const auto& verdicts, const auto& key) {
      const auto found = verdicts.find(key);
      return found == verdicts.end() ? std::nullopt : std::optional<int>(found->second);
    };
    if (clip.label != "fake") {
      return std::nullopt;
    }
    return clip.job ? find(verdicts_.by_job, *clip.job)
                    : find(verdicts_.by_artifact, clip.artifact);
  }

  void leave_out_rejected(int rule) {
    const auto place = static_cast<std::size_t>(rule - 1);
    const std::string text =
        std::to_string(rule) + (place < rule_texts_.size() ? " (" + rule_texts_[place] + ")" : "");
    ++selection_.rejects.left_out[text];
    leave_out("rejected by rule " + text + " of auto_reject");
  }

  void count_unjudged() {
    for (const SelectedClip& clip : selection_.clips) {
      const bool is_unjudged = clip.label == "fake" && !verdict_on(clip);
      selection_.rejects.unjudged += is_unjudged && spec_.select.leaves_out_rejected ? 1 : 0;
    }
  }

  bool fits_filter(const ClipRow& row) {
    const ClipFilter& want = spec_.select;
    return allows(want.runs, row.run_id.value_or("")) &&
           allows(want.methods, row.method.value_or("")) &&
           allows(want.strata, row.stratum.value_or("")) &&
           allows(want.profiles, row.artifact.profile) &&
           allows(want.corpora, corpus_of(row.target_media));
  }

  const std::string& corpus_of(MediaId media) {
    std::string& name = corpus_names_[media];
    if (name.empty()) {
      name = corpora_.corpus(corpora_.media_by_id(media).corpus_id).name;
    }
    return name;
  }

  /// The part of the first person seen in it who is in the split, and that of who lent a fake their
  /// face, who is not seen; empty = nobody's.
  [[nodiscard]] std::pair<std::string, std::string> parts_of_corpus_clip(
      const SelectedClip& clip) const {
    std::string of_seen, of_lender;
    for (const SightingRow& sighting : corpora_.sightings(clip.target_media)) {
      const auto found = parts_.find(sighting.subject_id);
      const bool is_lender = clip.label == "fake" && sighting.ext_sighting_id == kLenderRole;
      std::string& part = is_lender ? of_lender : of_seen;
      if (part.empty() && found != parts_.end()) {
        part = found->second;
      }
    }
    return {of_seen, of_lender};
  }

  /// Keeps, in each part, the largest set of fakes with the wanted shares, by seeded hash.
  void apply_mix() {
    if (spec_.mix.empty() && spec_.max_fakes_per_part == 0) {
      return;
    }
    std::map<std::string, std::vector<SelectedClip>> fakes;  // by part
    std::vector<SelectedClip> kept;
    for (SelectedClip& clip : selection_.clips) {
      if (clip.label == "fake") {
        fakes[clip.part].push_back(std::move(clip));
      } else {
        kept.push_back(std::move(clip));
      }
    }
    for (auto& [part, clips] : fakes) {
      order_by_seed(clips);
      take(part, clips, kept);
    }
    selection_.clips = std::move(kept);
  }

  void order_by_seed(std::vector<SelectedClip>& clips) const {
    const auto rank = [this](const SelectedClip& clip) {
      return Sha256()
          .update_field("mix")
          .update_field(std::to_string(spec_.seed))
          .update_field(clip.stream_sha256.hex())
          .finish();
    };
    std::map<std::string, Digest> ranks;
    for (const SelectedClip& clip : clips) {
      ranks.emplace(clip.key, rank(clip));
    }
    std::stable_sort(clips.begin(), clips.end(), [&](const auto& a, const auto& b) {
      return ranks.at(a.key) < ranks.at(b.key);
    });
  }

  void take(const std::string& part, const std::vector<SelectedClip>& clips,
            std::vector<SelectedClip>& kept) {
    std::map<std::string, std::int64_t> room = room_per_method(part, clips);
    for (const SelectedClip& clip : clips) {
      std::int64_t& left = room[spec_.mix.empty() ? "" : clip.method];
      if (left > 0) {
        --left;
        kept.push_back(clip);
      } else {
        leave_out("more than mix or max_fakes_per_part allow");
      }
    }
  }

  /// How many fakes of each method a part may have; "" = of all together.
  std::map<std::string, std::int64_t> room_per_method(const std::string& part,
                                                      const std::vector<SelectedClip>& clips) {
    auto total = static_cast<double>(clips.size());
    if (spec_.max_fakes_per_part > 0) {
      total = std::min(total, static_cast<double>(spec_.max_fakes_per_part));
    }
    if (spec_.mix.empty()) {
      return {{"", static_cast<std::int64_t>(total)}};
    }
    std::map<std::string, std::int64_t> available;
    for (const SelectedClip& clip : clips) {
      ++available[clip.method];
    }
    std::string scarce;  // the method whose fakes limit the part; empty = its size does
    for (const auto& [method, share] : spec_.mix) {
      const double most = static_cast<double>(available[method]) / share;
      if (most < total) {
        total = most;
        scarce = method;
      }
    }
    std::map<std::string, std::int64_t> room;
    for (const auto& [method, share] : spec_.mix) {
      room[method] = static_cast<std::int64_t>(std::floor(total * share + 1e-9));
      if (room[method] == 0) {
        throw Error(
            ErrorKind::kConfig,
            "export.mix: part " + part + " has too few fakes" +
                (scarce.empty() ? " (" + std::to_string(static_cast<std::int64_t>(total))
                                : " of '" + scarce + "' (" + std::to_string(available[scarce])) +
                ") for the share of '" + method + "'");
      }
    }
    return room;
  }

  /// Puts the rungs of each generated fake in its place. Renditions that select.sql names stay.
  void apply_ladder() {
    if (spec_.ladder.empty()) {
      return;
    }
    const std::vector<DegradationProfile> profiles = spec_.ladder_profiles();
    std::vector<SelectedClip> rungs;
    for (SelectedClip& clip : selection_.clips) {
      const bool has_rungs = clip.label == "fake" && clip.job && !clip.is_rendition;
      for (std::size_t i = 0; has_rungs && i < profiles.size(); ++i) {
        add_rung(clip, profiles[i].name, rungs);
      }
      if (clip.is_rendition || spec_.takes_clips_as_made()) {
        rungs.push_back(std::move(clip));
      } else if (!has_rungs) {
        leave_out("not made here, so the ladder has no rendition of it");
      }
    }
    selection_.clips = std::move(rungs);
  }

  void add_rung(const SelectedClip& clip, const std::string& profile,
                std::vector<SelectedClip>& rungs) {
    if (clip.profile == profile) {  // generated in this very encoding
      if (!spec_.takes_clips_as_made()) {
        rungs.push_back(clip);
      }
      return;
    }
    if (const auto row = runs_.find_artifact(*clip.job, "fake_video", profile)) {
      rungs.push_back(to_selected(DatasetStore(database_).clip(row->id)));
    } else {
      leave_out("no rendition " + profile);
    }
  }

  void add_controls() {
    std::vector<SelectedClip> controls;
    const DatasetStore clips(database_);
    for (SelectedClip& clip : selection_.clips) {
      if (const auto row = find_control(runs_, clip)) {
        controls.push_back(to_selected(clips.clip(row->id)));
        clip.control_key = controls.back().key;
      }
    }
    std::move(controls.begin(), controls.end(), std::back_inserter(selection_.clips));
  }

  static std::string description(const SelectedClip& clip) {
    return "artifact " + std::to_string(clip.artifact.value) + " (" + clip.label + " in " +
           clip.part + ")";
  }

  /// Two fakes of one target share their control, and a repeated run makes equal files: one item.
  void sort_and_merge() {
    std::vector<SelectedClip>& clips = selection_.clips;
    std::sort(clips.begin(), clips.end(), [](const SelectedClip& a, const SelectedClip& b) {
      return std::tie(a.key, a.label, a.artifact) < std::tie(b.key, b.label, b.artifact);
    });
    std::vector<SelectedClip> merged;
    for (SelectedClip& clip : clips) {
      if (merged.empty() || merged.back().key != clip.key) {
        merged.push_back(std::move(clip));
      } else if (merged.back().label != clip.label || merged.back().part != clip.part ||
                 merged.back().stream_sha256 != clip.stream_sha256) {
        selection_.conflicts.push_back(description(merged.back()) + " and " + description(clip) +
                                       " have one video stream");
      } else if (clip.label == "fake") {
        leave_out("equal stream of another run");
      }
    }
    clips = std::move(merged);
  }

  Database& database_;
  const DatasetSpec& spec_;
  CorpusStore corpora_;
  RunStore runs_;
  std::set<JobId> pruned_;
  std::map<SubjectId, std::string> parts_;
  std::set<std::int64_t> queried_;
  RejectVerdicts verdicts_;
  std::vector<std::string> rule_texts_;  ///< of the verdicts, by rule
  std::set<std::string> outdated_;       ///< whose fakes the newest version has not judged
  std::map<MediaId, std::string> corpus_names_;
  Selection selection_;
};

}  // namespace

Selection select_clips(Database& database, const DatasetSpec& spec) {
  return ClipSelector(database, spec).select();
}

Selection frozen_selection(Database& database, VersionId version) {
  const DatasetStore store(database);
  const RunStore runs(database);
  Selection selection;
  for (const DatasetItemRow& item : store.items(version)) {
    SelectedClip& clip = selection.clips.emplace_back(to_selected(store.clip(item.artifact_id)));
    clip.part = item.part;
    if (const auto control = find_control(runs, clip)) {
      clip.control_key = item_key(*control->stream_sha256);
    }
  }
  return selection;
}

}  // namespace changeling
