// catalog/splits/subject_split.h: puts people, and with them all their footage, into train, val or
// test. Layer 2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/records.h"

namespace changeling {

enum class SplitMode {
  kThreshold,  ///< each leak group by its own hash: nobody moves when a corpus grows
  kExact,      ///< ranked by hash inside (gender, skintone) strata and cut by count
  kList,       ///< as a list says; whoever is not listed is in no part
};

/// Corpus name and ext_id -> "train", "val" or "test".
using ListedParts = std::map<std::pair<std::string, std::string>, std::string>;

/// SHA-256 in hex of corpus, ext_id and part of everybody, by corpus and ext_id.
[[nodiscard]] std::string parts_digest(const ListedParts& parts);

struct SplitSpec {
  std::string name;
  std::uint64_t seed = 0;
  SplitMode mode = SplitMode::kThreshold;
  double train = 0.72, val = 0.14, test = 0.14;  ///< shares, 0..1, sum 1
  std::vector<std::string> corpora;              ///< names; empty = all
  ListedParts listed;                            ///< for kList
  /// Cosine from which on people are one, where it is not the usual one.
  std::optional<double> min_identity_cosine;

  /// Canonical text of everything but name and seed; stored in split_set.algorithm.
  [[nodiscard]] std::string algorithm() const;
};

/// A person to place.
struct SplitCandidate {
  SubjectId id;
  std::string corpus;  ///< name without version: versions of one corpus show the same people
  std::string ext_id;
  std::optional<std::string> gender;
  std::optional<int> skintone;
};

struct SplitInput {
  std::vector<SplitCandidate> subjects;
  std::vector<std::vector<SubjectId>>
      linked;  ///< people who must stay together: one recording, or one person under two ids
};

/// Everybody named and not withdrawn in the chosen corpora; people seen in media of one source_clip
/// are linked. Throws Error(kConfig) for a corpus that is not registered.
[[nodiscard]] SplitInput load_split_input(const CorpusStore& store,
                                          const std::vector<std::string>& corpora);

/// u of a person: the first 53 bits of SHA-256("seed|split name|corpus|ext_id") / 2^53, in [0, 1).
[[nodiscard]] double split_position(std::uint64_t seed, std::string_view split_name,
                                    std::string_view corpus, std::string_view ext_id);

/// Places everybody, sorted by subject id. A leak group moves as one, by the u of its first member
/// in order of (corpus, ext_id); people with equal corpus and ext_id are one group. The result does
/// not depend on the order of the input. Throws Error(kConfig) when the shares are negative or do
/// not add up to 1, when a listed person is not registered, or when the list parts a leak group.
[[nodiscard]] std::vector<SplitSubjectRow> assign_parts(const SplitInput& input,
                                                        const SplitSpec& spec);

}  // namespace changeling
