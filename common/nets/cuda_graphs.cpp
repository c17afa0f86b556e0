// In builds with CHANGELING_WITH_CUDA, against LibTorch 2.x.
#include "common/nets/cuda_graphs.h"

#include <map>
#include <memory>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace changeling {
namespace {

constexpr int kWarmUps = 3;  ///< cuDNN chooses its algorithms and allocates in the first runs

/// One recorded batch: static tensors that the graph reads and writes.
class RecordedBatch {
 public:
  RecordedBatch(const Forward& forward, const at::Tensor& images,
                const std::vector<at::Tensor>& contexts)
      : images_(at::empty_like(images)) {
    for (const at::Tensor& context : contexts) {
      contexts_.push_back(at::empty_like(context));
    }
    load(images, contexts);
    record(forward);
  }

  at::Tensor run(const at::Tensor& images, const std::vector<at::Tensor>& contexts) {
    load(images, contexts);
    graph_.replay();
    return output_.clone();  // the next replay overwrites it
  }

 private:
  void load(const at::Tensor& images, const std::vector<at::Tensor>& contexts) {
    images_.copy_(images, true);
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      contexts_[i].copy_(contexts[i], true);
    }
  }

  /// Capture is refused on the default stream, and must happen on the stream of the warm-up.
  void record(const Forward& forward) {
    const c10::cuda::CUDAStream current = c10::cuda::getCurrentCUDAStream(images_.get_device());
    const c10::cuda::CUDAStream side = c10::cuda::getStreamFromPool(true, images_.get_device());
    current.synchronize();  // the inputs are loaded
    {
      const c10::cuda::CUDAStreamGuard guard(side);
      for (int i = 0; i < kWarmUps; ++i) {
        (void)forward(images_, contexts_);
      }
      side.synchronize();
      graph_.capture_begin();
      output_ = forward(images_, contexts_);
      graph_.capture_end();
    }
    side.synchronize();
  }

  at::Tensor images_;
  std::vector<at::Tensor> contexts_;
  at::Tensor output_;
  at::cuda::CUDAGraph graph_;
};

}  // namespace

Forward with_cuda_graphs(Forward forward) {
  // Shared, because a std::function is copied; the contexts' shapes follow from the images'.
  auto recorded = std::make_shared<std::map<std::vector<std::int64_t>, RecordedBatch>>();
  return [forward = std::move(forward), recorded](const at::Tensor& images,
                                                  const std::vector<at::Tensor>& contexts) {
    const std::vector<std::int64_t> shape = images.sizes().vec();
    auto found = recorded->find(shape);
    if (found == recorded->end()) {
      found = recorded
                  ->emplace(std::piecewise_construct, std::forward_as_tuple(shape),
                            std::forward_as_tuple(forward, images, contexts))
                  .first;
    }
    return found->second.run(images, contexts);
  };
}

}  // namespace changeling
