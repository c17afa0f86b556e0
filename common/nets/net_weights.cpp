#include "common/nets/net_weights.h"

#include <cmath>
#include <set>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/nets/net_metadata.h"
#include "common/nets/tensor_file.h"

namespace changeling {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kInitialDeviation = 0.02;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kModel, "weights '" + where + "': " + what);
}

std::string shape_text(at::IntArrayRef shape) {
  std::string text;
  for (const std::int64_t size : shape) {
    text += (text.empty() ? "" : ",") + std::to_string(size);
  }
  return "[" + text + "]";
}

/// Tensors and description fit, and every value is finite.
void check_tensors(const NetWeights& weights, const std::string& where) {
  std::set<std::string> known;
  for (const TensorSpec& spec : tensor_layout(weights.info)) {
    known.insert(spec.name);
    const auto found = weights.tensors.find(spec.name);
    if (found == weights.tensors.end()) {
      fail(where, "tensor '" + spec.name + "' is missing");
    }
    const at::Tensor& tensor = found->second;
    if (tensor.sizes() != at::IntArrayRef(spec.shape)) {
      fail(where, "tensor '" + spec.name + "' has the shape " + shape_text(tensor.sizes()) +
                      ", its description needs " + shape_text(spec.shape));
    }
    if (!at::isfinite(tensor).all().item<bool>()) {
      fail(where, "tensor '" + spec.name + "' holds a NaN or an infinity");
    }
  }
  for (const auto& [name, tensor] : weights.tensors) {
    if (known.count(name) == 0) {
      fail(where, "tensor '" + name + "' is no part of a " +
                      std::string(to_string(weights.info.kind)) + " of its description");
    }
  }
}

at::Tensor to_float_tensor(const TensorView& view, const std::string& where) {
  const at::Tensor tensor = to_tensor(view);
  if (!tensor.is_floating_point()) {
    fail(where, "tensor '" + view.name + "' has the type " + std::string(to_string(view.dtype)) +
                    ", not a floating-point one");
  }
  return tensor.to(at::kFloat);
}

Digest data_digest(const std::vector<TensorView>& tensors) {
  Sha256 hash;
  for (const TensorView& tensor : tensors) {
    hash.update(tensor.bytes);
  }
  return hash.finish();
}

/// The file's bytes.
std::string serialize(const NetWeights& weights, at::ScalarType stored_as) {
  std::vector<at::Tensor> kept;  // owns what the views point to
  std::vector<TensorView> views;
  const DType dtype = stored_as == at::kBFloat16 ? DType::kBF16 : DType::kF32;
  for (const auto& [name, tensor] : weights.tensors) {
    kept.push_back(tensor.detach().to(at::kCPU, stored_as).contiguous());
    const at::Tensor& stored = kept.back();
    views.push_back(
        {name, dtype, stored.sizes().vec(),
         std::string_view(static_cast<const char*>(stored.data_ptr()), stored.nbytes())});
  }
  const SafetensorsMetadata metadata = to_metadata(weights.info, data_digest(views));
  return serialize_safetensors(std::move(views), metadata);
}

/// Standard normal numbers from `key` alone (Box and Muller), on every machine and LibTorch.
at::Tensor normal_tensor(const std::vector<std::int64_t>& shape, std::uint64_t key) {
  at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(at::kFloat));
  float* values = tensor.data_ptr<float>();
  CounterRng rng(key);
  for (std::int64_t i = 0; i < tensor.numel(); i += 2) {
    const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));
    const double angle = 2 * kPi * rng.uniform();
    values[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < tensor.numel()) {
      values[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
  }
  return tensor;
}

at::Tensor initial_tensor(const TensorSpec& spec, std::uint64_t seed) {
  const auto noise = [&] {
    return normal_tensor(spec.shape, derive_seed(seed, {spec.name})) * kInitialDeviation;
  };
  const auto options = at::TensorOptions().dtype(at::kFloat);
  switch (spec.role) {
    case TensorRole::kWeight:
      return noise();
    case TensorRole::kNormWeight:
      return 1 + noise();
    case TensorRole::kBias:
    case TensorRole::kRunningMean:
      return at::zeros(spec.shape, options);
    case TensorRole::kRunningVar:
      break;
  }
  return at::ones(spec.shape, options);
}

}  // namespace

bool is_trained(TensorRole role) {
  return role != TensorRole::kRunningMean && role != TensorRole::kRunningVar;
}

std::int64_t element_count(const TensorSpec& tensor) {
  std::int64_t count = 1;
  for (const std::int64_t size : tensor.shape) {
    count *= size;
  }
  return count;
}

NetWeights read_net_weights(const std::filesystem::path& path) {
  const c10::InferenceMode normal_tensors(false);  // weights may be trained later
  const std::string where = path.string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    fail(where, "no such file");
  }
  std::string bytes;
  try {
    bytes = read_file(path);
  } catch (const Error& unreadable) {
    throw Error(ErrorKind::kModel, unreadable.what());
  }
  NetWeights weights;
  weights.sha256 = sha256(bytes);
  const SafetensorsFile file = SafetensorsFile::parse(std::move(bytes), where);
  weights.info = net_info_from_metadata(file.metadata(), where);
  if (stored_data_digest(file.metadata(), where) != data_digest(file.tensors())) {
    fail(where, "the data is damaged: it has not the digest of its metadata");
  }
  for (const TensorView& view : file.tensors()) {
    weights.tensors.emplace(view.name, to_float_tensor(view, where));
  }
  check_tensors(weights, where);
  return weights;
}

Digest write_net_weights(const std::filesystem::path& path, const NetWeights& weights,
                         at::ScalarType stored_as) {
  CHANGELING_REQUIRE(stored_as == at::kFloat || stored_as == at::kBFloat16,
                     "weights are stored as float32 or bfloat16");
  check_tensors(weights, path.string());
  const std::string bytes = serialize(weights, stored_as);
  write_file_atomically(path, bytes);
  return sha256(bytes);
}

NetWeights random_net_weights(NetInfo info, std::uint64_t seed) {
  const c10::InferenceMode normal_tensors(false);
  NetWeights weights;
  info.trained_on = "nothing (random weights, seed " + std::to_string(seed) + ")";
  for (const TensorSpec& spec : tensor_layout(info)) {
    weights.tensors.emplace(spec.name, initial_tensor(spec, seed));
  }
  weights.info = std::move(info);
  weights.sha256 = sha256(serialize(weights, at::kFloat));
  return weights;
}

}  // namespace changeling
