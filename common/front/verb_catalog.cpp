#include "common/front/verb_catalog.h"

#include <cmath>
#include <cstddef>
#include <iostream>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/signing/key_folder.h"
#include "catalog/signing/sign_clips.h"
#include "catalog/signing/signature_check.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/clock.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"
#include "catalog/store/garbage.h"
#include "catalog/store/migrator.h"
#include "catalog/store/run_store.h"
#include "catalog/store/sql_query.h"
#include "catalog/verify/verify_catalog.h"
#include "common/base/stop_signal.h"
#include "common/cli/option_makers.h"
#include "common/cli/progress.h"
#include "common/cli/table_printer.h"
#include "common/front/json_output.h"
#include "common/front/sql_text.h"

namespace changeling {
namespace {

using nlohmann::json;

/// Of an answer; more would wait for their table without making it much neater.
constexpr std::size_t kMeasuredRows = 1000;

constexpr std::int64_t kDayUs = 24LL * 3600 * 1000000;

std::filesystem::path catalog_file(const Command& command) {
  return command.config.get_path("catalog");
}

void print_result(const Command& command, json result, const std::string& sentence) {
  if (command.json) {
    print_json(std::move(result));
  } else if (!command.quiet) {
    std::cout << sentence << "\n";
  }
}

ExitCode run_init(const Command& command) {
  const std::filesystem::path file = catalog_file(command);
  const bool is_wal = command.config.get_string("catalog_init.journal") == "wal";
  int version = Migrator().newest_version();
  if (command.dry_run) {
    Database::check_is_free(file);
  } else {
    version = Database::create(file, is_wal ? JournalMode::kWal : JournalMode::kTruncate)
                  .schema_version();
  }
  print_result(command, {{"catalog", file.string()}, {"schema", version}},
               (command.dry_run ? "would make catalog '" : "made catalog '") + file.string() +
                   "', schema " + std::to_string(version));
  return ExitCode::kOk;
}

ExitCode run_query(const Command& command) {
  Database reader = Database::open_reader(catalog_file(command));
  std::optional<TablePrinter> table;
  const std::vector<std::string> header =
      run_sql_query(reader, command.positionals.at(0),
                    [&](const std::vector<std::string>& columns, const std::vector<SqlValue>& row) {
                      if (command.json) {
                        std::cout << json_line(columns, row) << "\n";
                        return;
                      }
                      if (!table) {
                        table.emplace(std::cout, columns, kMeasuredRows);
                      }
                      std::vector<std::string> cells;
                      for (const SqlValue& value : row) {
                        cells.push_back(cell_text(value));
                      }
                      table->add(std::move(cells));
                    });
  if (!command.json) {
    if (!table) {
      table.emplace(std::cout, header, kMeasuredRows);
    }
    table->end();
  }
  return ExitCode::kOk;
}

/// What --share, --turn and --run say. Without a turn the days of the calendar count.
VerifyShare share_of(const Command& command, Database& database) {
  VerifyShare share;
  const double wanted = command.config.get_double("catalog_verify.share");
  constexpr double kRounding = 1e-9;  // 1 / 0.1 is no whole number
  share.parts = static_cast<std::int64_t>(std::ceil(1 / wanted - kRounding));
  share.turn = command.config.is_set("catalog_verify.turn")
                   ? command.config.get_int("catalog_verify.turn")
                   : now_us() / kDayUs;
  if (command.config.is_set("catalog_verify.run")) {
    share.run_id = RunStore(database)
                       .find_generate_run(command.config.get_string("catalog_verify.run"))
                       .run_id;
  }
  return share;
}

VerifyReport verify_with_progress(const Command& command, VerifyShare& share) {
  const std::filesystem::path file = catalog_file(command);
  Database reader = Database::open_reader(file);
  const BlobStore blobs(objects_folder(file));
  const CorpusRoots roots(file);
  share = share_of(command, reader);
  PhaseProgress progress(command.progress);
  return verify_catalog(
      reader, blobs, roots,
      {progress.of("verify catalog", "files"), progress.of("verify corpora", "files"),
       progress.of("verify jobs", "jobs")},
      share);
}

SignatureReport signatures_with_progress(const Command& command) {
  const std::filesystem::path file = catalog_file(command);
  Database reader = Database::open_reader(file);
  PhaseProgress progress(command.progress);
  return check_signatures(reader, BlobStore(objects_folder(file)), key_ring(command.config),
                          progress.of("verify signatures", "clips"));
}

/// Adds what signatures say; faults as lines "<kind>: <clip> <text>".
json add_signatures(const SignatureReport& signatures, VerifyReport& report) {
  json rows = json::array();
  for (const SignatureFault& fault : signatures.faults) {
    const std::string kind(to_string(fault.kind));
    rows.push_back({{"kind", kind}, {"clip", fault.clip}, {"text", fault.text}});
    report.faults.push_back(kind + ": " + fault.clip + ": " + fault.text);
  }
  report.notes.insert(report.notes.end(), signatures.notes.begin(), signatures.notes.end());
  return {{"clips", signatures.clips}, {"faults", rows}};
}

/// Notes and faults line by line, then the count; under --quiet faults alone.
void print_verification(const Command& command, const VerifyReport& report,
                        const VerifyShare& share, const json& signatures) {
  for (const std::string& note : report.notes) {
    std::cout << (command.quiet ? "" : "note: " + note + "\n");
  }
  for (const std::string& fault : report.faults) {
    std::cout << fault << "\n";
  }
  if (command.quiet) {
    return;
  }
  std::cout << (stop_requested() != 0 ? "stopped before the end: " : "") << report.faults.size()
            << " faults; checked " << report.blobs;
  if (share.parts > 1) {
    std::cout << " of " << report.files << " files (part " << share.turn % share.parts + 1 << " of "
              << share.parts << (share.run_id.empty() ? "" : " and those of run " + share.run_id)
              << "), ";
  } else {
    std::cout << " files, ";
  }
  std::cout << report.jobs << " finished jobs, " << report.mask_frames << " mask frames";
  if (report.purged > 0) {
    std::cout << "; " << report.purged << " files were pruned or erased on purpose";
  }
  if (!signatures.is_null()) {
    std::cout << ", " << signatures["clips"] << " signed manifests";
  }
  std::cout << "\n";
}

ExitCode run_verify(const Command& command) {
  install_stop_signal();
  VerifyShare share;
  VerifyReport report = verify_with_progress(command, share);
  json signatures;
  if (command.config.get_bool("catalog_verify.signatures") && stop_requested() == 0) {
    signatures = add_signatures(signatures_with_progress(command), report);
  }
  if (command.json) {
    print_json({{"stopped", stop_requested() != 0},
                {"faults", report.faults},
                {"notes", report.notes},
                {"files", report.files},
                {"blobs", report.blobs},
                {"parts", share.parts},
                {"part", share.turn % share.parts + 1},
                {"purged", report.purged},
                {"jobs", report.jobs},
                {"signatures", signatures},
                {"mask_frames", report.mask_frames}});
  } else {
    print_verification(command, report, share, signatures);
  }
  if (stop_requested() != 0) {
    return exit_code_for(ErrorKind::kCancelled);
  }
  return report.faults.empty() ? ExitCode::kOk : ExitCode::kGateFailed;
}

ExitCode run_sign(const Command& command) {
  install_stop_signal();
  const std::filesystem::path file = catalog_file(command);
  Database database = command.dry_run ? Database::open_reader(file) : Database::open_writer(file);
  KeyRing keys = key_ring(command.config);
  SignRequest request;
  request.checks_files = true;
  request.is_dry_run = command.dry_run;
  request.go_on = [] { return stop_requested() == 0; };
  const SigningKey key = command.dry_run ? SigningKey::generate() : keys.signing_key_or_new();
  const SignSummary summary = sign_clips(database, BlobStore(objects_folder(file)), key, request);
  for (const std::string& refusal : summary.refusals) {
    std::cerr << "not signed: " << refusal << "\n";
  }
  print_result(command,
               {{"signed", summary.signed_clips},
                {"known", summary.known},
                {"refusals", summary.refusals},
                {"dry_run", command.dry_run}},
               (command.dry_run ? "would sign " : "signed ") +
                   std::to_string(summary.signed_clips) + " clips, " +
                   std::to_string(summary.known) + " were signed before");
  if (stop_requested() != 0) {
    return exit_code_for(ErrorKind::kCancelled);
  }
  return summary.refusals.empty() ? ExitCode::kOk : ExitCode::kSomeItemsFailed;
}

ExitCode run_migrate(const Command& command) {
  const std::filesystem::path file = catalog_file(command);
  const Migrator migrator;
  const MigrationReport report = command.dry_run ? migrator.plan(file) : migrator.migrate(file);
  json backups = json::array();
  std::string sentence = "catalog '" + file.string() + "': schema " +
                         std::to_string(report.from_version) + " -> " +
                         std::to_string(report.to_version);
  for (const std::filesystem::path& backup : report.backups) {
    backups.push_back(backup.string());
    sentence += ", backup '" + backup.string() + "'";
  }
  print_result(command,
               {{"from", report.from_version}, {"to", report.to_version}, {"backups", backups}},
               sentence);
  return ExitCode::kOk;
}

ExitCode run_backup(const Command& command) {
  const std::filesystem::path to = command.positionals.at(0);
  Database reader = Database::open_reader(catalog_file(command));
  if (!command.dry_run) {
    reader.backup_to(to);
  }
  print_result(command, {{"backup", to.string()}},
               (command.dry_run ? "would write '" : "wrote '") + to.string() +
                   "' (rows only; the files stay in 'objects')");
  return ExitCode::kOk;
}

ExitCode run_gc(const Command& command) {
  const std::filesystem::path file = catalog_file(command);
  Database database = command.dry_run ? Database::open_reader(file) : Database::open_writer(file);
  const std::int64_t grace_us = command.config.get_int("catalog_gc.grace_days") * kDayUs;
  const GarbageReport report =
      collect_garbage(database, BlobStore(objects_folder(file)), grace_us, command.dry_run);
  if (!command.json) {
    for (const auto& files : {report.orphans, report.leftovers}) {
      for (const std::filesystem::path& path : files) {
        std::cout << path.string() << "\n";
      }
    }
  }
  print_result(command,
               {{"dry_run", command.dry_run},
                {"orphans", report.orphans.size()},
                {"leftovers", report.leftovers.size()},
                {"bytes", report.bytes}},
               (command.dry_run ? "would remove " : "removed ") +
                   std::to_string(report.orphans.size()) + " blobs without a row and " +
                   std::to_string(report.leftovers.size()) + " unfinished files, " +
                   std::to_string(report.bytes) + " bytes");
  return ExitCode::kOk;
}

Verb init_verb() {
  Verb verb;
  verb.name = "init";
  verb.summary = "Make a new, empty catalog";
  verb.description =
      "Its files stand beside it, in objects/ and corpus_roots.json, so a folder has one catalog.";
  verb.examples = {"changeling catalog init --catalog faces/catalog.db"};
  Option journal;
  journal.key = "catalog_init.journal";
  journal.flag = "journal";
  journal.type = OptionType::kEnum;
  journal.default_value = "wal";
  journal.choices = {"wal", "truncate"};
  journal.help = "How commits reach the file; truncate is slower and for systems where WAL fails.";
  verb.options = {journal};
  return verb;
}

Verb query_verb() {
  Verb verb;
  verb.name = "query";
  verb.summary = "Ask the catalog a question in SQL";
  verb.description =
      "One statement that only reads. BLOBs are shown as hex digits. Rows are printed as they "
      "come: the first 1000 tell how wide a table's columns are, and later cells that are wider "
      "stick out. With --json one object per line.";
  verb.examples = {"changeling catalog query 'SELECT state,count(*) FROM job GROUP BY state'",
                   "changeling --json catalog query 'SELECT * FROM artifact' | jq .label"};
  verb.positionals = {{"SQL", "The statement.", true, false}};
  return verb;
}

Verb verify_verb() {
  Verb verb;
  verb.name = "verify";
  verb.summary = "Check every row against its file; exits 4 when something is wrong";
  verb.description =
      "Checks the file's structure and references, hashes every blob and corpus file, compares the "
      "container tags and the sidecar of every fake, control and mask with its rows, and decodes "
      "the "
      "masks. Prints one line per fault. Changes nothing. --signatures also checks the signed "
      "manifest of every fake and control: signer, signature, claim, bytes of the clip, tags. "
      "Where the "
      "catalog's own file cannot be read the exit code is 5. --share 0.1 reads a tenth of the "
      "files, another one each day or at each --turn, so that ten turns read all; rows, places "
      "and sizes are checked of all, and --signatures reads every signed clip.";
  verb.examples = {"changeling catalog verify --catalog demo-run/catalog.db",
                   "changeling catalog verify --signatures",
                   "changeling catalog verify --share 0.1 --run latest"};
  verb.options = {
      make_option(OptionType::kBool, "catalog_verify.signatures", "signatures", "false",
                  "Check signed manifests, too."),
      make_double("catalog_verify.share", "share", "1", "Share of the files that is read.", 0.001,
                  1),
      make_int("catalog_verify.turn", "turn", "",
               "Number of the call: each takes the next share; unset = days since 1970.", 0, 1e9),
      make_option(OptionType::kString, "catalog_verify.run", "run", "",
                  "Generate run whose files are read whatever the share; unset = none.")};
  return verb;
}

Verb sign_verb() {
  Verb verb;
  verb.name = "sign";
  verb.summary = "Sign the fakes and controls that have no manifest yet";
  verb.description =
      "'generate run' signs what it makes; this is for clips of earlier versions, of runs that "
      "were "
      "killed, and of keys that were revoked. A clip whose bytes differ from its digest is not "
      "signed (exit code 3).";
  verb.examples = {"changeling catalog sign", "changeling catalog sign --dry-run"};
  return verb;
}

Verb gc_verb() {
  Verb verb;
  verb.name = "gc";
  verb.summary = "Remove files that no row names";
  verb.description =
      "Removes blobs without a row that are older than the grace period, and whatever lies in the "
      "staging folder. Rows are never removed. Rows of backups in the catalog's folder count, too.";
  verb.examples = {"changeling catalog gc --dry-run", "changeling catalog gc --grace-days 0"};
  Option grace;
  grace.key = "catalog_gc.grace_days";
  grace.flag = "grace-days";
  grace.type = OptionType::kInt;
  grace.default_value = "7";
  grace.help = "Age in days below which a blob without a row is kept.";
  grace.min = 0;
  grace.max = 36500;
  verb.options = {grace};
  return verb;
}

Verb plain_verb(std::string name, std::string summary, std::string example) {
  Verb verb;
  verb.name = std::move(name);
  verb.summary = std::move(summary);
  verb.examples = {std::move(example)};
  return verb;
}

}  // namespace

Verb catalog_verb() {
  Verb migrate = plain_verb("migrate", "Bring an older catalog to this program's schema",
                            "changeling catalog migrate --catalog old.db");
  migrate.description = "Writes a backup '<catalog>.backup-vN' before each step.";
  Verb backup = plain_verb("backup", "Write a consistent copy, also while a run goes on",
                           "changeling catalog backup catalog-monday.db");
  backup.description =
      "Copies the rows alone: copy objects/ and corpus_roots.json beside the catalog by other "
      "means. To restore, put FILE in the catalog's place beside them, withdraw again whoever was "
      "forgotten since then, and run 'catalog verify'.";
  backup.positionals = {{"FILE", "The copy; it must not exist.", true, false}};

  Verb verb;
  verb.name = "catalog";
  verb.summary = "Make, ask, check and keep the catalog";
  verb.sub_verbs = {
      init_verb(), query_verb(), verify_verb(), catalog_identify_verb(), sign_verb(),
      migrate,     backup,       gc_verb(),     catalog_prune_verb(),    catalog_export_verb()};
  return verb;
}

std::vector<VerbEntry> catalog_functions() {
  return {{{"catalog", "init"}, run_init},
          {{"catalog", "query"}, run_query},
          {{"catalog", "verify"}, run_verify},
          {{"catalog", "sign"}, run_sign},
          {{"catalog", "migrate"}, run_migrate},
          {{"catalog", "backup"}, run_backup},
          {{"catalog", "gc"}, run_gc},
          {{"catalog", "prune"}, run_catalog_prune},
          {{"catalog", "export"}, run_catalog_export},
          {{"catalog", "identify"}, run_catalog_identify}};
}

}  // namespace changeling
