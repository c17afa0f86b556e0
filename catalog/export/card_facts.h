// catalog/export/card_facts.h: everything the cards of a version say, read from the catalog.
// Layer 4.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/export/dataset_version.h"
#include "catalog/export/export_item.h"
#include "catalog/export/leak_probe.h"
#include "catalog/store/database.h"

namespace changeling {

using Tally = std::map<std::string, std::int64_t>;

/// A network that had a hand in the fakes.
struct CardNetwork {
  std::string name, version, sha256;
  std::string licence, trained_on;  ///< empty = unknown
};

/// Numbers and terms of a frozen version, equal whenever it is exported.
struct CardFacts {
  std::string version_id;                        ///< NAME@VERSION
  std::string title, date_published;             ///< with the defaults of the spec
  std::string url;                               ///< as given, else urn:sha256: and the Merkle root
  std::map<std::string, Tally> labels, methods;  ///< by part
  std::map<std::string, Tally> slices;           ///< of fakes: slice -> value -> clips
  std::int64_t frames = 0, fake_frames = 0, items = 0, people = 0, recordings = 0;
  std::set<std::string> corpora, licences, consent_bases, source_types, commits;
  std::set<std::string> corpus_names;         ///< of `corpora`, without their versions
  std::set<std::string> runs;                 ///< ids of the runs that made clips
  std::map<std::string, CardNetwork> models;  ///< by role
  std::vector<ProbeResult> probes;
  std::optional<RejectCounts> rejects;  ///< where the spec leaves out rejected fakes
  std::vector<VersionQualityRow> quality;
  std::vector<VersionOutcomeRow> outcomes;
};

/// Reads the rows of every item once, no file; `selection` is that of the version, `probes` are of
/// it.
[[nodiscard]] CardFacts collect_facts(Database& database, const FrozenVersion& version,
                                      const Selection& selection, ItemLoader& loader,
                                      std::vector<ProbeResult> probes);

/// The sentences that README.md and croissant.json share; none is empty.
struct CardSentences {
  std::string description, licence, creator, counts, collection, raw_data, preprocessing,
      manipulation, annotation, tools, biases, checks, limitations, overlap, uses, sensitive,
      social, maintenance;
};

[[nodiscard]] CardSentences sentences_of(const FrozenVersion& version, const CardFacts& facts);

/// "a, b and c"; "none" for nothing.
[[nodiscard]] std::string listed(const std::set<std::string>& words);

}  // namespace changeling
