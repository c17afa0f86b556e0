// Tiles of a large frame: they cover it, overlap enough, and tell parts of faces from whole ones.
#include "common/face/detector_tiles.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

constexpr int kTile = 640;

/// Does a tile hold the whole box, away from the borders inside the frame?
bool is_held(const std::vector<FrameWindow>& tiles, const BBox& box, int width, int height) {
  constexpr float kRounding = 0.01F;
  for (std::size_t i = 1; i < tiles.size(); ++i) {
    const FrameWindow& tile = tiles[i];
    const bool is_inside = box.x >= static_cast<float>(tile.x) &&
                           box.y >= static_cast<float>(tile.y) &&
                           box.right() <= static_cast<float>(tile.x + tile.width) + kRounding &&
                           box.bottom() <= static_cast<float>(tile.y + tile.height) + kRounding;
    if (is_inside && is_tiles_own(box, tile, width, height)) {
      return true;
    }
  }
  return false;
}

TEST(DetectorTiles, ASmallFrameIsSeenWhole) {
  EXPECT_EQ(detector_tiles(640, 640, kTile).size(), 1U);
  EXPECT_EQ(detector_tiles(1920, 1080, 0).size(), 1U);
}

TEST(DetectorTiles, HaveTheNetworksShapeAndStayInside) {
  const std::vector<FrameWindow> tiles = detector_tiles(1920, 1080, kTile);
  ASSERT_EQ(tiles.size(), 1U + 4 * 3);
  EXPECT_EQ(tiles[0].width, 1920);
  EXPECT_EQ(tiles[0].height, 1080);
  for (std::size_t i = 1; i < tiles.size(); ++i) {
    EXPECT_EQ(tiles[i].width, 640);
    EXPECT_EQ(tiles[i].height, 480);
    EXPECT_GE(tiles[i].x, 0);
    EXPECT_LE(tiles[i].x + tiles[i].width, 1920);
    EXPECT_LE(tiles[i].y + tiles[i].height, 1080);
  }
  EXPECT_EQ(tiles.back().x, 1920 - 640);
  EXPECT_EQ(tiles.back().y, 1080 - 480);
}

TEST(DetectorTiles, AreSixteenAtMost) {
  EXPECT_EQ(detector_tiles(7680, 4320, kTile).size(), 17U);
  EXPECT_EQ(detector_tiles(100, 16384, kTile).size(), 5U);
}

// 23 x 20 of the 320 x 240 pixels at which the network sees the whole frame.
TEST(DetectorTiles, SomeTileHoldsEveryFaceThatTheWholeFrameShowsTooSmall) {
  for (const auto& [width, height] :
       {std::pair{1280, 720}, std::pair{1920, 1080}, std::pair{1080, 1920}, std::pair{4096, 2160},
        std::pair{700, 500}}) {
    const std::vector<FrameWindow> tiles = detector_tiles(width, height, kTile);
    const BBox face = {0, 0, static_cast<float>(width) / 14, static_cast<float>(height) / 12};
    for (int step = 0; step <= 100; ++step) {
      BBox box = face;
      box.x = (static_cast<float>(width) - face.width) * static_cast<float>(step) / 100;
      box.y =
          (static_cast<float>(height) - face.height) * static_cast<float>(step * 37 % 101) / 100;
      EXPECT_TRUE(is_held(tiles, box, width, height))
          << width << "x" << height << " at " << box.x << ", " << box.y;
    }
  }
}

TEST(DetectorTiles, APartOfAFaceEndsAtABorderInsideTheFrame) {
  const FrameWindow tile = {426, 0, 640, 480};
  EXPECT_FALSE(is_tiles_own({430, 100, 90, 120}, tile, 1920, 1080));
  EXPECT_FALSE(is_tiles_own({980, 100, 90, 120}, tile, 1920, 1080));
  EXPECT_FALSE(is_tiles_own({600, 380, 90, 110}, tile, 1920, 1080));
  EXPECT_TRUE(is_tiles_own({600, -3, 90, 110}, tile, 1920, 1080));  // the frame's own border
  EXPECT_TRUE(is_tiles_own({600, 100, 90, 120}, tile, 1920, 1080));
}

TEST(DetectorTiles, LeaveLargeFacesToTheWholeFrame) {
  const FrameWindow tile = {0, 0, 640, 480};
  EXPECT_FALSE(is_tiles_own({100, 100, 250, 190}, tile, 1920, 1080));
  EXPECT_TRUE(is_tiles_own({100, 100, 230, 190}, tile, 1920, 1080));
  EXPECT_TRUE(is_tiles_own({100, 100, 250, 170}, tile, 1920, 1080));
}

}  // namespace
}  // namespace changeling
