// Slices of a run's report, and its numbers as a table.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/model/build_report.h"
#include "reports/model/number_format.h"
#include "reports/renderers/csv_renderer.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReportSlices : public testing::Test {
 protected:
  ReportModel build(const SimulatedRun& run) {
    return build_report(catalog_.database(), catalog_.add_run(run));
  }

  /// Mean of the drawn values over the pairs whose target has that gender.
  double mean_of(const std::string& metric, const std::string& gender, const SimulatedRun& run) {
    const auto source = std::find_if(simulated_metrics().begin(), simulated_metrics().end(),
                                     [&](const auto& other) { return other.name == metric; });
    double sum = 0;
    int count = 0;
    for (const PairRow& pair : catalog_.pairs()) {
      const SubjectRow target = CorpusStore(catalog_.database()).subject_by_id(pair.target_subject);
      if (target.gender == gender) {
        sum += catalog_.draw(*source, pair, run.methods.front(), run);
        ++count;
      }
    }
    return sum / count;
  }

  TempDir folder_;
  SimulatedCatalog catalog_{folder_.path(), 30, 160};
};

const ReportSlice& find_slice(const ReportModel& model, std::string_view metric,
                              std::string_view group, std::string_view bin) {
  for (const ReportSlice& slice : model.slices) {
    if (slice.metric == metric && slice.group == group && slice.bin == bin) {
      return slice;
    }
  }
  throw std::runtime_error("no slice " + std::string(group) + "=" + std::string(bin) + " of " +
                           std::string(metric));
}

TEST_F(ReportSlices, GiveTheMeanOfTheirClipsWithAnInterval) {
  const SimulatedRun run;
  const ReportModel model = build(run);
  for (const char* metric : {"lmk_nme", "id_margin", "pose_l2_deg"}) {
    const ReportSlice& women = find_slice(model, metric, "gender", "f");
    EXPECT_NEAR(women.mean.value(), mean_of(metric, "f", run), 1e-12) << metric;
    EXPECT_LT(women.low.value(), *women.mean) << metric;
    EXPECT_LT(*women.mean, women.high.value()) << metric;
    EXPECT_EQ(women.n_clips + find_slice(model, metric, "gender", "m").n_clips, 160) << metric;
    EXPECT_GE(women.n_people, 10) << metric;
  }
  EXPECT_TRUE(find_slice(model, "lmk_nme", "occlusion", "none").mean.has_value());
  EXPECT_EQ(find_slice(model, "yield", "gender", "f").mean, 1);
  EXPECT_FALSE(find_slice(model, "yield", "gender", "f").low.has_value());  // all alike
}

TEST_F(ReportSlices, CountPairsWithoutAFakeInTheYieldAlone) {
  SimulatedRun fewer;
  fewer.skipped_share = 0.25;
  const ReportModel model = build(fewer);
  const ReportSlice& yield = find_slice(model, "yield", "gender", "m");
  EXPECT_LT(*yield.mean, 1);
  EXPECT_LT(yield.low.value(), *yield.mean);
  EXPECT_EQ(find_slice(model, "lmk_nme", "gender", "m").n_clips,
            std::lround(*yield.mean * static_cast<double>(yield.n_clips)));
}

TEST_F(ReportSlices, SmallOnesHaveNoNumbersAndStayOffThePage) {
  const ReportModel model = build({});
  const ReportSlice& few = find_slice(model, "lmk_nme", "occlusion", "some");
  EXPECT_LT(few.n_people, 10);
  EXPECT_FALSE(few.mean.has_value());
  EXPECT_THAT(render_markdown(model), HasSubstr("| occlusion | none |"));
  EXPECT_THAT(render_markdown(model), Not(HasSubstr("| occlusion | some |")));
  EXPECT_THAT(render_json(model), HasSubstr("\"too_few\""));
  EXPECT_THAT(model.not_measured,
              testing::Contains(HasSubstr("numbers of slices would rest on fewer than")));
}

TEST_F(ReportSlices, StandInEveryFormatByMethod) {
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  const ReportModel model = build(run);
  const ReportSlice& women = find_slice(model, "lmk_nme", "gender", "f");
  EXPECT_EQ(women.method, "fsgan");
  const std::string mean = format_number(women.mean);
  EXPECT_THAT(render_html(model), HasSubstr("<h2 id=\"slices\">"));
  EXPECT_THAT(render_html(model), HasSubstr("<strong>" + mean + "</strong>"));
  EXPECT_THAT(render_markdown(model), HasSubstr("| fsgan | gender | f |"));
  EXPECT_THAT(render_markdown(model),
              HasSubstr(" " + mean + " [" + format_interval(women.low, women.high) + "] ("));
  const auto json = nlohmann::json::parse(render_json(model));
  EXPECT_EQ(json["slices"].size(), model.slices.size());
}

TEST_F(ReportSlices, ACatalogOfFewPeopleHasNone) {
  TempDir folder;
  SimulatedCatalog few(folder.path(), 4, 6);
  const ReportModel model = build_report(few.database(), few.add_run({}));
  EXPECT_THAT(render_html(model), Not(HasSubstr("id=\"slices\"")));
  EXPECT_THAT(render_markdown(model), Not(HasSubstr("## Slices")));
}

TEST_F(ReportSlices, TheTableHasARowForEveryNumber) {
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  const ReportModel model = build(run);
  const std::string table = render_csv(model);
  EXPECT_EQ(table.substr(0, table.find('\n')),
            "metric,version,detector,method,slice,unit,direction,status,value,ci_low,ci_high,n,"
            "n_people,coverage,detector_run");
  const auto n_lines = static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n'));
  EXPECT_EQ(n_lines, 1 + model.metrics.size() + simulated_metrics().size() + model.slices.size());
  const ReportSlice& women = find_slice(model, "lmk_nme", "gender", "f");
  EXPECT_THAT(table, HasSubstr("lmk_nme,1,,fsgan,gender=f,%IOD,down,ok," +
                               format_number(women.mean) + "," + format_number(women.low) + "," +
                               format_number(women.high) + "," + std::to_string(women.n_clips) +
                               "," + std::to_string(women.n_people) + ",,\n"));
  EXPECT_THAT(table, HasSubstr("lmk_nme,1,,,baseline=copy_target,%IOD,down,ok,2.5,,,"));
  EXPECT_THAT(table, HasSubstr(",gender and skin tone=f 1-2,"));
}

TEST_F(ReportSlices, FieldsOfTheTableAreQuotedWhereTheyMustBe) {
  ReportModel model;
  ReportDetector& row = model.detectors.emplace_back();
  row.detector = "a \"b\", c@1";
  row.metric = "detector_auc";
  row.slice = "all";
  EXPECT_THAT(render_csv(model),
              HasSubstr("\ndetector_auc,1,\"a \"\"b\"\", c@1\",,all,1,,,,,,0,0,0,\n"));
  row.detector = "=HYPERLINK(1)@1";
  row.value = -0.5;
  EXPECT_THAT(render_csv(model),
              HasSubstr("\ndetector_auc,1,'=HYPERLINK(1)@1,,all,1,,,-0.5,,,0,0,0,\n"))
      << "no formula, and a number stays one";
}

}  // namespace
}  // namespace changeling
