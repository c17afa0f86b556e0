// common/nets/tensor_file.h: safetensors files to and from LibTorch tensors. Layer 2, Torch only.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>

#include "common/weights/safetensors.h"

namespace changeling {

/// A CPU tensor with its own memory. Throws Error(kModel) for U16, U32 and U64, which LibTorch
/// lacks.
[[nodiscard]] at::Tensor to_tensor(const TensorView& view);

/// All tensors of a file by name. Throws Error(kModel) as SafetensorsFile::open.
[[nodiscard]] std::map<std::string, at::Tensor> read_tensors(const std::filesystem::path& path);

/// Writes tensors of any device and layout, atomically. Throws Error(kModel) for a type outside the
/// format.
void write_tensors(const std::filesystem::path& path,
                   const std::map<std::string, at::Tensor>& tensors,
                   const SafetensorsMetadata& metadata = {});

/// The same, sealed.
void write_sealed_tensors(const std::filesystem::path& path,
                          const std::map<std::string, at::Tensor>& tensors,
                          const SafetensorsMetadata& metadata);

}  // namespace changeling
