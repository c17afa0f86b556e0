// common/nets/layer_plan.h: an architecture as a list of steps for fast inference: what follows a
// convolution (batch norm, activation, sum, padding for the next layer) is one step with it.
// Layer 2, Torch only.
#pragma once

#include <vector>

#include "common/nets/layers.h"
#include "common/nets/net_weights.h"
#include "common/tensor/row_kernels.h"

namespace changeling {

/// One step makes one value. Values are numbered; -1 = none.
struct PlanStep {
  enum class Op {
    kEnter,          ///< reads input level `level`
    kConvolve,       ///< joins what follows
    kUpsampledConv,  ///< the same after bilinear x2 upsampling
    kAlignedConv,    ///< 1x1, then bilinear x2 upsampling with aligned corners: they commute
    kMaxPool,        ///< 2x2
    kConcat,         ///< channels of input, then of other
    kHead,           ///< a convolution whose result leaves the network
  };
  Op op = Op::kEnter;
  ConvLayer conv;
  int level = -1;  ///< input level of kEnter and of a convolution that reads one directly
  int input = -1;
  int other = -1;  ///< second value of a concatenation or of the join
  Join join = Join::kCopy;
  int output = -1;
  std::vector<int> done;  ///< values that no later step reads
};

struct LayerPlan {
  std::vector<PlanStep> steps;
  std::vector<int> pads;  ///< per value: reflected pixels that it carries on each side
};

/// Plans the whole network with all its input levels. Throws Error(kModel) for kinds other than
/// MSResUNet and seg_unet.
[[nodiscard]] LayerPlan plan_network(const NetInfo& info);

}  // namespace changeling
