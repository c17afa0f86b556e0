#include "reports/renderers/markdown_renderer.h"

#include "reports/renderers/report_view.h"

namespace changeling {
std::string escape_markdown(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '\n' || letter == '\r') {
      escaped += ' ';
      continue;
    }
    if (letter == '|' || letter == '\\' || letter == '`' || letter == '*' || letter == '<' ||
        letter == '[') {
      escaped += '\\';
    }
    escaped += letter;
  }
  return escaped;
}

namespace {

std::string render(const std::string& name, kainjow::mustache::data view) {
  view.set("mean_table", kainjow::mustache::partial([] { return report_file("mean_table.md"); }));
  return render_template(report_file(name), view, escape_markdown);
}

}  // namespace

std::string render_markdown(const ReportModel& model) {
  return render("run.md", make_report_view(model));
}

std::string render_markdown(const ComparisonModel& model) {
  return render("compare.md", make_comparison_view(model));
}

std::string render_markdown(const TrendModel& model) {
  return render("trend.md", make_trend_view(model));
}

std::string render_markdown(const GateModel& model) {
  return render("gate.md", make_gate_view(model));
}

std::string render_markdown(const CardModel& model) {
  return render("card.md", make_card_view(model));
}

}  // namespace changeling
