#include "common/nets/inference_engine.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <torch/cuda.h>

#include "common/base/error.h"
#include "common/nets/batch_splitter.h"
#include "common/nets/cuda_graphs.h"
#include "common/nets/folded_net.h"
#include "common/tensor/device.h"

namespace changeling {
namespace {

FoldedNetOptions net_options(const EngineOptions& options) {
  FoldedNetOptions net;
  net.device = options.device;
  net.dtype = resolve_precision(options.precision, options.device) == Precision::kBFloat16
                  ? at::kBFloat16
                  : at::kFloat;
  net.kernels = options.device.is_cpu() ? LayerKernels::kOwn : LayerKernels::kLibTorch;
  return net;
}

/// The contexts of frames while their views are run: views of a frame share them, also across
/// batches.
class ContextCache {
 public:
  ContextCache(const FoldedNet& net, const at::Tensor& landmarks, int resolution_px)
      : net_(net), landmarks_(landmarks), resolution_px_(resolution_px) {}

  /// Contexts of the frames `frames`, one row each; forgets all other frames.
  std::vector<at::Tensor> of(const std::vector<std::int64_t>& frames) {
    std::map<std::int64_t, std::vector<at::Tensor>> kept;
    for (const std::int64_t frame : frames) {
      if (kept.count(frame) == 0) {
        const auto known = known_.find(frame);
        kept[frame] = known != known_.end()
                          ? known->second
                          : net_.contexts(landmarks_.narrow(0, frame, 1), resolution_px_);
      }
    }
    known_ = std::move(kept);
    std::vector<at::Tensor> levels;
    for (std::size_t level = 0; level < known_.begin()->second.size(); ++level) {
      std::vector<at::Tensor> rows;
      for (const std::int64_t frame : frames) {
        rows.push_back(known_.at(frame)[level]);
      }
      levels.push_back(rows.size() == 1 ? rows.front() : at::cat(rows));
    }
    return levels;
  }

 private:
  const FoldedNet& net_;
  const at::Tensor& landmarks_;
  int resolution_px_;
  std::map<std::int64_t, std::vector<at::Tensor>> known_;
};

class InferenceEngine : public NetRunner {
 public:
  InferenceEngine(const NetWeights& weights, const EngineOptions& options)
      : info_(weights.info),
        device_(options.device),
        net_(weights, net_options(options)),
        forward_({[this](const at::Tensor& images, const std::vector<at::Tensor>& contexts) {
                    return net_.run(images, contexts);
                  },
                  [] {}}),
        splitter_(options.buckets, weights.info.role) {
    if (device_.is_cuda() && options.cuda_graphs) {
      forward_ = with_cuda_graphs(std::move(forward_.run));
    }
  }

  InferenceEngine(const InferenceEngine&) = delete;
  InferenceEngine& operator=(const InferenceEngine&) = delete;

  [[nodiscard]] const NetInfo& info() const override { return info_; }

  [[nodiscard]] at::Tensor run(const at::Tensor& input) const override {
    require_images(input, info_.in);
    const at::Tensor images = input.narrow(1, 0, info_.in - info_.landmarks);
    return split(input.size(0), [&](const BatchPart& part) {
      if (info_.landmarks == 0) {
        return forward_.run(rows_of(images, part), {});
      }
      const at::Tensor maps = input.narrow(1, info_.in - info_.landmarks, info_.landmarks);
      return forward_.run(rows_of(images, part), net_.contexts_of_maps(rows_of(maps, part)));
    });
  }

  [[nodiscard]] at::Tensor run(const at::Tensor& images, const at::Tensor& landmarks,
                               const at::Tensor& context) const override {
    CHANGELING_REQUIRE(info_.landmarks > 0, "the network takes no landmark maps");
    require_images(images, info_.in - info_.landmarks);
    const std::vector<std::int64_t> frames = frames_of(images, landmarks, context);
    const at::Tensor points = landmarks.to(device_).contiguous();
    ContextCache cache(net_, points, static_cast<int>(images.size(3)));
    return split(images.size(0), [&](const BatchPart& part) {
      std::vector<std::int64_t> rows(frames.begin() + part.first,
                                     frames.begin() + part.first + part.count);
      rows.resize(static_cast<std::size_t>(part.bucket), rows.back());
      return forward_.run(rows_of(images, part), cache.of(rows));
    });
  }

 private:
  void require_images(const at::Tensor& images, int channels) const {
    CHANGELING_REQUIRE(images.dim() == 4 && images.size(0) > 0 && images.size(1) == channels &&
                           images.size(2) == images.size(3) && images.size(2) > 0 &&
                           images.size(2) % 16 == 0 && images.scalar_type() == at::kFloat &&
                           images.device() == device_,
                       "a runner's input is float32 (N," + std::to_string(channels) +
                           ",R,R) on its device, R a multiple of 16");
  }

  [[nodiscard]] std::vector<std::int64_t> frames_of(const at::Tensor& images,
                                                    const at::Tensor& landmarks,
                                                    const at::Tensor& context) const {
    CHANGELING_REQUIRE(landmarks.dim() == 3 && landmarks.size(1) == info_.landmarks &&
                           landmarks.size(2) == 2 && landmarks.scalar_type() == at::kFloat,
                       "landmarks are float32 (F,L,2) with the network's count");
    CHANGELING_REQUIRE(context.dim() == 1 && context.size(0) == images.size(0) &&
                           context.scalar_type() == at::kLong,
                       "context is int64 (N)");
    const at::Tensor rows = context.to(at::kCPU).contiguous();
    const auto* first = rows.data_ptr<std::int64_t>();
    std::vector<std::int64_t> frames(first, first + rows.numel());
    for (const std::int64_t frame : frames) {
      CHANGELING_REQUIRE(frame >= 0 && frame < landmarks.size(0), "context names a row");
    }
    return frames;
  }

  [[nodiscard]] at::Tensor split(std::int64_t count, const BatchSplitter::Step& step) const {
    at::Tensor result;
    {
      const c10::InferenceMode inference;
      result = splitter_.run(count, [&](const BatchPart& part) {
        try {
          return step(part);
        } catch (...) {
          forward_.forget();  // the splitter may give this bucket up
          throw;
        }
      });
    }
    return result.clone();  // an ordinary tensor, which autograd may save
  }

  NetInfo info_;
  c10::Device device_;
  FoldedNet net_;
  RecordedForward forward_;
  mutable BatchSplitter splitter_;  ///< learns which batches fit in memory
};

}  // namespace

std::unique_ptr<NetRunner> make_engine(const NetWeights& weights, const EngineOptions& options) {
  if (options.device.is_cuda() &&
      static_cast<int>(options.device.index()) >= static_cast<int>(torch::cuda::device_count())) {
    throw Error(ErrorKind::kResource, "device '" + options.device.str() + "' is absent");
  }
  return std::make_unique<InferenceEngine>(weights, options);
}

std::vector<int> production_buckets(c10::Device device) {
  return device.is_cuda() ? std::vector<int>{1, 2, 4, 8, 16, 32, 64, 96} : EngineOptions().buckets;
}

Precision resolve_precision(Precision wanted, c10::Device device) {
  if (wanted == Precision::kAuto) {
    return has_bfloat16(device) ? Precision::kBFloat16 : Precision::kFloat32;
  }
  if (wanted == Precision::kBFloat16 && !has_bfloat16(device)) {
    throw Error(ErrorKind::kConfig,
                "this CPU has no AVX512-BF16, or its convolutions are wrong; use precision fp32");
  }
  return wanted;
}

}  // namespace changeling
