#include "evaluator/metrics/sampling.h"

#include <charconv>
#include <string>

#include "common/base/error.h"
#include "common/base/even_spread.h"

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
    return even_spread(n_frames, n_frames);
  }
  if (policy == "every2") {
    std::vector<std::int64_t> frames = even_spread((n_frames + 1) / 2, n_frames);
    for (std::int64_t& frame : frames) {
      frame *= 2;
    }
    return frames;
  }
  const std::int64_t count = parse_count(policy);
  if (is_step_sampling(policy)) {
    std::vector<std::int64_t> frames = even_spread(n_frames - 2 * kStepMargin - 1, count);
    for (std::int64_t& frame : frames) {
      frame += kStepMargin + 1;
    }
    return frames;
  }
  return even_spread(n_frames, count);
}

}  // namespace changeling
