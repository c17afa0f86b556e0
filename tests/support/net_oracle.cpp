#include "tests/support/net_oracle.h"

#include <cstdlib>
#include <cstring>

#include <ATen/ATen.h>
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>

#include "common/base/rng.h"
#include "common/tensor/image_ops.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

at::Tensor channel_values(float r, float g, float b) {
  return at::tensor({r, g, b}, at::TensorOptions().dtype(at::kFloat)).view({3, 1, 1});
}

at::Tensor scale_for(const std::string& id, const at::Tensor& rgb) {
  if (id == "lmk68") {
    return to_gray(rgb) / 256;
  }
  if (id == "det_rfb320" || id == "id512") {
    return (rgb - 127) / 128;
  }
  if (id == "id128_dlib") {
    return rgb;  // the network scales by itself
  }
  if (id == "feat_dn121x" || id == "feat_iv3n") {
    return rgb / 255;
  }
  return (rgb / 255 - channel_values(.485F, .456F, .406F)) / channel_values(.229F, .224F, .225F);
}

}  // namespace

std::filesystem::path assets_folder() {
  const char* folder = std::getenv("CHANGELING_ASSETS_DIR");
  return folder != nullptr && *folder != '\0'
             ? std::filesystem::path(folder)
             : std::filesystem::path(CHANGELING_SOURCE_DIR) / "assets";
}

std::filesystem::path exported_model_path(const std::string& id) {
  const ModelEntry& entry = ModelManifest::builtin().find(id);
  return assets_folder() / "npm" / entry.package / entry.part_file(1);
}

bool models_are_present() {
  for (const ModelEntry& entry : ModelManifest::builtin().entries()) {
    if (!std::filesystem::exists(assets_folder() / "models" / (entry.id + ".safetensors")) ||
        !std::filesystem::exists(exported_model_path(entry.id))) {
      return false;
    }
  }
  return true;
}

Frame pattern_frame(int width_px, int height_px) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      for (int c = 0; c < 3; ++c) {
        pixels.push_back(
            static_cast<std::uint8_t>((7 * x + 13 * y + 29 * c + 3 * (x * y % 17)) % 256));
      }
    }
  }
  return Frame(width_px, height_px, PixelFormat::kRgb24, std::move(pixels));
}

Frame noise_frame(int width_px, int height_px, std::uint64_t seed) {
  CounterRng rng(derive_seed(seed, {"noise_frame"}));
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width_px * height_px * 3));
  for (std::uint8_t& pixel : pixels) {
    pixel = static_cast<std::uint8_t>(rng.next() & 0xFFU);
  }
  return Frame(width_px, height_px, PixelFormat::kRgb24, std::move(pixels));
}

at::Tensor net_input(const std::string& id, const Frame& frame, bool first_channel_as_gray) {
  const std::vector<std::int64_t>& shape = ModelManifest::builtin().find(id).input_shape;
  at::Tensor rgb = resize_frame(frame, static_cast<int>(shape[3]), static_cast<int>(shape[2]));
  if (first_channel_as_gray) {
    rgb = rgb.narrow(0, 0, 1).expand({3, -1, -1});
  }
  return scale_for(id, rgb).unsqueeze(0).contiguous();
}

void set_oracle_threads(int threads) {
  cv::setNumThreads(threads);
}

struct CvNet::State {
  cv::dnn::Net net;
};

CvNet::CvNet(const std::filesystem::path& onnx) : state_(std::make_unique<State>()) {
  state_->net = cv::dnn::readNetFromONNX(onnx.string());
}

CvNet::~CvNet() = default;
CvNet::CvNet(CvNet&&) noexcept = default;

std::map<std::string, at::Tensor> CvNet::run(const at::Tensor& input,
                                             const std::vector<std::string>& outputs) {
  const at::Tensor packed = input.contiguous();
  std::vector<int> shape;
  for (const std::int64_t size : packed.sizes()) {
    shape.push_back(static_cast<int>(size));
  }
  state_->net.setInput(cv::Mat(shape, CV_32F, packed.data_ptr<float>()));
  std::vector<cv::Mat> found;
  state_->net.forward(found, std::vector<cv::String>(outputs.begin(), outputs.end()));
  std::map<std::string, at::Tensor> results;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const cv::Mat mat = found[i].isContinuous() ? found[i] : found[i].clone();
    std::vector<std::int64_t> sizes;
    for (int dim = 0; dim < mat.dims; ++dim) {
      sizes.push_back(mat.size[dim]);
    }
    at::Tensor tensor = at::empty(sizes, at::TensorOptions().dtype(at::kFloat));
    std::memcpy(tensor.data_ptr<float>(), mat.ptr<float>(), tensor.nbytes());
    results[outputs[i]] = tensor;
  }
  return results;
}

double relative_difference(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor reference = b.to(at::kDouble).flatten();
  const double largest = reference.abs().max().item<double>();
  return (a.to(at::kDouble).flatten() - reference).abs().max().item<double>() / largest;
}

}  // namespace changeling
