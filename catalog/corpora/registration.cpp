#include "catalog/corpora/registration.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "catalog/store/frame_sequence.h"
#include "catalog/store/run_store.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

constexpr double kFrameRounding = 1e-6;

/// Number of frames that begin before `seconds`.
std::int64_t frames_before(double seconds, const Rational& rate) {
  return static_cast<std::int64_t>(
      std::ceil(seconds * rate.numerator / rate.denominator - kFrameRounding));
}

/// Turns a span in seconds into frames by the container's frame rate; a file that cannot be opened
/// keeps the whole clip, and probing will tell why.
void set_frame_span(ScannedSighting& sighting, const std::filesystem::path& file) {
  if (!sighting.start_seconds && !sighting.end_seconds) {
    return;
  }
  try {
    const Rational rate = VideoReader(file).info().frame_rate;
    sighting.values.frame = frames_before(sighting.start_seconds.value_or(0), rate);
    if (sighting.end_seconds) {
      sighting.values.last_frame =
          std::max(sighting.values.frame, frames_before(*sighting.end_seconds, rate) - 1);
    }
  } catch (const Error& error) {
    log_warn("span_ignored", {{"file", sighting.rel_path}, {"reason", error.what()}});
  }
}

bool has_equal_terms(const MediaRow& a, const MediaRow& b) {
  return std::tie(a.label, a.method, a.licence, a.consent_basis, a.redistributable,
                  a.source_clip) ==
         std::tie(b.label, b.method, b.licence, b.consent_basis, b.redistributable, b.source_clip);
}

/// False when `fresh` brings a file or a place that a stored frame sequence lacks: its digest is
/// that of its files in their order.
bool keeps_frames(const MediaRow& medium, const std::vector<SightingRow>& stored,
                  const std::vector<SightingRow>& fresh) {
  if (medium.kind != kFrameSequence) {
    return true;
  }
  std::set<std::pair<std::int64_t, std::string>> known;
  for (const SightingRow& row : stored) {
    const auto frame = frame_files(medium, {row});
    known.insert(frame.begin(), frame.end());
  }
  return std::all_of(fresh.begin(), fresh.end(), [&](const SightingRow& row) {
    const auto frame = frame_files(medium, {row});
    return std::all_of(frame.begin(), frame.end(),
                       [&known](const auto& entry) { return known.count(entry) > 0; });
  });
}

/// Adds the rows of one scan to one corpus.
class ScanWriter {
 public:
  ScanWriter(CorpusStore& store, StoredScan& result, ProblemCounter& problems)
      : store_(store), result_(result), problems_(problems) {}

  void add_media(const std::vector<MediaRow>& media) {
    std::map<std::string, MediaRow> stored;
    for (MediaRow& row : store_.media(result_.corpus.id)) {
      stored.emplace(row.rel_path, row);
    }
    for (MediaRow row : media) {
      row.corpus_id = result_.corpus.id;
      const auto known = stored.find(row.rel_path);
      if (known == stored.end()) {
        ++result_.new_media;
        new_media_.insert(row.rel_path);
      } else if (!has_equal_terms(known->second, row)) {
        problems_.add(ScanProblemKind::kChangedTerms,
                      "'" + row.rel_path + "' (register the corpus again under a new version)");
      }
      row.id = store_.add_media(row);
      media_[row.rel_path] = row;
    }
    result_.media = static_cast<std::int64_t>(media.size());
  }

  void add_subjects(const std::vector<SubjectRow>& subjects) {
    std::set<std::string> stored;
    for (const SubjectRow& row : store_.subjects(result_.corpus.id)) {
      stored.insert(row.ext_id);
    }
    for (SubjectRow row : subjects) {
      row.corpus_id = result_.corpus.id;
      const SubjectId id = store_.add_subject(row);
      subjects_[row.ext_id] = id;
      if (store_.subject_by_id(id).withdrawn_at) {
        withdrawn_.insert(id);
        problems_.add(ScanProblemKind::kWithdrawn, "subject " + std::to_string(id.value));
      } else {
        result_.new_subjects += stored.count(row.ext_id) == 0 ? 1 : 0;
      }
    }
    result_.subjects = static_cast<std::int64_t>(subjects.size());
  }

  void add_sightings(const std::vector<ScannedSighting>& sightings,
                     const std::filesystem::path& root) {
    for (auto first = sightings.begin(); first != sightings.end();) {
      const auto last = std::find_if(first, sightings.end(), [&](const ScannedSighting& sighting) {
        return sighting.rel_path != first->rel_path;
      });
      add_sightings_of(media_.at(first->rel_path), {first, last}, root);
      first = last;
    }
    result_.sightings = static_cast<std::int64_t>(sightings.size());
  }

 private:
  using SightingKey = std::tuple<SubjectId, std::string, std::int64_t>;

  static SightingKey key_of(const SightingRow& row) {
    return {row.subject_id, row.ext_sighting_id, row.frame};
  }

  /// Without place and attributes, as forgetting leaves it: that somebody withdrawn is seen must be
  /// known of every medium, else it would be used.
  static SightingRow bare(const SightingRow& row) {
    SightingRow kept;
    kept.media_id = row.media_id;
    kept.subject_id = row.subject_id;
    kept.ext_sighting_id = row.ext_sighting_id;
    kept.frame = row.frame;
    kept.last_frame = row.last_frame;
    return kept;
  }

  void add_sightings_of(const MediaRow& medium, const std::vector<ScannedSighting>& sightings,
                        const std::filesystem::path& root) {
    const bool is_new = new_media_.count(medium.rel_path) > 0;
    std::vector<SightingRow> stored, fresh;
    if (!is_new) {
      stored = store_.sightings(medium.id);
    }
    std::set<SightingKey> keys;
    for (const SightingRow& row : stored) {
      keys.insert(key_of(row));
    }
    for (ScannedSighting sighting : sightings) {
      set_frame_span(sighting, root / sighting.rel_path);
      SightingRow& row = sighting.values;
      row.media_id = medium.id;
      row.subject_id = subjects_.at(sighting.subject);
      if (keys.insert(key_of(row)).second) {
        const bool is_withdrawn = withdrawn_.count(row.subject_id) > 0;
        fresh.push_back(is_withdrawn ? bare(row) : row);
      }
    }
    if (!is_new && !keeps_frames(medium, stored, fresh)) {
      problems_.add(ScanProblemKind::kChangedFrames,
                    "'" + medium.rel_path + "' (register the corpus again under a new version)");
      return;
    }
    for (const SightingRow& row : fresh) {
      store_.add_sighting(row);
      result_.new_sightings += withdrawn_.count(row.subject_id) == 0 ? 1 : 0;
    }
  }

  CorpusStore& store_;
  StoredScan& result_;
  ProblemCounter& problems_;
  std::map<std::string, MediaRow> media_;
  std::map<std::string, SubjectId> subjects_;
  std::set<SubjectId> withdrawn_;
  std::set<std::string> new_media_;
};

CorpusRow corpus_row(CorpusStore& store, const Corpus& adapter, const std::string& name,
                     const std::string& version, const CorpusTerms& terms) {
  const CorpusDescription description = adapter.describe();
  const std::optional<CorpusRow> stored = find_corpus_version(store, name, version);
  if (stored && adapter_of_alias(stored->root_alias) != description.name) {
    throw Error(ErrorKind::kConfig,
                "corpus '" + name + "@" + version + "' was registered with the adapter '" +
                    adapter_of_alias(stored->root_alias) + "': choose another name or version");
  }
  if (stored && description.has_terms_per_file) {
    return *stored;
  }
  CorpusRow row;
  row.name = name;
  row.version = version;
  row.root_alias = corpus_root_alias(description.name, name, version);
  row.licence = terms.licence;
  row.consent_basis = terms.consent_basis;
  row.redistributable = terms.redistributable;
  row.id = store.add_corpus(row);
  return row;
}

}  // namespace

std::string corpus_root_alias(const std::string& adapter, const std::string& name,
                              const std::string& version) {
  return adapter + ":" + name + "@" + version;
}

std::string adapter_of_alias(const std::string& root_alias) {
  const std::size_t colon = root_alias.find(':');
  if (colon == std::string::npos) {
    throw Error(ErrorKind::kCatalog, "corpus root alias '" + root_alias +
                                         "' names no adapter (register the corpus again)");
  }
  return root_alias.substr(0, colon);
}

std::optional<CorpusRow> find_corpus_version(const CorpusStore& store, const std::string& name,
                                             const std::string& version) {
  for (const CorpusRow& row : store.corpora()) {
    if (row.name == name && row.version == version) {
      return row;
    }
  }
  return std::nullopt;
}

StoredScan register_corpus(Database& database, CorpusRoots& roots, const Corpus& adapter,
                           const std::string& name, const std::string& version,
                           const std::filesystem::path& root) {
  const CorpusScan scan = adapter.scan(root);
  CorpusStore store(database);
  StoredScan result;
  ProblemCounter problems;
  database.transaction([&] {
    result.corpus = corpus_row(store, adapter, name, version, scan.terms);
    for (const MethodRow& method : scan.methods) {
      RunStore(database).ensure_method(method);
    }
    ScanWriter writer(store, result, problems);
    writer.add_media(scan.media);
    writer.add_subjects(scan.subjects);
    writer.add_sightings(scan.sightings, root);
    store.add_labelled_clips(result.corpus.id);
  });
  roots.set(result.corpus.root_alias, root);
  result.problems = scan.problems;
  const std::vector<ScanProblem> more = problems.problems();
  result.problems.insert(result.problems.end(), more.begin(), more.end());
  return result;
}

}  // namespace changeling
