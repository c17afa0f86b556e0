// generator/train/programs/picture_file.h: sample pictures where OpenCV is absent. Layer 8.
#pragma once

#include <filesystem>

#include "common/base/frame.h"

namespace changeling {

/// Writes an RGB picture as PNG, atomically; does nothing in builds without libpng. Throws
/// Error(kResource) when it cannot be written.
void write_png(const std::filesystem::path& path, const Frame& picture);

}  // namespace changeling
