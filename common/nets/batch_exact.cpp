#include "common/nets/batch_exact.h"

#include <ATen/ATen.h>

namespace changeling {

at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                    const ConvolutionShape& shape) {
  const bool use_mkldnn =
      input.device().is_cpu() && at::globalContext().userEnabledMkldnn() && at::hasMKLDNN();
  // The type of an optional tensor differs among LibTorch's versions: {} and {bias} fit all.
  const auto convolved = [&](const auto&... some_bias) {
    // at::conv2d turns to another kernel for 1x1 filters below batch 16 on one thread.
    return use_mkldnn ? at::mkldnn_convolution(input, weight, {some_bias...}, shape.padding,
                                               shape.stride, shape.dilation, shape.groups)
                      : at::conv2d(input, weight, {some_bias...}, shape.stride, shape.padding,
                                   shape.dilation, shape.groups);
  };
  return bias.defined() ? convolved(bias) : convolved();
}

at::Tensor dense(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor transposed = weight.t();
  const auto product = [&](const at::Tensor& rows) {
    return bias.defined() ? at::addmm(bias, rows, transposed) : at::mm(rows, transposed);
  };
  if (!input.device().is_cpu() || input.size(0) == 1) {
    return product(input);
  }
  // The BLAS picks its kernel, and with it the order of summation, by the number of rows.
  std::vector<at::Tensor> rows;
  for (const at::Tensor& row : input.split(1)) {
    rows.push_back(product(row));
  }
  return at::cat(rows);
}

}  // namespace changeling
