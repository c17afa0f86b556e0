// catalog/verify/verify_catalog.h: does every file say what its row says? Layer 2: joins store and
// media, no Torch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"
#include "common/base/stop_signal.h"

namespace changeling {

/// Which files a verification reads: those of one of `parts` parts, into which their digests sort
/// them evenly, so that all parts in turn read every file once; and those of one run.
struct VerifyShare {
  std::int64_t parts = 1;  ///< 1 = every file
  std::int64_t turn = 0;   ///< reads part `turn` modulo `parts`; not negative
  std::string run_id;      ///< of the generate run whose files are read at any turn; empty = none
};

struct VerifyReport {
  std::vector<std::string> faults;  ///< one line per fault, naming the offender; empty = sound
  std::vector<std::string> notes;   ///< what could not be checked on this machine
  std::int64_t files = 0;           ///< that rows promise, media of corpora included
  std::int64_t blobs = 0;           ///< of these, hashed
  std::int64_t jobs = 0;            ///< finished jobs checked
  std::int64_t mask_frames = 0;     ///< mask frames decoded
  std::int64_t purged = 0;          ///< blobs whose file is gone on purpose: pruned, erased, redone
};

/// Called after each item of one kind after another, which cost very differently; false = stop
/// early.
struct VerifyProgress {
  KeepGoing blobs = {};
  KeepGoing corpora = {};  ///< media of corpora
  KeepGoing jobs = {};     ///< finished jobs, whose masks are decoded
};

/// Checks the catalog file (integrity.h), hashes every blob and every corpus file with a known
/// digest, and for every finished job: fake, control, both masks and sidecar are there; container
/// tags and sidecar agree with the rows, the terms of the job's inputs and networks too; stream
/// digests; swapped spans add up to manipulated_frames; the alpha mask has content exactly on
/// swapped frames, the changed-pixel mask on no other. Of a share, other files than its own are not
/// opened: that they are there and, of blobs, how long they are is checked, and all rows. Changes
/// nothing. Cost: reads all bytes and decodes all masks, of the share. Faults never throw;
/// Error(kCatalog) means that the catalog itself cannot be read.
[[nodiscard]] VerifyReport verify_catalog(Database& database, const BlobStore& blobs,
                                          const CorpusRoots& roots,
                                          const VerifyProgress& progress = {},
                                          const VerifyShare& share = {});

}  // namespace changeling
