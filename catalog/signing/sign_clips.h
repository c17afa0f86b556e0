// catalog/signing/sign_clips.h: signs the labelled clips of a catalog. Layer 2.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"
#include "catalog/store/records.h"
#include "common/base/provenance.h"
#include "common/base/signature.h"

namespace changeling {

struct SignSummary {
  std::int64_t signed_clips = 0;
  std::int64_t known = 0;             ///< had a manifest that counts
  std::vector<std::string> refusals;  ///< one line per clip that cannot be signed, and why
};

struct SignRequest {
  std::string run_id;           ///< empty = clips of all runs
  bool checks_files = false;    ///< hash each clip first; a changed one is not signed
  bool is_dry_run = false;      ///< count only
  std::function<bool()> go_on;  ///< polled between clips; false = stop early; may be empty
};

/// Gives every fake and real control of done jobs a manifest by `key` when it has none, or when the
/// key of its newest one is revoked. The key is recorded in the catalog. Commits in batches: an
/// interrupted call goes on when it is made again. Throws as SignatureStore::use_key.
SignSummary sign_clips(Database& database, const BlobStore& blobs, const SigningKey& key,
                       const SignRequest& request);

/// The sidecar beside an artifact of a job. Throws Error(kCatalog) when it has none.
[[nodiscard]] Sidecar sidecar_of(Database& database, const BlobStore& blobs,
                                 const ArtifactRow& clip);

}  // namespace changeling
