#include "common/statistics/people.h"

#include <algorithm>
#include <set>

namespace changeling {

People::People(const std::vector<PeoplePair>& items) {
  std::set<std::int64_t> sources;
  std::set<std::int64_t> targets;
  for (const PeoplePair& item : items) {
    numbers_.emplace(item.source, 0);
    numbers_.emplace(item.target, 0);
    if (item.source != item.target) {
      sources.insert(item.source);
      targets.insert(item.target);
    }
  }
  std::size_t next = 0;
  for (auto& entry : numbers_) {
    entry.second = next++;
  }
  const std::size_t crossed = std::min(sources.size(), targets.size());
  n_independent_ = static_cast<std::int64_t>(crossed > 0 ? crossed : numbers_.size());
}

}  // namespace changeling
