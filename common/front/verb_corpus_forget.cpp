#include <iostream>

#include <nlohmann/json.hpp>

#include "catalog/store/erasure.h"
#include "common/base/error.h"
#include "common/front/json_output.h"
#include "common/front/verb_corpus.h"

namespace changeling {
namespace {

using nlohmann::json;

json report_json(const ErasureReport& report, bool dry_run) {
  json subjects = json::array();
  for (const SubjectId id : report.subjects) {
    subjects.push_back(id.value);
  }
  json models = json::array();
  for (const TrainedModel& model : report.models) {
    models.push_back({{"id", model.id.value},
                      {"role", model.role},
                      {"name", model.name},
                      {"version", model.version},
                      {"set", model.set}});
  }
  return {{"subjects", subjects},
          {"dry_run", dry_run},
          {"media", report.media},
          {"pairs", report.pairs},
          {"jobs_skipped", report.jobs_skipped},
          {"artifacts", report.artifacts},
          {"cached_stages", report.cached_stages},
          {"tracks", report.tracks},
          {"scores", report.scores},
          {"versions", report.versions},
          {"models", models},
          {"corpus_files", report.corpus_files},
          {"files", report.removed.files},
          {"bytes", report.removed.bytes}};
}

void print_report(const ErasureReport& report, const ErasureRequest& request) {
  std::cout << "subject " << report.subjects.front().value << ": " << report.media << " media, "
            << report.pairs << " pairs, " << report.artifacts << " artifacts, "
            << report.cached_stages << " cached analyses, " << report.tracks << " face tracks, "
            << report.scores << " scores\n"
            << (request.dry_run         ? "would remove "
                : request.withdraw_only ? "withdrawn; removed "
                                        : "removed ")
            << report.removed.files << " files of " << report.removed.bytes << " bytes\n";
  for (const std::string& version : report.versions) {
    std::cout << "data set " << version
              << ": withdrawn, export a new MAJOR version and recall what was given away\n";
  }
  for (const TrainedModel& model : report.models) {
    std::cout << model.role << " '" << model.name << "' " << model.version << " (model "
              << model.id.value << "): trained on " << model.words_for_set()
              << ", which shows the person: train it anew without them\n";
  }
  for (const std::string& file : report.corpus_files) {
    std::cout << "still there: corpus file '" << file << "'\n";
  }
}

}  // namespace

ExitCode run_forget_subject(const Command& command) {
  ErasureRequest request;
  request.corpus = command.positionals[0];
  request.ext_id = command.positionals[1];
  request.reason = command.config.get_text("corpus.forget.reason");
  request.withdraw_only = command.config.get_bool("corpus.forget.withdraw_only");
  request.dry_run = command.dry_run;
  if (request.reason.empty() && !request.dry_run) {
    throw Error(ErrorKind::kConfig,
                "corpus.forget.reason is not set (--reason): the audit log "
                "must say why");
  }
  const std::filesystem::path file = command.config.get_path("catalog");
  Database database = command.dry_run ? Database::open_reader(file) : Database::open_writer(file);
  const ErasureReport report = forget_subject(database, BlobStore(objects_folder(file)), request);
  if (command.json) {
    print_json(report_json(report, request.dry_run));
  } else if (!command.quiet) {
    print_report(report, request);
  }
  return ExitCode::kOk;
}

}  // namespace changeling
