#include "catalog/verify/verify_catalog.h"

#include <optional>
#include <set>

#include "catalog/store/corpus_store.h"
#include "catalog/store/frame_sequence.h"
#include "catalog/store/integrity.h"
#include "catalog/store/run_store.h"
#include "catalog/verify/job_check.h"
#include "common/base/error.h"

namespace changeling {
namespace {

/// A medium of a corpus whose digest is known.
struct CorpusMedium {
  std::filesystem::path root;
  MediaRow row;
};

/// What is wrong with a file that should hash to `digest`; nullopt = nothing.
std::optional<std::string> file_fault(const std::filesystem::path& file, const Digest& digest) {
  if (!std::filesystem::is_regular_file(file)) {
    return "the file is missing";
  }
  try {
    return sha256_file(file) == digest
               ? std::nullopt
               : std::optional<std::string>("the bytes differ from the digest");
  } catch (const Error& error) {
    return error.what();
  }
}

std::string name_of(const std::string& rel_path) {
  return "'" + std::filesystem::path(rel_path).filename().string() + "'";
}

std::optional<std::string> sequence_fault(const CorpusMedium& medium, const CorpusStore& corpora) {
  try {
    const auto files = frame_files(medium.row, corpora.sightings(medium.row.id));
    if (digest_of(medium.root, files).sha256 == *medium.row.sha256) {
      return std::nullopt;
    }
    return "its files, " + name_of(files.begin()->second) + " to " +
           name_of(files.rbegin()->second) + ", are not those that were probed";
  } catch (const Error& error) {
    return error.what();
  }
}

/// Counts steps; `go_on` turns false when the caller wants to stop.
class Steps {
 public:
  Steps(const VerifyProgress& progress, std::size_t total)
      : progress_(progress), total_(static_cast<std::int64_t>(total)) {}

  bool next() { return !progress_ || progress_(++done_, total_); }

 private:
  const VerifyProgress& progress_;
  std::int64_t done_ = 0;
  std::int64_t total_;
};

std::vector<CorpusMedium> corpus_media(const CorpusStore& corpora, const CorpusRoots& roots,
                                       VerifyReport& report) {
  std::vector<CorpusMedium> all;
  for (const CorpusRow& corpus : corpora.corpora()) {
    std::filesystem::path root;
    try {
      root = roots.resolve(corpus.root_alias);
    } catch (const Error& error) {
      report.notes.push_back("corpus " + corpus.name + ": not checked: " + error.what());
      continue;
    }
    for (const MediaRow& row : corpora.media(corpus.id)) {
      if (row.sha256) {
        all.push_back({root, row});
      }
    }
  }
  return all;
}

std::vector<JobRow> done_jobs(const RunStore& runs) {
  std::vector<JobRow> done;
  for (const RunRow& run : runs.runs()) {
    for (const JobRow& job : runs.jobs(run.run_id)) {
      if (job.state == "done") {
        done.push_back(job);
      }
    }
  }
  return done;
}

bool check_blobs(const std::vector<BlobRow>& rows, const BlobStore& blobs,
                 std::set<Digest>& damaged, Steps& steps, VerifyReport& report) {
  for (const BlobRow& row : rows) {
    if (row.state == "present") {
      ++report.blobs;
      if (const std::optional<std::string> fault = file_fault(blobs.path(row.sha256), row.sha256)) {
        report.faults.push_back("blob " + row.sha256.hex() + ": " + *fault);
        damaged.insert(row.sha256);
      }
    } else if (row.state != "external") {
      damaged.insert(row.sha256);  // cannot be opened; `purged` is no fault
      if (row.state != "purged") {
        report.faults.push_back("blob " + row.sha256.hex() + ": its row says " + row.state);
      }
    }
    if (!steps.next()) {
      return false;
    }
  }
  return true;
}

bool check_corpus(const std::vector<CorpusMedium>& media, const CorpusStore& corpora, Steps& steps,
                  VerifyReport& report) {
  for (const CorpusMedium& medium : media) {
    ++report.blobs;
    const std::filesystem::path path = medium.root / medium.row.rel_path;
    const bool is_sequence = medium.row.kind == kFrameSequence;
    if (const std::optional<std::string> fault =
            is_sequence ? sequence_fault(medium, corpora) : file_fault(path, *medium.row.sha256)) {
      report.faults.push_back((is_sequence ? "frame sequence '" : "corpus file '") + path.string() +
                              "': " + *fault);
    }
    if (!steps.next()) {
      return false;
    }
  }
  return true;
}

}  // namespace

VerifyReport verify_catalog(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
                            const VerifyProgress& progress) {
  VerifyReport report;
  report.faults = check_catalog_file(database);
  const RunStore runs(database);
  const std::vector<BlobRow> rows = all_blobs(database);
  const std::vector<JobRow> jobs = done_jobs(runs);
  const CorpusStore corpora(database);
  const std::vector<CorpusMedium> media = corpus_media(corpora, roots, report);
  std::set<Digest> damaged;
  Steps steps(progress, rows.size() + media.size() + jobs.size());
  if (!check_blobs(rows, blobs, damaged, steps, report) ||
      !check_corpus(media, corpora, steps, report)) {
    return report;
  }
  for (const JobRow& job : jobs) {
    ++report.jobs;
    const JobFaults faults = check_job(runs, corpora, job, blobs, damaged);
    report.faults.insert(report.faults.end(), faults.lines.begin(), faults.lines.end());
    report.mask_frames += faults.mask_frames;
    if (!steps.next()) {
      break;
    }
  }
  return report;
}

}  // namespace changeling
