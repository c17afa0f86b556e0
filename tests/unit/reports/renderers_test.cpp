#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/model/build_report.h"
#include "reports/model/number_format.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"
#include "tests/unit/reports/report_catalog.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;

class Renderers : public testing::Test {
 protected:
  Renderers() : model_(build_report(catalog_.database(), catalog_.run_id())) {}

  ReportCatalog catalog_;
  ReportModel model_;
};

TEST_F(Renderers, GiveTheSameBytesForTheSameCatalog) {
  const ReportModel again = build_report(catalog_.database(), catalog_.run_id());
  EXPECT_EQ(render_json(model_), render_json(again));
  EXPECT_EQ(render_markdown(model_), render_markdown(again));
  EXPECT_EQ(render_html(model_), render_html(again));
}

TEST_F(Renderers, CarryTheSameNumbers) {
  const auto json = nlohmann::json::parse(render_json(model_));
  const std::string markdown = render_markdown(model_);
  const std::string html = render_html(model_);
  for (const auto& metric : json["metrics"]) {
    for (const char* field : {"mean", "coverage"}) {
      const std::string text = format_number(metric[field].get<double>());
      EXPECT_THAT(markdown, HasSubstr("| " + text + " |"));
      EXPECT_THAT(html, HasSubstr(">" + text + "<"));
    }
    if (metric["ci_low"].is_null()) {
      EXPECT_EQ(metric["name"], "ssim_bg");  // the fixture gives two clips no interval
      continue;
    }
    const std::string interval =
        format_interval(metric["ci_low"].get<double>(), metric["ci_high"].get<double>());
    EXPECT_THAT(markdown, HasSubstr(interval));
    EXPECT_THAT(html, HasSubstr(interval));
  }
  EXPECT_EQ(json["metrics"][1]["mean"].dump(), "0.98765");
}

TEST_F(Renderers, JsonIsVersionedAndSorted) {
  const auto json = nlohmann::json::parse(render_json(model_));
  EXPECT_EQ(json["schema_version"], kReportSchemaVersion);
  EXPECT_EQ(json["run_id"], catalog_.run_id());
  EXPECT_EQ(json["job_states"]["skipped"], 1);
}

TEST_F(Renderers, PutCoverageBeforeMetrics) {
  for (const std::string& text : {render_markdown(model_), render_html(model_)}) {
    const std::size_t coverage = text.find("Yield and coverage");
    EXPECT_LT(coverage, text.find("Mean over clips"));
    EXPECT_NE(coverage, std::string::npos);
  }
}

TEST_F(Renderers, SayWhatTheColumnsOfMetricsCount) {
  for (const std::string& text : {render_markdown(model_), render_html(model_)}) {
    EXPECT_THAT(text, HasSubstr("People are the sources or the targets, whichever are fewer"));
  }
  EXPECT_THAT(render_html(model_), HasSubstr("5 % and 95 % are percentiles of the clips"));
}

TEST_F(Renderers, BaselinesStandInEveryFormat) {
  EXPECT_THAT(render_html(model_), HasSubstr("<h2 id=\"means\">"));
  EXPECT_THAT(render_html(model_), HasSubstr("0.2</a> <span class=\"quiet\">(3)"));
  EXPECT_THAT(render_html(model_), HasSubstr("-0.4</a> <span class=\"quiet\">(3)"));
  EXPECT_THAT(render_markdown(model_),
              HasSubstr("| id_margin | higher | 0.2 [0.15 to 0.25] (3) | -0.4 (3) |"));
  EXPECT_THAT(render_json(model_), HasSubstr("\"copy_target\""));
  for (ReportMetric& metric : model_.metrics) {
    metric.baselines.clear();
  }
  EXPECT_THAT(render_html(model_), Not(HasSubstr("id=\"means\"")));
}

TEST_F(Renderers, MarkdownKeepsForeignTextInsideItsCell) {
  EXPECT_THAT(render_markdown(model_), HasSubstr(R"(41 px \| below 64 px)"));
  for (const char* unfilled : {"{{", "}}"}) {
    EXPECT_THAT(render_markdown(model_), Not(HasSubstr(unfilled)));
  }
}

TEST_F(Renderers, HtmlEscapesForeignText) {
  model_.failures.front().example = "<script>alert(1)</script> & \"x\"";
  const std::string html = render_html(model_);
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("alert(1)</script>")));  // also inside the embedded JSON
}

TEST_F(Renderers, HtmlAsksForNothingFromOutside) {
  const std::string html = render_html(model_, {"var uPlot = 1;", ".uplot { color: red; }"});
  for (const char* outside : {"http://", "https://", "src=\"//", "@import", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
}

TEST_F(Renderers, HtmlInlinesTheChartLibraryWhenItIsThere) {
  EXPECT_THAT(render_html(model_, {"var uPlot = 'x';", ""}), HasSubstr("var uPlot = 'x';"));
  EXPECT_THAT(render_html(model_), HasSubstr("<svg"));
}

TEST_F(Renderers, HtmlShowsPicturesWithTheirLabel) {
  model_.exemplars.front().sheet = {{4, {{"fake", "image/jpeg", "abcd", 2, 2}}}};
  const std::string html = render_html(model_);
  EXPECT_THAT(html, HasSubstr("src=\"data:image/jpeg;base64,YWJjZA==\""));
  EXPECT_THAT(html,
              HasSubstr("alt=\"fake of clip " + model_.exemplars.front().job + ", frame 4\""));
  EXPECT_THAT(html, HasSubstr("<strong>FAKE</strong>"));
}

TEST_F(Renderers, HtmlHasBalancedSections) {
  const std::string html = render_html(model_);
  for (const char* element : {"section", "table", "tbody", "article", "dl", "ul", "div"}) {
    const auto count = [&](const std::string& part) {
      std::size_t found = 0;
      for (std::size_t at = html.find(part); at != std::string::npos;
           at = html.find(part, at + 1)) {
        ++found;
      }
      return found;
    };
    EXPECT_EQ(count("<" + std::string(element) + ">") + count("<" + std::string(element) + " "),
              count("</" + std::string(element) + ">"))
        << element;
  }
  EXPECT_THAT(html, Not(HasSubstr("{{")));
}

}  // namespace
}  // namespace changeling
