#include "reports/renderers/html_renderer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/digest.h"
#include "reports/model/number_format.h"
#include "reports/renderers/gate_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/report_view.h"
#include "reports/renderers/svg_plot.h"

namespace changeling {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

std::string to_base64(const std::string& bytes) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j) {
      const std::uint32_t byte = j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U;
      group = group << 8U | byte;
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= count ? kLetters[group >> (18 - 6 * j) & 63U] : '=';
    }
  }
  return text;
}

std::string escape_html(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

/// A script may not contain the end of its element.
std::string inside_script(std::string text) {
  for (std::size_t at = text.find("</"); at != std::string::npos; at = text.find("</", at + 3)) {
    text.insert(at + 1, "\\");
  }
  return text;
}

/// In JSON a less-than sign stands in strings only, so no markup is left; a line feed never does,
/// so that it goes with the indent behind it: half of a page whose metrics list every clip.
std::string json_inside_script(const std::string& json) {
  std::string text;
  bool is_indent = false;
  for (const char letter : json) {
    is_indent = letter == '\n' || (is_indent && letter == ' ');
    if (letter == '<') {
      text += "\\u003c";
    } else if (!is_indent) {
      text += letter;
    }
  }
  return text;
}

std::string data_uri(const ReportPicture& source) {
  return "data:" + source.media_type + ";base64," + to_base64(source.bytes);
}

data picture(const ReportPicture& source, const std::string& clip) {
  return object{{"caption", source.caption},
                {"is_fake", flag(source.caption.rfind("fake", 0) == 0)},
                {"alt", source.caption + " of " + clip},
                {"width", std::to_string(source.width_px)},
                {"height", std::to_string(source.height_px)},
                {"uri", data_uri(source)}};
}

list sheets(const ReportModel& model) {
  list clips;
  for (const ReportExemplar& exemplar : model.exemplars) {
    list rows;
    for (const ReportSheetRow& row : exemplar.sheet) {
      list pictures;
      for (const ReportPicture& source : row.pictures) {
        pictures.push_back(picture(source, "clip " + exemplar.job));
      }
      rows.push_back(
          object{{"frame", std::to_string(row.frame_index)}, {"pictures", data(pictures)}});
    }
    clips.push_back(data(rows));
  }
  return clips;
}

/// Adds what only the page shows: charts and pictures.
void add_page_values(const ReportModel& model, data& view) {
  list charts;
  for (std::size_t i = 0; i < model.metrics.size(); ++i) {
    const ReportMetric& metric = model.metrics[i];
    if (!metric.clip_values.empty()) {
      charts.push_back(object{{"name", metric.name},
                              {"index", std::to_string(i)},
                              {"method", metric.method},
                              {"has_method", flag(!metric.method.empty())},
                              {"title", metric.title},
                              {"n", std::to_string(metric.clip_values.size())},
                              {"histogram", histogram_svg(metric)},
                              {"sorted", sorted_values_svg(metric)}});
    }
  }
  view.set("has_charts", flag(!charts.empty()));
  view.set("charts", data(charts));
}

/// Pictures go into the same list as the other values of each clip.
list with_sheets(const ReportModel& model, const data& view) {
  list clips = view.get("exemplars")->list_value();
  const list rows = sheets(model);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    clips[i].set("rows", rows[i]);
  }
  return clips;
}

/// Pictures and players of every pair that is shown.
list with_clips(const ComparisonModel& model, const data& view) {
  list pairs = view.get("exemplars")->list_value();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const ComparisonExemplar& exemplar = model.exemplars[i];
    list pictures;
    for (const ReportPicture& source : exemplar.pictures) {
      pictures.push_back(picture(source, "pair " + exemplar.pair));
    }
    list players;
    for (std::size_t side = 0; side < exemplar.fakes.size(); ++side) {
      if (!exemplar.fakes[side].empty()) {
        players.push_back(
            object{{"fake", exemplar.fakes[side]}, {"letter", model.sides[side].letter}});
      }
    }
    pairs[i].set("has_pictures", flag(!pictures.empty()));
    pairs[i].set("pictures", data(pictures));
    pairs[i].set("players", data(players));
  }
  return pairs;
}

/// Fills a page: what stands around every report, then the template.
std::string render_page(const std::string& name, data& view, const std::string& json,
                        const ChartLibrary& charts) {
  view.set("style", charts.style + report_file("report.css"));
  view.set("library", inside_script(charts.script));
  view.set("has_library", flag(!charts.script.empty()));
  view.set("script", inside_script(report_file("report.js")));
  view.set("json", json_inside_script(json));
  for (const std::string part : {"head", "tail", "mean_table"}) {
    view.set(part, kainjow::mustache::partial([part] { return report_file(part + ".html"); }));
  }
  return render_template(report_file(name), view, escape_html);
}

}  // namespace

std::string render_html(const ReportModel& model, const ChartLibrary& charts) {
  data view = make_report_view(model);
  add_page_values(model, view);
  view.set("exemplars", data(with_sheets(model, view)));
  return render_page("run.html", view, render_json(model), charts);
}

std::string render_html(const ComparisonModel& model, const ChartLibrary& charts) {
  data view = make_comparison_view(model);
  if (!model.exemplars.empty()) {
    view.set("exemplars", data(with_clips(model, view)));
  }
  return render_page("compare.html", view, render_json(model), charts);
}

std::string render_html(const TrendModel& model, const ChartLibrary& charts) {
  data view = make_trend_view(model);
  return render_page("trend.html", view, render_json(model), charts);
}

std::string render_html(const GateModel& model) {
  data view = make_gate_view(model);
  return render_page("gate.html", view, render_json(model), {});
}

std::string render_html(const CardModel& model, const ChartLibrary& /*charts*/) {
  data view = make_card_view(model);
  return render_page("card.html", view, render_json(model), {});
}

std::string render_html(const TrainingModel& model) {
  object values{{"title", model.title}, {"has_picture", flag(model.picture.has_value())}};
  list curves;
  for (const TrainingCurve& curve : model.curves) {
    if (!curve.points.empty()) {
      curves.push_back(object{{"name", curve.name},
                              {"last", format_number(curve.points.back().second)},
                              {"svg", curve_svg(curve)}});
    }
  }
  set_list(values, "curves", curves);
  set_list(values, "facts", facts_view(model.facts));
  if (model.picture) {
    values["picture_uri"] = data_uri(*model.picture);
    values["picture_caption"] = model.picture->caption;
    values["picture_width"] = std::to_string(model.picture->width_px);
    values["picture_height"] = std::to_string(model.picture->height_px);
  }
  data view = values;
  return render_page("training.html", view, render_json(model), {});
}

}  // namespace changeling
