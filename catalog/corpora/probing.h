// catalog/corpora/probing.h: decodes every clip of a corpus once and records what it is. Layer 2.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/store/corpus_store.h"

namespace changeling {

struct ProbeOptions {
  bool retry_broken = false;                         ///< probe again what has a probe_error
  std::function<bool()> stop_requested;              ///< polled between media; may be empty
  std::function<void(std::int64_t total)> on_begin;  ///< may be empty
  std::function<void(const std::string& rel_path)> on_medium_begin;  ///< may be empty
  std::function<void()> on_medium_end;                               ///< may be empty
};

struct ProbeSummary {
  std::int64_t probed = 0;        ///< good now
  std::int64_t broken = 0;        ///< have a probe_error now, because they cannot be decoded
  std::int64_t made_here = 0;     ///< good, but files that jobs of this catalog made: no footage
  std::int64_t no_footage = 0;    ///< registered as real, but fakes by what their files say
  std::int64_t known = 0;         ///< had been probed before
  std::int64_t broken_known = 0;  ///< of these, with a probe_error
  std::int64_t open = 0;          ///< not reached: stopped, or the machine failed (memory, disk)
  bool stopped = false;
  std::vector<std::pair<std::string, std::string>> errors;  ///< new ones: path and reason
};

/// Probes media without probe data. A broken file, or a sequence with a broken frame, becomes a row
/// with probe_error, never an exception; its text names no folder of this machine. So does a fake,
/// control or mask of this catalog: as footage it would count as real, and as somebody else. So
/// does a medium registered as real whose file says that it is a fake (own_label.h). One commit per
/// medium, so it may be stopped at any time.
ProbeSummary probe_corpus(CorpusStore& store, CorpusId corpus, const std::filesystem::path& root,
                          const ProbeOptions& options);

/// What probe_corpus would do, `open` being what it would probe. Changes nothing.
[[nodiscard]] ProbeSummary plan_probe(const CorpusStore& store, CorpusId corpus,
                                      const ProbeOptions& options);

}  // namespace changeling
