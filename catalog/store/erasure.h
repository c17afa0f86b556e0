// catalog/store/erasure.h: forgets a person: everything that shows them or was made of them.
// Layer 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"
#include "catalog/store/purged_files.h"
#include "catalog/store/trained_models.h"

namespace changeling {

struct ErasureRequest {
  std::string corpus;          ///< name; all its versions
  std::string ext_id;          ///< the corpus's own id of the person
  std::string reason;          ///< goes into the audit log
  bool withdraw_only = false;  ///< note the withdrawal, erase nothing yet
  bool dry_run = false;
};

/// What depends on the person, as source, target or bystander. Media are those that show them, all
/// of equal bytes, in any corpus and whoever is said to be seen there, and fakes and controls of
/// them that somebody registered as footage.
struct ErasureReport {
  std::vector<SubjectId> subjects;  ///< one per version of the corpus that has them
  std::int64_t media = 0, pairs = 0, jobs_skipped = 0;
  std::int64_t artifacts = 0, cached_stages = 0, tracks = 0, scores = 0;
  std::vector<std::string> versions;      ///< NAME@VERSION of data sets that are withdrawn now
  std::vector<TrainedModel> models;       ///< that saw the person before the withdrawal; they stay
  std::vector<std::string> corpus_files;  ///< CORPUS/PATH, sorted: corpora are never written to
  FileCount removed;                      ///< or to be removed
};

/// In one transaction: the person is withdrawn and loses id and attributes, cached analyses, face
/// tracks (those of nobody known in these media, too, and all in fakes and controls of them) and
/// scores go, waiting jobs are skipped,
/// blobs of which every row goes are marked purged, versions invalidated, one audit row. Then the
/// files are removed: an interrupted call is finished by the next, which removes the files of all
/// purged blobs (purged_files.h). Rows stay as tombstones. Throws Error(kConfig) for a person who
/// is not there, Error(kResource) for a file that cannot be removed.
[[nodiscard]] ErasureReport forget_subject(Database& database, const BlobStore& blobs,
                                           const ErasureRequest& request);

}  // namespace changeling
