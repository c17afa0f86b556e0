#include "catalog/export/export_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace changeling {
namespace {

Digest group_rank(std::uint64_t seed, const std::string& key) {
  return Sha256()
      .update_field("group")
      .update_field(std::to_string(seed))
      .update_field(key)
      .finish();
}

}  // namespace

ExportSet::ExportSet(const DatasetSpec& spec, ItemLoader& loader, std::vector<SetEntry> entries,
                     std::function<void()> tick)
    : spec_(spec), loader_(loader), entries_(std::move(entries)), tick_(std::move(tick)) {
  std::sort(entries_.begin(), entries_.end(),
            [](const SetEntry& a, const SetEntry& b) { return a.key < b.key; });
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const SetEntry& fake = entries_[i];
    if (fake.control_key.empty()) {
      continue;
    }
    const auto [place, is_first] = fake_of_.emplace(fake.control_key, i);
    const auto control = std::lower_bound(
        entries_.begin(), entries_.end(), fake.control_key,
        [](const SetEntry& entry, const std::string& key) { return entry.key < key; });
    const bool is_own = control != entries_.end() && control->key == fake.control_key && fake.job &&
                        fake.job == control->job;
    if (!is_first && is_own) {
      place->second = i;
    }
  }
}

const SetEntry* ExportSet::fake_of(const std::string& control_key) const {
  const auto found = fake_of_.find(control_key);
  return found == fake_of_.end() ? nullptr : &entries_[found->second];
}

std::vector<ItemGroup> ExportSet::groups(const std::string& part) const {
  std::map<std::string, ItemGroup> by_head;
  for (const SetEntry& entry : entries_) {
    if (entry.part == part) {
      by_head[entry.control_key.empty() ? entry.key : entry.control_key].push_back(entry);
    }
  }
  std::map<std::pair<Digest, std::string>, ItemGroup> ranked;
  for (auto& [head, group] : by_head) {
    std::stable_partition(group.begin(), group.end(),
                          [](const SetEntry& entry) { return entry.control_key.empty(); });
    ranked.emplace(std::pair(group_rank(spec_.seed, head), head), std::move(group));
  }
  std::vector<ItemGroup> groups;
  for (auto& entry : ranked) {
    groups.push_back(std::move(entry.second));
  }
  return groups;
}

ExportItem ExportSet::load(const SetEntry& entry) const {
  return loader_.load(entry.artifact, entry.part);
}

std::string ExportSet::claim(const ExportItem& item) const {
  return loader_.claim(item);
}

FaceTrack ExportSet::first_face(const ExportItem& item) const {
  return loader_.first_face(item);
}

void ExportSet::tick() const {
  if (tick_) {
    tick_();
  }
}

}  // namespace changeling
