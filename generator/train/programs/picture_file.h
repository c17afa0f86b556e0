// generator/train/programs/picture_file.h: sample pictures where OpenCV is absent. Layer 8.
#pragma once

#include <string>

#include "common/base/frame.h"

namespace changeling {

/// An RGB picture as PNG; empty in builds without libpng.
[[nodiscard]] std::string make_png(const Frame& picture);

}  // namespace changeling
