#include "common/nets/tensor_file.h"

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::array<std::pair<DType, at::ScalarType>, 10> kTypes = {{
    {DType::kBool, at::kBool},
    {DType::kU8, at::kByte},
    {DType::kI8, at::kChar},
    {DType::kI16, at::kShort},
    {DType::kF16, at::kHalf},
    {DType::kBF16, at::kBFloat16},
    {DType::kI32, at::kInt},
    {DType::kF32, at::kFloat},
    {DType::kF64, at::kDouble},
    {DType::kI64, at::kLong},
}};

at::ScalarType to_scalar_type(const TensorView& view) {
  for (const auto& [stored, type] : kTypes) {
    if (stored == view.dtype) {
      return type;
    }
  }
  throw Error(ErrorKind::kModel, "tensor '" + view.name + "' has the type " +
                                     std::string(to_string(view.dtype)) +
                                     ", which is not supported");
}

DType to_dtype(const std::string& name, at::ScalarType type) {
  for (const auto& [stored, known] : kTypes) {
    if (known == type) {
      return stored;
    }
  }
  throw Error(ErrorKind::kModel, "tensor '" + name + "' has a type that cannot be stored");
}

/// Tensors as a file stores them.
struct StoredTensors {
  std::vector<at::Tensor> kept;  ///< owns what the views point to
  std::vector<TensorView> views;
};

StoredTensors stored(const std::map<std::string, at::Tensor>& tensors) {
  StoredTensors all;
  for (const auto& [name, tensor] : tensors) {
    all.kept.push_back(tensor.detach().to(at::kCPU).contiguous());
    const at::Tensor& one = all.kept.back();
    all.views.push_back({name, to_dtype(name, one.scalar_type()), one.sizes().vec(),
                         std::string_view(static_cast<const char*>(one.data_ptr()), one.nbytes())});
  }
  return all;
}

}  // namespace

at::Tensor to_tensor(const TensorView& view) {
  at::Tensor tensor = at::empty(view.shape, at::TensorOptions().dtype(to_scalar_type(view)));
  if (!view.bytes.empty()) {
    std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  }
  return tensor;
}

std::map<std::string, at::Tensor> read_tensors(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  std::map<std::string, at::Tensor> tensors;
  for (const TensorView& view : file.tensors()) {
    tensors.emplace(view.name, to_tensor(view));
  }
  return tensors;
}

void write_tensors(const std::filesystem::path& path,
                   const std::map<std::string, at::Tensor>& tensors,
                   const SafetensorsMetadata& metadata) {
  write_safetensors(path, stored(tensors).views, metadata);
}

void write_sealed_tensors(const std::filesystem::path& path,
                          const std::map<std::string, at::Tensor>& tensors,
                          const SafetensorsMetadata& metadata) {
  const StoredTensors all = stored(tensors);
  write_safetensors(path, all.views, sealed(metadata, all.views));
}

}  // namespace changeling
