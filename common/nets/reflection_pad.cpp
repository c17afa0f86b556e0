#include "common/nets/reflection_pad.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "common/base/error.h"
#include "common/tensor/channels_last.h"

namespace changeling {
namespace {

/// Calls `act(border, inside)` for every line of the padding along `dim` and the line it mirrors.
template <typename Act>
void for_each_mirrored_line(const at::Tensor& padded, std::int64_t padding, std::int64_t dim,
                            const Act& act) {
  const std::int64_t last = padded.size(dim) - 1;
  for (std::int64_t i = 0; i < padding; ++i) {
    act(padded.select(dim, i), padded.select(dim, 2 * padding - i));
    act(padded.select(dim, last - i), padded.select(dim, last - 2 * padding + i));
  }
}

void require_room(const at::Tensor& x, std::int64_t padding) {
  CHANGELING_REQUIRE(
      x.dim() == 4 && padding >= 0 && padding < x.size(2) && padding < x.size(3),
      "reflection padding needs a batch (N,C,H,W) with sides longer than the padding");
}

at::Tensor padded_with_reflection(const at::Tensor& x, std::int64_t padding) {
  if (!x.is_cpu()) {
    return reflection_pad_by_lines(x, padding);
  }
  LayerEnd end;
  end.pad = static_cast<int>(padding);
  return finish_layer(x.contiguous(at::MemoryFormat::ChannelsLast), end);
}

/// Every border line's gradient goes to the line that it mirrors: columns first, they hold corners.
at::Tensor gradient_of_padding(const at::Tensor& gradient, std::int64_t padding) {
  at::Tensor sum = gradient.clone(at::MemoryFormat::ChannelsLast);
  const auto fold = [](const at::Tensor& border, const at::Tensor& inside) { inside.add_(border); };
  for_each_mirrored_line(sum, padding, 3, fold);
  for_each_mirrored_line(sum, padding, 2, fold);
  return inside(sum, static_cast<int>(padding)).contiguous(at::MemoryFormat::ChannelsLast);
}

struct ReflectionPad : torch::autograd::Function<ReflectionPad> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            std::int64_t padding) {
    context->saved_data["padding"] = padding;
    return padded_with_reflection(x, padding);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {gradient_of_padding(gradients.front(), context->saved_data["padding"].toInt()),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor reflection_pad(const at::Tensor& x, std::int64_t padding) {
  require_room(x, padding);
  return ReflectionPad::apply(x, padding);
}

at::Tensor reflection_pad_by_lines(const at::Tensor& x, std::int64_t padding) {
  return reflection_pad_by_lines(x, padding, [&](at::Tensor& window) { window.copy_(x); });
}

at::Tensor reflection_pad_by_lines(const at::Tensor& x, std::int64_t padding,
                                   const std::function<void(at::Tensor& window)>& write) {
  require_room(x, padding);
  const at::Tensor padded =
      at::empty({x.size(0), x.size(1), x.size(2) + 2 * padding, x.size(3) + 2 * padding},
                x.options(), at::MemoryFormat::ChannelsLast);
  at::Tensor window = inside(padded, static_cast<int>(padding));
  write(window);
  const auto fill = [](const at::Tensor& border, const at::Tensor& inside) {
    border.copy_(inside);
  };
  for_each_mirrored_line(padded, padding, 2, fill);
  for_each_mirrored_line(padded, padding, 3, fill);  // the corners out of the rows
  return padded;
}

}  // namespace changeling
