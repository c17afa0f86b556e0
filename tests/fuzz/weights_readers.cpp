// Readers of networks: safetensors, ONNX's wire format, tfjs manifests and scripts, models.json.
#include <algorithm>

#include "common/weights/graph_description.h"
#include "common/weights/model_manifest.h"
#include "common/weights/onnx_reader.h"
#include "common/weights/tfjs_manifest.h"
#include "common/weights/tfjs_script.h"
#include "tests/fuzz/hostile_reader.h"
#include "tests/fuzz/safetensors_check.h"
#include "tests/unit/common/weights/wire_writer.h"

namespace changeling {
namespace {

/// Parts of an input, between NUL bytes; the last one goes to the end.
std::pair<std::string, std::string> halves(const std::string& bytes) {
  const std::size_t end = std::min(bytes.find('\0'), bytes.size());
  return {bytes.substr(0, end), bytes.substr(std::min(end + 1, bytes.size()))};
}

/// An input whose first byte is odd is a header with its data behind the first NUL byte, and gets
/// the right length in front; any other is the file itself.
void read_safetensors(const std::string& bytes) {
  std::string file = bytes;
  if (!bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 1U) != 0) {
    const auto [header, data] = halves(bytes.substr(1));
    file = with_length(header, data);
  }
  if (const std::optional<std::string> wrong = safetensors_violation(file)) {
    throw BrokenPromise(*wrong);
  }
}

void read_onnx_file(const std::string& bytes) {
  const OnnxModel model = read_onnx(bytes, "hostile.onnx");
  for (const OwnedTensor& tensor : model.tensors) {
    const std::int64_t count = element_count(tensor.shape, tensor.dtype, tensor.name);
    expect(tensor.bytes.size() == static_cast<std::size_t>(count) * size_of(tensor.dtype),
           "a tensor has the size of its shape");
  }
}

void read_graph(const std::string& bytes) {
  const std::string written = to_json(graph_from_json(bytes, "hostile.json"));
  expect(to_json(graph_from_json(written, "again")) == written, "a graph reads back the same");
}

void read_tfjs(const std::string& bytes) {
  const auto [manifest, data] = halves(bytes);
  for (const TfjsTensor& tensor : read_tfjs_weights(manifest, data, "hostile.bin")) {
    const std::int64_t count = element_count(tensor.shape, DType::kF32, tensor.name);
    expect(tensor.values.size() == static_cast<std::size_t>(count),
           "a tensor has as many values as its shape says");
  }
}

void read_tfjs_scripts(const std::string& bytes) {
  const auto [script, data] = halves(bytes);
  (void)read_tfjs_weights(read_script_manifest(script, "hostile.js"),
                          read_script_data(data, "hostile.js"), "hostile.js");
}

void read_models(const std::string& bytes) {
  const ModelManifest manifest = ModelManifest::parse(bytes);
  for (const ModelEntry& entry : manifest.entries()) {
    expect(entry.input_shape.size() == 4 && entry.parts >= 1, "an entry is complete");
    (void)entry.part_file(1);
  }
}

std::string odd(const std::string& header, const std::string& data) {
  return "\x01" + header + std::string(1, '\0') + data;
}

}  // namespace

std::vector<HostileReader> weights_readers() {
  const std::string manifest =
      R"([{"paths":["x.bin"],"weights":[{"name":"a","shape":[2],"dtype":"float32"},)"
      R"({"name":"b","shape":[1,3],"dtype":"float32",)"
      R"("quantization":{"dtype":"uint8","scale":0.5,"min":-1}}]}])";
  const std::string script = R"(export const m={weights:[{name:"a",shape:[2],dtype:"float32",)"
                             R"(quantization:{dtype:"uint8",scale:.5,min:-.5}}]};)";
  const std::string models =
      R"({"models":[{"id":"lmk68","purpose":"landmarks","package":"faces","version":"0.0.1",)"
      R"("file":"model/x.onnx","sha256":")" +
      std::string(64, 'a') +
      R"(","format":"onnx","licence":"MIT","trained_on":"unknown","input_shape":[1,1,64,64]}]})";
  return {
      {"safetensors",
       {ErrorKind::kModel},
       {odd(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})", "xyz"),
        with_length(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "1234")},
       read_safetensors},
      {"onnx", {ErrorKind::kModel}, {tiny_onnx(false), tiny_onnx(true)}, read_onnx_file},
      {"graph",
       {ErrorKind::kModel},
       {to_json(read_onnx(tiny_onnx(true), "tiny").graph)},
       read_graph},
      {"tfjs", {ErrorKind::kModel}, {manifest + std::string(1, '\0') + "12345678abc"}, read_tfjs},
      {"tfjs_script",
       {ErrorKind::kModel},
       {script + std::string(1, '\0') + "='AAE';"},
       read_tfjs_scripts},
      {"models", {ErrorKind::kConfig}, {models}, read_models}};
}

}  // namespace changeling
