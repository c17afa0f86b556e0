// In builds without CHANGELING_WITH_CUDA.
#include <utility>

#include "common/nets/cuda_graphs.h"

namespace changeling {

Forward with_cuda_graphs(Forward forward) {
  return forward;
}

}  // namespace changeling
