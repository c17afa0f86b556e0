// common/nets/cuda_graphs.h: runs a prepared network from recorded CUDA graphs. Layer 2, Torch
// only.
#pragma once

#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace changeling {

/// images and contexts of a batch -> outputs, as FoldedNet::run.
using Forward =
    std::function<at::Tensor(const at::Tensor& images, const std::vector<at::Tensor>& contexts)>;

/// A network whose batches are recorded.
struct RecordedForward {
  Forward run;
  std::function<void()> forget;  ///< frees all recordings, as when memory ran out; made anew later
};

/// The same function, recorded on the first call for each shape of its arguments (after warm-up, on
/// a stream of its own) and replayed on later ones: one launch a batch instead of hundreds.
/// Arguments must be on a CUDA device. Recordings share the memory between their layers, so calls
/// must follow one another on one stream; each keeps its arguments and outputs. What `forward`
/// throws while it is recorded comes through, and nothing of that recording stays. Built without
/// CHANGELING_WITH_CUDA: `forward` itself.
[[nodiscard]] RecordedForward with_cuda_graphs(Forward forward);

}  // namespace changeling
