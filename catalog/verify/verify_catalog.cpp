#include "catalog/verify/verify_catalog.h"

#include <optional>
#include <set>
#include <system_error>

#include "catalog/store/corpus_store.h"
#include "catalog/store/frame_sequence.h"
#include "catalog/store/integrity.h"
#include "catalog/store/purged_files.h"
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

/// What shows without reading it; `bytes` where known.
std::optional<std::string> place_fault(const std::filesystem::path& file,
                                       const std::optional<std::int64_t>& bytes) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed)) {
    return "the file is missing";
  }
  const auto size = std::filesystem::file_size(file, failed);
  if (!failed && bytes && size != static_cast<std::uintmax_t>(*bytes)) {
    return "the file has " + std::to_string(size) + " bytes, its row says " +
           std::to_string(*bytes);
  }
  return std::nullopt;
}

/// Whose turn it is.
class Choice {
 public:
  Choice(const RunStore& runs, const VerifyShare& share) : share_(share) {
    CHANGELING_REQUIRE(share.parts > 0 && share.turn >= 0, "a share is one of several parts");
    if (share.parts == 1 || share.run_id.empty()) {
      return;
    }
    for (const JobRow& job : runs.jobs(share.run_id)) {
      for (const ArtifactRow& row : runs.artifacts_with_renditions(job.id)) {
        of_run_.insert(row.sha256);
      }
    }
  }

  [[nodiscard]] bool reads(const Digest& digest) const {
    constexpr std::size_t kBytes = 8;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < kBytes; ++i) {
      number = number << 8 | static_cast<std::uint64_t>(digest.bytes[i]);
    }
    const auto parts = static_cast<std::uint64_t>(share_.parts);
    return number % parts == static_cast<std::uint64_t>(share_.turn) % parts ||
           of_run_.count(digest) > 0;
  }

 private:
  const VerifyShare& share_;
  std::set<Digest> of_run_;
};

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

/// Counts the items of a kind.
class Steps {
 public:
  Steps(const KeepGoing& progress, std::size_t total)
      : progress_(progress), total_(static_cast<std::int64_t>(total)) {}

  /// False when the caller wants to stop.
  bool next() { return !progress_ || progress_(++done_, total_); }

 private:
  const KeepGoing& progress_;
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

std::size_t count_done_jobs(const RunStore& runs) {
  std::size_t done = 0;
  for (const RunRow& run : runs.runs()) {
    done += static_cast<std::size_t>(runs.job_counts(run.run_id)["done"]);
  }
  return done;
}

/// Adds to `closed` what check_job is not to open: what is damaged, gone, or not of this share.
void check_blob(const BlobRow& row, const BlobStore& blobs, const Choice& choice,
                std::set<Digest>& closed, VerifyReport& report) {
  if (row.state == "present") {
    const std::filesystem::path file = blobs.path(row.sha256);
    const bool is_read = choice.reads(row.sha256);
    ++report.files;
    report.blobs += is_read ? 1 : 0;
    const std::optional<std::string> fault =
        is_read ? file_fault(file, row.sha256) : place_fault(file, row.bytes);
    if (fault) {
      report.faults.push_back("blob " + row.sha256.hex() + ": " + *fault);
    }
    if (fault || !is_read) {
      closed.insert(row.sha256);
    }
  } else if (row.state != "external") {
    closed.insert(row.sha256);  // `purged` is no fault
    if (row.state == "purged") {
      ++report.purged;
    } else {
      report.faults.push_back("blob " + row.sha256.hex() + ": its row says " + row.state);
    }
  }
}

void note_left_files(Database& database, const BlobStore& blobs, VerifyReport& report) {
  const std::size_t left = files_to_remove(database, blobs).size();
  if (left > 0) {
    report.notes.push_back(std::to_string(left) +
                           " files of purged blobs are still there: what removed them was stopped "
                           "(run 'catalog prune' or 'corpus forget-subject' again)");
  }
}

/// What is wrong with a medium's bytes, or, unread, with its place. The files of a sequence are
/// known once they are read.
std::optional<std::string> medium_fault(const CorpusMedium& medium, const CorpusStore& corpora,
                                        bool is_read) {
  const std::filesystem::path path = medium.root / medium.row.rel_path;
  if (medium.row.kind == kFrameSequence) {
    return is_read ? sequence_fault(medium, corpora) : std::nullopt;
  }
  return is_read ? file_fault(path, *medium.row.sha256) : place_fault(path, std::nullopt);
}

bool check_corpus(const std::vector<CorpusMedium>& media, const CorpusStore& corpora,
                  const Choice& choice, const KeepGoing& progress, VerifyReport& report) {
  Steps steps(progress, media.size());
  for (const CorpusMedium& medium : media) {
    const bool is_read = choice.reads(*medium.row.sha256);
    ++report.files;
    report.blobs += is_read ? 1 : 0;
    const std::filesystem::path path = medium.root / medium.row.rel_path;
    const bool is_sequence = medium.row.kind == kFrameSequence;
    if (const std::optional<std::string> fault = medium_fault(medium, corpora, is_read)) {
      report.faults.push_back((is_sequence ? "frame sequence '" : "corpus file '") + path.string() +
                              "': " + *fault);
    }
    if (!steps.next()) {
      return false;
    }
  }
  return true;
}

/// Of one run after another: the rows of all runs would take as much memory as there are nights.
void check_jobs(const RunStore& runs, const CorpusStore& corpora, const BlobStore& blobs,
                const std::set<Digest>& closed, const KeepGoing& progress, VerifyReport& report) {
  Steps steps(progress, count_done_jobs(runs));
  for (const RunRow& run : runs.runs()) {
    for (const JobRow& job : runs.jobs(run.run_id)) {
      if (job.state != "done") {
        continue;
      }
      ++report.jobs;
      const JobFaults faults = check_job(runs, corpora, job, blobs, closed);
      report.faults.insert(report.faults.end(), faults.lines.begin(), faults.lines.end());
      report.mask_frames += faults.mask_frames;
      if (!steps.next()) {
        return;
      }
    }
  }
}

}  // namespace

VerifyReport verify_catalog(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
                            const VerifyProgress& progress, const VerifyShare& share) {
  VerifyReport report;
  report.faults = check_catalog_file(database);
  const RunStore runs(database);
  const CorpusStore corpora(database);
  const std::vector<CorpusMedium> media = corpus_media(corpora, roots, report);
  const Choice choice(runs, share);
  std::set<Digest> closed;
  Steps steps(progress.blobs, static_cast<std::size_t>(count_blobs(database)));
  const bool goes_on = for_each_blob(database, [&](const BlobRow& row) {
    check_blob(row, blobs, choice, closed, report);
    return steps.next();
  });
  if (!goes_on || !check_corpus(media, corpora, choice, progress.corpora, report)) {
    return report;
  }
  note_left_files(database, blobs, report);
  check_jobs(runs, corpora, blobs, closed, progress.jobs, report);
  return report;
}

}  // namespace changeling
