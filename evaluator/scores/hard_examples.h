// evaluator/scores/hard_examples.h: good fakes that a detector took for real, and more of their
// kind. Layer 3.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

struct HardExample {
  ArtifactId artifact;
  std::string key;  ///< first 16 hex digits of the stream digest
  SubjectId target_subject;
  double p_fake = 0;
  double loss = 0;      ///< -log p_fake
  double quality = 0;   ///< identity margin of the clip, at least 0
  double hardness = 0;  ///< loss x quality
  std::string pose;     ///< bin of pose_bin; empty = not known
  std::string stratum;  ///< of the draw
};

struct MiningOptions {
  std::int64_t count = 50;
  int max_per_person = 3;
};

/// Fakes of a detector run by falling hardness, ties by artifact; only those of hardness above 0.
/// Throws Error(kConfig): no detector run of that id; no fake of it has an identity margin.
[[nodiscard]] std::vector<HardExample> hard_examples(Database& database, const std::string& run_id,
                                                     const MiningOptions& options = {});

/// A configuration for `changeling sample pairs` that draws `pairs` new pairs of part train in the
/// proportions of the examples: strata, and poses where they are known. Clips of other parts stay
/// out of training: only their kind is asked for. Needs an example.
[[nodiscard]] std::string sampling_request(const std::vector<HardExample>& examples,
                                           std::int64_t pairs);

}  // namespace changeling
