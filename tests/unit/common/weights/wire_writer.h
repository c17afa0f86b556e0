// tests/unit/common/weights/wire_writer.h: writes protobuf fields, to build tiny ONNX files by
// hand.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace changeling {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80U; value >>= 7U) {
    bytes.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
  }
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

inline std::string number_field(std::uint64_t id, std::uint64_t value) {
  return varint(id << 3U) + varint(value);
}

inline std::string bytes_field(std::uint64_t id, const std::string& bytes) {
  return varint(id << 3U | 2U) + varint(bytes.size()) + bytes;
}

inline std::string float_field(std::uint64_t id, float value) {
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &value, 4);
  return varint(id << 3U | 5U) + bytes;
}

inline std::string float_bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// A float TensorProto.
inline std::string onnx_tensor(const std::string& name, const std::vector<std::uint64_t>& dims,
                               const std::vector<float>& values) {
  std::string bytes;
  for (const std::uint64_t dim : dims) {
    bytes += number_field(1, dim);
  }
  return bytes + number_field(2, 1) + bytes_field(8, name) + bytes_field(9, float_bytes(values));
}

/// A ValueInfoProto with a shape.
inline std::string onnx_value(const std::string& name, const std::vector<std::uint64_t>& dims) {
  std::string shape;
  for (const std::uint64_t dim : dims) {
    shape += bytes_field(1, number_field(1, dim));
  }
  return bytes_field(1, name) +
         bytes_field(2, bytes_field(1, number_field(1, 1) + bytes_field(2, shape)));
}

/// y = Relu(x * scale) on (1,1,1,2), with the scale as an initializer or a Constant.
inline std::string tiny_onnx(bool as_constant) {
  const std::string scale = onnx_tensor("scale", {1, 1, 1, 2}, {2, -3});
  std::string graph;
  if (as_constant) {
    const std::string attribute =
        bytes_field(1, "value") + bytes_field(5, onnx_tensor("", {1, 1, 1, 2}, {2, -3}));
    graph += bytes_field(
        1, bytes_field(2, "scale") + bytes_field(4, "Constant") + bytes_field(5, attribute));
  } else {
    graph += bytes_field(5, scale) + bytes_field(11, onnx_value("scale", {1, 1, 1, 2}));
  }
  graph += bytes_field(1, bytes_field(1, "x") + bytes_field(1, "scale") + bytes_field(2, "p") +
                              bytes_field(4, "Mul"));
  graph += bytes_field(1, bytes_field(1, "p") + bytes_field(2, "y") + bytes_field(4, "Relu"));
  graph += bytes_field(11, onnx_value("x", {1, 1, 1, 2})) +
           bytes_field(12, onnx_value("y", {1, 1, 1, 2}));
  return number_field(1, 4) + bytes_field(2, "by hand") + bytes_field(7, graph);
}

}  // namespace changeling
