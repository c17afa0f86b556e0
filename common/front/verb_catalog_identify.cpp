#include <iostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/store/database.h"
#include "catalog/verify/identify_file.h"
#include "common/base/error.h"
#include "common/base/plain_text.h"
#include "common/front/json_output.h"
#include "common/front/verb_catalog.h"

namespace changeling {
namespace {

using nlohmann::json;

std::string answer_of(const FileIdentity& identity) {
  return !identity.known.empty() ? "in_catalog" : identity.carried.empty() ? "unknown" : "labelled";
}

json known_json(const KnownFile& known) {
  json row = {{"kind", known.kind}, {"label", known.label}, {"blob", known.blob_state}};
  if (known.artifact) {
    row.update({{"artifact", known.artifact->value},
                {"job", known.job->value},
                {"job_key", known.job_key->hex()},
                {"run", known.run_id},
                {"method", known.method},
                {"pair", known.pair->value},
                {"pair_list", known.pair_list},
                {"part", known.part},
                {"profile", known.profile},
                {"pruned_at", known.pruned_at}});
  } else {
    row.update({{"media", known.media->value}, {"corpus", known.corpus}, {"path", known.rel_path}});
  }
  return row;
}

std::string sentence_of(const KnownFile& known) {
  const std::string blob = known.blob_state != "purged" ? ""
                           : known.pruned_at.empty()
                               ? ", deleted since"
                               : ", pruned from the catalog at " + known.pruned_at + " or erased";
  if (!known.artifact) {
    return known.label + " footage of corpus " + known.corpus + ", '" + known.rel_path + "'" + blob;
  }
  return known.kind + " (" + known.profile + ") of " + known.method + ", artifact " +
         std::to_string(known.artifact->value) + " of run " + known.run_id + ", pair " +
         std::to_string(known.pair->value) + " of list '" + known.pair_list + "', part " +
         known.part + blob;
}

std::string sentence_of(const CarriedLabel& carried) {
  return "carries our label (" + carried.label +
         (carried.method.empty() ? "" : " of " + carried.method) +
         (carried.job.empty() ? "" : ", job " + carried.job) + "), not in this catalog";
}

/// Names and tags of files found anywhere may hold anything.
void print_answer(const std::string& file, const FileIdentity& identity) {
  const std::string by = "; by its " + std::string(to_string(identity.evidence));
  for (const KnownFile& known : identity.known) {
    std::cout << without_controls(file + ": " + sentence_of(known) + by) << "\n";
  }
  if (identity.known.empty()) {
    const std::string answer =
        identity.carried.empty() ? "unknown" : sentence_of(identity.carried) + by;
    std::cout << without_controls(file + ": " + answer) << "\n";
  }
}

void require_files(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) {
      throw Error(ErrorKind::kConfig, "'" + file + "' is no file");
    }
  }
}

}  // namespace

Verb catalog_identify_verb() {
  Verb verb;
  verb.name = "identify";
  verb.summary = "Say whether files found elsewhere are of this catalog";
  verb.description =
      "Looks for each file's bytes, then for its video packets (they survive other tags and "
      "another "
      "container), then for the label in its tags, then in a sidecar beside it: '<name>.json' or "
      "'sidecars/<name>.json'. A label alone can be forged, or belong to a clip that was encoded "
      "again. Prints artifact, run and pair, 'carries our label, not in this catalog' or "
      "'unknown'. Clips encoded again without tags and sidecar are unknown. Changes nothing; exits "
      "0 whatever the answers are.";
  verb.examples = {"changeling catalog identify found.mp4 --catalog demo.db",
                   "changeling catalog identify --json found/*.mp4 | jq '.files[].answer'"};
  verb.positionals = {{"FILE", "Files to look at.", true, true}};
  return verb;
}

ExitCode run_catalog_identify(const Command& command) {
  require_files(command.positionals);
  Database reader = Database::open_reader(command.config.get_path("catalog"));
  json files = json::array();
  for (const std::string& file : command.positionals) {
    const FileIdentity identity = identify_file(reader, file);
    if (!command.json) {
      print_answer(file, identity);
      continue;
    }
    json known = json::array();
    for (const KnownFile& row : identity.known) {
      known.push_back(known_json(row));
    }
    files.push_back({{"file", file},
                     {"answer", answer_of(identity)},
                     {"by", to_string(identity.evidence)},
                     {"known", std::move(known)},
                     {"carries",
                      {{"label", identity.carried.label},
                       {"method", identity.carried.method},
                       {"job_key", identity.carried.job}}}});
  }
  if (command.json) {
    print_json({{"files", std::move(files)}});
  }
  return ExitCode::kOk;
}

}  // namespace changeling
