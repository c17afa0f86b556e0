#include "catalog/export/probe_set.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/export/export_run.h"
#include "catalog/export/pixel_probe.h"
#include "catalog/store/detector_store.h"
#include "common/base/error.h"
#include "tests/support/export_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

/// A grey picture with noise inside the square [8, 24) when `has_square`, and alpha on [14, 18).
Frame picture(bool has_square) {
  std::vector<std::uint8_t> pixels;
  std::uint32_t state = 1;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      state = state * 1664525U + 1013904223U;
      const bool is_inside = x >= 20 && x < 44 && y >= 20 && y < 44;
      const int noise = static_cast<int>(state >> 24) % 40;
      const int value = 100 + (is_inside && !has_square ? 0 : noise);
      pixels.insert(pixels.end(), 3, static_cast<std::uint8_t>(value));
    }
  }
  return {64, 64, PixelFormat::kRgb24, std::move(pixels)};
}

Frame alpha(int from, int to) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      pixels.push_back(x >= from && x < to && y >= from && y < to ? 255 : 0);
    }
  }
  return {64, 64, PixelFormat::kGray8, std::move(pixels)};
}

TEST(BackgroundFeatures, DoNotHangOnPixelsNearAlpha) {
  // The smooth square lies within alpha and its margin of 8 px, and no gradient reaches into it.
  const Frame mask = alpha(27, 37);
  EXPECT_EQ(pixel_features(picture(true), mask).background,
            pixel_features(picture(false), mask).background);
}

TEST(BackgroundFeatures, SeeWhatIsOutside) {
  const Frame mask = alpha(0, 4);
  EXPECT_NE(pixel_features(picture(true), mask).background,
            pixel_features(picture(false), mask).background);
}

TEST(BackgroundFeatures, NothingIsOutsideOfAFullMask) {
  EXPECT_TRUE(pixel_features(picture(true), alpha(0, 64)).background.empty());
}

TEST(BoxFeatures, SeeASquareAroundAlpha) {
  // A mask of two corners: its box has an inside that alpha leaves free.
  Frame corners = alpha(20, 22);
  std::vector<std::uint8_t> pixels(corners.data(), corners.data() + corners.size_bytes());
  for (int y = 42; y < 44; ++y) {
    pixels[static_cast<std::size_t>(64 * y + 42)] = 255;
    pixels[static_cast<std::size_t>(64 * y + 43)] = 255;
  }
  const Frame mask(64, 64, PixelFormat::kGray8, std::move(pixels));
  const double even = pixel_features(picture(true), mask).box.begin()->second;
  const double smooth = pixel_features(picture(false), mask).box.begin()->second;
  EXPECT_NEAR(even, 0, 0.3);
  EXPECT_LT(smooth, even - 0.5);
}

TEST(BoxFeatures, NoAlphaNoBox) {
  EXPECT_TRUE(pixel_features(picture(true), alpha(0, 0)).box.empty());
}

TEST(PixelProbe, APictureOfAnotherSizeIsRefused) {
  const Frame small(2, 2, PixelFormat::kGray8, std::vector<std::uint8_t>(4));
  EXPECT_THROW((void)pixel_features(picture(true), small).background, Error);
}

class ProbeSet : public testing::Test {
 protected:
  static std::vector<ProbeResult> probe(ExportCatalogSpec spec) {
    spec.parts = {"train"};
    spec.people_per_part = 12;
    const TempDir dir;
    ExportCatalog catalog(dir.path(), spec);
    const DetectorStore store(catalog.database());
    return probe_set(catalog.database(), catalog.blobs(), catalog.roots(),
                     store.all_clips(store.find_set("")));
  }

  static const ProbeResult& find(const std::vector<ProbeResult>& probes, const std::string& name) {
    for (const ProbeResult& probe : probes) {
      if (probe.name == name) {
        return probe;
      }
    }
    throw Error(ErrorKind::kInternal, "no probe " + name);
  }
};

TEST_F(ProbeSet, CleanClipsPassEveryProbeWithIntervals) {
  const std::vector<ProbeResult> probes = probe({});
  ASSERT_EQ(probes.size(), 4U);
  for (const ProbeResult& probe : probes) {
    ASSERT_TRUE(probe.auc.has_value()) << probe.name;
    ASSERT_TRUE(probe.interval.has_value()) << probe.name;
    EXPECT_LE(probe.interval->low, *probe.auc) << probe.name;
    EXPECT_GE(probe.interval->high, *probe.auc) << probe.name;
    EXPECT_FALSE(probe.fails()) << probe.name << " " << *probe.auc << " by " << probe.feature;
  }
}

TEST_F(ProbeSet, APlantedCrfIsFound) {
  ExportCatalogSpec spec;
  spec.fakes_crf = 40;
  const std::vector<ProbeResult> probes = probe(spec);
  EXPECT_TRUE(find(probes, "codec").fails());
  EXPECT_GT(*find(probes, "codec").auc, 0.9);
}

TEST_F(ProbeSet, APlantedResolutionIsFound) {
  ExportCatalogSpec spec;
  spec.fakes_grow = true;
  const ProbeResult codec = find(probe(spec), "codec");
  EXPECT_TRUE(codec.fails());
  EXPECT_GT(*codec.auc, 0.9);
}

TEST_F(ProbeSet, ARenditionIsComparedWithTheControlOfItsOwnSize) {
  const TempDir dir;
  ExportCatalogSpec shape;
  shape.parts = {"train"};
  ExportCatalog catalog(dir.path(), shape);
  ExportRequest request;
  request.spec.name = "faces";
  request.spec.version = "1.0.0";
  request.spec.formats = {"dfdc"};
  request.spec.ladder = {"as_made", "tiny"};
  request.spec.profiles = {{"tiny", "SIZE:24 X264:35"}};
  request.out = dir.path() / "out";
  ASSERT_TRUE(
      run_export(catalog.database(), catalog.blobs(), catalog.roots(), catalog.keys(), request)
          .is_written);
  const DetectorStore store(catalog.database());
  const std::vector<ProbeResult> probes =
      probe_set(catalog.database(), catalog.blobs(), catalog.roots(),
                store.all_clips(store.find_set("faces@1.0.0")));
  EXPECT_EQ(find(probes, "background").clips, 4) << "two people on two rungs";
}

TEST_F(ProbeSet, TwoPeopleHaveNoAuc) {
  const TempDir dir;
  ExportCatalogSpec spec;
  spec.parts = {"train"};
  ExportCatalog catalog(dir.path(), spec);
  const DetectorStore store(catalog.database());
  for (const ProbeResult& probe : probe_set(catalog.database(), catalog.blobs(), catalog.roots(),
                                            store.all_clips(store.find_set("")))) {
    EXPECT_FALSE(probe.auc.has_value());
    EXPECT_FALSE(probe.interval.has_value());
    EXPECT_EQ(probe.people, 2);
  }
}

}  // namespace
}  // namespace changeling
