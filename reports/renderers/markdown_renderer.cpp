#include "reports/renderers/markdown_renderer.h"

#include "reports/renderers/report_view.h"

namespace changeling {
namespace {

/// Keeps a value inside its table cell and its letters from acting as markup.
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

}  // namespace

std::string render_markdown(const ReportModel& model) {
  return render_template(report_file("run.md"), make_report_view(model), escape_markdown);
}

std::string render_markdown(const ComparisonModel& model) {
  return render_template(report_file("compare.md"), make_comparison_view(model), escape_markdown);
}

std::string render_markdown(const TrendModel& model) {
  return render_template(report_file("trend.md"), make_trend_view(model), escape_markdown);
}

std::string render_markdown(const GateModel& model) {
  return render_template(report_file("gate.md"), make_gate_view(model), escape_markdown);
}

std::string render_markdown(const CardModel& model) {
  return render_template(report_file("card.md"), make_card_view(model), escape_markdown);
}

}  // namespace changeling
