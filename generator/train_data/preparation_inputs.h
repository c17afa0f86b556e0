// generator/train_data/preparation_inputs.h: what decides the packs of a preparation, so that only
// an equal one is gone on with. Layer 6.
#pragma once

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "common/base/digest.h"
#include "generator/train_data/prepare.h"
#include "generator/train_data/sequence_plan.h"

namespace changeling {

/// Digest over the program's own bytes, the options, and the planned sequences with parts, terms,
/// bytes and sightings, with the analyses of videos, and with the networks when there are stills or
/// frames. Files of a corpus beside its media (annotations, labels) are not in it. Throws
/// Error(kModel) when a network is missing.
[[nodiscard]] Digest preparation_inputs(const SequencePlan& plan, const PrepareOptions& options,
                                        const CorpusStore& corpora, const BlobStore& blobs);

}  // namespace changeling
