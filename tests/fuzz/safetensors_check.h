// tests/fuzz/safetensors_check.h: what must hold for any bytes given to the safetensors reader.
// Shared by the fuzzer and by the seeded mutation test.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "common/weights/safetensors.h"

namespace changeling {

/// `header` behind its length, as 8 little-endian bytes, before `data`.
inline std::string with_length(const std::string& header, const std::string& data) {
  std::string bytes;
  for (std::size_t i = 0; i < 8; ++i) {
    bytes.push_back(static_cast<char>(header.size() >> (8 * i) & 0xFFU));
  }
  return bytes + header + data;
}

/// What an accepted file violates, if anything: its tensors tile the data, and writing it again
/// gives a file that reads the same.
inline std::optional<std::string> violation_of(const SafetensorsFile& file) {
  for (const TensorView& tensor : file.tensors()) {
    const std::int64_t count = element_count(tensor.shape, tensor.dtype, tensor.name);
    if (tensor.bytes.size() != static_cast<std::size_t>(count) * size_of(tensor.dtype)) {
      return "a tensor has another size than its shape";
    }
    if (file.find(tensor.name) != &tensor) {
      return "a tensor is not found by its name";
    }
  }
  const std::string rewritten = serialize_safetensors(file.tensors(), file.metadata());
  const SafetensorsFile again = SafetensorsFile::parse(rewritten, "rewritten");
  if (again.metadata() != file.metadata() || again.tensors().size() != file.tensors().size()) {
    return "writing it again changes the metadata or the tensors";
  }
  for (const TensorView& tensor : file.tensors()) {
    const TensorView* copy = again.find(tensor.name);
    if (copy == nullptr || copy->bytes != tensor.bytes || copy->shape != tensor.shape) {
      return "writing it again changes a tensor";
    }
  }
  return std::nullopt;
}

/// Reads `bytes`: nothing, or what went wrong. A refusal must be Error(kModel) with one line that
/// names the file; whatever else escapes is the caller's to report.
inline std::optional<std::string> safetensors_violation(const std::string& bytes) {
  try {
    return violation_of(SafetensorsFile::parse(bytes, "hostile.safetensors"));
  } catch (const Error& error) {
    const std::string message = error.what();
    if (error.kind() != ErrorKind::kModel) {
      return "refused with the kind of another error: " + message;
    }
    if (message.find("hostile.safetensors") == std::string::npos ||
        message.find('\n') != std::string::npos || message.size() > 500) {
      return "refused with an unusable message: " + message;
    }
    return std::nullopt;
  }
}

}  // namespace changeling
