#include "evaluator/metrics/sampling.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::string_view kEven = "even";
constexpr std::string_view kSteps = "steps";

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::int64_t parse_count(std::string_view policy) {
  const std::string_view prefix = is_step_sampling(policy) ? kSteps : kEven;
  std::int64_t count = 0;
  const char* last = policy.data() + policy.size();
  const bool parsed = starts_with(policy, prefix) && policy.size() > prefix.size() &&
                      std::from_chars(policy.data() + prefix.size(), last, count).ptr == last &&
                      count > 0;
  CHANGELING_REQUIRE(parsed, "unknown sampling policy '" + std::string(policy) + "'");
  return count;
}

/// floor((i + 0.5) n / K) + first for i = 0..K-1, in whole numbers; all n when there are no more.
std::vector<std::int64_t> spread(std::int64_t count, std::int64_t n, std::int64_t first) {
  std::vector<std::int64_t> frames;
  if (count >= n) {
    frames.resize(static_cast<std::size_t>(n));
    std::iota(frames.begin(), frames.end(), first);
    return frames;
  }
  frames.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    frames.push_back(first + (2 * i + 1) * n / (2 * count));
  }
  return frames;
}

}  // namespace

bool is_step_sampling(std::string_view policy) {
  return starts_with(policy, kSteps);
}

std::vector<std::int64_t> sample_frames(std::string_view policy, std::int64_t n_frames) {
  CHANGELING_REQUIRE(n_frames >= 0, "a clip has no negative number of frames");
  if (policy == "none") {
    return {};
  }
  if (policy == "all") {
    return spread(n_frames, n_frames, 0);
  }
  const std::int64_t count = parse_count(policy);
  if (is_step_sampling(policy)) {
    const std::int64_t n_steps = std::max<std::int64_t>(0, n_frames - 2 * kStepMargin - 1);
    return spread(count, n_steps, kStepMargin + 1);
  }
  return spread(count, n_frames, 0);
}

}  // namespace changeling
