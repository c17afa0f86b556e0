#include "catalog/export/export_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/export/clip_copies.h"
#include "catalog/export/data_card.h"
#include "catalog/export/export_folder.h"
#include "catalog/export/export_format.h"
#include "catalog/export/renditions.h"
#include "catalog/signing/manifest.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/run_store.h"
#include "common/base/error.h"

namespace changeling {
namespace {

using nlohmann::json;

/// The light list of a version's items, each fake with its control.
std::vector<SetEntry> set_entries(const Selection& selection, const DatasetStore& store) {
  std::vector<SetEntry> entries;
  for (const SelectedClip& clip : selection.clips) {
    entries.push_back({clip.artifact, clip.key, clip.part, clip.label, clip.control_key,
                       store.clip(clip.artifact).bytes, clip.job});
  }
  return entries;
}

/// items.jsonl and manifests.jsonl: a description and a signed claim a line, by key. Returns the
/// first file.
WrittenFile write_items(const ExportSet& set, const SigningKey& key, ExportFolder& out) {
  ExportFile items = out.open("items.jsonl");
  ExportFile manifests = out.open(kManifestsName);
  for (const SetEntry& entry : set.entries()) {
    const ExportItem item = set.load(entry);
    items.write(item_json(item) + "\n");
    manifests.write(make_manifest(set.claim(item), key) + "\n");
    set.tick();
  }
  manifests.close();
  return items.close();
}

std::string dataset_json(const FrozenVersion& version, const ExportResult& result,
                         const WrittenFile& sums) {
  return json{{"schema_version", 1},
              {"name", version.row.name},
              {"version", version.row.semver},
              {"merkle_root", version.row.merkle_root->hex()},
              {"access_class", version.row.access_class},
              {"split", version.spec.split},
              {"seed", version.spec.seed},
              {"formats", version.spec.formats},
              {"counts", result.counts},
              {"date_published", publication_date(version)},
              {"run_id", version.row.run_id},
              {"key_id", version.spec.key_id},
              {"sha256sums_sha256", sums.sha256.hex()}}
      .dump();
}

/// As given, but deepfakebench first: frames takes its crops.
std::vector<std::string> in_writing_order(std::vector<std::string> formats) {
  std::stable_partition(formats.begin(), formats.end(),
                        [](const std::string& name) { return name == "deepfakebench"; });
  return formats;
}

/// Puts whole ids for the runs, which a version keeps: `latest` changes. Where the version is
/// frozen these are the runs that it was frozen with, if the spec may mean them.
void name_runs(Database& database, DatasetSpec& spec) {
  const auto version = DatasetStore(database).find_version(spec.name, spec.version);
  const auto frozen =
      version ? DatasetSpec::from_json(version->spec_json).select.runs : std::vector<std::string>{};
  const RunStore runs(database);
  for (std::size_t i = 0; i < spec.select.runs.size(); ++i) {
    std::string& run = spec.select.runs[i];
    const bool may_mean_frozen =
        i < frozen.size() && (run == "latest" || frozen[i].compare(0, run.size(), run) == 0);
    run = may_mean_frozen ? frozen[i] : runs.find_generate_run(run).run_id;
  }
}

class ExportRun {
 public:
  ExportRun(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
            const KeyRing& keys, const ExportRequest& request)
      : database_(database),
        blobs_(blobs),
        roots_(roots),
        keys_(keys),
        request_(request),
        copies_(request.dry_run ? ClipCopies() : ClipCopies(blobs.staging())) {}

  ExportResult run() {
    DatasetSpec spec = request_.spec;
    spec.check();
    if (spec.select.sql.empty()) {  // which would stand in for all lists
      name_runs(database_, spec);
    }
    for (const std::string& name : spec.formats) {
      (void)find_format(name);
    }
    const SigningKey key = names_key();
    spec.key_id = key.verifying_key().id();
    // An export that was stopped after its freeze is ended with the same items, whatever the spec
    // would select by now.
    const std::optional<FrozenVersion> frozen = find_equal_version(database_, spec);
    result_.version_existed = frozen.has_value();
    if (!request_.dry_run && !frozen) {
      render(spec);
    }
    const Selection selection =
        frozen ? kept_selection(database_, *frozen) : select_clips(database_, spec);
    describe(selection, spec, key);
    check_version_number(database_, spec, selection);
    if (!request_.dry_run && result_.refusals.empty()) {
      refuse_existing(result_.folder);
      spec.key_id = keys_.signing_key_or_new().verifying_key().id();
      const FrozenVersion version =
          freeze_version(database_, spec, selection, result_.access, result_.probes);
      result_.version_existed = version.existed;
      if (access_class_of(version.row.access_class) > result_.access) {
        throw Error(ErrorKind::kConfig, "version " + spec.version + " was frozen as " +
                                            version.row.access_class + ", its inputs are " +
                                            std::string(to_string(result_.access)) +
                                            " now: export them under a new version number");
      }
      write(version, selection);
    }
    return std::move(result_);
  }

 private:
  /// The checks sign nothing: before there is a key, a passing one stands in, so that a refusal
  /// makes none.
  [[nodiscard]] SigningKey names_key() const {
    return keys_.current_id().empty() ? SigningKey::generate() : keys_.signing_key();
  }

  void render(const DatasetSpec& spec) {
    if (spec.ladder_profiles().empty()) {
      return;
    }
    DatasetSpec as_made = spec;
    as_made.ladder.clear();
    const Selection selection = select_clips(database_, as_made);
    result_.rendered = render_missing(database_, blobs_, spec, selection, request_.rendering);
  }

  void describe(const Selection& selection, const DatasetSpec& spec, const SigningKey& key) {
    ItemLoader loader(database_, blobs_, roots_, key);
    loader.copy_clips(copies_);
    GateReport gate = check_selection(
        {database_, blobs_, loader, spec, selection, request_.checking, request_.probing});
    result_.access = gate.access;
    result_.refusals = std::move(gate.findings);
    result_.probes = std::move(gate.probes);
    result_.left_out = selection.left_out;
    result_.unjudged = selection.rejects.unjudged;
    result_.folder = request_.out / (spec.name + "-" + spec.version);
    for (const SelectedClip& clip : selection.clips) {
      ++result_.counts[clip.part][clip.label];
    }
    result_.merkle_root = version_root(version_items(selection));
  }

  void write(const FrozenVersion& version, const Selection& selection) {
    // The key of the version, not today's: a replaced key must not change the bytes.
    const SigningKey key = keys_.signing_key(version.spec.key_id);
    ItemLoader loader(database_, blobs_, roots_, key);
    loader.copy_clips(copies_);
    const auto total =
        static_cast<std::int64_t>(selection.clips.size() * (version.spec.formats.size() + 1));
    std::int64_t done = 0;
    const ExportSet set(version.spec, loader, set_entries(selection, DatasetStore(database_)),
                        [&] { check_going(request_.progress, ++done, total); });
    ExportFolder out(result_.folder);
    WrittenLayouts layouts;
    for (const std::string& name : in_writing_order(version.spec.formats)) {
      layouts.emplace_back(name, find_format(name).write(set, out));
    }
    const WrittenFile items = write_items(set, key, out);
    const CardFacts facts = collect_facts(database_, version, selection, loader, result_.probes);
    out.write("README.md", data_card(version, facts));
    out.write("croissant.json", croissant_json(version, facts, layouts, items));
    out.write("public_key.pem", key.verifying_key().to_pem());
    const std::string root = dataset_json(version, result_, out.end_sums());
    out.write_unlisted("dataset.json", root);
    out.write_unlisted("dataset.json.sig", key.sign(root) + "\n");
    out.publish(publication_date(version));
    result_.bytes = out.bytes_written();
    result_.is_written = true;
  }

  Database& database_;
  const BlobStore& blobs_;
  const CorpusRoots& roots_;
  KeyRing keys_;
  const ExportRequest& request_;
  ClipCopies copies_;
  ExportResult result_;
};

}  // namespace

ExportResult run_export(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
                        const KeyRing& keys, const ExportRequest& request) {
  return ExportRun(database, blobs, roots, keys, request).run();
}

}  // namespace changeling
