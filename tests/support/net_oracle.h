// tests/support/net_oracle.h: inputs for the pretrained networks and OpenCV's executor as their
// oracle.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"

namespace changeling {

/// The assets folder: CHANGELING_ASSETS_DIR, or assets/ of the source tree.
[[nodiscard]] std::filesystem::path assets_folder();

/// The file of a network inside its unpacked package, as exported.
[[nodiscard]] std::filesystem::path exported_model_path(const std::string& id);

/// True when all networks of the manifest are unpacked and imported; tests skip otherwise.
[[nodiscard]] bool models_are_present();

/// p(y,x,c) = (7x + 13y + 29c + 3 (xy mod 17)) mod 256.
[[nodiscard]] Frame pattern_frame(int width_px, int height_px);

/// Uniform noise, fixed by the seed.
[[nodiscard]] Frame noise_frame(int width_px, int height_px, std::uint64_t seed);

/// A float (1,C,H,W) input of network `id`, scaled as the network wants it: the frame resized to
/// its size, or taken as it is when it has that size. lmk68 reads channel 0 as grey when
/// `first_channel_as_gray`.
[[nodiscard]] at::Tensor net_input(const std::string& id, const Frame& frame,
                                   bool first_channel_as_gray = false);

/// Threads of all oracles.
void set_oracle_threads(int threads);

/// cv::dnn on an exported file; one image at a time.
class CvNet {
 public:
  explicit CvNet(const std::filesystem::path& onnx);
  ~CvNet();
  CvNet(CvNet&&) noexcept;

  /// Outputs by name, batch 1.
  [[nodiscard]] std::map<std::string, at::Tensor> run(const at::Tensor& input,
                                                      const std::vector<std::string>& outputs);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Largest |a - b| over all values, divided by the largest |b|.
[[nodiscard]] double relative_difference(const at::Tensor& a, const at::Tensor& b);

}  // namespace changeling
