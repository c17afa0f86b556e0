// catalog/verify/job_check.h: the files of one finished job against its rows. Layer 2, internal.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/run_store.h"

namespace changeling {

struct JobFaults {
  std::vector<std::string> lines;
  std::int64_t mask_frames = 0;
};

/// `closed` lists blobs that are not opened here: missing or damaged ones, reported already, and
/// those that another share of a verification reads.
[[nodiscard]] JobFaults check_job(const RunStore& runs, const CorpusStore& corpora,
                                  const JobRow& job, const BlobStore& blobs,
                                  const std::set<Digest>& closed);

}  // namespace changeling
