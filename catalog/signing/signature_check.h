// catalog/signing/signature_check.h: does every labelled clip carry a manifest that holds? Layer 2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"
#include "catalog/store/key_ring.h"
#include "common/base/stop_signal.h"

namespace changeling {

/// What can be wrong with a clip's manifest, worst first; the first one found is reported.
enum class SignatureFaultKind {
  kMissingManifest,
  kDamagedManifest,  ///< no manifest, or not its canonical text
  kUnknownKey,       ///< the catalog does not know the signer
  kRevokedKey,
  kExpiredKey,    ///< signed before the key was valid or after it was retired
  kBadSignature,  ///< the key did not sign this text
  kWrongClaim,    ///< the claim differs from what catalog and sidecar say
  kChangedClip,   ///< the file is missing or its bytes are not the signed ones
  kWrongTag,      ///< a container tag contradicts the claim
  kWrongXmp,      ///< the source type in an mp4 file is missing or contradicts the claim
};

/// The printed spelling: "missing_manifest", ...
[[nodiscard]] std::string_view to_string(SignatureFaultKind kind);

struct SignatureFault {
  SignatureFaultKind kind;
  std::string clip;  ///< "job 3 fake_video"
  std::string text;
};

struct SignatureReport {
  std::vector<SignatureFault> faults;
  std::vector<std::string> notes;  ///< keys that the catalog knows and the key folder does not
  std::int64_t clips = 0;
};

/// Checks the newest manifest of every fake and real control of done jobs. Keys are those recorded
/// in the catalog; a revocation counts from there and from `keys`. Changes nothing. Cost: reads all
/// clips. `keep_going` is told of the clips that are done; its no stops early.
[[nodiscard]] SignatureReport check_signatures(Database& database, const BlobStore& blobs,
                                               const KeyRing& keys,
                                               const KeepGoing& keep_going = {});

}  // namespace changeling
