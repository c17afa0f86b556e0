#include "evaluator/scores/hard_examples.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "catalog/store/detector_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "common/base/error.h"
#include "evaluator/scores/score_table.h"

namespace changeling {
namespace {

constexpr double kLeastP = 1e-7;
constexpr std::array<const char*, 3> kPoses = {"0-15 degrees", "15-45 degrees",
                                               "45 degrees and more"};

RunRow find_detector_run(Database& database, const std::string& run_id) {
  const std::optional<RunRow> run = RunStore(database).find_run(run_id);
  if (!run || run->kind != "detector") {
    throw Error(ErrorKind::kConfig,
                "'" + run_id + "' is no detector run of this catalog (give its whole id)");
  }
  return *run;
}

DetectorSet set_of(const RunRow& run) {
  DetectorSet set;
  set.version_id = run.version_id;
  set.generate_run = run.parent_run_id.value_or("");
  return set;
}

/// Identity margins of the clips of a generate run; the first metric that has some.
void add_margins(const ScoreStore& scores, const std::string& generate_run,
                 std::map<ArtifactId, double>& margins) {
  for (const char* name : {"id_margin", "id_margin_dlib"}) {
    for (const MetricDefRow& metric : scores.metrics()) {
      if (metric.name != name) {
        continue;
      }
      for (const ClipScore& clip : scores.clip_scores(metric.id, generate_run)) {
        if (clip.score.value) {
          margins.emplace(clip.artifact_id, *clip.score.value);
        }
      }
    }
  }
}

std::map<ArtifactId, double> margins_of(Database& database, const std::vector<ClipRow>& clips) {
  const ScoreStore scores(database);
  std::map<ArtifactId, double> margins;
  std::set<std::string> runs;
  for (const ClipRow& clip : clips) {
    if (clip.run_id && runs.insert(*clip.run_id).second) {
      add_margins(scores, *clip.run_id, margins);
    }
  }
  return margins;
}

std::string share_text(double count, double total) {
  char text[16];
  std::snprintf(text, sizeof text, "%.3f", count / total);
  return text;
}

}  // namespace

std::vector<HardExample> hard_examples(Database& database, const std::string& run_id,
                                       const MiningOptions& options) {
  const RunRow run = find_detector_run(database, run_id);
  const DetectorStore store(database);
  const std::vector<ClipRow> clips = store.all_clips(set_of(run));
  const std::map<ArtifactId, double> margins = margins_of(database, clips);
  std::map<ArtifactId, double> scores;
  for (const DetectorScoreRow& row : store.scores(run_id)) {
    if (row.frame < 0 && row.p_fake) {
      scores.emplace(row.artifact_id, *row.p_fake);
    }
  }
  std::map<ArtifactId, TruthClip> truth;
  for (const TruthClip& clip : truth_of(database, clips)) {
    truth.emplace(clip.artifact, clip);
  }
  std::vector<HardExample> examples;
  bool has_margin = false;
  for (const ClipRow& clip : clips) {
    const auto score = scores.find(clip.artifact.id);
    const auto margin = margins.find(clip.artifact.id);
    const auto known = truth.find(clip.artifact.id);
    if (score == scores.end() || margin == margins.end() || known == truth.end() ||
        !known->second.is_fake || !clip.target_subject) {
      continue;
    }
    has_margin = true;
    HardExample example;
    example.artifact = clip.artifact.id;
    example.key = known->second.key;
    example.target_subject = *clip.target_subject;
    example.p_fake = score->second;
    example.loss = -std::log(std::max(kLeastP, score->second));
    example.quality = std::max(0.0, margin->second);
    example.hardness = example.loss * example.quality;
    const auto pose = known->second.slices.find("pose");
    example.pose = pose == known->second.slices.end() ? "" : pose->second;
    example.stratum = clip.stratum.value_or("");
    if (example.hardness > 0) {
      examples.push_back(example);
    }
  }
  if (!has_margin) {
    throw Error(ErrorKind::kConfig,
                "no scored fake has an identity margin (run 'changeling evaluate score')");
  }
  std::sort(examples.begin(), examples.end(), [](const HardExample& a, const HardExample& b) {
    return std::tuple(-a.hardness, a.artifact) < std::tuple(-b.hardness, b.artifact);
  });
  std::map<SubjectId, int> used;
  std::vector<HardExample> chosen;
  for (const HardExample& example : examples) {
    if (static_cast<std::int64_t>(chosen.size()) < options.count &&
        used[example.target_subject]++ < options.max_per_person) {
      chosen.push_back(example);
    }
  }
  return chosen;
}

std::string sampling_request(const std::vector<HardExample>& examples, std::int64_t pairs) {
  CHANGELING_REQUIRE(!examples.empty(), "there is no example to ask for more of");
  double plausible = 0, posed = 0;
  std::map<std::string, double> poses;
  for (const HardExample& example : examples) {
    plausible += example.stratum == "plausible" ? 1 : 0;
    posed += example.pose.empty() ? 0 : 1;
    ++poses[example.pose];
  }
  std::string text = "# More pairs of the kind of " + std::to_string(examples.size()) +
                     " hard examples; use: changeling sample pairs NAME --config FILE\n";
  text += "sample:\n  pairs:\n    parts: [train]\n    count: " + std::to_string(pairs) + "\n";
  text +=
      "    plausible_share: " + share_text(plausible, static_cast<double>(examples.size())) + "\n";
  if (posed > 0) {
    text += "    yaw_shares: [";
    for (const char* pose : kPoses) {
      text += (pose == kPoses.front() ? "" : ", ") + share_text(poses[pose], posed);
    }
    text += "]\n";
  }
  return text;
}

}  // namespace changeling
