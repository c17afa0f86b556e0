#include "common/front/verb_export.h"

#include <charconv>
#include <iostream>

#include <nlohmann/json.hpp>

#include "catalog/export/close_looks.h"
#include "catalog/export/dataset_version.h"
#include "catalog/export/export_run.h"
#include "catalog/export/export_verify.h"
#include "catalog/export/probe_json.h"
#include "catalog/signing/key_folder.h"
#include "catalog/store/dataset_store.h"
#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/cli/progress.h"
#include "common/cli/table_printer.h"
#include "common/front/json_output.h"

namespace changeling {
namespace {

using nlohmann::json;

std::map<std::string, double> parse_mix(const std::vector<std::string>& entries) {
  std::map<std::string, double> mix;
  for (const std::string& entry : entries) {
    const std::size_t equals = entry.find('=');
    double share = -1;
    const char* end = entry.data() + entry.size();
    if (equals == std::string::npos || equals == 0 ||
        std::from_chars(entry.data() + equals + 1, end, share).ptr != end) {
      throw Error(ErrorKind::kConfig, "export.mix: '" + entry + "' must read METHOD=SHARE");
    }
    mix[entry.substr(0, equals)] = share;
  }
  return mix;
}

/// Of "NAME=STEPS".
std::map<std::string, std::string> parse_profiles(const std::vector<std::string>& entries) {
  std::map<std::string, std::string> profiles;
  for (const std::string& entry : entries) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) {
      throw Error(ErrorKind::kConfig, "export.profiles: '" + entry + "' must read NAME=STEPS");
    }
    profiles[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return profiles;
}

DatasetSpec dataset_spec(const Config& config) {
  DatasetSpec spec;
  spec.name = config.get_text("export.name");
  spec.version = config.get_text("export.version");
  spec.split = config.get_text("export.split");
  spec.seed = static_cast<std::uint64_t>(config.get_int("seed"));
  spec.select.sql = config.get_text("export.select.sql");
  spec.select.runs = config.get_list("export.select.runs");
  spec.select.methods = config.get_list("export.select.methods");
  spec.select.corpora = config.get_list("export.select.corpora");
  spec.select.strata = config.get_list("export.select.strata");
  spec.select.profiles = config.get_list("export.select.profiles");
  spec.select.parts = config.get_list("export.select.parts");
  spec.select.leaves_out_rejected = config.get_text("export.select.auto_reject") == "leave_out";
  spec.mix = parse_mix(config.get_list("export.mix"));
  spec.max_fakes_per_part = config.get_int("export.max_fakes_per_part");
  spec.ladder = config.get_list("export.ladder");
  spec.profiles = parse_profiles(config.get_list("export.profiles"));
  spec.is_public = config.get_bool("export.public");
  spec.formats = config.get_list("export.formats");
  spec.shard_bytes = config.get_int("export.shard_bytes");
  spec.limits.max_class_ratio = config.get_double("export.limits.max_class_ratio");
  spec.limits.near_duplicate_bits =
      static_cast<int>(config.get_int("export.limits.near_duplicate_bits"));
  spec.limits.min_identity_cosine = config.get_double("export.limits.min_identity_cosine");
  spec.limits.codec_auc = config.get_double("export.limits.codec_auc");
  spec.limits.metadata_auc = config.get_double("export.limits.metadata_auc");
  spec.limits.background_auc = config.get_double("export.limits.background_auc");
  spec.limits.box_auc = config.get_double("export.limits.box_auc");
  spec.card = {
      config.get_text("export.card.title"),         config.get_text("export.card.description"),
      config.get_text("export.card.licence"),       config.get_text("export.card.url"),
      config.get_text("export.card.creator"),       config.get_text("export.card.maintenance"),
      config.get_text("export.card.date_published")};
  return spec;
}

json findings_json(const std::vector<GateFinding>& findings) {
  json list = json::array();
  for (const GateFinding& finding : findings) {
    list.push_back({{"check", finding.check}, {"offender", finding.offender}});
  }
  return list;
}

json probes_json(const std::vector<ProbeResult>& probes) {
  json list = json::array();
  for (const ProbeResult& probe : probes) {
    list.push_back(json::parse(probe_json(probe)));
  }
  return list;
}

json result_json(const DatasetSpec& spec, const ExportResult& result) {
  return {{"name", spec.name},
          {"version", spec.version},
          {"merkle_root", result.merkle_root.hex()},
          {"access_class", to_string(result.access)},
          {"counts", result.counts},
          {"left_out", result.left_out},
          {"unjudged", result.unjudged},
          {"folder", result.folder.string()},
          {"bytes", result.bytes},
          {"written", result.is_written},
          {"rendered", result.rendered},
          {"version_existed", result.version_existed},
          {"probes", probes_json(result.probes)},
          {"refusals", findings_json(result.refusals)}};
}

void print_result(const DatasetSpec& spec, const ExportResult& result) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [part, labels] : result.counts) {
    for (const auto& [label, count] : labels) {
      rows.push_back({part, label, std::to_string(count)});
    }
  }
  print_table(std::cout, {"PART", "LABEL", "ITEMS"}, rows);
  for (const auto& [reason, count] : result.left_out) {
    std::cout << "left out: " << count << " clips, " << reason << "\n";
  }
  if (result.unjudged > 0) {
    std::cout << "kept: " << result.unjudged << " fakes without a verdict of auto_reject\n";
  }
  const std::string name = spec.name + "@" + spec.version;
  if (result.version_existed) {
    std::cout << name << " was frozen before: its items are those of the freeze, whatever "
              << "export.select finds now\n";
  }
  std::cout << name << ", " << to_string(result.access) << ", root "
            << result.merkle_root.hex().substr(0, 16) << ": ";
  if (!result.refusals.empty()) {
    std::cout << "refused, nothing was written\n";
    return;
  }
  std::cout << (result.is_written ? std::to_string(result.bytes) + " bytes in '" : "would write '")
            << result.folder.string() << "'\n";
}

ExitCode run_spec(const Command& command) {
  install_stop_signal();
  const Config config = config_with_file(command, command.positionals.front());
  const std::filesystem::path file = config.get_path("catalog");
  Database database = command.dry_run ? Database::open_reader(file) : Database::open_writer(file);
  const BlobStore blobs(objects_folder(file));
  const CorpusRoots roots(file);
  const KeyRing keys = key_ring(config);
  set_close_look_threads(static_cast<int>(config.get_int("threads")));
  ExportRequest request;
  request.spec = dataset_spec(config);
  request.out = config.get_path("export.out");
  request.dry_run = command.dry_run;
  PhaseProgress progress(command.progress);
  request.rendering = progress.of("render", "renditions");
  request.checking = progress.of("check", "clips");
  request.probing = progress.of("leak probes", "steps");
  request.progress = progress.of("export", "items");
  const ExportResult result = run_export(database, blobs, roots, keys, request);
  progress.end();
  if (command.json) {
    print_json(result_json(request.spec, result));
  } else if (!command.quiet) {
    print_result(request.spec, result);
  }
  for (const GateFinding& refusal : result.refusals) {
    std::cerr << "refused (" << refusal.check << "): " << refusal.offender << "\n";
  }
  return result.refusals.empty() ? ExitCode::kOk : ExitCode::kGateFailed;
}

ExitCode run_diff(const Command& command) {
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const VersionDiff diff = diff_items(find_items(database, command.positionals[0]),
                                      find_items(database, command.positionals[1]));
  if (command.json) {
    print_json({{"added", diff.added},
                {"removed", diff.removed},
                {"moved", diff.moved},
                {"relabelled", diff.relabelled}});
    return ExitCode::kOk;
  }
  for (const auto& [what, keys] :
       {std::pair("added", &diff.added), std::pair("removed", &diff.removed),
        std::pair("moved", &diff.moved), std::pair("relabelled", &diff.relabelled)}) {
    for (const std::string& key : *keys) {
      std::cout << what << " " << key << "\n";
    }
  }
  return ExitCode::kOk;
}

ExitCode run_verify(const Command& command) {
  install_stop_signal();
  PhaseProgress progress(command.progress);
  const ExportVerifyReport report = verify_export(
      command.positionals.front(), key_ring(command.config), progress.of("verify", "files"));
  progress.end();
  if (command.json) {
    print_json({{"name", report.name},
                {"version", report.version},
                {"key_id", report.key_id},
                {"key_is_known", report.key_is_known},
                {"faults", report.faults},
                {"files", report.files},
                {"items", report.items}});
  } else {
    for (const std::string& fault : report.faults) {
      std::cout << fault << "\n";
    }
    std::cout << report.name << "@" << report.version << ", signed by "
              << (report.key_is_known ? "" : "the unknown key ") << report.key_id << ": "
              << report.faults.size() << " faults; checked " << report.files << " files, "
              << report.items << " items\n";
  }
  if (stop_requested() != 0) {
    return exit_code_for(ErrorKind::kCancelled);
  }
  return report.faults.empty() ? ExitCode::kOk : ExitCode::kGateFailed;
}

ExitCode run_list(const Command& command) {
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const DatasetStore store(database);
  json versions = json::array();
  std::vector<std::vector<std::string>> rows;
  for (const DatasetVersionRow& row : store.versions()) {
    const std::size_t items = store.items(row.id).size();
    const std::string root = row.merkle_root ? row.merkle_root->hex() : "";
    versions.push_back(
        {{"name", row.name},
         {"version", row.semver},
         {"items", items},
         {"access_class", row.access_class},
         {"created_at", row.created_at},
         {"merkle_root", root},
         {"invalidated_at", row.invalidated_at ? json(*row.invalidated_at) : json()}});
    rows.push_back({row.name, row.semver, std::to_string(items), row.access_class,
                    row.created_at.substr(0, 10), root.substr(0, 16),
                    row.invalidated_at ? "withdrawn" : ""});
  }
  if (command.json) {
    print_json({{"versions", versions}});
  } else {
    print_table(std::cout, {"NAME", "VERSION", "ITEMS", "ACCESS", "FROZEN", "ROOT", ""}, rows);
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<VerbEntry> export_functions() {
  return {{{"export"}, run_spec},
          {{"export", "diff"}, run_diff},
          {{"export", "verify"}, run_verify},
          {{"export", "list"}, run_list},
          {{"export", "c2pa"}, run_export_c2pa}};
}

}  // namespace changeling
