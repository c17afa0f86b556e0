#include "tests/support/net_fill.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>

namespace changeling {
namespace {

float fill_value(std::uint32_t index, std::uint32_t q) {
  std::uint32_t h = 2654435761U * index + 40503U * q + 12345U;
  h ^= h >> 16U;
  h *= 0x45d9f3bU;
  h ^= h >> 16U;
  return static_cast<float>(h / 2147483648.0 - 1);
}

std::uint32_t name_key(const std::string& name) {
  std::uint32_t sum = 0;
  for (const char c : name) {
    sum += static_cast<unsigned char>(c);
  }
  return sum % 9973;
}

}  // namespace

at::Tensor fill(std::int64_t count, std::uint32_t q) {
  at::Tensor values = at::empty({count}, at::TensorOptions().dtype(at::kFloat));
  float* into = values.data_ptr<float>();
  for (std::int64_t k = 0; k < count; ++k) {
    into[k] = fill_value(static_cast<std::uint32_t>(k), q);
  }
  return values;
}

at::Tensor filled_tensor(const TensorSpec& spec) {
  const at::Tensor u = fill(element_count(spec), name_key(spec.name)).view(spec.shape);
  switch (spec.role) {
    case TensorRole::kWeight:
      return u * std::sqrt(6.0 * static_cast<double>(spec.shape[0]) /
                           static_cast<double>(element_count(spec)));
    case TensorRole::kBias:
    case TensorRole::kRunningMean:
      return 0.1 * u;
    case TensorRole::kNormWeight:
      return 1 + 0.1 * u;
    case TensorRole::kRunningVar:
      break;
  }
  return 1 + 0.5 * u.abs();
}

NetWeights filled_weights(const NetInfo& info) {
  NetWeights weights;
  weights.info = info;
  for (const TensorSpec& spec : tensor_layout(info)) {
    weights.tensors.emplace(spec.name, filled_tensor(spec));
  }
  return weights;
}

at::Tensor filled_image(std::int64_t channels, std::int64_t side_px, std::uint32_t q) {
  return fill(channels * side_px * side_px, q).view({1, channels, side_px, side_px});
}

NetInfo ms_res_unet_info(int in, int ngf, std::vector<int> flat, std::vector<int> out,
                         NetKind kind) {
  NetInfo info;
  info.kind = kind;
  info.role = "test";
  info.in = in;
  info.ngf = ngf;
  info.flat = std::move(flat);
  info.out = std::move(out);
  info.landmarks = in > 60 ? in - 3 : 0;
  return info;
}

NetInfo net_info(NetKind kind, int ngf, std::vector<int> out, int resolution_px) {
  NetInfo info;
  info.kind = kind;
  info.role = "test";
  info.ngf = ngf;
  info.out = std::move(out);
  info.resolution_px = resolution_px;
  return info;
}

}  // namespace changeling
