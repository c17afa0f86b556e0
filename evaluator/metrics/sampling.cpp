#include "evaluator/metrics/sampling.h"

#include <charconv>
#include <numeric>
#include <string>

#include "common/base/error.h"

namespace changeling {
namespace {

std::int64_t parse_count(std::string_view policy) {
  constexpr std::string_view kPrefix = "even";
  std::int64_t count = 0;
  const char* first = policy.data() + kPrefix.size();
  const char* last = policy.data() + policy.size();
  const bool has_prefix = policy.substr(0, kPrefix.size()) == kPrefix && first < last;
  const bool parsed = has_prefix && std::from_chars(first, last, count).ptr == last && count > 0;
  CHANGELING_REQUIRE(parsed, "unknown sampling policy '" + std::string(policy) + "'");
  return count;
}

}  // namespace

std::vector<std::int64_t> sample_frames(std::string_view policy, std::int64_t n_frames) {
  CHANGELING_REQUIRE(n_frames >= 0, "a clip has no negative number of frames");
  if (policy == "none") {
    return {};
  }
  const std::int64_t count = policy == "all" ? n_frames : parse_count(policy);
  std::vector<std::int64_t> frames;
  if (count >= n_frames) {
    frames.resize(static_cast<std::size_t>(n_frames));
    std::iota(frames.begin(), frames.end(), std::int64_t{0});
    return frames;
  }
  frames.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    frames.push_back((2 * i + 1) * n_frames /
                     (2 * count));  // floor((i + 0.5) n / K) in whole numbers
  }
  return frames;
}

}  // namespace changeling
