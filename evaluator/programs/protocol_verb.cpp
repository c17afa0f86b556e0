#include "evaluator/programs/protocol_verb.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/cli/table_printer.h"
#include "common/tensor/device.h"
#include "evaluator/run/ffpp_protocol.h"
#include "evaluator/scores/aggregate_text.h"

namespace changeling {
namespace {

nlohmann::json number_json(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json to_json(const ProtocolRow& row) {
  return {{"method", row.method},
          {"name", row.name},
          {"scorer", row.scorer},
          {"match", row.match},
          {"unit", row.unit},
          {"gallery_size", row.gallery_size},
          {"chance", number_json(row.chance)},
          {"status", row.aggregate.status},
          {"mean", number_json(row.aggregate.value)},
          {"ci_low", number_json(row.aggregate.ci_lo)},
          {"ci_high", number_json(row.aggregate.ci_hi)},
          {"ci_method", row.aggregate.ci_method.value_or("")},
          {"n", row.aggregate.n},
          {"n_clusters", row.aggregate.n_clusters},
          {"coverage", row.aggregate.coverage}};
}

void print_json(const ProtocolResult& result) {
  nlohmann::json document = {{"schema_version", 1},
                             {"protocol", "ffpp"},
                             {"generate_run", result.generate_run},
                             {"fakes", result.n_fakes},
                             {"left_out", result.n_left_out},
                             {"frames", result.n_frames},
                             {"frames_with_face", result.n_with_face},
                             {"rows", nlohmann::json::array()}};
  for (const ProtocolRow& row : result.rows) {
    document["rows"].push_back(to_json(row));
  }
  std::cout << document.dump() << "\n";
}

void print_text(const ProtocolResult& result) {
  std::cout << "run " << result.generate_run << ": " << result.n_fakes << " fakes, "
            << result.n_left_out << " left out; " << result.n_with_face << " of " << result.n_frames
            << " frames show the face\n";
  std::vector<std::vector<std::string>> rows;
  for (const ProtocolRow& row : result.rows) {
    const bool is_retrieval = !row.match.empty();
    rows.push_back({row.method, row.name, row.scorer, is_retrieval ? row.match : "-", row.unit,
                    number_text(row.aggregate.value), interval_text(row.aggregate),
                    number_text(row.chance), is_retrieval ? std::to_string(row.gallery_size) : "-",
                    std::to_string(row.aggregate.n), number_text(row.aggregate.coverage)});
  }
  print_table(std::cout,
              {"method", "metric", "scorer", "match", "unit", "mean", "95 % interval", "chance",
               "gallery", "clips", "coverage"},
              rows);
}

ProtocolOptions protocol_options(const Command& command) {
  if (command.positionals.front() != "ffpp") {
    throw Error(ErrorKind::kConfig,
                "unknown protocol '" + command.positionals.front() + "': ffpp is known");
  }
  ProtocolOptions options;
  if (command.positionals.size() > 1) {
    options.generate_run = command.positionals[1];
  }
  options.replicates = static_cast<int>(command.config.get_int("evaluate.replicates"));
  return options;
}

}  // namespace

ExitCode run_protocol_verb(const Command& command) {
  install_stop_signal();
  const Config& config = command.config;
  const ProtocolOptions options = protocol_options(command);
  Database database = Database::open_reader(config.get_path("catalog"));
  const BlobStore blobs(objects_folder(database.path()));
  const CorpusRoots roots(database.path());
  configure_torch(std::max(1, static_cast<int>(config.get_int("threads"))));
  const std::unique_ptr<FaceMeter> faces = make_network_face_meter(config.get_path("models.dir"));
  const ProtocolResult result =
      run_ffpp_protocol(database, blobs, roots, options, *faces, check_stop);
  command.json ? print_json(result) : print_text(result);
  return result.n_left_out == 0 ? ExitCode::kOk : ExitCode::kSomeItemsFailed;
}

}  // namespace changeling
