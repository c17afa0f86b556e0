// catalog/verify/verify_catalog.h: does every file say what its row says? Layer 2: joins store and
// media, no Torch.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"

namespace changeling {

struct VerifyReport {
  std::vector<std::string> faults;  ///< one line per fault, naming the offender; empty = sound
  std::vector<std::string> notes;   ///< what could not be checked on this machine
  std::int64_t blobs = 0;           ///< files hashed, media of corpora included
  std::int64_t jobs = 0;            ///< finished jobs checked
  std::int64_t mask_frames = 0;     ///< mask frames decoded
};

/// Called after each blob and job with a count of finished ones; false = stop early.
using VerifyProgress = std::function<bool(std::int64_t done, std::int64_t total)>;

/// Checks the catalog file (integrity.h), hashes every blob and every corpus file with a known
/// digest, and for every finished job: fake, control, both masks and sidecar are there; container
/// tags and sidecar agree with the rows, the terms of the job's inputs and networks too; stream
/// digests; swapped spans add up to manipulated_frames; the alpha mask has content exactly on
/// swapped frames, the changed-pixel mask on no other. Changes nothing. Cost: reads all bytes,
/// decodes all masks. Faults never throw; Error(kCatalog) means that the catalog itself cannot be
/// read.
[[nodiscard]] VerifyReport verify_catalog(Database& database, const BlobStore& blobs,
                                          const CorpusRoots& roots,
                                          const VerifyProgress& progress = {});

}  // namespace changeling
