#include "generator/train/perceptual_net.h"

#include <array>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/face/landmark_tensor.h"
#include "common/nets/graph_net.h"
#include "common/nets/networks.h"
#include "common/tensor/grid_sampling.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

constexpr int kAlignedPx = 112;

/// grid_sample coordinates (112,112,2) that cut one aligned face, landmarks in px, out of a crop of
/// `size_px`.
at::Tensor alignment_grid(const Landmarks& landmarks_px, int size_px) {
  const CropTransform transform = identity_alignment_112(landmarks_px);
  at::Tensor grid = at::empty({kAlignedPx, kAlignedPx, 2}, at::TensorOptions().dtype(at::kFloat));
  float* into = grid.data_ptr<float>();
  for (int y = 0; y < kAlignedPx; ++y) {
    for (int x = 0; x < kAlignedPx; ++x) {
      const PointF at =
          transform.to_frame({static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F});
      *into++ = 2 * at.x / static_cast<float>(size_px) - 1;
      *into++ = 2 * at.y / static_cast<float>(size_px) - 1;
    }
  }
  return grid;
}

class IdentityPerception : public PerceptualNet {
 public:
  IdentityPerception(const std::filesystem::path& models_dir, c10::Device device)
      : net_(imported_model_path(models_dir, "id512"), device) {}

  [[nodiscard]] std::string name() const override { return "id512"; }

  [[nodiscard]] Digest sha256() const override { return net_.source_sha256(); }

  [[nodiscard]] std::string licence() const override { return net_.licence(); }

  [[nodiscard]] std::vector<FeatureTap> features(const at::Tensor& images,
                                                 const at::Tensor& landmarks) const override {
    // The net reads (p - 127) / 128 of bytes p.
    const at::Tensor input = ((align_112(images, landmarks) + 1) * 127.5 - 127) / 128;
    std::vector<std::string> names;
    for (const Tap& tap : kTaps) {
      names.emplace_back(tap.value_name);
    }
    const std::map<std::string, at::Tensor> values = net_.run(input, names);
    std::vector<FeatureTap> taps;
    for (const Tap& tap : kTaps) {
      taps.push_back({values.at(tap.value_name), tap.weight});
    }
    return taps;
  }

 private:
  struct Tap {
    const char* value_name;
    double weight;  ///< 1 / mean magnitude over the two public-domain photos, see the test
  };

  static constexpr std::array<Tap, 4> kTaps = {
      {{"341", 8.80}, {"395", 2.76}, {"471", 3.62}, {"503", 5.37}}};

  GraphNet net_;
};

class VggPerception : public PerceptualNet {
 public:
  VggPerception(const NetWeights& weights, c10::Device device) : net_(to_device(weights, device)) {
    if (weights.info.kind != NetKind::kVgg19 && weights.info.kind != NetKind::kVgg19Bn) {
      throw Error(ErrorKind::kModel, "the perceptual net is a " +
                                         std::string(to_string(weights.info.kind)) +
                                         ", wanted vgg19 or vgg19_bn");
    }
  }

  [[nodiscard]] std::string name() const override { return std::string(to_string(net_.info.kind)); }

  [[nodiscard]] Digest sha256() const override { return net_.sha256; }

  [[nodiscard]] std::string licence() const override { return net_.info.licence; }

  [[nodiscard]] std::vector<FeatureTap> features(const at::Tensor& images,
                                                 const at::Tensor& /*landmarks*/) const override {
    constexpr std::array<double, 5> kWeights = {1.0 / 32, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0};
    const std::vector<at::Tensor> values = run_vgg19_taps(net_, images);
    std::vector<FeatureTap> taps;
    for (std::size_t i = 0; i < values.size(); ++i) {
      taps.push_back({values[i], kWeights.at(i)});
    }
    return taps;
  }

 private:
  NetWeights net_;
};

}  // namespace

at::Tensor align_112(const at::Tensor& images, const at::Tensor& landmarks) {
  CHANGELING_REQUIRE(images.dim() == 4 && images.size(2) == images.size(3) &&
                         landmarks.dim() == 3 && landmarks.size(0) == images.size(0) &&
                         landmarks.size(1) == 68,
                     "align_112 needs images (N,3,R,R) and landmarks (N,68,2)");
  const auto size_px = static_cast<int>(images.size(2));
  std::vector<at::Tensor> grids;
  for (const Landmarks& face : to_landmarks(landmarks, static_cast<float>(size_px))) {
    grids.push_back(alignment_grid(face, size_px));
  }
  return at::grid_sampler(images, at::stack(grids).to(images.device()), grid_sampling::kBilinear,
                          grid_sampling::kBorder, false);
}

std::unique_ptr<PerceptualNet> make_identity_perception(const std::filesystem::path& models_dir,
                                                        c10::Device device) {
  return std::make_unique<IdentityPerception>(models_dir, device);
}

std::unique_ptr<PerceptualNet> make_vgg_perception(const NetWeights& weights, c10::Device device) {
  return std::make_unique<VggPerception>(weights, device);
}

}  // namespace changeling
