// A card cuda:0 that is not there, for a LibTorch without CUDA: LD_PRELOAD this library and run a
// program. Tensors of the card lie in memory that only operations on it can touch; each operation
// is the CPU's kernel, but refuses what CUDA refuses: operands on two devices, a generator of
// another device, in deterministic mode an operation without such a kernel. Fresh memory holds NaN.
// What it cannot tell: whether a kernel of CUDA computes the same, how fast, and in which memory.
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>
#include <torch/version.h>

#include "tests/gpu/pretended_memory.h"

namespace changeling {
namespace {

#if TORCH_VERSION_MAJOR < 2
using HookIndex = std::int64_t;
#else
using HookIndex = c10::DeviceIndex;
#endif

const c10::Device kCard(c10::kCUDA, 0);

/// What LibTorch asks its CUDA library. Names differ between LibTorch 1.13 and 2.6, hence no
/// `override`.
struct CUDAHooks final : at::CUDAHooksInterface {
  explicit CUDAHooks(at::CUDAHooksArgs /*unused*/) {}

  void initCUDA() const {}

  void init() const {}

  bool hasCUDA() const { return true; }

  bool hasCUDART() const { return true; }

  bool hasPrimaryContext(HookIndex /*index*/) const { return true; }

  HookIndex current_device() const { return 0; }

  int getNumGPUs() const { return 1; }

  std::string showConfig() const { return "a pretended card\n"; }

  c10::DeviceIndex deviceCount() const { return 1; }

  c10::DeviceIndex getCurrentDevice() const { return 0; }

  void setCurrentDevice(c10::DeviceIndex /*index*/) const {}

  c10::DeviceIndex exchangeDevice(c10::DeviceIndex /*index*/) const { return 0; }

  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex /*index*/) const { return 0; }

  void deviceSynchronize(HookIndex /*index*/) const {}

  c10::Allocator* getPinnedMemoryAllocator() const { return c10::GetDefaultCPUAllocator(); }

  c10::Allocator* getCUDADeviceAllocator() const { return pretended_memory(); }

  c10::Device getDeviceFromPtr(void* /*data*/) const { return kCard; }

  const at::Generator& getDefaultCUDAGenerator(c10::DeviceIndex /*index*/) const {
    return at::detail::getDefaultCPUGenerator();
  }

  const at::Generator& getDefaultGenerator(c10::DeviceIndex /*index*/) const {
    return at::detail::getDefaultCPUGenerator();
  }
};

/// One device with one stream, on which all is done at once.
struct Guard final : c10::impl::DeviceGuardImplInterface {
  static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, kCard); }

  c10::DeviceType type() const override { return c10::kCUDA; }

  c10::Device exchangeDevice(c10::Device /*device*/) const override { return kCard; }

  c10::Device getDevice() const override { return kCard; }

  void setDevice(c10::Device /*device*/) const override {}

  void uncheckedSetDevice(c10::Device /*device*/) const noexcept override {}

  c10::Stream getStream(c10::Device /*device*/) const noexcept override { return stream(); }

  c10::Stream getDefaultStream(c10::Device /*device*/) const override { return stream(); }

  c10::Stream exchangeStream(c10::Stream /*stream*/) const noexcept override { return stream(); }

  c10::DeviceIndex deviceCount() const noexcept override { return 1; }

  bool queryStream(const c10::Stream& /*stream*/) const override { return true; }

  void synchronizeStream(const c10::Stream& /*stream*/) const override {}
};

/// The memory of a tensor of the card as a tensor of the CPU; others as they are.
at::Tensor host_view(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.is_cuda()) {
    return tensor;
  }
  auto* const data = const_cast<void*>(  // LibTorch 2 has it const
      static_cast<const void*>(tensor.unsafeGetTensorImpl()->data()));
  return at::from_blob(data, tensor.sizes(), tensor.strides(), tensor.options().device(c10::kCPU));
}

at::Tensor on_card(const at::Tensor& host) {
  at::Tensor made = at::empty_strided(host.sizes(), host.strides(), host.options().device(kCard));
  host_view(made).copy_(host);
  return made;
}

/// Bring their indices from the CPU themselves.
const std::set<std::string> kMoveIndices = {"aten::index", "aten::index_put_",
                                            "aten::_index_put_impl_"};

/// Throw in deterministic mode (at::Context::alertNotDeterministic in LibTorch's CUDA kernels).
const std::set<std::string> kNotDeterministic = {"aten::upsample_bilinear2d_backward",
                                                 "aten::upsample_bicubic2d_backward",
                                                 "aten::grid_sampler_2d_backward",
                                                 "aten::reflection_pad2d_backward",
                                                 "aten::replication_pad2d_backward",
                                                 "aten::nll_loss2d_forward",
                                                 "aten::_adaptive_avg_pool2d_backward",
                                                 "aten::adaptive_max_pool2d_backward",
                                                 "aten::avg_pool3d_backward",
                                                 "aten::max_unpool2d",
                                                 "aten::cumsum",
                                                 "aten::put_",
                                                 "aten::histc",
                                                 "aten::bincount",
                                                 "aten::kthvalue",
                                                 "aten::median"};

/// One call of an operation with tensors of the card, by the CPU's kernel.
class CallOnCpu {
 public:
  CallOnCpu(const c10::OperatorHandle& op, torch::jit::Stack* stack)
      : op_(op), schema_(op.schema()), stack_(*stack) {}

  void run() {
    TORCH_CHECK(!at::globalContext().deterministicAlgorithms() ||
                    kNotDeterministic.count(schema_.name()) == 0,
                schema_.name(), " does not have a deterministic implementation (pretended card)");
    const std::size_t count = schema_.arguments().size();
    for (std::size_t i = 0; i < count; ++i) {
      c10::IValue& value = stack_[stack_.size() - count + i];
      value = argument(value, schema_.arguments()[i].alias_info());
    }
    op_.callBoxed(&stack_);
    for (const auto& [ours, host] : written_) {
      if (ours.numel() == 0 && host.numel() > 0) {  // an output that the kernel made as large
        ours.resize_(host.sizes());
        host_view(ours).copy_(host);
      }
    }
    const std::size_t returns = schema_.returns().size();
    for (std::size_t i = 0; i < returns; ++i) {
      c10::IValue& value = stack_[stack_.size() - returns + i];
      value = returned(value, schema_.returns()[i].alias_info());
    }
  }

 private:
  c10::IValue argument(const c10::IValue& value, const c10::AliasInfo* alias) {
    const bool is_written = alias != nullptr && alias->isWrite();
    if (value.isTensor()) {
      return to_host(value.toTensor(), is_written);
    }
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorVector()) {
        list.push_back(to_host(tensor, is_written));
      }
      return list;
    }
    if (value.isOptionalTensorList()) {
      c10::List<c10::optional<at::Tensor>> list;
      for (const c10::optional<at::Tensor>& tensor : value.toOptionalTensorVector()) {
        list.push_back(tensor ? c10::optional<at::Tensor>(to_host(*tensor, is_written)) : tensor);
      }
      return list;
    }
    if (value.isDevice() && value.toDevice().is_cuda()) {
      return c10::Device(c10::kCPU);
    }
    TORCH_CHECK(!value.isGenerator() || value.toGenerator() == at::detail::getDefaultCPUGenerator(),
                "Expected a 'cuda' device type for generator but found 'cpu' (", schema_.name(),
                ")");
    return value;
  }

  at::Tensor to_host(const at::Tensor& tensor, bool is_written) {
    if (!tensor.defined()) {
      return tensor;
    }
    const bool is_self = std::exchange(is_first_, false);
    if (!tensor.is_cuda()) {
      const bool is_number = tensor.dim() == 0 && !is_written;  // goes along with the launch
      const bool is_index = kMoveIndices.count(schema_.name()) > 0 && !is_self;
      TORCH_CHECK(is_number || is_index,
                  "Expected all tensors to be on the same device, but found at least two devices, "
                  "cuda:0 and ",
                  tensor.device(), "! (", schema_.name(), ")");
      return tensor;
    }
    // Memory that a kernel may enlarge must be its own.
    const at::Tensor host = is_written && tensor.numel() == 0
                                ? at::empty(tensor.sizes(), tensor.options().device(c10::kCPU))
                                : host_view(tensor);
    if (is_written) {
      written_.emplace_back(tensor, host);
    }
    return host;
  }

  c10::IValue returned(const c10::IValue& value, const c10::AliasInfo* alias) {
    if (value.isTensor()) {
      return to_card(value.toTensor(), alias);
    }
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorVector()) {
        list.push_back(to_card(tensor, alias));
      }
      return list;
    }
    return value;
  }

  at::Tensor to_card(const at::Tensor& tensor, const c10::AliasInfo* alias) {
    if (!tensor.defined()) {
      return tensor;
    }
    for (const auto& [ours, host] : written_) {
      if (host.is_same(tensor)) {
        return ours;
      }
    }
    TORCH_CHECK(alias == nullptr, schema_.name(), " makes no view of the pretended card's memory");
    return on_card(tensor);
  }

  const c10::OperatorHandle& op_;
  const c10::FunctionSchema& schema_;
  torch::jit::Stack& stack_;
  bool is_first_ = true;
  std::vector<std::pair<at::Tensor, at::Tensor>> written_;  ///< ours, and the CPU's in its stead
  OpenMemory open_;
};

void call_on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  CallOnCpu(op, stack).run();
}

/// Whoever reads what nobody wrote gets NaN.
at::Tensor spoiled(at::Tensor fresh) {
  if (fresh.is_floating_point() && fresh.numel() > 0) {
    const OpenMemory open;
    host_view(fresh).fill_(std::numeric_limits<double>::quiet_NaN());
  }
  return fresh;
}

at::Tensor empty(c10::IntArrayRef size, c10::optional<at::ScalarType> dtype,
                 c10::optional<at::Layout> /*layout*/, c10::optional<at::Device> /*device*/,
                 c10::optional<bool> /*pinned*/, c10::optional<at::MemoryFormat> format) {
  return spoiled(at::detail::empty_generic(size, pretended_memory(),
                                           c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                           c10::dtype_or_default(dtype), format));
}

at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride,
                         c10::optional<at::ScalarType> dtype, c10::optional<at::Layout> /*layout*/,
                         c10::optional<at::Device> /*device*/, c10::optional<bool> /*pinned*/) {
  return spoiled(at::detail::empty_strided_generic(size, stride, pretended_memory(),
                                                   c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                                   c10::dtype_or_default(dtype)));
}

at::Tensor& copy(at::Tensor& self, const at::Tensor& from, bool /*non_blocking*/) {
  const OpenMemory open;
  host_view(self).copy_(host_view(from));
  return self;
}

const at::Tensor& resize(const at::Tensor& self, c10::IntArrayRef size,
                         c10::optional<at::MemoryFormat> format) {
  c10::TensorImpl* const impl = self.unsafeGetTensorImpl();
  const std::size_t bytes =
      static_cast<std::size_t>(c10::multiply_integers(size)) * self.dtype().itemsize();
  if (bytes > self.nbytes()) {
    impl->set_storage_keep_dtype(c10::Storage(c10::Storage::use_byte_size_t(), bytes,
                                              pretended_memory()->allocate(bytes),
                                              pretended_memory(), true));
    impl->set_storage_offset(0);
  }
  impl->set_sizes_contiguous(size);
  if (format && *format != at::MemoryFormat::Preserve) {
    impl->empty_tensor_restride(*format);
  }
  return self;
}

const bool is_allocator_set = [] {
  c10::SetAllocator(c10::kCUDA, pretended_memory());
  return true;
}();

}  // namespace
}  // namespace changeling

namespace at {
using changeling::CUDAHooks;
REGISTER_CUDA_HOOKS(CUDAHooks)  // looked up by this name
}  // namespace at

namespace c10::impl {
using changeling::Guard;
C10_REGISTER_GUARD_IMPL(CUDA, Guard)
}  // namespace c10::impl

TORCH_LIBRARY_IMPL(_, CUDA, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&changeling::call_on_cpu>());
}

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("empty.memory_format", TORCH_FN(changeling::empty));
  library.impl("empty_strided", TORCH_FN(changeling::empty_strided));
  library.impl("copy_", TORCH_FN(changeling::copy));
  library.impl("resize_", TORCH_FN(changeling::resize));
  // Their kernels for any device would look for CUDA's.
  for (const char* const name : {"convolution", "convolution_backward"}) {
    library.impl(name, torch::CppFunction::makeFromBoxedFunction<&changeling::call_on_cpu>());
  }
  library.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
  library.impl("view", TORCH_FN(at::native::view));
  library.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
  library.impl("unfold", TORCH_FN(at::native::unfold));
}
