#include "catalog/splits/subject_split.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "catalog/store/sighting_roles.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/union_find.h"

namespace changeling {
namespace {

constexpr std::array<const char*, 3> kParts = {"train", "val", "test"};
constexpr double kShareTolerance = 1e-9;

/// The shortest text that reads back as the same number.
std::string shortest(double value) {
  std::array<char, 32> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

/// People that move together; `first` speaks for them.
struct LeakGroup {
  const SplitCandidate* first = nullptr;
  double position = 0;
  std::vector<SubjectId> members;
  std::size_t part = 0;
};

std::vector<const SplitCandidate*> in_order(const std::vector<SplitCandidate>& subjects) {
  std::vector<const SplitCandidate*> order;
  for (const SplitCandidate& subject : subjects) {
    order.push_back(&subject);
  }
  std::sort(order.begin(), order.end(), [](const SplitCandidate* a, const SplitCandidate* b) {
    return std::tie(a->corpus, a->ext_id, a->id) < std::tie(b->corpus, b->ext_id, b->id);
  });
  return order;
}

std::vector<LeakGroup> leak_groups(const SplitInput& input, const SplitSpec& spec) {
  const std::vector<const SplitCandidate*> order = in_order(input.subjects);
  UnionFind sets(order.size());
  std::map<SubjectId, std::size_t> index;
  for (std::size_t i = 0; i < order.size(); ++i) {
    index[order[i]->id] = i;
    if (i > 0 && order[i]->corpus == order[i - 1]->corpus &&
        order[i]->ext_id == order[i - 1]->ext_id) {
      sets.unite(i - 1, i);
    }
  }
  for (const std::vector<SubjectId>& together : input.linked) {
    for (std::size_t i = 1; i < together.size(); ++i) {
      sets.unite(index.at(together.front()), index.at(together[i]));
    }
  }
  std::map<std::size_t, LeakGroup> by_root;
  for (std::size_t i = 0; i < order.size(); ++i) {
    LeakGroup& group = by_root[sets.find(i)];
    group.first = group.first == nullptr ? order[i] : group.first;
    group.members.push_back(order[i]->id);
  }
  std::vector<LeakGroup> groups;
  for (auto& entry : by_root) {
    groups.push_back(std::move(entry.second));
    LeakGroup& group = groups.back();
    group.position = split_position(spec.seed, spec.name, group.first->corpus, group.first->ext_id);
  }
  return groups;
}

void place_by_threshold(std::vector<LeakGroup>& groups, const SplitSpec& spec) {
  for (LeakGroup& group : groups) {
    group.part = group.position < spec.train ? 0 : (group.position < spec.train + spec.val ? 1 : 2);
  }
}

/// Shares of `n` as whole numbers that add up to n; what rounding takes or gives is carried to the
/// next stratum, so that many small strata still add up to the shares.
std::array<std::size_t, 3> cut_counts(std::size_t n, const std::array<double, 3>& shares,
                                      std::array<double, 3>& carry) {
  std::array<double, 3> wanted{};
  std::array<std::size_t, 3> counts{};
  for (std::size_t part = 0; part < 3; ++part) {
    wanted[part] = carry[part] + static_cast<double>(n) * shares[part];
  }
  for (std::size_t given = 0; given < n; ++given) {
    std::size_t neediest = 0;
    for (std::size_t part = 1; part < 3; ++part) {
      const double need = wanted[part] - static_cast<double>(counts[part]);
      if (need > wanted[neediest] - static_cast<double>(counts[neediest]) + kShareTolerance) {
        neediest = part;
      }
    }
    ++counts[neediest];
  }
  for (std::size_t part = 0; part < 3; ++part) {
    carry[part] = wanted[part] - static_cast<double>(counts[part]);
  }
  return counts;
}

void place_exactly(std::vector<LeakGroup>& groups, const SplitSpec& spec) {
  using Stratum = std::pair<std::optional<std::string>, std::optional<int>>;
  std::map<Stratum, std::vector<LeakGroup*>> strata;
  for (LeakGroup& group : groups) {
    strata[{group.first->gender, group.first->skintone}].push_back(&group);
  }
  std::array<double, 3> carry{};
  for (auto& entry : strata) {
    std::vector<LeakGroup*>& members = entry.second;
    std::sort(members.begin(), members.end(), [](const LeakGroup* a, const LeakGroup* b) {
      return std::tie(a->position, a->first->corpus, a->first->ext_id) <
             std::tie(b->position, b->first->corpus, b->first->ext_id);
    });
    const std::array<std::size_t, 3> counts =
        cut_counts(members.size(), {spec.train, spec.val, spec.test}, carry);
    for (std::size_t i = 0; i < members.size(); ++i) {
      members[i]->part = i < counts[0] ? 0 : (i < counts[0] + counts[1] ? 1 : 2);
    }
  }
}

/// Removes the groups that the list does not name.
void place_by_list(std::vector<LeakGroup>& groups, const SplitInput& input, const SplitSpec& spec) {
  std::map<SubjectId, std::string> part_of;
  std::set<std::pair<std::string, std::string>> registered;
  for (const SplitCandidate& subject : input.subjects) {
    const auto listed = spec.listed.find({subject.corpus, subject.ext_id});
    if (listed != spec.listed.end()) {
      part_of[subject.id] = listed->second;
      registered.insert(listed->first);
    }
  }
  for (const auto& [person, part] : spec.listed) {
    if (registered.count(person) == 0) {
      throw Error(ErrorKind::kConfig, "the list of split '" + spec.name + "' names '" +
                                          person.second + "' of '" + person.first +
                                          "', who is not registered");
    }
  }
  std::vector<LeakGroup> placed;
  for (LeakGroup& group : groups) {
    std::set<std::string> parts;
    for (const SubjectId member : group.members) {
      const auto found = part_of.find(member);
      parts.insert(found == part_of.end() ? "" : found->second);
    }
    if (parts.size() > 1) {
      throw Error(ErrorKind::kConfig,
                  "the list of split '" + spec.name + "' parts people who belong together: '" +
                      group.first->ext_id + "' of '" + group.first->corpus +
                      "' and others (of one recording, or alike: sample.min_identity_cosine)");
    }
    if (!parts.begin()->empty()) {
      group.part = static_cast<std::size_t>(
          std::find(kParts.begin(), kParts.end(), *parts.begin()) - kParts.begin());
      placed.push_back(std::move(group));
    }
  }
  groups = std::move(placed);
}

void check_shares(const SplitSpec& spec) {
  const double sum = spec.train + spec.val + spec.test;
  if (spec.train < 0 || spec.val < 0 || spec.test < 0 || std::abs(sum - 1) > kShareTolerance) {
    throw Error(ErrorKind::kConfig, "the shares of split '" + spec.name + "' add up to " +
                                        shortest(sum) +
                                        ": sample.split.train, .val and .test must add up to 1");
  }
}

/// People named in the corpus who may be placed, and the recordings they share.
void load_corpus(const CorpusStore& store, const CorpusRow& corpus, SplitInput& input) {
  std::set<SubjectId> placed;
  for (const SubjectRow& subject : store.subjects(corpus.id)) {
    if (!is_pseudo_subject(subject.ext_id) && !subject.withdrawn_at) {
      input.subjects.push_back(
          {subject.id, corpus.name, subject.ext_id, subject.gender, subject.skintone});
      placed.insert(subject.id);
    }
  }
  std::map<std::string, std::set<SubjectId>> by_clip;
  for (const MediaRow& medium : store.media(corpus.id)) {
    if (!medium.source_clip) {
      continue;
    }
    for (const SightingRow& sighting : store.sightings(medium.id)) {
      // Who lent a corpus's fake their face was not in that recording.
      const bool is_lender = medium.label == "fake" && sighting.ext_sighting_id == kLenderRole;
      if (!is_lender && placed.count(sighting.subject_id) > 0) {
        by_clip[*medium.source_clip].insert(sighting.subject_id);
      }
    }
  }
  for (const auto& entry : by_clip) {
    input.linked.emplace_back(entry.second.begin(), entry.second.end());
  }
}

}  // namespace

std::string parts_digest(const ListedParts& parts) {
  Sha256 hash;
  for (const auto& [person, part] : parts) {
    hash.update_field(person.first).update_field(person.second).update_field(part);
  }
  return hash.finish().hex();
}

std::string SplitSpec::algorithm() const {
  std::vector<std::string> names = corpora;
  std::sort(names.begin(), names.end());
  std::string text = mode == SplitMode::kThreshold ? "threshold@1" : "exact@1";
  text += " train=" + shortest(train) + " val=" + shortest(val) + " test=" + shortest(test);
  if (mode == SplitMode::kList) {
    text = "list@1 sha256=" + parts_digest(listed);
  }
  if (min_identity_cosine) {  // splits from before this setting stay what they are
    text += " min_identity_cosine=" + shortest(*min_identity_cosine);
  }
  text += " corpora=";
  for (const std::string& corpus : names) {
    text += (corpus == names.front() ? "" : ",") + corpus;
  }
  return names.empty() ? text + "*" : text;
}

SplitInput load_split_input(const CorpusStore& store, const std::vector<std::string>& corpora) {
  std::set<std::string> missing(corpora.begin(), corpora.end());
  SplitInput input;
  for (const CorpusRow& corpus : store.corpora()) {
    const bool is_wanted =
        corpora.empty() || std::find(corpora.begin(), corpora.end(), corpus.name) != corpora.end();
    if (is_wanted) {
      missing.erase(corpus.name);
      load_corpus(store, corpus, input);
    }
  }
  if (!missing.empty()) {
    throw Error(ErrorKind::kConfig,
                "no corpus '" + *missing.begin() + "' (see 'changeling corpus list')");
  }
  return input;
}

double split_position(std::uint64_t seed, std::string_view split_name, std::string_view corpus,
                      std::string_view ext_id) {
  const std::string text = std::to_string(seed) + "|" + std::string(split_name) + "|" +
                           std::string(corpus) + "|" + std::string(ext_id);
  const Digest digest = sha256(text);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    bits = bits << 8 | digest.bytes[i];
  }
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

std::vector<SplitSubjectRow> assign_parts(const SplitInput& input, const SplitSpec& spec) {
  check_shares(spec);
  std::vector<LeakGroup> groups = leak_groups(input, spec);
  if (spec.mode == SplitMode::kList) {
    place_by_list(groups, input, spec);
  } else if (spec.mode == SplitMode::kThreshold) {
    place_by_threshold(groups, spec);
  } else {
    place_exactly(groups, spec);
  }
  std::vector<SplitSubjectRow> rows;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const SubjectId member : groups[i].members) {
      rows.push_back({member, static_cast<std::int64_t>(i), kParts[groups[i].part]});
    }
  }
  std::sort(rows.begin(), rows.end(), [](const SplitSubjectRow& a, const SplitSubjectRow& b) {
    return a.subject_id < b.subject_id;
  });
  return rows;
}

}  // namespace changeling
