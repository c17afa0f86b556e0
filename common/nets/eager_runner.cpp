#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/nets/architectures.h"
#include "common/nets/landmark_context.h"
#include "common/nets/net_runner.h"
#include "common/nets/networks.h"
#include "common/tensor/torch_errors.h"

namespace changeling {
namespace {

class EagerRunner : public NetRunner {
 public:
  EagerRunner(const NetWeights& weights, c10::Device device)
      : net_(to_device(weights, device)), device_(device) {}

  [[nodiscard]] const NetInfo& info() const override { return net_.info; }

  [[nodiscard]] at::Tensor run(const at::Tensor& input) const override {
    CHANGELING_REQUIRE(input.dim() == 4 && input.size(0) > 0 && input.device() == device_,
                       "a runner's input is (N,in,R,R) on its device");
    return for_each(input.size(0),
                    [&](std::int64_t i) { return levels_of(input.narrow(0, i, 1)); });
  }

  [[nodiscard]] at::Tensor run(const at::Tensor& images, const at::Tensor& landmarks,
                               const at::Tensor& context) const override {
    CHANGELING_REQUIRE(info().landmarks > 0, "the network takes no landmark maps");
    CHANGELING_REQUIRE(images.dim() == 4 && images.size(0) > 0 && images.device() == device_ &&
                           landmarks.dim() == 3 && landmarks.size(1) == info().landmarks &&
                           context.dim() == 1 && context.size(0) == images.size(0) &&
                           context.scalar_type() == at::kLong &&
                           context.min().item<std::int64_t>() >= 0 &&
                           context.max().item<std::int64_t>() < landmarks.size(0),
                       "images, landmarks and context do not fit");
    const at::Tensor rows = landmarks.to(device_);
    return for_each(images.size(0), [&](std::int64_t i) {
      const at::Tensor row = rows.narrow(0, context[i].item<std::int64_t>(), 1);
      return with_landmark_maps(info().kind, levels_of(images.narrow(0, i, 1)), row);
    });
  }

 private:
  [[nodiscard]] Pyramid levels_of(const at::Tensor& image) const {
    return make_pyramid(image, input_level_count(info().kind), info().pyramid);
  }

  /// `input_of(i)`: what the network sees of item i.
  template <typename InputOf>
  at::Tensor for_each(std::int64_t count, const InputOf& input_of) const {
    const c10::NoGradGuard no_grad;
    try {
      std::vector<at::Tensor> outputs;
      for (std::int64_t i = 0; i < count; ++i) {
        outputs.push_back(at::cat(run_network(net_, input_of(i)), 1));
      }
      return at::cat(outputs);
    } catch (...) {
      const std::optional<std::string> reason = out_of_memory_message();
      if (!reason) {
        throw;
      }
      throw Error(ErrorKind::kResource, info().role + ": " + *reason);
    }
  }

  NetWeights net_;
  c10::Device device_;
};

}  // namespace

std::unique_ptr<NetRunner> make_eager_runner(const NetWeights& weights, c10::Device device) {
  const NetKind kind = weights.info.kind;
  if (kind != NetKind::kMsResUnetV2 && kind != NetKind::kMsResUnetV1 && kind != NetKind::kSegUnet) {
    throw Error(ErrorKind::kModel,
                "a runner takes MSResUNet and seg_unet, not " + std::string(to_string(kind)));
  }
  return std::make_unique<EagerRunner>(weights, device);
}

}  // namespace changeling
