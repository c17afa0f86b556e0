// catalog/store/swap_stage.h: what the stage of a pass is called in `stage_timing`. Layer 1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace changeling {

/// The stage in which a pass swaps frames: "swap"; of a pass that makes the fakes of several
/// methods "swap (a, b)" with all their names in order, so that speeds of different passes are
/// never taken for the same. A pass is timed once, by the job of the first of its methods.
[[nodiscard]] std::string swap_stage(std::vector<std::string> methods);

/// True for what swap_stage gives.
[[nodiscard]] bool is_swap_stage(std::string_view stage);

}  // namespace changeling
