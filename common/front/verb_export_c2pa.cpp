// `changeling export c2pa`: hands copies of exported fakes to c2patool.
#include <fstream>
#include <iostream>
#include <map>

#include <nlohmann/json.hpp>

#include "catalog/export/export_folder.h"
#include "catalog/export/export_verify.h"
#include "catalog/signing/c2pa_definition.h"
#include "catalog/signing/claim.h"
#include "catalog/signing/key_folder.h"
#include "catalog/signing/manifest.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/front/child_verb.h"
#include "common/front/json_output.h"
#include "common/front/verb_export.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// Files below an export that are named by an item's key, by that key; formats repeat clips.
std::map<std::string, fs::path> clips_by_key(const fs::path& folder) {
  std::map<std::string, fs::path> clips;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".mp4") {
      fs::path& known = clips[entry.path().stem().string()];
      known = known.empty() ? entry.path() : std::min(known, entry.path());
    }
  }
  return clips;
}

/// Has c2patool write a labelled copy of a clip. Throws Error(kResource) when it fails or when the
/// copy does not show the same video.
void label_copy(const std::string& tool, const fs::path& clip, const std::string& claim,
                const ClaimFacts& facts, const fs::path& out) {
  const fs::path definition = out / (facts.key + ".c2pa.json");
  const fs::path copy = out / (facts.key + ".mp4");
  write_file_atomically(definition, c2pa_definition(claim) + "\n");
  const int code =
      run_tool({tool, clip.string(), "--manifest", definition.string(), "--output", copy.string()});
  if (code != 0) {
    throw Error(ErrorKind::kResource, "'" + tool + "' ended with " + std::to_string(code));
  }
  if (!fs::is_regular_file(copy) || video_stream_sha256(copy) != facts.stream_sha256) {
    throw Error(ErrorKind::kResource,
                "'" + tool + "' did not leave the same video in '" + copy.string() + "'");
  }
}

/// What c2patool is handed must be what the export's key signed.
bool is_sound(const fs::path& folder, const KeyRing& keys) {
  const ExportVerifyReport report = verify_export(folder, keys);
  for (const std::string& fault : report.faults) {
    std::cerr << "nothing labelled: " << fault << "\n";
  }
  return report.faults.empty();
}

}  // namespace

ExitCode run_export_c2pa(const Command& command) {
  install_stop_signal();
  const fs::path folder = command.positionals[0];
  const fs::path out = command.positionals[1];
  const std::string tool = command.config.get_path("provenance.c2patool").string();
  std::ifstream lines(folder / kManifestsName);
  if (!lines) {
    throw Error(ErrorKind::kConfig,
                "'" + folder.string() + "' is no export: it has no " + std::string(kManifestsName));
  }
  if (fs::exists(out)) {
    throw Error(ErrorKind::kConfig, "'" + out.string() + "' exists already");
  }
  if (!is_sound(folder, key_ring(command.config))) {
    return ExitCode::kGateFailed;
  }
  const std::map<std::string, fs::path> clips = clips_by_key(folder);
  std::int64_t labelled = 0, failed = 0;
  std::string line;
  while (std::getline(lines, line) && stop_requested() == 0) {
    const std::string claim = parse_manifest(line).claim;
    const ClaimFacts facts = claim_facts(claim);
    if (facts.label != Label::kFake) {
      continue;
    }
    try {
      const auto clip = clips.find(facts.key);
      if (clip == clips.end()) {
        throw Error(ErrorKind::kInput, "no file " + facts.key +
                                           ".mp4 (export a format that names files by key, such "
                                           "as videofolder)");
      }
      if (!command.dry_run) {
        label_copy(tool, clip->second, claim, facts, out);
      }
      ++labelled;
    } catch (const Error& error) {
      ++failed;
      std::cerr << "not labelled: " << facts.key << ": " << error.what() << "\n";
    }
  }
  if (command.json) {
    print_json({{"labelled", labelled}, {"failed", failed}, {"dry_run", command.dry_run}});
  } else if (!command.quiet) {
    std::cout << (command.dry_run ? "would label " : "labelled ") << labelled << " fakes in '"
              << out.string() << "', " << failed << " failed\n";
  }
  if (stop_requested() != 0) {
    return exit_code_for(ErrorKind::kCancelled);
  }
  return failed == 0 ? ExitCode::kOk : ExitCode::kSomeItemsFailed;
}

}  // namespace changeling
