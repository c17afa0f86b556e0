#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/store/table_reader.h"
#include "common/base/error.h"
#include "common/cli/option_makers.h"
#include "common/front/json_output.h"
#include "common/front/sql_text.h"
#include "common/front/verb_catalog.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// The files of a folder that appears whole or not at all.
class TableFiles {
 public:
  TableFiles(fs::path folder, bool is_csv) : folder_(std::move(folder)), is_csv_(is_csv) {
    if (fs::exists(folder_)) {
      throw Error(ErrorKind::kConfig, "'" + folder_.string() + "' exists already: choose another");
    }
    partial_ = folder_;
    partial_ += ".part";
    std::error_code failed;
    fs::remove_all(partial_, failed);
    fs::create_directories(partial_, failed);
    if (failed) {
      throw Error(ErrorKind::kResource,
                  "cannot make '" + partial_.string() + "': " + failed.message());
    }
  }

  ~TableFiles() {
    std::error_code ignored;
    fs::remove_all(partial_, ignored);
  }

  TableFiles(const TableFiles&) = delete;
  TableFiles& operator=(const TableFiles&) = delete;

  void write(const std::string& table, const std::vector<std::string>& columns,
             const std::vector<SqlValue>* row) {
    if (row == nullptr) {
      close();
      file_.open(partial_ / (table + (is_csv_ ? ".csv" : ".jsonl")), std::ios::binary);
      if (is_csv_) {
        file_ << csv_line({columns.begin(), columns.end()}) << "\r\n";
      }
    } else if (is_csv_) {
      file_ << csv_line(*row) << "\r\n";
    } else {
      file_ << json_line(columns, *row) << "\n";
    }
  }

  void publish() {
    close();
    std::error_code failed;
    fs::rename(partial_, folder_, failed);
    if (failed) {
      throw Error(ErrorKind::kResource,
                  "cannot publish '" + folder_.string() + "': " + failed.message());
    }
  }

 private:
  void close() {
    if (!file_.is_open()) {
      return;
    }
    file_.close();
    if (!file_) {
      throw Error(ErrorKind::kResource,
                  "cannot write into '" + partial_.string() + "': " + std::strerror(errno));
    }
  }

  fs::path folder_, partial_;
  bool is_csv_;
  std::ofstream file_;
};

}  // namespace

Verb catalog_export_verb() {
  Verb verb;
  verb.name = "export";
  verb.summary = "Write every table as CSV or JSON lines, for other tools";
  verb.description =
      "One file per table, rows by primary key, as of one moment; works while a run goes on. BLOBs "
      "are hex digits. CSV is RFC 4180 with a header; NULL is empty, an empty text is \"\". The "
      "files "
      "name people by the ids of their corpora: do not give them away.";
  verb.examples = {"changeling catalog export tables --csv --catalog demo.db",
                   "changeling catalog export tables --jsonl --catalog demo.db"};
  verb.positionals = {{"DIR", "Folder to make; it must not exist.", true, false}};
  verb.options = {
      make_option(OptionType::kBool, "catalog_export.csv", "csv", "false",
                  "Write CSV; the default."),
      make_option(OptionType::kBool, "catalog_export.jsonl", "jsonl", "false",
                  "Write JSON lines: one object a row."),
  };
  return verb;
}

ExitCode run_catalog_export(const Command& command) {
  const bool is_jsonl = command.config.get_bool("catalog_export.jsonl");
  if (is_jsonl && command.config.get_bool("catalog_export.csv")) {
    throw Error(ErrorKind::kConfig, "catalog_export: choose --csv or --jsonl, not both");
  }
  Database reader = Database::open_reader(command.config.get_path("catalog"));
  std::optional<TableFiles> files;
  if (!command.dry_run) {
    files.emplace(command.positionals.front(), !is_jsonl);
  }
  const std::map<std::string, std::int64_t> rows =
      read_tables(reader, [&files](const auto& table, const auto& columns, const auto* row) {
        if (files) {
          files->write(table, columns, row);
        }
      });
  if (files) {
    files->publish();
  }
  if (command.json) {
    print_json(
        {{"dir", command.positionals.front()}, {"rows", rows}, {"dry_run", command.dry_run}});
  } else if (!command.quiet) {
    std::int64_t sum = 0;
    for (const auto& table : rows) {
      sum += table.second;
    }
    std::cout << (command.dry_run ? "would write " : "wrote ") << sum << " rows of " << rows.size()
              << " tables into '" << command.positionals.front() << "'\n";
  }
  return ExitCode::kOk;
}

}  // namespace changeling
