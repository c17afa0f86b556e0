// common/face/detector_tiles.h: the parts of a large frame that a detector of small pictures looks
// at one by one. Layer 3, pure maths.
#pragma once

#include <vector>

#include "common/base/frame.h"
#include "common/base/geometry.h"

namespace changeling {

/// The whole frame first. Then, where a side is longer than `tile_px`, tiles that cover it: of
/// `tile_px` by 3/4 of it (the network's shape), or a third of the frame's side where that is more,
/// so that there are 16 at most. Neighbours overlap by a third or more: a face that no tile holds
/// whole takes a fourteenth of the frame's width or a twelfth of its height, which the whole frame
/// shows. `tile_px` 0: the whole frame alone.
[[nodiscard]] std::vector<FrameWindow> detector_tiles(int width_px, int height_px, int tile_px);

/// Is a face with this box (pixels of the frame) for this tile to tell? Not where the box reaches
/// the tile's border inside the frame: it may be a part of a face that another tile holds whole.
/// Not where the box is wider than an eighth and higher than a sixth of the frame (40 of the
/// network's 320 x 240 pixels): the whole frame shows such faces well.
[[nodiscard]] bool is_tiles_own(const BBox& box, const FrameWindow& tile, int width_px,
                                int height_px);

}  // namespace changeling
