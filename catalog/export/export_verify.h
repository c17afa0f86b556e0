// catalog/export/export_verify.h: is an exported folder what its version says? Layer 4. Needs no
// catalog: consumers run it on what they received.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/key_ring.h"
#include "common/base/digest.h"
#include "common/base/stop_signal.h"

namespace changeling {

struct ExportVerifyReport {
  std::string name, version, key_id;
  bool key_is_known = false;        ///< the signing key is in the key ring
  std::vector<std::string> faults;  ///< one line per fault, naming the offender; empty = sound
  std::int64_t files = 0;           ///< hashed
  std::int64_t items = 0;
};

/// Checks, in this order: signature of dataset.json; every file against SHA256SUMS, no file beside
/// them; items.jsonl against the Merkle root and its counts; people and recordings in one part
/// only; the label in every clip; the signed manifest of every item, and that its terms permit the
/// item's access class; every format against items.jsonl, as its consumers read it. `keys` says
/// which signers are known and which are revoked; an unknown one is no fault by itself. `progress`
/// is called per file with how many were and will be hashed; false = stop early, after which what
/// was not looked at is no fault. Throws Error(kConfig) when `folder` is no export.
[[nodiscard]] ExportVerifyReport verify_export(const std::filesystem::path& folder,
                                               const KeyRing& keys, const KeepGoing& progress = {});

}  // namespace changeling
