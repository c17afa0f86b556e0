// Cards as template values.
#include "reports/renderers/report_view.h"

namespace changeling {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

list columns_view(const CardTable& table) {
  list items;
  for (const CardColumn& column : table.columns) {
    items.push_back(object{{"name", column.title},
                           {"is_number", flag(column.kind == CardColumnKind::kNumber)}});
  }
  return items;
}

/// Style of a cell: texts of more than a few lines get a wider column.
std::string class_of(CardColumnKind kind, const std::string& text) {
  constexpr std::size_t kEssay = 200;
  return kind == CardColumnKind::kNumber  ? "num"
         : kind == CardColumnKind::kWords ? ""
         : text.size() > kEssay           ? "message essay"
                                          : "message";
}

list rows_view(const CardTable& table) {
  list items;
  for (const std::vector<CardCell>& row : table.rows) {
    list cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string text = format_cell(row[i]);
      cells.push_back(object{{"text", text},
                             {"is_head", flag(i == 0)},
                             {"class", class_of(table.columns.at(i).kind, text)}});
    }
    items.push_back(object{{"cells", data(cells)}});
  }
  return items;
}

list tables_view(const std::vector<CardTable>& tables) {
  list items;
  for (const CardTable& table : tables) {
    object values{{"name", table.title},
                  {"when_empty", table.when_empty},
                  {"sql", table.sql},
                  {"has_sql", flag(!table.sql.empty())}};
    set_list(values, "columns", columns_view(table));
    set_list(values, "rows", rows_view(table));
    items.push_back(values);
  }
  return items;
}

list sections_view(const std::vector<CardSection>& sections) {
  list items;
  for (const CardSection& section : sections) {
    object values{{"id", section.id}, {"name", section.title}};
    set_list(values, "sentences", sentences_view(section.sentences));
    set_list(values, "facts", facts_view(section.facts));
    set_list(values, "tables", tables_view(section.tables));
    items.push_back(values);
  }
  return items;
}

}  // namespace

data make_card_view(const CardModel& model) {
  object values{{"title", model.title},
                {"subject", model.subject},
                {"headline", model.headline},
                {"is_barred", flag(model.is_barred)}};
  list figures;
  for (const CardFigure& figure : model.figures) {
    figures.push_back(
        object{{"name", figure.name}, {"value", format_cell(figure.value)}, {"note", figure.note}});
  }
  set_list(values, "figures", figures);
  set_list(values, "sections", sections_view(model.sections));
  return values;
}

}  // namespace changeling
