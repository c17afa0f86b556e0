// reports/training_page.h: the page of a training, from the files in its folder alone. Layer 2.
#pragma once

#include <filesystem>

#include "reports/model/training_model.h"

namespace changeling {

/// Whether a training left files there: curve.csv, checkpoint.safetensors or best.safetensors.
[[nodiscard]] bool is_training_folder(const std::filesystem::path& folder);

/// What the files tell: curve.csv, the newest of pictures/, the metadata of checkpoint.safetensors
/// and best.safetensors, end.json. Any of them may be missing; a fact that none of them holds is
/// "not recorded". Throws Error(kInput) when it is no training's folder or a file is malformed,
/// Error(kModel) for malformed safetensors. Their tensors are not read.
[[nodiscard]] TrainingModel read_training(const std::filesystem::path& folder);

/// Writes read_training as training_files::kPage into that folder, and returns what it shows.
/// Throws also Error(kResource).
TrainingModel write_training_page(const std::filesystem::path& folder);

}  // namespace changeling
