// generator/job/job_key.h: what makes a job and a run the same as another. Layer 7.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "common/base/digest.h"
#include "common/cli/config.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// The settings that decide what a job of `method` makes, as JSON; those of other methods are not
/// among them.
[[nodiscard]] std::string job_params(const Config& config, const std::string& method);

/// Key of a job: SHA-256 over the content of its pair, the method with its networks, its parameters
/// and the seed; the same on every machine.
[[nodiscard]] Digest job_key(const CorpusStore& corpora, const PairRow& pair,
                             const SwapMethod::Variant& variant, const std::string& params_json,
                             std::uint64_t seed);

/// The settings of a run that makes these variants.
[[nodiscard]] std::string run_params(const Config& config,
                                     const std::vector<SwapMethod::Variant>& variants);

/// Digest of run_params and of the variants' versions and networks: equal runs may be continued.
[[nodiscard]] Digest run_digest(const Config& config,
                                const std::vector<SwapMethod::Variant>& variants);

}  // namespace changeling
