#include "generator/methods/fsgan/source_detail.h"

#include <vector>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/face/face_box.h"
#include "common/face/landmark_tensor.h"
#include "common/tensor/image_ops.h"
#include "common/tensor/resample.h"
#include "generator/methods/fsgan/crop_geometry.h"
#include "generator/methods/fsgan/face_hull_mask.h"
#include "tests/unit/generator/fsgan/swap_fixture.h"

namespace changeling {
namespace {

constexpr int kSide = 64;
constexpr int kFineSide = 192;

/// A head as its own source: what the networks see of it, and what is there.
struct OwnFace {
  ViewCrop crop;
  at::Tensor alpha;       // (1,S,S)
  at::Tensor fine_alpha;  // (1,D,D)

  OwnFace() {
    LandmarkFace face;
    face.width_px = 480;
    face.height_px = 440;
    face.center = {240, 236};
    face.face_width_px = 220;
    const Frame picture = draw(face);
    const Landmarks points = landmarks_of(face);
    const CropSquare square = crop_square(face_box(points), 1.2);
    crop = {take_crop(picture, square, kSide), take_crop(picture, square, kFineSide),
            to_crop(points, square)};
    alpha = face_hull_mask(to_tensor({crop.landmarks}), kSide)[0];
    fine_alpha = face_hull_mask(to_tensor({crop.landmarks}), kFineSide)[0];
  }

  /// The painted face with the head's own detail.
  [[nodiscard]] at::Tensor with_detail(const at::Tensor& painted) const {
    return SourceDetail({{crop, 1.0}}, crop.landmarks).add_to(painted, alpha);
  }

  /// Mean absolute difference from the true picture inside the face.
  [[nodiscard]] double error_of(const at::Tensor& face) const {
    return ((face - crop.detail).abs().mean(0, true) * fine_alpha).sum().item<double>() /
           fine_alpha.sum().item<double>();
  }
};

at::Tensor enlarged(const at::Tensor& face) {
  return resample(face, kFineSide, kFineSide, Resampling::kCubic).clamp(-1, 1);
}

TEST(SourceDetail, GivesBackWhatTheNetworksResolutionLost) {
  const OwnFace own;
  const at::Tensor fine = own.with_detail(own.crop.image);
  ASSERT_EQ(fine.sizes(), own.crop.detail.sizes());
  EXPECT_LT(own.error_of(fine), 0.4 * own.error_of(enlarged(own.crop.image)));
}

TEST(SourceDetail, ASoftFaceOfTheNetworksSizeBecomesSharpAgain) {
  OwnFace own;
  own.crop.detail = own.crop.image;
  const at::Tensor soft = gaussian_blur(own.crop.image.unsqueeze(0), 1.5)[0];
  const at::Tensor sharp = own.with_detail(soft);
  ASSERT_EQ(sharp.sizes(), soft.sizes());
  const auto error = [&own](const at::Tensor& face) {
    return ((face - own.crop.image).abs() * own.alpha).sum().item<double>();
  };
  EXPECT_LT(error(sharp), 0.4 * error(soft));
}

TEST(SourceDetail, ReplacesTheDetailOfThePaintedFaceInsteadOfDoublingIt) {
  OwnFace own;
  own.crop.detail = own.crop.image;
  const at::Tensor again = own.with_detail(own.crop.image);
  EXPECT_LT(((again - own.crop.image).abs() * own.alpha).max().item<double>(), 0.02);
}

TEST(SourceDetail, TakesTheContrastOfThePaintedFace) {
  const OwnFace own;
  const auto added = [&own](const at::Tensor& painted) {
    const at::Tensor fine = own.with_detail(painted);
    return ((fine - enlarged(painted)).abs() * own.fine_alpha).sum().item<double>();
  };
  const at::Tensor pale = own.crop.image * 0.85 + 0.1;
  EXPECT_NEAR(added(pale) / added(own.crop.image), 0.85, 0.03);
}

TEST(SourceDetail, AddsLittleToAnotherPicture) {
  const OwnFace own;
  const auto added = [&own](const at::Tensor& painted, std::int64_t left, std::int64_t columns) {
    const at::Tensor change = (own.with_detail(painted) - enlarged(painted)).abs() * own.fine_alpha;
    return change.narrow(2, left, columns).sum().item<double>();
  };
  at::Tensor halves = at::full_like(own.crop.image, -0.9);
  halves.narrow(2, kSide / 2, kSide / 2).fill_(0.9);
  constexpr std::int64_t kLeft = kFineSide / 3;  // the step itself lies to the right of it
  EXPECT_LT(added(halves, 0, kLeft), 0.2 * added(own.crop.image, 0, kLeft));
}

TEST(SourceDetail, WithoutViewsOrFaceThePaintedFaceStays) {
  const OwnFace own;
  const auto result = [&own](const std::vector<DetailView>& views, const at::Tensor& alpha) {
    return SourceDetail(views, own.crop.landmarks).add_to(own.crop.image, alpha);
  };
  EXPECT_TRUE(at::equal(result({}, own.alpha), own.crop.image));
  EXPECT_TRUE(
      at::equal(result({{own.crop, 1.0}}, at::zeros_like(own.alpha)), enlarged(own.crop.image)));
  ViewCrop coarse = own.crop;
  coarse.detail = at::Tensor();
  EXPECT_TRUE(at::equal(result({{coarse, 1.0}}, own.alpha), own.crop.image));
}

/// A target that fills three crops of 64 px.
HeadClip large_target() {
  HeadClip clip;
  clip.face.width_px = 400;
  clip.face.height_px = 360;
  clip.face.center = {200, 190};
  clip.face.face_width_px = 160;
  return clip;
}

ComposedFrame swapped(const FsganOptions& options, const HeadClip& target = large_target()) {
  const auto method = pass_on_method(options);
  HeadClip source = large_target();
  source.face.colors.brow[0] = 20;
  source.face.texture = 24;
  const auto plan = plan_of(*method, request_for(source, target));
  return method->swap({item_of(*method, *plan, target, 7)}).at(0).at(0);
}

/// Mean absolute difference of neighbouring pixels inside the mask.
double roughness(const ComposedFrame& out) {
  const int width = out.alpha.width_px();
  double sum = 0;
  double count = 0;
  for (int i = 0; i + 1 < width * out.alpha.height_px(); ++i) {
    if (out.alpha.data()[i] == 255 && out.alpha.data()[i + 1] == 255) {
      sum += std::abs(out.frame.data()[3 * i + 1] - out.frame.data()[3 * i + 4]);
      ++count;
    }
  }
  return sum / count;
}

TEST(SourceDetail, ALargeFaceIsSharperAndTheFrameAroundItTheTargets) {
  FsganOptions options = tiny_options();
  const ComposedFrame plain = swapped(options);
  options.max_detail = 4;
  const ComposedFrame fine = swapped(options);
  EXPECT_GT(roughness(fine), 1.3 * roughness(plain));
  EXPECT_EQ(fine.alpha, plain.alpha);
  expect_exact_outside_alpha(fine, draw(face_at(large_target(), 7)));
}

TEST(SourceDetail, ASmallFaceIsSharperToo) {
  HeadClip small = large_target();
  small.face.face_width_px = 76;
  FsganOptions options = tiny_options();
  const double plain = roughness(swapped(options, small));
  options.max_detail = 4;
  EXPECT_GT(roughness(swapped(options, small)), 1.1 * plain);
}

TEST(SourceDetail, ARimInsideLiesWithinTheErodedMask) {
  FsganOptions options = tiny_options();
  const ComposedFrame outside = swapped(options);
  options.rim = RimSide::kInside;
  const ComposedFrame inside = swapped(options);
  std::int64_t fell = 0;
  for (std::size_t i = 0; i < inside.alpha.size_bytes(); ++i) {
    ASSERT_LE(inside.alpha.data()[i], outside.alpha.data()[i]) << i;
    fell += inside.alpha.data()[i] < outside.alpha.data()[i] ? 1 : 0;
  }
  EXPECT_GT(fell, 100);
  expect_exact_outside_alpha(inside, draw(face_at(large_target(), 7)));
}

}  // namespace
}  // namespace changeling
