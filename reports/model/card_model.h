// reports/model/card_model.h: everything the page about a data set or a corpus says, as plain
// values. Layer 2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reports/model/report_model.h"

namespace changeling {

inline constexpr int kCardSchemaVersion = 1;

/// Words, a count, or a measured number that may be missing.
using CardCell = std::variant<std::string, std::int64_t, std::optional<double>>;

/// As in every report: 5 significant digits, a dash for a missing number.
[[nodiscard]] std::string format_cell(const CardCell& cell);

/// Counts by group and value: part -> label -> clips.
using CardTallies = std::map<std::string, std::map<std::string, std::int64_t>>;

/// A row (group, value, count) of each, in the order of the names.
[[nodiscard]] std::vector<std::vector<CardCell>> tally_rows(const CardTallies& tallies);

enum class CardColumnKind { kWords, kLongWords, kNumber };

struct CardColumn {
  std::string key;  ///< member of a row in report.json
  std::string title;
  CardColumnKind kind = CardColumnKind::kWords;
};

struct CardTable {
  std::string id;
  std::string title;
  std::vector<CardColumn> columns;
  std::string when_empty;  ///< the sentence that stands in the place of no rows
  std::vector<std::vector<CardCell>> rows;
  std::string sql;  ///< what gives the rows; empty = no single question does
};

struct CardSection {
  std::string id;
  std::string title;
  std::vector<std::string> sentences;
  std::vector<ReportFact> facts;
  std::vector<CardTable> tables;
};

/// A number that stands above all sections.
struct CardFigure {
  std::string name;
  CardCell value;
  std::string note;
};

struct CardModel {
  std::string kind;     ///< "dataset" or "corpus"
  std::string subject;  ///< NAME@VERSION of either
  std::string title;
  std::string headline;    ///< what a reader must know first
  bool is_barred = false;  ///< the data must not be used
  std::vector<CardFigure> figures;
  std::vector<CardSection> sections;
};

}  // namespace changeling
