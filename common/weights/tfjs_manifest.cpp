#include "common/weights/tfjs_manifest.h"

#include <cmath>
#include <cstring>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/json_depth.h"
#include "common/weights/safetensors.h"

namespace changeling {
namespace {

using Json = nlohmann::json;

struct Quantization {
  double scale = 1;
  double min = 0;
};

struct Entry {
  std::string name;
  std::vector<std::int64_t> shape;
  std::optional<Quantization> quantization;
};

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw Error(ErrorKind::kModel, "'" + name + "': tfjs weights: " + what);
}

std::vector<std::int64_t> to_shape(const Json& json, const std::string& name) {
  std::vector<std::int64_t> shape;
  for (const Json& dimension : json) {
    if (!dimension.is_number_unsigned()) {
      fail(name, "a shape holds " + dimension.dump());
    }
    shape.push_back(dimension.get<std::int64_t>());
  }
  return shape;
}

Entry to_entry(const Json& json, const std::string& name) {
  Entry entry;
  entry.name = json.at("name").get<std::string>();
  entry.shape = to_shape(json.at("shape"), name);
  if (json.at("dtype") != "float32") {
    fail(name, "'" + entry.name + "' has the dtype " + json.at("dtype").dump() + ", not float32");
  }
  const auto quantization = json.find("quantization");
  if (quantization == json.end()) {
    return entry;
  }
  if (quantization->at("dtype") != "uint8") {
    fail(name, "'" + entry.name + "' is quantised as " + quantization->at("dtype").dump() +
                   ", only uint8 is known");
  }
  entry.quantization =
      Quantization{quantization->at("scale").get<double>(), quantization->at("min").get<double>()};
  if (!std::isfinite(entry.quantization->scale) || !std::isfinite(entry.quantization->min)) {
    fail(name, "'" + entry.name + "' has a quantisation that is not finite");
  }
  return entry;
}

std::vector<Entry> parse_manifest(std::string_view text, const std::string& name) {
  if (is_deep_json(text)) {
    fail(name, "the manifest is nested too deeply");
  }
  try {
    std::vector<Entry> entries;
    std::set<std::string> names;
    for (const Json& group : Json::parse(text)) {
      for (const Json& weight : group.at("weights")) {
        entries.push_back(to_entry(weight, name));
        if (!names.insert(entries.back().name).second) {
          fail(name, "'" + entries.back().name + "' stands twice in the manifest");
        }
      }
    }
    return entries;
  } catch (const Json::exception& error) {
    fail(name, std::string("damaged manifest: ") + error.what());
  }
}

float decode_float32(const char* bytes) {
  std::uint32_t bits = 0;
  for (unsigned i = 4; i-- > 0;) {
    bits = bits << 8U | static_cast<std::uint8_t>(bytes[i]);
  }
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// In double, as JavaScript does.
float dequantize(char byte, const Quantization& quantization) {
  return static_cast<float>(static_cast<std::uint8_t>(byte) * quantization.scale +
                            quantization.min);
}

std::vector<float> decode(std::string_view bytes, const Entry& entry) {
  const std::size_t width = entry.quantization ? 1 : sizeof(float);
  std::vector<float> values(bytes.size() / width);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const char* at = bytes.data() + i * width;
    values[i] = entry.quantization ? dequantize(*at, *entry.quantization) : decode_float32(at);
  }
  return values;
}

}  // namespace

std::vector<TfjsTensor> read_tfjs_weights(std::string_view manifest_json, std::string_view data,
                                          const std::string& name) {
  std::vector<TfjsTensor> tensors;
  for (const Entry& entry : parse_manifest(manifest_json, name)) {
    const DType stored = entry.quantization ? DType::kU8 : DType::kF32;
    const auto size = static_cast<std::uint64_t>(element_count(
                          entry.shape, stored, "'" + name + "': '" + entry.name + "'")) *
                      size_of(stored);
    if (size > data.size()) {
      fail(name, "data ends inside '" + entry.name + "'");
    }
    tensors.push_back({entry.name, entry.shape, decode(data.substr(0, size), entry)});
    data.remove_prefix(size);
  }
  if (!data.empty()) {
    fail(name, std::to_string(data.size()) + " bytes behind the last tensor");
  }
  return tensors;
}

}  // namespace changeling
