// The numbers of detectors against scikit-learn's, where it is installed.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/rng.h"
#include "common/statistics/calibration.h"
#include "common/statistics/roc.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

constexpr const char* kPython = "/usr/bin/python3";

constexpr const char* kScript = R"(
import sys
import numpy
from sklearn import metrics
rows = numpy.loadtxt(sys.argv[1])
truth, score = rows[:, 0], rows[:, 1]
print(metrics.roc_auc_score(truth, score))
print(metrics.roc_auc_score(truth, score, max_fpr=0.1))
print(metrics.average_precision_score(truth, score))
print(metrics.log_loss(truth, score))
print(metrics.brier_score_loss(truth, score))
print(metrics.accuracy_score(truth, score >= 0.5))
print(metrics.balanced_accuracy_score(truth, score >= 0.5))
fpr, tpr, _ = metrics.roc_curve(truth, score)
print(max(tpr[fpr <= 0.05]))
)";

/// Probabilities with many ties.
std::vector<ScoredItem> random_scores() {
  CounterRng rng(7);
  std::vector<ScoredItem> items;
  for (int i = 0; i < 400; ++i) {
    const bool is_positive = rng.uniform() < 0.4;
    const double score = 0.7 * rng.uniform() + (is_positive ? 0.25 : 0.05);
    items.push_back({std::round(50 * score) / 50, is_positive, 1});
  }
  return items;
}

TEST(ScoreOracle, ScikitLearnGivesTheSameNumbers) {
  if (!std::filesystem::exists(kPython) ||
      run_process({kPython, "-c", "import sklearn"}).exit_code != 0) {
    GTEST_SKIP() << "no scikit-learn (Debian: python3-sklearn)";
  }
  const std::vector<ScoredItem> items = random_scores();
  std::string table;
  for (const ScoredItem& item : items) {
    char line[64];
    std::snprintf(line, sizeof line, "%d %.17g\n", item.is_positive ? 1 : 0, item.score);
    table += line;
  }
  const TempDir dir;
  write_file_atomically(dir / "table", table);
  const ProcessResult result = run_process({kPython, "-c", kScript, dir / "table"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::vector<double> expected;
  for (const char* at = result.out.c_str(); *at != '\0';) {
    char* end = nullptr;
    expected.push_back(std::strtod(at, &end));
    at = *end == '\n' ? end + 1 : end;
  }
  ASSERT_EQ(expected.size(), 8U);
  const std::vector<double> ours = {*auc(items),
                                    *partial_auc(items, 0.1),
                                    *average_precision(items),
                                    log_loss(items),
                                    brier_score(items),
                                    accuracy(items),
                                    balanced_accuracy(items),
                                    *tpr_at_fpr(items, 0.05)};
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(ours[i], expected[i], 1e-9) << "number " << i;
  }
}

}  // namespace
}  // namespace changeling
