#include "generator/batch/analysis_plan.h"

#include <algorithm>
#include <optional>
#include <set>

#include "common/base/error.h"

namespace changeling {
namespace {

/// The parts of everybody who is seen.
std::set<std::string> parts_seen(const CorpusStore& corpora, const MediaRow& medium,
                                 const std::map<SubjectId, std::string>& part_of) {
  std::set<std::string> parts;
  for (const SightingRow& sighting : corpora.sightings(medium.id)) {
    const auto found = part_of.find(sighting.subject_id);
    if (found != part_of.end()) {
      parts.insert(found->second);
    }
  }
  return parts;
}

}  // namespace

AnalysisPlan plan_analysis(const CorpusStore& corpora, const PairStore& pairs,
                           const AnalysisChoice& choice) {
  const std::optional<CorpusRow> corpus = corpora.find_corpus(choice.corpus);
  if (!corpus) {
    throw Error(ErrorKind::kConfig,
                "no corpus '" + choice.corpus + "' (see 'changeling corpus list')");
  }
  if (choice.split.empty() && !choice.parts.empty()) {
    throw Error(ErrorKind::kConfig, "analyze.parts needs a split (--split)");
  }
  std::map<SubjectId, std::string> part_of;
  if (!choice.split.empty()) {
    part_of = pairs.parts_of_split(choice.split);
  }
  const std::set<MediaId> withdrawn = corpora.withdrawn_media();
  const auto reason_against = [&](const MediaRow& medium) -> std::string {
    if (medium.kind != "video") {
      return medium.kind;
    }
    if (withdrawn.count(medium.id) > 0) {
      return "withdrawn";
    }
    if (choice.split.empty()) {
      return "";
    }
    const std::set<std::string> parts = parts_seen(corpora, medium, part_of);
    if (parts.empty()) {
      return "not_in_split";
    }
    const bool is_chosen =
        choice.parts.empty() ||
        std::any_of(choice.parts.begin(), choice.parts.end(),
                    [&parts](const std::string& part) { return parts.count(part) > 0; });
    return is_chosen ? "" : "other_part";
  };
  AnalysisPlan plan;
  for (MediaRow& medium : corpora.media(corpus->id)) {
    const std::string reason = reason_against(medium);
    if (reason.empty()) {
      plan.clips.push_back(std::move(medium));
    } else {
      ++plan.left_out[reason];
    }
  }
  return plan;
}

}  // namespace changeling
