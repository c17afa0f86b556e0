#include "catalog/export/dataset_version.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include <nlohmann/json.hpp>

#include "catalog/export/merkle_tree.h"
#include "catalog/export/probe_json.h"
#include "catalog/export/semver.h"
#include "catalog/store/audit_log.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "common/base/build_info.h"
#include "common/base/error.h"

namespace changeling {
namespace {

using nlohmann::json;

/// The newest version of a name; nullopt = none.
std::optional<DatasetVersionRow> newest_version(const DatasetStore& store,
                                                const std::string& name) {
  std::optional<DatasetVersionRow> newest;
  for (const DatasetVersionRow& row : store.versions()) {
    if (row.name == name &&
        (!newest || SemVer::parse(newest->semver) < SemVer::parse(row.semver))) {
      newest = row;
    }
  }
  return newest;
}

void check_step(const SemVer& from, const SemVer& to, const VersionDiff& diff,
                const std::string& name) {
  const std::string where = "export.version: " + name + "@" + to.text();
  if (!(from < to)) {
    throw Error(ErrorKind::kConfig, where + " must be above the newest version, " + from.text());
  }
  const auto count = [](const std::vector<std::string>& keys) {
    return std::to_string(keys.size());
  };
  const bool is_broken = !diff.removed.empty() || !diff.moved.empty() || !diff.relabelled.empty();
  if (is_broken && to.major_number == from.major_number) {
    throw Error(ErrorKind::kConfig, where + " needs a new MAJOR: against " + from.text() + ", " +
                                        count(diff.removed) + " items are gone, " +
                                        count(diff.moved) + " moved between parts, " +
                                        count(diff.relabelled) + " have another label");
  }
  const bool is_same_minor =
      to.major_number == from.major_number && to.minor_number == from.minor_number;
  if (!diff.added.empty() && is_same_minor) {
    throw Error(ErrorKind::kConfig, where + " needs a new MINOR: against " + from.text() + ", " +
                                        count(diff.added) + " items are new");
  }
}

FrozenVersion frozen_version(const DatasetVersionRow& row) {
  return {row, DatasetSpec::from_json(row.spec_json), true};
}

/// Whether the version was frozen with this spec, whoever signs.
bool has_spec(const FrozenVersion& version, DatasetSpec spec) {
  spec.key_id = version.spec.key_id;
  return spec.to_json() == version.row.spec_json;
}

/// The stored version when it is equal; throws when it differs.
std::optional<FrozenVersion> existing_version(Database& database, const DatasetSpec& spec,
                                              const Digest& root) {
  const std::optional<DatasetVersionRow> row =
      DatasetStore(database).find_version(spec.name, spec.version);
  if (!row) {
    return std::nullopt;
  }
  const std::string name = spec.name + "@" + spec.version;
  if (row->invalidated_at) {
    throw Error(ErrorKind::kConfig, name + " was withdrawn on " + *row->invalidated_at +
                                        ": freeze a new MAJOR version");
  }
  if (row->merkle_root != root) {
    throw Error(ErrorKind::kConfig, name +
                                        " is frozen with other items (see 'changeling export "
                                        "diff'): choose a new export.version");
  }
  FrozenVersion frozen = frozen_version(*row);
  if (!has_spec(frozen, spec)) {
    throw Error(ErrorKind::kConfig, name +
                                        " is frozen with another spec: choose a new "
                                        "export.version, a PATCH when the items stay");
  }
  return frozen;
}

/// By "NAME@VERSION".
std::optional<DatasetVersionRow> version_named(Database& database, const std::string& what) {
  const std::size_t at = what.find('@');
  return at == std::string::npos
             ? std::nullopt
             : DatasetStore(database).find_version(what.substr(0, at), what.substr(at + 1));
}

/// What the audit log keeps of a freeze.
std::string freeze_detail(const DatasetSpec& spec, const Selection& selection, const Digest& root,
                          const std::vector<ProbeResult>& probes) {
  json kept = json::array();
  for (const ProbeResult& probe : probes) {
    kept.push_back(json::parse(probe_json(probe)));
  }
  json detail = {{"items", selection.clips.size()},
                 {"left_out", selection.left_out},
                 {"merkle_root", root.hex()},
                 {"probes", kept}};
  if (spec.select.leaves_out_rejected) {
    detail["rejects"] = {{"version", selection.rejects.version},
                         {"left_out", selection.rejects.left_out},
                         {"unjudged", selection.rejects.unjudged}};
  }
  return detail.dump();
}

/// The audit row of a version's freeze; null where an earlier program wrote none.
json kept_detail(Database& database, const FrozenVersion& version) {
  const std::optional<std::string> detail =
      AuditLog(database).newest_detail("freeze", version.row.name + "@" + version.row.semver);
  return detail ? json::parse(*detail, nullptr, false) : json();
}

std::string begin_run(RunStore& runs, const DatasetSpec& spec) {
  RunRow run = new_run("export");
  run.config_json = spec.to_json();
  run.config_sha256 = sha256(run.config_json);
  run.seed = spec.seed;
  run.env_json = json{{"version", project_version()}}.dump();
  return runs.begin(run);
}

}  // namespace

std::vector<VersionItem> version_items(const Selection& selection) {
  std::vector<VersionItem> items;
  for (const SelectedClip& clip : selection.clips) {
    items.push_back({clip.key, clip.stream_sha256, clip.label, clip.part});
  }
  return items;
}

Digest version_root(const std::vector<VersionItem>& items) {
  MerkleTree tree;
  for (const VersionItem& item : items) {
    tree.add(item.key + " " + item.stream_sha256.hex() + " " + item.label + " " + item.part);
  }
  return tree.root();
}

bool VersionDiff::empty() const {
  return added.empty() && removed.empty() && moved.empty() && relabelled.empty();
}

VersionDiff diff_items(const std::vector<VersionItem>& from, const std::vector<VersionItem>& to) {
  VersionDiff diff;
  auto old = from.begin();
  auto now = to.begin();
  while (old != from.end() || now != to.end()) {
    if (now == to.end() || (old != from.end() && old->key < now->key)) {
      diff.removed.push_back(old++->key);
    } else if (old == from.end() || now->key < old->key) {
      diff.added.push_back(now++->key);
    } else {
      if (old->part != now->part) {
        diff.moved.push_back(now->key);
      }
      if (old->label != now->label || old->stream_sha256 != now->stream_sha256) {
        diff.relabelled.push_back(now->key);
      }
      ++old;
      ++now;
    }
  }
  return diff;
}

std::vector<VersionItem> version_items(Database& database, VersionId version) {
  const DatasetStore store(database);
  std::vector<VersionItem> items;
  for (const DatasetItemRow& row : store.items(version)) {
    const ClipRow clip = store.clip(row.artifact_id);
    items.push_back({row.item_key, *clip.artifact.stream_sha256, *clip.artifact.label, row.part});
  }
  return items;
}

std::vector<VersionItem> read_exported_items(const std::filesystem::path& folder) {
  std::ifstream in(folder / "items.jsonl");
  if (!in) {
    throw Error(ErrorKind::kConfig,
                "'" + folder.string() + "' is no export: it has no items.jsonl");
  }
  std::vector<VersionItem> items;
  std::string line;
  while (std::getline(in, line)) {
    try {
      const json value = json::parse(line);
      items.push_back({value.at("key").get<std::string>(),
                       Digest::from_hex(value.at("stream_sha256").get<std::string>()),
                       value.at("label").get<std::string>(), value.at("part").get<std::string>()});
    } catch (const json::exception& error) {
      throw Error(ErrorKind::kInput, "'" + (folder / "items.jsonl").string() + "' line " +
                                         std::to_string(items.size() + 1) + ": " + error.what());
    }
  }
  return items;
}

FrozenVersion find_frozen_version(Database& database, const std::string& what) {
  const std::optional<DatasetVersionRow> row = version_named(database, what);
  if (!row || !row->merkle_root) {
    throw Error(ErrorKind::kConfig, "the catalog has no version '" + what +
                                        "': give NAME@1.0.0 (see 'changeling export list'), or "
                                        "corpus:NAME for a corpus");
  }
  return {*row, DatasetSpec::from_json(row->spec_json), true};
}

std::optional<RejectCounts> kept_rejects(Database& database, const FrozenVersion& version) {
  const json kept = kept_detail(database, version);
  if (!kept.is_object() || !kept.contains("rejects")) {
    return std::nullopt;
  }
  const json& rejects = kept.at("rejects");
  RejectCounts counts;
  rejects.at("version").get_to(counts.version);
  rejects.at("left_out").get_to(counts.left_out);
  rejects.at("unjudged").get_to(counts.unjudged);
  return counts;
}

std::optional<std::vector<ProbeResult>> kept_probes(Database& database,
                                                    const FrozenVersion& version) {
  const json kept = kept_detail(database, version);
  if (!kept.is_object() || !kept.contains("probes")) {
    return std::nullopt;
  }
  std::vector<ProbeResult> probes;
  for (const json& probe : kept.at("probes")) {
    probes.push_back(probe_from_json(probe.dump()));
  }
  return probes;
}

std::optional<FrozenVersion> find_equal_version(Database& database, const DatasetSpec& spec) {
  const std::optional<DatasetVersionRow> row =
      DatasetStore(database).find_version(spec.name, spec.version);
  if (!row || !row->merkle_root || row->invalidated_at) {
    return std::nullopt;
  }
  FrozenVersion frozen = frozen_version(*row);
  return has_spec(frozen, spec) ? std::optional(std::move(frozen)) : std::nullopt;
}

Selection kept_selection(Database& database, const FrozenVersion& version) {
  Selection selection = frozen_selection(database, version.row.id);
  const json kept = kept_detail(database, version);
  if (kept.is_object() && kept.contains("left_out")) {
    kept.at("left_out").get_to(selection.left_out);
  }
  selection.rejects = kept_rejects(database, version).value_or(RejectCounts{});
  return selection;
}

std::vector<VersionItem> find_items(Database& database, const std::string& what) {
  if (std::filesystem::is_directory(what)) {
    return read_exported_items(what);
  }
  const std::optional<DatasetVersionRow> row = version_named(database, what);
  if (!row) {
    throw Error(ErrorKind::kConfig, "'" + what +
                                        "' is no exported folder and no version NAME@1.0.0 of this "
                                        "catalog (see 'changeling export list')");
  }
  return version_items(database, row->id);
}

std::string publication_date(const FrozenVersion& version) {
  const std::string& given = version.spec.card.date_published;
  return given.empty() ? version.row.created_at.substr(0, 10) : given;
}

void check_version_number(Database& database, const DatasetSpec& spec, const Selection& selection) {
  const std::vector<VersionItem> items = version_items(selection);
  if (existing_version(database, spec, version_root(items))) {
    return;
  }
  if (const auto newest = newest_version(DatasetStore(database), spec.name)) {
    check_step(SemVer::parse(newest->semver), SemVer::parse(spec.version),
               diff_items(version_items(database, newest->id), items), spec.name);
  }
}

FrozenVersion freeze_version(Database& database, DatasetSpec spec, const Selection& selection,
                             AccessClass access, const std::vector<ProbeResult>& probes) {
  check_version_number(database, spec, selection);
  const Digest root = version_root(version_items(selection));
  if (std::optional<FrozenVersion> existing = existing_version(database, spec, root)) {
    return *existing;
  }
  FrozenVersion frozen;
  database.transaction([&] {
    RunStore runs(database);
    DatasetStore store(database);
    DatasetVersionRow row;
    row.name = spec.name;
    row.semver = spec.version;
    row.split_id = PairStore(database).find_split(spec.split)->id;
    row.run_id = begin_run(runs, spec);
    row.access_class = to_string(access);
    row.spec_json = spec.to_json();
    row.merkle_root = root;
    std::vector<DatasetItemRow> items;
    for (const SelectedClip& clip : selection.clips) {
      items.push_back({clip.artifact, clip.key, clip.part});
    }
    store.add_version(row, items);
    runs.finish(row.run_id, "ok");
    AuditLog(database).append("changeling", "freeze", spec.name + "@" + spec.version,
                              freeze_detail(spec, selection, root, probes));
    frozen.row = *store.find_version(spec.name, spec.version);
  });
  frozen.spec = std::move(spec);
  return frozen;
}

}  // namespace changeling
