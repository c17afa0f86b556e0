#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "reports/model/training_model.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/svg_plot.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr const char* kCsv = "step,pixel,validation\n10,0.5,\n20,0.25,0.75\n";

TEST(ParseCurves, MakesAColumnACurveAndLeavesOutEmptyFields) {
  const std::vector<TrainingCurve> curves = parse_curves(kCsv);
  ASSERT_EQ(curves.size(), 2U);
  EXPECT_EQ(curves[0].name, "pixel");
  EXPECT_THAT(curves[0].points, ElementsAre(Pair(10, 0.5), Pair(20, 0.25)));
  EXPECT_THAT(curves[1].points, ElementsAre(Pair(20, 0.75)));
}

TEST(ParseCurves, RefusesWhatIsNoCurve) {
  EXPECT_THROW((void)parse_curves("step,pixel\n10\n"), Error);
  EXPECT_THROW((void)parse_curves("step,pixel\n10,much\n"), Error);
}

TEST(CurveSvg, DrawsStepsToTheRightAndValuesUpwards) {
  const std::string svg = curve_svg({"pixel", {{0, 1.0}, {50, 0.5}, {100, 0.0}}});
  // 44 to 350 px across; 20ths of the range above and below.
  EXPECT_THAT(svg, HasSubstr("cx=\"44.00\" cy=\"17.09\""));
  EXPECT_THAT(svg, HasSubstr("cx=\"197.00\" cy=\"68.00\""));
  EXPECT_THAT(svg, HasSubstr("cx=\"350.00\" cy=\"118.91\""));
  EXPECT_EQ(curve_svg({"pixel", {}}), "");
}

TEST(TrainingReport, HoldsCurvesFactsAndThePictureInOneFile) {
  TrainingModel model;
  model.title = "Training of inpainting";
  model.facts = {{"licence", "CC0 <research>"}};
  model.curves = parse_curves(kCsv);
  EXPECT_THAT(render_html(model), Not(HasSubstr("<img")));
  model.picture = ReportPicture{"step-00000020", "image/png", "abc", 24, 12};
  const std::string page = render_html(model);
  EXPECT_THAT(page, HasSubstr("src=\"data:image/png;base64,YWJj\""));
  EXPECT_THAT(page, HasSubstr("CC0 &lt;research&gt;"));
  EXPECT_THAT(page, HasSubstr("validation, last 0.75"));
  EXPECT_THAT(page, Not(HasSubstr("://")));
  EXPECT_THAT(render_json(model), HasSubstr("\"schema_version\": 1"));
}

}  // namespace
}  // namespace changeling
