#include "common/face/mesh_warp.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/face/average_face.h"

namespace changeling {
namespace {

constexpr int kSize = 64;

/// The average face's landmarks in the middle of a crop, turned about the vertical axis.
Landmarks face(double yaw_deg, float center_x = 0.5F) {
  const double yaw = yaw_deg * 3.14159265358979 / 180;
  Landmarks landmarks;
  for (std::size_t i = 0; i < kLandmarkCount; ++i) {
    const Point3F& p = average_face()[i];
    const auto x = static_cast<float>(std::cos(yaw) * p.x + std::sin(yaw) * p.z);
    landmarks.push_back({center_x + x / 22, 0.5F + p.y / 22});
  }
  return landmarks;
}

at::Tensor to_rows(const Landmarks& landmarks) {
  at::Tensor rows = at::empty({1, 68, 2});
  for (std::int64_t i = 0; i < 68; ++i) {
    rows[0][i][0] = landmarks[static_cast<std::size_t>(i)].x;
    rows[0][i][1] = landmarks[static_cast<std::size_t>(i)].y;
  }
  return rows;
}

/// The source place that the map gives for a point of the target crop, in [0,1].
PointF source_of(const MeshWarp& warp, PointF target) {
  const auto column = static_cast<std::int64_t>(target.x * kSize);
  const auto row = static_cast<std::int64_t>(target.y * kSize);
  const at::Tensor at = warp.grid[row][column];
  return {(at[0].item<float>() + 1) / 2, (at[1].item<float>() + 1) / 2};
}

TEST(MeshWarp, IsTheIdentityBetweenEqualFaces) {
  const MeshWarp warp = mesh_warp(face(0), face(0), kSize);
  const at::Tensor centers = (at::arange(kSize) + 0.5) / kSize * 2 - 1;
  EXPECT_LT((warp.grid.select(2, 0) - centers.unsqueeze(0)).abs().max().item<float>(), 1e-4);
  EXPECT_LT((warp.grid.select(2, 1) - centers.unsqueeze(1)).abs().max().item<float>(), 1e-4);
  EXPECT_EQ(warp.validity.min().item<float>(), 1);
}

TEST(MeshWarp, BringsEveryInnerLandmarkToItsPlace) {
  const Landmarks source = face(15);
  const Landmarks target = face(-10, 0.55F);
  const MeshWarp warp = mesh_warp(source, target, kSize);
  for (std::size_t i = 17; i < 60; ++i) {  // the inner lips coincide in a closed mouth
    const PointF found = source_of(warp, target[i]);
    EXPECT_NEAR(found.x, source[i].x, 2.0 / kSize) << "landmark " << i;
    EXPECT_NEAR(found.y, source[i].y, 2.0 / kSize) << "landmark " << i;
  }
}

TEST(MeshWarp, LeavesTheSurroundingsNearlyInPlace) {
  const MeshWarp warp = mesh_warp(face(20), face(-20), kSize);
  const PointF corner = source_of(warp, {0.01F, 0.99F});
  EXPECT_NEAR(corner.x, 0.01, 0.06);
  EXPECT_NEAR(corner.y, 0.99, 0.06);
}

TEST(MeshWarp, TellsTheSideThatTheSourceHides) {
  const Landmarks target = face(0);
  const MeshWarp warp = mesh_warp(face(55), target, kSize);
  const auto validity_at = [&](const PointF& a, const PointF& b) {
    const auto column = static_cast<std::int64_t>((a.x + b.x) / 2 * kSize);
    const auto row = static_cast<std::int64_t>((a.y + b.y) / 2 * kSize);
    return warp.validity[0][row][column].item<float>();
  };
  // Yaw to the picture's right shows the cheek on the picture's left and hides the other.
  EXPECT_GT(validity_at(target[2], target[31]), 0.9F);
  EXPECT_LT(validity_at(target[14], target[45]), 0.5F);
}

TEST(MeshWarp, StaysFiniteForLandmarksOutsideTheCropAndForProfiles) {
  for (const double yaw : {-90.0, -60.0, 60.0, 90.0}) {
    const MeshWarp warp = mesh_warp(face(yaw, 1.1F), face(-yaw, -0.2F), kSize);
    EXPECT_TRUE(warp.grid.isfinite().all().item<bool>());
    EXPECT_GE(warp.validity.min().item<float>(), 0);
    EXPECT_LE(warp.validity.max().item<float>(), 1);
  }
}

TEST(MeshWarp, RefusesOtherThan68FinitePoints) {
  EXPECT_THROW((void)mesh_warp(Landmarks(5), face(0), kSize), Error);
  Landmarks broken = face(0);
  broken[40].x = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW((void)mesh_warp(face(0), broken, kSize), Error);
}

TEST(MeshWarpPrior, RefusesALandmarkThatIsNotFinite) {
  at::Tensor landmarks = at::full({2, 68, 2}, 0.5);
  landmarks[1][3][0] = NAN;
  EXPECT_THROW((void)mesh_warp_prior(at::zeros({2, 3, 16, 16}), landmarks, landmarks), Error);
}

TEST(MeshWarpPrior, BendsEachImageByItsOwnLandmarks) {
  const at::Tensor images = at::rand({2, 3, kSize, kSize});
  const at::Tensor source = at::cat({to_rows(face(10)), to_rows(face(0))});
  const at::Tensor target = at::cat({to_rows(face(-10)), to_rows(face(0))});
  const at::Tensor prior = mesh_warp_prior(images, source, target);
  ASSERT_EQ(prior.sizes(), at::IntArrayRef({2, 4, kSize, kSize}));
  // The second face does not move; the first alone gives the same bits as in the batch.
  EXPECT_LT((prior[1].narrow(0, 0, 3) - images[1]).abs().max().item<float>(), 1e-3);
  const at::Tensor alone =
      mesh_warp_prior(images.narrow(0, 0, 1), source.narrow(0, 0, 1), target.narrow(0, 0, 1));
  EXPECT_TRUE(at::equal(alone[0], prior[0]));
  EXPECT_GT((prior[0].narrow(0, 0, 3) - images[0]).abs().mean().item<float>(), 0.05);
}

}  // namespace
}  // namespace changeling
