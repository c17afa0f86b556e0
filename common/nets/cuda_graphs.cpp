// In builds with CHANGELING_WITH_CUDA, against LibTorch 2.x.
#include "common/nets/cuda_graphs.h"

#include <exception>
#include <map>
#include <memory>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace changeling {
namespace {

constexpr int kWarmUps = 3;  ///< cuDNN chooses its algorithms and allocates in the first runs

using PoolId = decltype(at::cuda::graph_pool_handle());

/// One recorded batch: static tensors that the graph reads and writes.
class RecordedBatch {
 public:
  RecordedBatch(const Forward& forward, const PoolId& pool, const at::Tensor& images,
                const std::vector<at::Tensor>& contexts)
      : images_(at::empty_like(images)) {
    for (const at::Tensor& context : contexts) {
      contexts_.push_back(at::empty_like(context));
    }
    load(images, contexts);
    record(forward, pool);
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
  void record(const Forward& forward, const PoolId& pool) {
    const c10::cuda::CUDAStream current = c10::cuda::getCurrentCUDAStream(images_.get_device());
    const c10::cuda::CUDAStream side = c10::cuda::getStreamFromPool(true, images_.get_device());
    current.synchronize();  // the inputs are loaded
    {
      const c10::cuda::CUDAStreamGuard guard(side);
      for (int i = 0; i < kWarmUps; ++i) {
        (void)forward(images_, contexts_);
      }
      side.synchronize();
      // The allocator cannot give kept blocks back during a capture, and these serve no graph.
      c10::cuda::CUDACachingAllocator::emptyCache();
      capture(forward, pool);
    }
    side.synchronize();
  }

  void capture(const Forward& forward, const PoolId& pool) {
    try {
      graph_.capture_begin(pool);
      output_ = forward(images_, contexts_);
    } catch (...) {
      try {
        end_capture(pool);
      } catch (const std::exception&) {  // follows from the first error, which tells more
      }
      throw;
    }
    end_capture(pool);
  }

  void end_capture(const PoolId& pool) {
    try {
      graph_.capture_end();
    } catch (...) {
      leave_pool(pool);
      throw;
    }
  }

  /// What a graph leaves undone that failed to end its capture: without it the allocator would
  /// never again give memory back.
  void leave_pool(const PoolId& pool) {
    try {
      c10::cuda::CUDACachingAllocator::endAllocateToPool(images_.get_device(), pool);
      c10::cuda::CUDACachingAllocator::releasePool(images_.get_device(), pool);
    } catch (const std::exception&) {  // it came so far; its destructor does the rest
    }
  }

  at::Tensor images_;
  std::vector<at::Tensor> contexts_;
  at::Tensor output_;
  at::cuda::CUDAGraph graph_;
};

/// The recordings of one network, by the shape of the images; the contexts' shapes follow from it.
class Recordings {
 public:
  explicit Recordings(Forward forward) : forward_(std::move(forward)) {}

  at::Tensor run(const at::Tensor& images, const std::vector<at::Tensor>& contexts) {
    const std::vector<std::int64_t> shape = images.sizes().vec();
    auto found = batches_.find(shape);
    if (found == batches_.end()) {
      if (batches_.empty()) {
        pool_ = at::cuda::graph_pool_handle();  // one that no graph is left of cannot be used again
      }
      found = batches_
                  .emplace(std::piecewise_construct, std::forward_as_tuple(shape),
                           std::forward_as_tuple(forward_, pool_, images, contexts))
                  .first;
    }
    return found->second.run(images, contexts);
  }

  void forget() { batches_.clear(); }

 private:
  Forward forward_;
  // Shared by all graphs: they are replayed one after the other, and an output is cloned before.
  PoolId pool_ = {};
  std::map<std::vector<std::int64_t>, RecordedBatch> batches_;
};

}  // namespace

RecordedForward with_cuda_graphs(Forward forward) {
  const auto recordings = std::make_shared<Recordings>(std::move(forward));  // functions are copied
  return {[recordings](const at::Tensor& images, const std::vector<at::Tensor>& contexts) {
            return recordings->run(images, contexts);
          },
          [recordings] { recordings->forget(); }};
}

}  // namespace changeling
