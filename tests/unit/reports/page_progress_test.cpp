#include "reports/model/page_progress.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "reports/model/build_report.h"
#include "reports/model/compare_runs.h"
#include "reports/model/gate.h"
#include "reports/model/trend_model.h"
#include "reports/renderers/json_renderer.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::ElementsAre;

class PageParts : public testing::Test {
 protected:
  PageParts() : catalog_(folder_.path(), 20, 60) {
    SimulatedRun run;
    run.suite = "s";
    run.set_values = {{"kid_dn121x", 0.1}};  // drawn nowhere
    first_ = catalog_.add_run(run);
    run.noise_seed = 2;
    second_ = catalog_.add_run(run);
    rules_.tolerances = parse_tolerances({"lmk_nme=1%"});
    rules_.replicates = 100;
  }

  /// Notes the parts, and that each ascends to its total at most, then anew.
  PageProgress watch() {
    return
        [this](const std::string& part, const std::string&, std::int64_t done, std::int64_t total) {
          if (parts_.empty() || parts_.back() != part) {
            parts_.push_back(part);
            last_ = 0;
          } else if (reached_[part]) {
            last_ = 0;
          }
          EXPECT_GE(done, last_) << part;
          EXPECT_LE(done, total) << part;
          last_ = done;
          reached_[part] = done == total;
        };
  }

  static PageProgress stop_in(const std::string& wanted) {
    return [wanted](const std::string& part, const std::string&, std::int64_t, std::int64_t) {
      if (part == wanted) {
        throw Error(ErrorKind::kCancelled, "stopped");
      }
    };
  }

  TempDir folder_;
  SimulatedCatalog catalog_;
  std::string first_, second_;
  GateRules rules_;
  std::vector<std::string> parts_;
  std::int64_t last_ = 0;
  std::map<std::string, bool> reached_;
};

TEST_F(PageParts, OfAReportAreItsRowsAndSlices) {
  const ReportModel model = build_report(catalog_.database(), first_, watch());
  EXPECT_THAT(parts_, ElementsAre("read jobs", "read scores", "read people", "shares", "metrics",
                                  "slices"));
  for (const char* part :
       {"read jobs", "read scores", "read people", "shares", "metrics", "slices"}) {
    EXPECT_TRUE(reached_.at(part)) << part;
  }
  EXPECT_EQ(render_json(model), render_json(build_report(catalog_.database(), first_)));
}

TEST_F(PageParts, OfAComparisonAreRowsMetricsSlicesAndSpeed) {
  const std::vector<SideSpec> sides = {{first_, "mesh_swap"}, {second_, "mesh_swap"}};
  PageProgress watched = watch();
  const ComparisonModel model = compare_runs(catalog_.database(), sides, rules_, watched);
  std::vector<std::string> parts;
  for (const std::string& part : parts_) {
    if (part != "verdicts") {  // drawn again only where a fail needs it
      parts.push_back(part);
    }
  }
  EXPECT_THAT(parts, ElementsAre("read jobs", "read scores", "read people", "read jobs",
                                 "read scores", "read people", "metrics", "slices", "speed"));
  EXPECT_TRUE(reached_.at("metrics"));
  EXPECT_TRUE(reached_.at("slices"));
  EXPECT_TRUE(reached_.at("speed"));
  EXPECT_EQ(render_json(model), render_json(compare_runs(catalog_.database(), sides, rules_)));
}

TEST_F(PageParts, OfATrendAreRowsAndMetricsOfEachRun) {
  (void)build_trend(catalog_.database(), "s", 100, watch());
  EXPECT_THAT(parts_, ElementsAre("read jobs", "read scores", "read people", "metrics", "read jobs",
                                  "read scores", "read people", "metrics"));
  EXPECT_TRUE(reached_.at("metrics"));
}

TEST_F(PageParts, WhatIsThrownEndsThePage) {
  Database& database = catalog_.database();
  for (const char* part :
       {"read jobs", "read scores", "read people", "shares", "metrics", "slices"}) {
    EXPECT_THROW((void)build_report(database, first_, stop_in(part)), Error) << part;
  }
  EXPECT_THROW((void)build_trend(database, "s", 100, stop_in("metrics")), Error);
  GateRequest request{second_, first_, false, rules_};
  request.progress = stop_in("speed");
  EXPECT_THROW((void)judge_run(database, request), Error);
  request.progress = {};
  EXPECT_NO_THROW((void)judge_run(database, request));
}

}  // namespace
}  // namespace changeling
