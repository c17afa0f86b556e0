#include "common/weights/onnx_reader.h"

#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

// Field numbers of onnx.proto (IR version 4).
namespace field {
constexpr std::uint32_t kModelGraph = 7;
constexpr std::uint32_t kGraphNode = 1;
constexpr std::uint32_t kGraphInitializer = 5;
constexpr std::uint32_t kGraphInput = 11;
constexpr std::uint32_t kGraphOutput = 12;
constexpr std::uint32_t kNodeInput = 1;
constexpr std::uint32_t kNodeOutput = 2;
constexpr std::uint32_t kNodeOpType = 4;
constexpr std::uint32_t kNodeAttribute = 5;
constexpr std::uint32_t kAttributeName = 1;
constexpr std::uint32_t kAttributeFloat = 2;
constexpr std::uint32_t kAttributeInt = 3;
constexpr std::uint32_t kAttributeString = 4;
constexpr std::uint32_t kAttributeTensor = 5;
constexpr std::uint32_t kAttributeFloats = 7;
constexpr std::uint32_t kAttributeInts = 8;
constexpr std::uint32_t kTensorDims = 1;
constexpr std::uint32_t kTensorDataType = 2;
constexpr std::uint32_t kTensorName = 8;
constexpr std::uint32_t kTensorRawData = 9;
constexpr std::uint32_t kValueName = 1;
constexpr std::uint32_t kValueType = 2;
constexpr std::uint32_t kTypeTensor = 1;
constexpr std::uint32_t kTensorTypeShape = 2;
constexpr std::uint32_t kShapeDim = 1;
constexpr std::uint32_t kDimValue = 1;
}  // namespace field

constexpr std::int64_t kOnnxFloat = 1;
constexpr std::int64_t kOnnxInt64 = 7;

enum class WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

/// One field: `number` holds a varint or fixed value, `bytes` a length-delimited one.
struct Field {
  std::uint32_t id = 0;
  WireType type = WireType::kVarint;
  std::uint64_t number = 0;
  std::string_view bytes;
};

/// Walks the fields of one message. Throws Error(kModel) with the byte position in the file.
class WireReader {
 public:
  WireReader(std::string_view message, const char* file_begin, const std::string& name)
      : rest_(message), file_begin_(file_begin), name_(&name) {}

  [[nodiscard]] WireReader nested(const Field& field) const {
    if (field.type != WireType::kBytes) {
      fail("a message was expected");
    }
    return {field.bytes, file_begin_, *name_};
  }

  std::optional<Field> next() {
    if (rest_.empty()) {
      return std::nullopt;
    }
    const std::uint64_t tag = read_varint();
    Field field;
    field.type = static_cast<WireType>(tag & 7U);
    if (tag >> 3U == 0 || tag >> 32U != 0) {
      fail("bad field number");
    }
    field.id = static_cast<std::uint32_t>(tag >> 3U);
    switch (field.type) {
      case WireType::kVarint:
        field.number = read_varint();
        return field;
      case WireType::kFixed64:
        field.number = read_fixed(8);
        return field;
      case WireType::kFixed32:
        field.number = read_fixed(4);
        return field;
      case WireType::kBytes:
        field.bytes = take(read_varint());
        return field;
    }
    fail("unknown wire type");
  }

  /// A repeated integer: packed or one by one.
  void read_integers(const Field& field, std::vector<std::int64_t>& into) const {
    if (field.type != WireType::kBytes) {
      into.push_back(static_cast<std::int64_t>(field.number));
      return;
    }
    WireReader packed = nested(field);
    while (!packed.rest_.empty()) {
      into.push_back(static_cast<std::int64_t>(packed.read_varint()));
    }
  }

  void read_floats(const Field& field, std::vector<float>& into) const {
    if (field.type != WireType::kBytes) {
      into.push_back(to_float(field));
      return;
    }
    WireReader packed = nested(field);
    while (!packed.rest_.empty()) {
      into.push_back(packed.to_float({0, WireType::kFixed32, packed.read_fixed(4), {}}));
    }
  }

  [[nodiscard]] float to_float(const Field& field) const {
    if (field.type != WireType::kFixed32) {
      fail("a float was expected");
    }
    const auto bits = static_cast<std::uint32_t>(field.number);
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

  [[nodiscard]] std::string to_text(const Field& field) const {
    if (field.type != WireType::kBytes) {
      fail("text was expected");
    }
    return std::string(field.bytes);
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kModel, "'" + *name_ + "' is not a valid ONNX file: " + what +
                                       " near byte " + std::to_string(rest_.data() - file_begin_));
  }

 private:
  std::uint64_t read_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80U) {
        return value;
      }
    }
    fail("number longer than 10 bytes");
  }

  std::uint64_t read_fixed(std::size_t size) {
    const std::string_view bytes = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) {
      value = value << 8U | static_cast<std::uint8_t>(bytes[i]);
    }
    return value;
  }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      fail("message ends early");
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  const char* file_begin_;
  const std::string* name_;
};

OwnedTensor read_tensor(WireReader reader) {
  OwnedTensor tensor;
  std::int64_t data_type = 0;
  while (const auto field = reader.next()) {
    switch (field->id) {
      case field::kTensorDims:
        reader.read_integers(*field, tensor.shape);
        break;
      case field::kTensorDataType:
        data_type = static_cast<std::int64_t>(field->number);
        break;
      case field::kTensorName:
        tensor.name = reader.to_text(*field);
        break;
      case field::kTensorRawData:
        tensor.bytes = reader.to_text(*field);
        break;
      default:
        break;
    }
  }
  if (data_type != kOnnxFloat && data_type != kOnnxInt64) {
    reader.fail("tensor '" + tensor.name + "' has data type " + std::to_string(data_type) +
                "; float (1) and int64 (7) are known");
  }
  tensor.dtype = data_type == kOnnxFloat ? DType::kF32 : DType::kI64;
  const auto count = static_cast<std::uint64_t>(
      element_count(tensor.shape, tensor.dtype, "ONNX tensor '" + tensor.name + "'"));
  if (tensor.bytes.size() != count * size_of(tensor.dtype)) {
    reader.fail("tensor '" + tensor.name + "' has " + std::to_string(tensor.bytes.size()) +
                " bytes of raw_data for " + std::to_string(count) + " elements");
  }
  return tensor;
}

/// An attribute is a value, or the tensor of a Constant node.
struct Attribute {
  std::string name;
  std::optional<GraphAttribute> value;
  std::optional<OwnedTensor> tensor;
};

Attribute read_attribute(WireReader reader) {
  Attribute attribute;
  std::vector<std::int64_t> integers;
  std::vector<float> floats;
  while (const auto field = reader.next()) {
    switch (field->id) {
      case field::kAttributeName:
        attribute.name = reader.to_text(*field);
        break;
      case field::kAttributeFloat:
        attribute.value = reader.to_float(*field);
        break;
      case field::kAttributeInt:
        attribute.value = static_cast<std::int64_t>(field->number);
        break;
      case field::kAttributeString:
        attribute.value = reader.to_text(*field);
        break;
      case field::kAttributeTensor:
        attribute.tensor = read_tensor(reader.nested(*field));
        break;
      case field::kAttributeFloats:
        reader.read_floats(*field, floats);
        break;
      case field::kAttributeInts:
        reader.read_integers(*field, integers);
        break;
      default:
        break;
    }
  }
  if (!integers.empty()) {
    attribute.value = std::move(integers);
  } else if (!floats.empty()) {
    attribute.value = std::move(floats);
  }
  return attribute;
}

void read_node(WireReader reader, OnnxModel& model) {
  GraphNode node;
  std::optional<OwnedTensor> constant;
  while (const auto field = reader.next()) {
    if (field->id == field::kNodeInput) {
      node.inputs.push_back(reader.to_text(*field));
    } else if (field->id == field::kNodeOutput) {
      node.outputs.push_back(reader.to_text(*field));
    } else if (field->id == field::kNodeOpType) {
      node.op = reader.to_text(*field);
    } else if (field->id == field::kNodeAttribute) {
      Attribute attribute = read_attribute(reader.nested(*field));
      if (attribute.tensor) {
        constant = std::move(attribute.tensor);
      } else if (attribute.value) {
        node.attributes[attribute.name] = std::move(*attribute.value);
      }
    }
  }
  if (node.op == "Constant") {
    if (!constant || node.outputs.size() != 1) {
      reader.fail("a Constant needs a tensor and one output");
    }
    constant->name = node.outputs.front();
    model.tensors.push_back(std::move(*constant));
    return;
  }
  if (constant) {
    reader.fail("operator '" + node.op + "' has a tensor attribute");
  }
  model.graph.nodes.push_back(std::move(node));
}

std::vector<std::int64_t> read_shape(WireReader reader) {
  std::vector<std::int64_t> shape;
  while (const auto dim = reader.next()) {
    if (dim->id != field::kShapeDim) {
      continue;
    }
    std::int64_t size = -1;  // a symbolic dimension
    WireReader dimension = reader.nested(*dim);
    while (const auto field = dimension.next()) {
      if (field->id == field::kDimValue) {
        size = static_cast<std::int64_t>(field->number);
      }
    }
    shape.push_back(size);
  }
  return shape;
}

GraphInput read_value(WireReader reader) {
  GraphInput value;
  while (const auto field = reader.next()) {
    if (field->id == field::kValueName) {
      value.name = reader.to_text(*field);
    } else if (field->id == field::kValueType) {
      WireReader type = reader.nested(*field);
      while (const auto tensor = type.next()) {
        if (tensor->id != field::kTypeTensor) {
          continue;
        }
        WireReader tensor_type = type.nested(*tensor);
        while (const auto shape = tensor_type.next()) {
          if (shape->id == field::kTensorTypeShape) {
            value.shape = read_shape(tensor_type.nested(*shape));
          }
        }
      }
    }
  }
  return value;
}

void read_graph(WireReader reader, OnnxModel& model) {
  std::vector<GraphInput> inputs;
  while (const auto field = reader.next()) {
    if (field->id == field::kGraphNode) {
      read_node(reader.nested(*field), model);
    } else if (field->id == field::kGraphInitializer) {
      model.tensors.push_back(read_tensor(reader.nested(*field)));
    } else if (field->id == field::kGraphInput) {
      inputs.push_back(read_value(reader.nested(*field)));
    } else if (field->id == field::kGraphOutput) {
      model.graph.outputs.push_back(read_value(reader.nested(*field)).name);
    }
  }
  // Old exporters list the weights among the inputs.
  std::set<std::string> stored;
  for (const OwnedTensor& tensor : model.tensors) {
    if (!stored.insert(tensor.name).second) {
      reader.fail("tensor '" + tensor.name + "' is stored twice");
    }
  }
  for (GraphInput& input : inputs) {
    if (stored.count(input.name) == 0) {
      model.graph.inputs.push_back(std::move(input));
    }
  }
}

}  // namespace

OnnxModel read_onnx(std::string_view bytes, const std::string& name) {
  WireReader reader(bytes, bytes.data(), name);
  OnnxModel model;
  while (const auto field = reader.next()) {
    if (field->id == field::kModelGraph) {
      read_graph(reader.nested(*field), model);
    }
  }
  if (model.graph.nodes.empty() || model.graph.inputs.empty() || model.graph.outputs.empty()) {
    reader.fail("no graph with nodes, inputs and outputs");
  }
  return model;
}

}  // namespace changeling
