// common/flow/shrink.h: smaller pictures, on which motion is measured. Layer 2, OpenCV.
#pragma once

#include "common/base/frame.h"

namespace changeling {

/// The picture or mask with its shorter side at `shorter_px` and the longer one in proportion,
/// rounded; each pixel the mean of what it covers (OpenCV's INTER_AREA). The same frame where it is
/// no larger. Throws Error(kInternal) for `shorter_px` below 1.
[[nodiscard]] Frame shrunk(const Frame& frame, int shorter_px);

}  // namespace changeling
