// tests/goals/engine_goals.h: the goals of the inference engine. Each measures, prints its figures
// and the verdict last, and returns the exit status of script/goal.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "common/base/upper_median.h"
#include "tests/support/taken_time.h"

namespace changeling {

constexpr int kHolds = 0;
constexpr int kCannotMeasure = 3;
constexpr int kDoesNotHold = 4;

constexpr int kRounds = 7;

/// What two ways took, in turns.
struct Duel {
  double ours = 0;    ///< median
  double theirs = 0;  ///< median
  double ratio = 0;   ///< median of theirs / ours over the rounds
};

/// `ours` and `theirs` return what one run cost; both ran before.
template <typename Ours, typename Theirs>
Duel duel(const Ours& ours, const Theirs& theirs) {
  std::vector<double> our_costs;
  std::vector<double> their_costs;
  std::vector<double> ratios;
  for (int i = 0; i < kRounds; ++i) {
    our_costs.push_back(ours());
    their_costs.push_back(theirs());
    ratios.push_back(their_costs.back() / our_costs.back());
  }
  return {upper_median(our_costs), upper_median(their_costs), upper_median(ratios)};
}

inline int verdict(const std::string& name, bool holds, const std::string& figure) {
  std::printf("%s %s: %s\n", name.c_str(), holds ? "holds" : "does not hold", figure.c_str());
  return holds ? kHolds : kDoesNotHold;
}

inline constexpr const char* kNoBFloat16 =
    "this CPU has no AVX512-BF16 (cpuid, or its trial failed)";

inline int cannot_measure(const std::string& name, const std::string& reason) {
  std::printf("%s: cannot be measured here: %s\n", name.c_str(), reason.c_str());
  return kCannotMeasure;
}

int goal_p6();   ///< engine in bfloat16 against the eager runner
int goal_p7();   ///< convolutions against the CPU's peak
int goal_p8();   ///< sparse against dense landmark context
int goal_p11();  ///< the same bits in any batch

/// The networks of a swap against PyTorch eager, `batch` frames at a time; `program`: a Python with
/// PyTorch, `script`: swap_loop.py.
int goal_p1(const std::string& name, int batch, const std::string& python,
            const std::string& script);

int goal_p3();  ///< share of the GPU's matrix rate

}  // namespace changeling
