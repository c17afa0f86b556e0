// common/statistics/people.h: who stands behind items that are resampled. Layer 1, standard library
// only. See docs/decisions/019.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace changeling {

/// The two people of an item, for example source and target of a fake. Equal = one person alone.
struct PeoplePair {
  std::int64_t source = 0;
  std::int64_t target = 0;
};

/// The people of some items, numbered from 0 in ascending order of their ids.
class People {
 public:
  explicit People(const std::vector<PeoplePair>& items);

  [[nodiscard]] std::size_t size() const { return numbers_.size(); }

  [[nodiscard]] std::size_t number(std::int64_t id) const { return numbers_.at(id); }

  /// Over how many independent people a spread rests: sources or targets of the items with two
  /// people, whichever are fewer; everybody where no item has two.
  [[nodiscard]] std::int64_t n_independent() const { return n_independent_; }

 private:
  std::map<std::int64_t, std::size_t> numbers_;
  std::int64_t n_independent_ = 0;
};

/// How often an item counts in a draw of people (how often each was drawn, by number): as often as
/// its target, times as often as its source where that is somebody else.
[[nodiscard]] inline int item_weight(const std::vector<int>& drawn, std::size_t source,
                                     std::size_t target) {
  return source == target ? drawn[target] : drawn[source] * drawn[target];
}

}  // namespace changeling
