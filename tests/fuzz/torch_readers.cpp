// Readers of bytes from outside that need LibTorch: weights, checkpoints, detectors, graphs. The
// mutation test runs them (hostile_torch_test); the libFuzzer program does without LibTorch.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/json_depth.h"
#include "common/nets/graph_net.h"
#include "common/nets/net_metadata.h"
#include "common/nets/net_weights.h"
#include "common/nets/tensor_file.h"
#include "common/weights/imported_model.h"
#include "evaluator/detectors/detector.h"
#include "generator/train/checkpoint.h"
#include "tests/fuzz/hostile_reader.h"
#include "tests/support/tiny_graph.h"

namespace changeling {
namespace {

NetWeights small_net() {
  NetInfo info;
  info.kind = NetKind::kPatchDiscriminator;
  info.role = "critic";
  info.out = {1};
  info.ngf = 1;
  info.licence = "none";
  return random_net_weights(info, 1);
}

/// The input is a flat object of texts: the metadata of a weights file.
void read_net_metadata(const std::string& bytes) {
  SafetensorsMetadata metadata;
  const auto object =
      is_deep_json(bytes) ? nlohmann::json() : nlohmann::json::parse(bytes, nullptr, false);
  if (!object.is_object()) {
    return;
  }
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) {
      metadata[key] = value.get<std::string>();
    }
  }
  const NetInfo info = net_info_from_metadata(metadata, "hostile.safetensors");
  const Digest digest = stored_data_digest(metadata, "hostile.safetensors");
  const NetInfo again = net_info_from_metadata(to_metadata(info, digest), "again");
  expect(to_metadata(again, digest) == to_metadata(info, digest), "metadata read back the same");
  expect(parameter_count(info) > 0, "a network has weights");
}

/// The file with the metadata that `change` makes of its own; as it is when it is no safetensors.
template <typename Change>
std::filesystem::path repaired(const std::string& bytes, const Change& change) {
  std::string file = bytes;
  try {
    const SafetensorsFile parsed = SafetensorsFile::parse(bytes, "hostile.safetensors");
    file = serialize_safetensors(parsed.tensors(), change(parsed));
  } catch (const Error&) {  // the reader's to refuse
  }
  return scratch_file("hostile.safetensors", file);
}

SafetensorsMetadata with_data_digest(const SafetensorsFile& file) {
  SafetensorsMetadata metadata = file.metadata();
  Sha256 digest;
  for (const TensorView& tensor : file.tensors()) {
    digest.update(tensor.bytes);
  }
  metadata["data_sha256"] = digest.finish().hex();
  return metadata;
}

SafetensorsMetadata with_seal(const SafetensorsFile& file) {
  SafetensorsMetadata metadata = file.metadata();
  metadata.erase("content_sha256");
  return sealed(metadata, file.tensors());
}

void read_weights(const std::string& bytes) {
  const NetWeights weights = read_net_weights(repaired(bytes, with_data_digest));
  for (const TensorSpec& spec : tensor_layout(weights.info)) {
    const at::Tensor& tensor = weights.tensors.at(spec.name);
    expect(tensor.sizes() == at::IntArrayRef(spec.shape), "a tensor has the shape of its layout");
    expect(at::isfinite(tensor).all().item<bool>(), "weights are finite");
  }
  const std::filesystem::path copy = scratch_path("again.safetensors");
  (void)write_net_weights(copy, weights);
  expect(read_net_weights(copy).tensors.size() == weights.tensors.size(),
         "weights read back the same");
}

void read_training(const std::string& bytes) {
  const Checkpoint checkpoint = *read_checkpoint(repaired(bytes, with_seal));
  expect(checkpoint.step >= 0 && checkpoint.optimizer_steps >= 0 && checkpoint.stale >= 0,
         "counts are not negative");
  const std::filesystem::path copy = scratch_path("again.safetensors");
  write_checkpoint(copy, checkpoint);
  const Checkpoint again = *read_checkpoint(copy);
  expect(again.best_validation == checkpoint.best_validation && again.notes == checkpoint.notes &&
             again.options == checkpoint.options && again.step == checkpoint.step,
         "a checkpoint reads back the same");
}

void read_any_tensors(const std::string& bytes) {
  const auto tensors = read_tensors(scratch_file("hostile.safetensors", bytes));
  write_tensors(scratch_path("again.safetensors"), tensors);
  for (const auto& [name, tensor] : read_tensors(scratch_path("again.safetensors"))) {
    expect(tensor.sizes() == tensors.at(name).sizes(), "a tensor reads back the same");
  }
}

void read_any_detector(const std::string& bytes) {
  const auto detector = read_detector(bytes, "hostile.safetensors");
  expect(
      read_detector(detector->serialize(), "again")->resolution_px() == detector->resolution_px(),
      "a detector reads back the same");
}

/// Run are networks of known digests alone; what such a file describes is read.
void read_graph_net(const std::string& bytes) {
  const GraphNet net(repaired(bytes, with_seal));
  for (const std::int64_t size : net.input_shape()) {
    expect(size > 0, "the sides of an input are positive");
  }
  expect(!net.output_names().empty(), "a network has outputs");
}

std::string file_of(const std::filesystem::path& path) {
  return read_file(path);
}

std::string weights_file() {
  const std::filesystem::path path = scratch_path("sound.safetensors");
  (void)write_net_weights(scratch_file("sound.safetensors", ""), small_net());
  return file_of(path);
}

std::string metadata_text() {
  nlohmann::json object = nlohmann::json::object();
  const SafetensorsFile file = SafetensorsFile::parse(weights_file(), "sound");
  for (const auto& [key, value] : file.metadata()) {
    object[key] = value;
  }
  return object.dump();
}

std::string training_file() {
  Checkpoint checkpoint;
  checkpoint.step = 20;
  checkpoint.optimizer_steps = 5;
  checkpoint.best_validation = 0.25;
  checkpoint.options = {{"seed", "1"}};
  checkpoint.notes = {{"device", "cpu"}};
  checkpoint.tensors = {{"net.a", at::ones({2, 2})}};
  const std::filesystem::path path = scratch_file("sound.safetensors", "");
  write_checkpoint(path, checkpoint);
  return file_of(path);
}

std::string tensors_file() {
  const std::filesystem::path path = scratch_file("sound.safetensors", "");
  write_tensors(path, {{"a", at::ones({3})}, {"b", at::zeros({2, 1}, at::kLong)}});
  return file_of(path);
}

std::string graph_file() {
  const std::filesystem::path path = scratch_file("sound.safetensors", "");
  write_tiny_graph(path, tiny_graph());
  return file_of(path);
}

std::string detector_file(DetectorKind kind) {
  CropSet crops;
  crops.images = at::arange(4 * 64 * 64 * 3).remainder(251).reshape({4, 64, 64, 3}).to(at::kByte);
  crops.is_fake = {true, true, false, false};
  crops.clip = {0, 1, 2, 3};
  DetectorFitOptions options;
  options.kind = kind;
  options.steps = 1;
  options.batch = 2;
  return fit_detector(crops, {}, options).detector->serialize();
}

}  // namespace

const std::vector<HostileReader>& hostile_readers() {
  static const std::vector<HostileReader> readers = {
      {"net_metadata", {ErrorKind::kModel}, {metadata_text()}, read_net_metadata},
      {"net_weights", {ErrorKind::kModel}, {weights_file()}, read_weights},
      {"checkpoint", {ErrorKind::kModel}, {training_file()}, read_training},
      {"tensor_file", {ErrorKind::kModel}, {tensors_file()}, read_any_tensors},
      {"graph_net", {ErrorKind::kModel}, {graph_file()}, read_graph_net},
      {"detector",
       {ErrorKind::kModel},
       {detector_file(DetectorKind::kSpectrum), detector_file(DetectorKind::kMesoInception)},
       read_any_detector}};
  return readers;
}

}  // namespace changeling
