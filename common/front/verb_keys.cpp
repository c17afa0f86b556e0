#include "common/front/verb_keys.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "common/cli/option_makers.h"
#include "common/cli/table_printer.h"
#include "common/front/json_output.h"

namespace changeling {
namespace {

using nlohmann::json;

ExitCode run_make(const Command& command) {
  KeyRing keys = key_ring(command.config);
  if (command.dry_run) {
    if (!command.quiet && !command.json) {
      std::cout << "would make a key in '" << keys.folder().string() << "'\n";
    }
    return ExitCode::kOk;
  }
  const std::string id = keys.make(command.config.get_bool("keys.replace"));
  if (command.json) {
    print_json({{"key_id", id}, {"folder", keys.folder().string()}});
  } else if (!command.quiet) {
    std::cout << "made signing key " << id << " in '" << keys.folder().string() << "'\n";
  }
  return ExitCode::kOk;
}

ExitCode run_list(const Command& command) {
  json list = json::array();
  std::vector<std::vector<std::string>> rows;
  for (const KeyInfo& key : key_ring(command.config).keys()) {
    list.push_back({{"key_id", key.id}, {"current", key.is_current}, {"private", key.has_private}});
    rows.push_back({key.id, key.is_current ? "signs" : key.has_private ? "replaced" : "checks"});
  }
  if (command.json) {
    print_json({{"keys", list}});
  } else {
    print_table(std::cout, {"KEY", "USE"}, rows);
  }
  return ExitCode::kOk;
}

/// Read by every verb that signs or checks, see key_ring.
Option dir_option() {
  return make_option(OptionType::kPath, "keys.dir", "", "",
                     "Folder of signing keys; default: 'keys' beside the catalog.");
}

}  // namespace

KeyRing key_ring(const Config& config) {
  return KeyRing(config.is_set("keys.dir") ? config.get_path("keys.dir")
                                           : keys_folder(config.get_path("catalog")));
}

Verb keys_verb() {
  Verb make;
  make.name = "make";
  make.summary = "Make the Ed25519 key that signs manifests and exports";
  make.description =
      "The private key is readable by its owner only and is never copied anywhere. People's ids "
      "leave the catalog only as digests under this key: keep it. Earlier keys stay for what they "
      "signed.";
  make.examples = {"changeling keys make --catalog demo-run/catalog.db",
                   "changeling keys make --replace"};
  make.options = {make_option(OptionType::kBool, "keys.replace", "replace", "false",
                              "Make another key although there is one.")};

  Verb list;
  list.name = "list";
  list.summary = "List the keys and what each is used for";
  list.description =
      "To check what others signed, put their public key into the folder as <id>.pub.pem.";
  list.examples = {"changeling keys list --json"};

  Verb verb;
  verb.name = "keys";
  verb.summary = "Make and list signing keys";
  verb.options = {dir_option()};
  verb.sub_verbs = {make, list};
  return verb;
}

std::vector<VerbEntry> keys_functions() {
  return {{{"keys", "make"}, run_make}, {{"keys", "list"}, run_list}};
}

}  // namespace changeling
