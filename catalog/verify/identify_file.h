// catalog/verify/identify_file.h: "is this file ours?", asked of a file found anywhere. Layer 2:
// joins store and media, no Torch.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/known_files.h"

namespace changeling {

/// By what a file was recognised, the strongest first.
enum class Evidence {
  kFile,     ///< its bytes are those of a row
  kStream,   ///< its video packets are: tags were edited, or the container changed
  kTag,      ///< its label alone, in the container's tags: encoded again, or a forged label
  kSidecar,  ///< what an exported item's `<name>.json` says, beside it or in `sidecars/`
  kNone,
};

/// "file", "stream", "tag", "sidecar", "none".
[[nodiscard]] std::string_view to_string(Evidence evidence);

/// The label that a file carries, or its sidecar; empty fields where nothing is said.
struct CarriedLabel {
  std::string label;   ///< fake, real_control, real
  std::string method;  ///< of a fake
  std::string job;     ///< key of the job, or the stream digest of a corpus's clip; hex digits

  [[nodiscard]] bool empty() const { return label.empty() && job.empty(); }
};

struct FileIdentity {
  Evidence evidence = Evidence::kNone;
  std::vector<KnownFile> known;  ///< of this catalog; empty: not in it
  CarriedLabel carried;          ///< empty and nothing known: an unknown file
};

/// Reads the whole file. Damaged and foreign files are no errors: nothing is known of them. Throws
/// Error(kInput) when the file cannot be read.
[[nodiscard]] FileIdentity identify_file(Database& database, const std::filesystem::path& file);

}  // namespace changeling
