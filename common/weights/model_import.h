// common/weights/model_import.h: turns the files of unpacked npm packages into imported networks.
// Layer 1.
#pragma once

#include <filesystem>

#include "common/weights/model_manifest.h"

namespace changeling {

/// Reads `<packages_dir>/<package>/<file>`, checks its SHA-256 and writes
/// `<models_dir>/<id>.safetensors`. tfjs weights are turned into the layouts of the executors:
/// convolutions HWIO -> OIHW, dense layers in x out
/// -> out x in. Throws Error(kModel): file missing (names `changeling models fetch`), wrong digest,
/// damaged.
void import_model(const ModelEntry& entry, const std::filesystem::path& packages_dir,
                  const std::filesystem::path& models_dir);

enum class ImportState {
  kMissing,   ///< no file
  kImported,  ///< intact, from the manifest's source
  kDamaged,   ///< present, but damaged or from another source
};

[[nodiscard]] ImportState import_state(const ModelEntry& entry,
                                       const std::filesystem::path& models_dir);

}  // namespace changeling
