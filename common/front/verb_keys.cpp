#include "common/front/verb_keys.h"

#include <filesystem>
#include <iostream>
#include <optional>

#include <nlohmann/json.hpp>

#include "catalog/signing/key_folder.h"
#include "catalog/store/signature_store.h"
#include "common/base/error.h"
#include "common/cli/option_makers.h"
#include "common/cli/table_printer.h"
#include "common/front/json_output.h"

namespace changeling {
namespace {

using nlohmann::json;

/// Tells the catalog about a change of the keys, where there is a catalog.
template <typename Change>
void record(const Command& command, Change&& change) {
  const std::filesystem::path file = command.config.get_path("catalog");
  if (std::filesystem::exists(file)) {
    Database database = Database::open_writer(file);
    SignatureStore store(database);
    change(store);
  }
}

void print_change(const Command& command, const KeyRing& keys, const std::string& id,
                  const std::string& what) {
  if (command.json) {
    print_json({{"key_id", id}, {"folder", keys.folder().string()}, {"dry_run", command.dry_run}});
  } else if (!command.quiet) {
    std::cout << (command.dry_run ? "would have " : "") << what << (id.empty() ? "" : " ") << id
              << " in '" << keys.folder().string() << "'\n";
  }
}

ExitCode run_init(const Command& command) {
  KeyRing keys = key_ring(command.config);
  std::string id;
  if (!command.dry_run) {
    id = keys.make(false);
    record(command, [&](SignatureStore& store) { store.use_key(*keys.find(id)); });
  }
  print_change(command, keys, id, "made signing key");
  return ExitCode::kOk;
}

ExitCode run_rotate(const Command& command) {
  KeyRing keys = key_ring(command.config);
  const std::string earlier = keys.current_id();
  if (earlier.empty()) {
    throw Error(ErrorKind::kConfig, "'" + keys.folder().string() +
                                        "' has no signing key to replace (make one with "
                                        "'changeling keys init')");
  }
  std::string id;
  if (!command.dry_run) {
    id = keys.make(true);
    record(command, [&](SignatureStore& store) {
      store.retire_key(earlier);
      store.use_key(*keys.find(id));
    });
  }
  print_change(command, keys, id, "replaced " + earlier + " by signing key");
  return ExitCode::kOk;
}

ExitCode run_revoke(const Command& command) {
  KeyRing keys = key_ring(command.config);
  const std::string& id = command.positionals.front();
  if (!command.config.is_set("keys.reason")) {
    throw Error(ErrorKind::kConfig, "keys revoke needs --reason TEXT: it is kept for good");
  }
  const std::optional<VerifyingKey> key = keys.find(id);
  if (!key) {
    throw Error(ErrorKind::kConfig, "no key '" + id + "' in '" + keys.folder().string() + "'");
  }
  if (!command.dry_run) {
    const std::string reason = command.config.get_string("keys.reason");
    keys.revoke(id, reason);
    record(command, [&](SignatureStore& store) { store.revoke_key(*key, reason); });
  }
  print_change(command, keys, id, "revoked");
  return ExitCode::kOk;
}

const char* use_of(const KeyInfo& key) {
  return key.revoked       ? "revoked"
         : key.is_current  ? "signs"
         : key.has_private ? "replaced"
                           : "checks";
}

/// The keys that the catalog knows; empty without a catalog.
std::vector<SigningKeyRow> recorded_keys(const Command& command) {
  const std::filesystem::path file = command.config.get_path("catalog");
  if (!std::filesystem::exists(file)) {
    return {};
  }
  Database database = Database::open_reader(file);
  return SignatureStore(database).keys();
}

std::string validity_of(const SigningKeyRow& row) {
  return row.valid_from.substr(0, 10) + " to " +
         (row.revoked_at   ? row.revoked_at->substr(0, 10) + ", revoked: " + *row.revoke_reason
          : row.retired_at ? row.retired_at->substr(0, 10)
                           : "now");
}

json recorded_json(const SigningKeyRow& row) {
  const auto text = [](const std::optional<std::string>& value) {
    return value ? json(*value) : json();
  };
  return {{"key_id", row.key_id},
          {"valid_from", row.valid_from},
          {"retired_at", text(row.retired_at)},
          {"revoked_at", text(row.revoked_at)},
          {"revoke_reason", text(row.revoke_reason)}};
}

ExitCode run_show(const Command& command) {
  const KeyRing keys = key_ring(command.config);
  const std::vector<SigningKeyRow> recorded = recorded_keys(command);
  json here = json::array(), known = json::array();
  std::vector<std::vector<std::string>> rows;
  for (const KeyInfo& key : keys.keys()) {
    const std::optional<VerifyingKey> found = keys.find(key.id);
    here.push_back({{"key_id", key.id},
                    {"use", use_of(key)},
                    {"private", key.has_private},
                    {"public_pem", found ? found->to_pem() : ""}});
    rows.push_back({key.id, use_of(key), keys.folder().string()});
  }
  for (const SigningKeyRow& row : recorded) {
    known.push_back(recorded_json(row));
    rows.push_back({row.key_id, validity_of(row), "catalog"});
  }
  if (command.json) {
    print_json({{"folder", keys.folder().string()}, {"keys", here}, {"catalog", known}});
  } else {
    print_table(std::cout, {"KEY", "USE", "IN"}, rows);
  }
  return ExitCode::kOk;
}

Verb init_verb() {
  Verb verb;
  verb.name = "init";
  verb.summary = "Make the Ed25519 key that signs manifests and exports";
  verb.description =
      "The verbs that sign do this themselves, and log it, where there has never been a key. The "
      "private key is readable by its owner only, is refused when it is not, and is never copied "
      "anywhere. People's ids leave the catalog only as digests under this key: keep it.";
  verb.examples = {"changeling keys init", "changeling keys init --keys-dir /secure/changeling"};
  return verb;
}

Verb show_verb() {
  Verb verb;
  verb.name = "show";
  verb.summary = "List the keys, what each is used for, and when the catalog took it for valid";
  verb.description =
      "With --json also the public keys. To check what others signed, put their public key into "
      "the folder as <id>.pub.pem.";
  verb.examples = {"changeling keys show",
                   "changeling keys show --json | jq -r '.keys[].public_pem'"};
  return verb;
}

Verb rotate_verb() {
  Verb verb;
  verb.name = "rotate";
  verb.summary = "Make a new key that signs from now on";
  verb.description =
      "The earlier key stays for what it signed. The catalog records until when it was valid.";
  verb.examples = {"changeling keys rotate --catalog demo-run/catalog.db"};
  return verb;
}

Verb revoke_verb() {
  Verb verb;
  verb.name = "revoke";
  verb.summary = "Say that nothing which a key signed counts any more";
  verb.description =
      "For a key that somebody else may have. Then 'changeling keys rotate' and 'changeling "
      "catalog "
      "sign' give the clips new manifests; exports that it signed are refused by 'export verify'.";
  verb.examples = {"changeling keys revoke 0123456789abcdef --reason 'laptop was stolen'"};
  verb.positionals = {{"KEY", "Id of the key.", true, false}};
  verb.options = {make_option(OptionType::kString, "keys.reason", "reason", "",
                              "Why the key is revoked; kept in the catalog.")};
  return verb;
}

}  // namespace

Verb keys_verb() {
  Verb verb;
  verb.name = "keys";
  verb.summary = "Make, list, replace and revoke signing keys";
  verb.sub_verbs = {init_verb(), show_verb(), rotate_verb(), revoke_verb()};
  return verb;
}

std::vector<VerbEntry> keys_functions() {
  return {{{"keys", "init"}, run_init},
          {{"keys", "show"}, run_show},
          {{"keys", "rotate"}, run_rotate},
          {{"keys", "revoke"}, run_revoke}};
}

}  // namespace changeling
