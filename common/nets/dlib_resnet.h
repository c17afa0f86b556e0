// common/nets/dlib_resnet.h: dlib's face recognition ResNet-29, 128-d. Layer 2, Torch only.
// The independent identity metric: never a loss, never used for pairing or tracking.
#pragma once

#include <filesystem>
#include <memory>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "common/base/digest.h"

namespace changeling {

class DlibResNet {
 public:
  /// Throws Error(kModel) as GraphNet.
  explicit DlibResNet(const std::filesystem::path& safetensors, c10::Device device = c10::kCPU);
  ~DlibResNet();
  DlibResNet(DlibResNet&&) noexcept;
  DlibResNet& operator=(DlibResNet&&) noexcept;

  /// In: float32 (N,3,150,150) RGB 0..255. Out: (N,128), not normalised (norm about 1.4).
  [[nodiscard]] at::Tensor run(const at::Tensor& chips) const;

  [[nodiscard]] const Digest& source_sha256() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace changeling
