// common/front/nightly_preflight.h: what must hold before a night begins. Layer 7, internal to
// front.
#pragma once

#include <optional>
#include <string>

#include "catalog/store/detector_store.h"
#include "common/front/doctor.h"
#include "common/front/nightly.h"

namespace changeling {

/// Weights, disk, decoding, device, catalog, corpus, reports' folder and detectors; notes itself as
/// a step. Throws Error(kResource) with everything that failed.
void preflight(Night& night);

/// Whether clips of the frozen list are such as probing refuses by now: their pairs fail every
/// night. A warning, or a fault where more of the pairs that generate.method takes have one than
/// run.max_failed_share lets fail.
[[nodiscard]] Check check_pairs(const Night& night);

/// Whether corpus.root is a folder, where nightly.corpus is to be added.
[[nodiscard]] Check check_corpus(const Night& night);

/// Whether nightly.out, or the nearest folder above it that exists, takes files: reports are
/// written after hours.
[[nodiscard]] Check check_out(const Night& night);

/// Whether the catalog's disk has nightly.min_free_gib.
[[nodiscard]] Check check_room(const Night& night);

/// The model that NAME or NAME@VERSION means; NAME alone is its newest version.
[[nodiscard]] std::optional<ModelRow> find_detector(const DetectorStore& store,
                                                    const std::string& detector);

}  // namespace changeling
