// People who look alike among many recordings, beside comparing each with each. The two sides
// alternate within one loop, so that a busy machine slows both. Counter ratio_to_each_with_each:
// median CPU time of all threads of the rival divided by ours.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "catalog/export/close_looks.h"
#include "common/base/rng.h"
#include "common/base/upper_median.h"
#include "tests/support/taken_time.h"

namespace changeling {
namespace {

constexpr std::size_t kNumbers = 512;
constexpr double kBar = 0.5;

using Looks = std::vector<std::vector<float>>;

/// Unit vectors in threes about common centres, as people in several recordings are.
Looks drawn_looks(std::size_t count) {
  CounterRng rng(derive_seed(1, {"looks"}));
  Looks looks(count, std::vector<float>(kNumbers));
  std::vector<double> centre(kNumbers);
  for (std::size_t i = 0; i < count; ++i) {
    double norm = 0;
    for (std::size_t k = 0; k < kNumbers; ++k) {
      centre[k] = i % 3 == 0 ? rng.uniform() - 0.5 : centre[k];
      looks[i][k] = static_cast<float>(centre[k] + rng.uniform() - 0.5);
      norm += static_cast<double>(looks[i][k]) * static_cast<double>(looks[i][k]);
    }
    for (float& number : looks[i]) {
      number = static_cast<float>(number / std::sqrt(norm));
    }
  }
  return looks;
}

struct Found {
  std::int64_t pairs = 0;
  double highest = 0;

  void add(double cosine) {
    ++pairs;
    highest = std::max(highest, cosine);
  }
};

Found found_by_each_with_each(const Looks& looks) {
  Found found;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    for (std::size_t j = i + 1; j < looks.size(); ++j) {
      const double cosine = look_cosine(looks[i], looks[j]);
      if (cosine >= kBar) {
        found.add(cosine);
      }
    }
  }
  return found;
}

void bm_close_looks(benchmark::State& state) {
  const Looks looks = drawn_looks(static_cast<std::size_t>(state.range(0)));
  std::vector<const std::vector<float>*> places;
  for (const std::vector<float>& look : looks) {
    places.push_back(&look);
  }
  std::vector<double> ours, theirs;
  for (auto _ : state) {
    Found found;
    const double start = cpu_seconds();
    visit_close_looks(places, kBar, [&found](const CloseLooks& close) { found.add(close.cosine); });
    const double middle = cpu_seconds();
    const Found expected = found_by_each_with_each(looks);
    theirs.push_back(cpu_seconds() - middle);
    ours.push_back(middle - start);
    state.SetIterationTime(ours.back());
    if (found.pairs == 0 || found.pairs != expected.pairs || found.highest != expected.highest) {
      std::fprintf(stderr, "looks_bench: other looks are close\n");
      std::abort();
    }
  }
  const auto n_looks = static_cast<double>(looks.size());
  state.counters["ratio_to_each_with_each"] = upper_median(theirs) / upper_median(ours);
  state.counters["pairs_per_cpu_second"] = n_looks * (n_looks - 1) / 2 / upper_median(ours);
}

BENCHMARK(bm_close_looks)->ArgName("looks")->Arg(500)->Arg(20000)->UseManualTime();

}  // namespace
}  // namespace changeling

BENCHMARK_MAIN();
