#include "common/face/detector_tiles.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace changeling {
namespace {

constexpr int kMostOnAxis = 3;       // tiles on a side, if they did not overlap
constexpr double kOverlap = 1. / 3;  // of a tile
constexpr float kLargeAcross = 8;    // an eighth of the frame's width
constexpr float kLargeDown = 6;      // and a sixth of its height
constexpr float kBorder = 1.F / 32;  // of a tile: nearer than this to its border is on it

/// Where the tiles of a side begin, and how long they are.
struct AxisTiles {
  std::vector<int> first;
  int size = 0;
};

AxisTiles divide(int length, int tile) {
  AxisTiles tiles;
  tiles.size = std::min(length, std::max(tile, (length + kMostOnAxis - 1) / kMostOnAxis));
  const double step = (1 - kOverlap) * tiles.size;
  const int steps = static_cast<int>(std::ceil((length - tiles.size) / step));
  for (int i = 0; i <= steps; ++i) {
    tiles.first.push_back(steps == 0 ? 0 : (length - tiles.size) * i / steps);
  }
  return tiles;
}

}  // namespace

std::vector<FrameWindow> detector_tiles(int width_px, int height_px, int tile_px) {
  std::vector<FrameWindow> tiles = {{0, 0, width_px, height_px}};
  if (tile_px > 0 && std::max(width_px, height_px) > tile_px) {
    const AxisTiles columns = divide(width_px, tile_px);
    const AxisTiles rows = divide(height_px, tile_px * 3 / 4);
    for (const int y : rows.first) {
      for (const int x : columns.first) {
        tiles.push_back({x, y, columns.size, rows.size});
      }
    }
  }
  return tiles;
}

bool is_tiles_own(const BBox& box, const FrameWindow& tile, int width_px, int height_px) {
  const auto left = static_cast<float>(tile.x);
  const auto top = static_cast<float>(tile.y);
  const auto right = static_cast<float>(tile.x + tile.width);
  const auto bottom = static_cast<float>(tile.y + tile.height);
  const float across = kBorder * static_cast<float>(tile.width);
  const float down = kBorder * static_cast<float>(tile.height);
  const bool is_cut_off = (tile.x > 0 && box.x < left + across) ||
                          (tile.y > 0 && box.y < top + down) ||
                          (tile.x + tile.width < width_px && box.right() > right - across) ||
                          (tile.y + tile.height < height_px && box.bottom() > bottom - down);
  const bool is_large = box.width * kLargeAcross > static_cast<float>(width_px) &&
                        box.height * kLargeDown > static_cast<float>(height_px);
  return !is_cut_off && !is_large;
}

}  // namespace changeling
