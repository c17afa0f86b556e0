// Compares the swaps of fsgan with those of mesh_swap on people that no training saw:
//   swap_goal STILLS_CATALOG CLIPS_CATALOG
// Both were generated with both methods and evaluated. Prints a table of each, then the verdict of
// goal Q3; exits 0 where it holds, 4 where it does not.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/sql_query.h"
#include "common/statistics/cluster_bootstrap.h"

namespace changeling {
namespace {

constexpr std::size_t kPairsOfStills = 200;
constexpr std::size_t kPairsOfClips = 12;

struct Pair {
  std::int64_t source_subject = 0;
  std::int64_t target_subject = 0;
  std::map<std::string, std::map<std::string, double>> values;  ///< method -> metric -> value
};

/// Pairs of which both methods made a fake.
std::vector<Pair> read_pairs(Database& database) {
  std::map<std::int64_t, Pair> by_id;
  run_sql_query(database,
                "SELECT p.pair_id, p.source_subject, p.target_subject, j.method, d.name, m.value "
                "FROM metric_value m JOIN metric_def d USING(metric_id) JOIN artifact a "
                "USING(artifact_id) JOIN job j USING(job_id) JOIN pair p ON p.pair_id=j.pair_id "
                "WHERE m.frame=-1 AND m.status='ok' AND a.kind='fake_video' AND j.state='done'",
                [&by_id](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
                  Pair& pair = by_id[std::get<std::int64_t>(row[0])];
                  pair.source_subject = std::get<std::int64_t>(row[1]);
                  pair.target_subject = std::get<std::int64_t>(row[2]);
                  pair.values[std::get<std::string>(row[3])][std::get<std::string>(row[4])] =
                      std::get<double>(row[5]);
                });
  std::vector<Pair> pairs;
  for (auto& [id, pair] : by_id) {
    if (pair.values.count("fsgan") > 0 && pair.values.count("mesh_swap") > 0) {
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<double> column(const std::vector<Pair>& pairs, const std::string& method,
                           const std::string& metric) {
  std::vector<double> values;
  for (const Pair& pair : pairs) {
    const auto& of_method = pair.values.at(method);
    const auto found = of_method.find(metric);
    if (found != of_method.end()) {
      values.push_back(found->second);
    }
  }
  return values;
}

/// Whether less of `metric` is in fsgan's fakes than in mesh_swap's, or as much as far as these
/// people can tell: the interval of the difference reaches 0.
bool is_not_worse(const std::vector<Pair>& pairs, const std::string& metric) {
  std::vector<CrossedValue> gains;
  for (const Pair& pair : pairs) {
    const auto ours = pair.values.at("fsgan").find(metric);
    const auto theirs = pair.values.at("mesh_swap").find(metric);
    if (ours != pair.values.at("fsgan").end() && theirs != pair.values.at("mesh_swap").end()) {
      gains.push_back({theirs->second - ours->second, pair.source_subject, pair.target_subject});
    }
  }
  if (gains.size() < 2) {
    return false;
  }
  const BootstrapEstimate gain = bootstrap_mean_two_way(gains, {"swaps", metric, "all"});
  const double high = gain.interval ? gain.interval->high : NAN;
  std::printf("  gain %-12s %+.4f [%+.4f, %+.4f] over %zu pairs: %s\n", metric.c_str(), gain.mean,
              gain.interval ? gain.interval->low : NAN, high, gains.size(),
              high >= 0 ? "not worse" : "worse");
  return high >= 0;
}

/// Means of the methods, and of the baselines and set metrics that the evaluation stored.
void print_table(Database& database, const std::vector<Pair>& pairs) {
  for (const char* metric : {"pose_l2_deg", "lmk_nme", "id_margin_dlib", "id_margin", "ewarp_ratio",
                             "sharp_gap", "seam_ratio"}) {
    std::printf("  %-16s", metric);
    for (const char* method : {"fsgan", "mesh_swap"}) {
      const std::vector<double> values = column(pairs, method, metric);
      if (!values.empty()) {
        double sum = 0;
        for (const double value : values) {
          sum += value;
        }
        std::printf("  %s mean %.4f median %.4f", method, sum / static_cast<double>(values.size()),
                    median(values));
      }
    }
    std::printf("\n");
  }
  run_sql_query(
      database,
      "SELECT d.name, m.slice, m.value FROM metric_agg m JOIN metric_def d USING(metric_id) "
      "WHERE m.value IS NOT NULL AND (m.slice='baseline=copy_target' AND d.name IN "
      "('ewarp_ratio','sharp_gap','seam_ratio') OR d.name LIKE 'kid_%') ORDER BY 1,2",
      [](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
        std::printf("  %-16s  %s %.4f\n", std::get<std::string>(row[0]).c_str(),
                    std::get<std::string>(row[1]).c_str(), std::get<double>(row[2]));
      });
}

bool holds_for(const char* name, const char* catalog, std::size_t wanted) {
  Database database = Database::open_reader(catalog);
  const std::vector<Pair> pairs = read_pairs(database);
  std::printf("%s: %zu pairs that both methods swapped\n", name, pairs.size());
  if (pairs.empty()) {
    return false;
  }
  print_table(database, pairs);
  const bool pose = is_not_worse(pairs, "pose_l2_deg");
  const bool landmarks = is_not_worse(pairs, "lmk_nme");
  const double margin = median(column(pairs, "fsgan", "id_margin_dlib"));
  std::printf("  median id_margin_dlib of fsgan %.4f\n", margin);
  return pose && landmarks && margin > 0 && pairs.size() >= wanted;
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: swap_goal STILLS_CATALOG CLIPS_CATALOG\n", stderr);
    return 2;
  }
  try {
    const bool stills = changeling::holds_for("stills", argv[1], changeling::kPairsOfStills);
    const bool clips = changeling::holds_for("clips", argv[2], changeling::kPairsOfClips);
    const bool holds = stills && clips;
    std::printf("Q3 %s: fsgan against mesh_swap, stills %s, clips %s\n",
                holds ? "holds" : "does not hold", stills ? "hold" : "fail",
                clips ? "hold" : "fail");
    return holds ? 0 : 4;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "swap_goal: %s\n", error.what());
    return 1;
  }
}
