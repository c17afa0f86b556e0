#include "catalog/export/export_verify.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "catalog/export/access_class.h"
#include "catalog/export/dataset_version.h"
#include "catalog/export/export_folder.h"
#include "catalog/export/export_format.h"
#include "catalog/signing/claim.h"
#include "catalog/signing/manifest.h"
#include "catalog/store/dataset_store.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/own_label.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::set<std::string> kUnlisted = {"dataset.json", "dataset.json.sig", kSumsName};

std::int64_t count_lines(const fs::path& file) {
  std::ifstream lines(file);
  return std::count(std::istreambuf_iterator<char>(lines), std::istreambuf_iterator<char>(), '\n');
}

class ExportVerifier {
 public:
  ExportVerifier(const fs::path& folder, const KeyRing& keys, const KeepGoing& progress)
      : folder_(folder), keys_(keys), progress_(progress) {}

  ExportVerifyReport run() {
    if (!fs::is_regular_file(folder_ / "dataset.json")) {
      throw Error(ErrorKind::kConfig,
                  "'" + folder_.string() + "' is no export: it has no dataset.json");
    }
    const std::string text = read_file(folder_ / "dataset.json");
    try {
      root_ = json::parse(text);
      report_.name = root_.at("name").get<std::string>();
      report_.version = root_.at("version").get<std::string>();
      report_.key_id = root_.at("key_id").get<std::string>();
    } catch (const json::exception& error) {
      fault(std::string("dataset.json is damaged: ") + error.what());
      return std::move(report_);
    }
    guarded("signature", [&] { check_signature(text); });
    guarded(kSumsName, [&] { check_files(); });
    guarded("items.jsonl", [&] { check_items(); });
    guarded("labels", [&] { check_labels(); });
    guarded(kManifestsName, [&] { check_manifests(); });
    guarded("formats", [&] { check_formats(); });
    return std::move(report_);
  }

 private:
  void fault(const std::string& text) { report_.faults.push_back(text); }

  void add(const std::vector<std::string>& faults) {
    report_.faults.insert(report_.faults.end(), faults.begin(), faults.end());
  }

  template <typename Step>
  void guarded(const std::string& what, Step&& step) {
    if (is_stopped_) {
      return;
    }
    try {
      step();
    } catch (const std::exception& error) {  // Error and json::exception alike: damaged files
      fault(what + ": " + error.what());
    }
  }

  void check_signature(const std::string& text) {
    const VerifyingKey key = signer();
    if (const std::optional<std::string> reason = keys_.revocation(report_.key_id)) {
      fault("dataset.json: revoked_key: is signed by " + report_.key_id +
            ", which is revoked: " + *reason);
    }
    std::string signature = read_file(folder_ / "dataset.json.sig");
    signature.erase(signature.find_last_not_of('\n') + 1);
    if (key.id() != report_.key_id || !key.verify(text, signature)) {
      fault("dataset.json: the signature is not of key " + report_.key_id);
    }
  }

  /// The key that the folder names: of the key ring, else the one in the folder.
  VerifyingKey signer() {
    const std::optional<VerifyingKey> known = keys_.find(report_.key_id);
    report_.key_is_known = known.has_value();
    return known ? *known : VerifyingKey::from_pem(read_file(folder_ / "public_key.pem"));
  }

  void check_files() {
    if (sha256_file(folder_ / kSumsName).hex() != root_.at("sha256sums_sha256")) {
      fault("SHA256SUMS is another list than the one that was signed");
    }
    const std::int64_t total = count_lines(folder_ / kSumsName);
    std::set<std::string> listed;
    std::ifstream sums(folder_ / kSumsName);
    std::string line;
    while (std::getline(sums, line) && !is_stopped_) {
      if (line.size() < 67) {
        fault("SHA256SUMS has a damaged line '" + line + "'");
        continue;
      }
      const std::string rel_path = line.substr(66);
      listed.insert(rel_path);
      check_file(rel_path, line.substr(0, 64));
      is_stopped_ = progress_ && !progress_(report_.files, total);
    }
    if (is_stopped_) {
      return;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_)) {
      const std::string rel_path = fs::relative(entry.path(), folder_).generic_string();
      if (entry.is_regular_file() && kUnlisted.count(rel_path) == 0 &&
          listed.count(rel_path) == 0) {
        fault("'" + rel_path + "' is not part of the export");
      }
    }
  }

  void check_file(const std::string& rel_path, const std::string& digest) {
    ++report_.files;
    if (!fs::is_regular_file(folder_ / rel_path)) {
      fault("'" + rel_path + "' is missing");
    } else if (sha256_file(folder_ / rel_path).hex() == digest) {
      files_by_digest_.emplace(digest, rel_path);
    } else {
      fault("'" + rel_path + "' was changed: its bytes differ from SHA256SUMS");
    }
  }

  void check_items() {
    const std::vector<VersionItem> items = read_exported_items(folder_);
    report_.items = static_cast<std::int64_t>(items.size());
    if (version_root(items).hex() != root_.at("merkle_root")) {
      fault(
          "items.jsonl: keys, streams, labels or parts differ from the Merkle root of the version");
    }
    std::map<std::string, std::map<std::string, std::int64_t>> counts;
    for (const VersionItem& item : items) {
      ++counts[item.part][item.label];
      if (item.key != item_key(item.stream_sha256)) {
        fault("items.jsonl: item " + item.key + " has the key of another stream");
      }
    }
    if (json(counts) != root_.at("counts")) {
      fault("items.jsonl: items per part and label differ from dataset.json");
    }
    read_known_items();
  }

  /// What items.jsonl says and a claim must say, too.
  struct Described {
    std::string label, sha256, stream_sha256, digital_source_type, access_class;
    std::set<std::string> licences;
  };

  /// The label in each clip's file; clips in archives are their format's to check.
  void check_labels() {
    for (const auto& [key, item] : items_) {
      const auto file = files_by_digest_.find(item.sha256.hex());
      if (file == files_by_digest_.end()) {
        continue;
      }
      if (std::string wrong = wrong_label(item, label_of_clip(folder_ / file->second));
          !wrong.empty()) {
        fault("'" + file->second + "' of item " + key + " " + wrong);
      }
    }
  }

  void check_manifests() {
    const VerifyingKey key = signer();
    std::ifstream lines(folder_ / kManifestsName);
    if (!lines) {
      throw Error(ErrorKind::kInput, "the file is missing");
    }
    std::string line;
    std::int64_t n = 0;
    while (std::getline(lines, line)) {
      ++n;
      try {
        check_manifest(line, key);
      } catch (const Error& error) {
        manifest_fault("line " + std::to_string(n), "damaged_manifest", error.what());
      }
    }
    for (const auto& [item, described] : described_) {
      manifest_fault(item, "missing_manifest", "the item has none");
    }
  }

  void manifest_fault(const std::string& which, const std::string& kind, const std::string& text) {
    fault(std::string(kManifestsName) + ": " + kind + ": " + which + ": " + text);
  }

  void check_manifest(const std::string& document, const VerifyingKey& key) {
    const Manifest manifest = parse_manifest(document);
    const ClaimFacts facts = claim_facts(manifest.claim);
    const auto found = described_.find(facts.key);
    if (manifest.key_id != report_.key_id) {
      manifest_fault(facts.key, "unknown_key",
                     "is signed by " + manifest.key_id + ", the set by " + report_.key_id);
    } else if (!is_signed_by(manifest, key)) {
      manifest_fault(facts.key, "bad_signature", "the signature is not of key " + manifest.key_id);
    } else if (found == described_.end()) {
      manifest_fault(facts.key, "wrong_claim", "no such item, or a second manifest of it");
    } else if (const Described& item = found->second;
               item.label != to_string(facts.label) || item.sha256 != facts.sha256.hex() ||
               item.stream_sha256 != facts.stream_sha256.hex() ||
               item.digital_source_type != facts.digital_source_type) {
      manifest_fault(facts.key, "wrong_claim",
                     "label, digests or source type differ from items.jsonl");
    } else {
      check_terms(facts, found->second);
    }
    described_.erase(facts.key);
  }

  /// An item must not be more open than the terms that were signed.
  void check_terms(const ClaimFacts& facts, const Described& item) {
    std::vector<AccessTerm> terms;
    for (const ClaimFacts::Terms& input : facts.inputs) {
      terms.push_back(media_access(input.name, input.licence, input.redistributable));
      if (item.licences.count(input.licence) == 0) {
        manifest_fault(
            facts.key, "wrong_terms",
            "items.jsonl does not name the licence '" + input.licence + "' of the " + input.name);
      }
    }
    for (const auto& [role, licence] : facts.networks) {
      terms.push_back(model_access("network '" + role + "'", licence));
    }
    for (const AccessTerm& term : terms) {
      if (term.access < access_class_of(item.access_class)) {
        manifest_fault(facts.key, "wrong_terms",
                       "items.jsonl says '" + item.access_class + "', but " + term.reason);
      }
    }
  }

  void check_formats() {
    for (const std::string& name : root_.value("formats", std::vector<std::string>())) {
      guarded(name, [&] {
        const ExportFormat& format = find_format(name);
        add(format.check(folder_ / format.name, items_));
      });
    }
  }

  void read_known_items() {
    std::ifstream lines(folder_ / "items.jsonl");
    std::string line;
    std::map<std::string, std::map<std::string, std::string>> parts;  // of people and recordings
    while (std::getline(lines, line)) {
      const json value = json::parse(line);
      const auto text = [&value](const char* member) {
        return value.at(member).get<std::string>();
      };
      KnownItem item{text("label"),
                     text("part"),
                     text("method"),
                     text("control_key"),
                     Digest::from_hex(text("sha256")),
                     {}};
      for (const auto& [layer, digest] : value.at("masks").items()) {
        item.masks.emplace(layer, Digest::from_hex(digest.get<std::string>()));
      }
      for (const char* member :
           {"target_key", "source_key", "target_clip_key", "source_clip_key"}) {
        note_part(text(member), item.part, text("key"), parts);
      }
      described_.emplace(text("key"),
                         Described{text("label"), text("sha256"), text("stream_sha256"),
                                   text("digital_source_type"), text("access_class"),
                                   value.at("licence").get<std::set<std::string>>()});
      if (access_class_of(text("access_class")) < access_class_of(root_.at("access_class"))) {
        fault("items.jsonl: item " + text("key") + " is " + text("access_class") +
              ", dataset.json says " + root_.at("access_class").get<std::string>());
      }
      items_.emplace(text("key"), std::move(item));
    }
  }

  /// A person or clip that stands in a second part is named once.
  void note_part(const std::string& who, const std::string& part, const std::string& key,
                 std::map<std::string, std::map<std::string, std::string>>& parts) {
    if (who.empty()) {
      return;
    }
    std::map<std::string, std::string>& seen = parts[who];
    if (seen.emplace(part, key).second && seen.size() == 2) {
      fault("split: " + who + " is in " + seen.begin()->first + " (item " + seen.begin()->second +
            ") and in " + seen.rbegin()->first + " (item " + seen.rbegin()->second + ")");
    }
  }

  const fs::path& folder_;
  const KeyRing& keys_;
  const KeepGoing& progress_;
  json root_;
  KnownItems items_;
  std::map<std::string, std::string> files_by_digest_;  ///< those whose bytes are as listed
  std::map<std::string, Described> described_;          ///< by key, until its manifest is met
  ExportVerifyReport report_;
  bool is_stopped_ = false;
};

}  // namespace

ExportVerifyReport verify_export(const fs::path& folder, const KeyRing& keys,
                                 const KeepGoing& progress) {
  return ExportVerifier(folder, keys, progress).run();
}

}  // namespace changeling
