// The inference engine and what it is made of, one thread, CPU time. Counters: gflops (dense
// multiply-adds, two FLOP each), share_of_peak (of bfloat16 dot products measured at the start),
// bytes_per_second, frames_per_second. Every row checks its result once.
#include <functional>
#include <string>

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>

#include "common/nets/batch_exact.h"
#include "common/nets/inference_engine.h"
#include "common/nets/landmark_context.h"
#include "common/nets/layer_counter.h"
#include "common/nets/sparse_context.h"
#include "common/tensor/channels_last.h"
#include "common/tensor/device.h"
#include "tests/support/cpu_peak.h"
#include "tests/support/net_fill.h"
#include "tests/support/taken_time.h"

namespace changeling {
namespace {

using benchmark::Counter;

constexpr auto kLast = at::MemoryFormat::ChannelsLast;
constexpr double kMinBlasGflops = 30;  ///< the reference BLAS reaches 7: libopenblas0 is missing

double& peak_gflops() {
  static double peak = 0;
  return peak;
}

at::Tensor noise(at::IntArrayRef sizes, at::ScalarType dtype, std::uint64_t seed = 1) {
  const at::Tensor x = at::randn(sizes, at::detail::createCPUGenerator(seed)).to(dtype);
  return sizes.size() == 4 ? x.contiguous(kLast) : x;
}

std::string name_of(at::ScalarType dtype) {
  return dtype == at::kBFloat16 ? "bf16" : "fp32";
}

/// Largest difference, in units of the largest expected value.
double difference(const at::Tensor& found, const at::Tensor& expected) {
  const at::Tensor reference = expected.to(at::kFloat);
  return ((found.to(at::kFloat) - reference).abs().max() / reference.abs().max()).item<double>();
}

/// Float rounding, or that of bfloat16 operands and results.
double tolerance(at::ScalarType dtype) {
  return dtype == at::kBFloat16 ? 0.02 : 1e-4;
}

void report_flop(benchmark::State& state, double flop) {
  state.counters["gflops"] = Counter(1e-9 * flop, Counter::kIsIterationInvariantRate);
  if (peak_gflops() > 0) {
    state.counters["share_of_peak"] =
        Counter(1e-9 * flop / peak_gflops(), Counter::kIsIterationInvariantRate);
  }
}

void report_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

/// Checks `body`'s result against `expected`, then times it.
void measure(benchmark::State& state, const std::function<at::Tensor()>& body,
             const at::Tensor& expected, double limit) {
  if (!(difference(body(), expected) <= limit)) {
    state.SkipWithError("the result is wrong");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(body());
  }
}

void bm_peak_bf16_dot(benchmark::State& state) {
  double gflops = 0;
  for (auto _ : state) {
    gflops = std::max(gflops, bfloat16_peak_gflops());
  }
  state.counters["peak_gflops"] = gflops;
}

void bm_peak_memcpy(benchmark::State& state) {
  double gbps = 0;
  for (auto _ : state) {
    gbps = std::max(gbps, memcpy_gbps());
  }
  if (gbps <= 0) {
    state.SkipWithError("nothing was copied");
  }
  state.counters["peak_gbps"] = gbps;
}

void bm_gemm_blas(benchmark::State& state) {
  constexpr std::int64_t kSide = 1024;
  constexpr double kFlop = 2.0 * kSide * kSide * kSide;
  const at::Tensor a = noise({kSide, kSide}, at::kFloat);
  at::Tensor product = at::mm(a, a);
  const double start = cpu_seconds();
  std::int64_t runs = 0;
  for (auto _ : state) {
    product = at::mm(a, a);
    ++runs;
  }
  const double gflops = 1e-9 * kFlop * static_cast<double>(runs) / (cpu_seconds() - start);
  if (gflops < kMinBlasGflops) {
    state.SkipWithError("below 30 GFLOP/s: install libopenblas0-pthread");
  }
  report_flop(state, kFlop);
}

struct ConvCase {
  std::int64_t in;
  std::int64_t out;
  std::int64_t kernel;
  std::int64_t side;  ///< of the output
  std::int64_t stride;
};

void bm_conv_layer(benchmark::State& state, const ConvCase& layer, at::ScalarType dtype) {
  const std::int64_t side = layer.side * layer.stride + layer.kernel - 1;
  const at::Tensor x = noise({1, layer.in, side, side}, dtype);
  const at::Tensor weight = noise({layer.out, layer.in, layer.kernel, layer.kernel}, dtype, 2);
  ConvolutionShape shape;
  shape.stride = {layer.stride, layer.stride};
  // One output pixel by hand: the window times the filters.
  const at::Tensor window = x.narrow(2, 0, layer.kernel).narrow(3, 0, layer.kernel);
  const at::Tensor expected =
      (weight.to(at::kDouble) * window.to(at::kDouble)).sum(at::IntArrayRef({1, 2, 3}));
  const auto run = [&] { return convolve(x, weight, {}, shape); };
  if (!(difference(run()[0].select(1, 0).select(1, 0), expected) <= tolerance(dtype))) {
    state.SkipWithError("the result is wrong");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(run());
  }
  report_flop(state, 2.0 * static_cast<double>(weight.numel() * layer.side * layer.side));
}

void bm_pad_reflect(benchmark::State& state, int pad, at::ScalarType dtype) {
  const at::Tensor x = noise({1, 128, 128, 128}, dtype);
  const at::Tensor bias = noise({128}, at::kFloat, 2);
  const LayerEnd end = {Join::kRelu, bias, {}, pad};
  const at::Tensor expected = at::reflection_pad2d(
      (x.to(at::kFloat) + bias.view({1, -1, 1, 1})).relu(), {pad, pad, pad, pad});
  measure(
      state, [&] { return finish_layer(x, end); }, expected, tolerance(dtype));
  report_bytes(state, 2 * x.nbytes());
}

/// The rival of bm_pad_reflect: LibTorch's operators, float32 only.
void bm_pad_reflect_libtorch(benchmark::State& state, int pad) {
  const at::Tensor x = noise({1, 128, 128, 128}, at::kFloat);
  const at::Tensor bias = noise({1, 128, 1, 1}, at::kFloat, 2);
  measure(
      state,
      [&] {
        return at::reflection_pad2d((x + bias).relu(), {pad, pad, pad, pad});
      },
      finish_layer(x, {Join::kRelu, bias.flatten(), {}, pad}), tolerance(at::kFloat));
  report_bytes(state, 2 * x.nbytes());
}

/// x2 upsampling, padding and a 3x3 convolution of 256 to 128 channels: products first, or the
/// convolution last.
void bm_upsample_pad(benchmark::State& state, bool products_first, at::ScalarType dtype) {
  constexpr std::int64_t kSide = 64;
  const at::Tensor x = noise({1, 256, kSide, kSide}, dtype);
  const at::Tensor weight = noise({128, 256, 3, 3}, dtype, 2);
  const at::Tensor filters =
      weight.permute({2, 3, 0, 1}).reshape({9 * 128, 256, 1, 1}).contiguous(kLast);
  const auto large = [&] {
    return at::upsample_bilinear2d(x.to(at::kFloat), {2 * kSide, 2 * kSide}, false).to(dtype);
  };
  const auto last = [&] {
    return convolve(finish_layer(large().contiguous(kLast), {Join::kCopy, {}, {}, 1}), weight, {},
                    {});
  };
  const auto first = [&] {
    return finish_upsampled_layer(convolve(x, filters, {}, {}), {Join::kCopy, {}, {}, 0});
  };
  measure(state, products_first ? std::function<at::Tensor()>(first) : last,
          products_first ? last() : first(), tolerance(dtype));
  report_flop(state, 2.0 * static_cast<double>(weight.numel()) * 4 * kSide * kSide);
}

void bm_context(benchmark::State& state, bool is_sparse, std::int64_t channels, int side) {
  const at::Tensor landmarks = at::rand({1, 98, 2}, at::detail::createCPUGenerator(3));
  const at::Tensor weight = noise({channels, 98, 7, 7}, at::kFloat, 4);
  const at::Tensor maps =
      at::reflection_pad2d(landmark_maps(landmarks, side), {3, 3, 3, 3}).contiguous(kLast);
  const SparseContext context(weight.contiguous());
  const auto sparse = [&] { return context.make(landmarks, side, at::kFloat); };
  const auto dense = [&] { return convolve(maps, weight, {}, {}); };
  measure(state, is_sparse ? std::function<at::Tensor()>(sparse) : dense,
          is_sparse ? dense() : sparse(), tolerance(at::kFloat));
  state.counters["frames_per_second"] = Counter(1, Counter::kIsIterationInvariantRate);
}

/// The 7x7 head to three channels: as it is, or as 1x1 products to 147 channels and a sum of
/// shifts.
void bm_outconv7(benchmark::State& state, bool products, at::ScalarType dtype) {
  constexpr std::int64_t kSide = 128;
  const at::Tensor x = noise({1, 128, kSide + 6, kSide + 6}, dtype);
  const at::Tensor weight = noise({3, 128, 7, 7}, dtype, 2);
  // col2im adds products at the places that the flipped kernel element reaches.
  const at::Tensor filters =
      weight.flip({2, 3}).permute({0, 2, 3, 1}).reshape({147, 128, 1, 1}).contiguous(kLast);
  const auto direct = [&] { return convolve(x, weight, {}, {}).to(at::kFloat); };
  const auto shifted = [&] {
    const at::Tensor made = convolve(x, filters, {}, {}).to(at::kFloat).contiguous();
    return at::col2im(made.flatten(2), {kSide, kSide}, {7, 7}, {1, 1}, {6, 6}, {1, 1});
  };
  measure(state, products ? std::function<at::Tensor()>(shifted) : direct,
          products ? direct() : shifted(), tolerance(dtype));
  report_flop(state, 2.0 * static_cast<double>(weight.numel()) * kSide * kSide);
}

struct NetCase {
  std::string role;
  NetInfo info;
  int batch;
  int side;
};

void bm_net(benchmark::State& state, const NetCase& net_case, Precision precision) {
  const NetInfo& info = net_case.info;
  const NetWeights net = filled_weights(info);
  EngineOptions options;
  options.precision = precision;
  const auto engine = make_engine(net, options);
  const auto generator = at::detail::createCPUGenerator(5);
  const at::Tensor images =
      at::rand({net_case.batch, info.in - info.landmarks, net_case.side, net_case.side},
               generator) *
          2 -
      1;
  const at::Tensor landmarks = at::rand({1, std::max(1, info.landmarks), 2}, generator);
  const at::Tensor context = at::zeros({net_case.batch}, at::TensorOptions().dtype(at::kLong));
  const auto run = [&](const NetRunner& runner, std::int64_t count) {
    const at::Tensor some = images.narrow(0, 0, count);
    return info.landmarks > 0 ? runner.run(some, landmarks, context.narrow(0, 0, count))
                              : runner.run(some);
  };
  const double limit = precision == Precision::kFloat32 ? 1e-3 : 0.1;
  if (!(difference(run(*engine, 1), run(*make_eager_runner(net), 1)) <= limit)) {
    state.SkipWithError("the result differs from the eager runner's");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(run(*engine, net_case.batch));
  }
  report_flop(state, 2.0 * net_case.batch * static_cast<double>(mac_count(info, net_case.side)));
  state.counters["frames_per_second"] = Counter(net_case.batch, Counter::kIsIterationInvariantRate);
}

template <typename... Arguments>
void add(const std::string& name, Arguments... arguments) {
  benchmark::RegisterBenchmark(name.c_str(), arguments...)->Unit(benchmark::kMillisecond);
}

void add_layers(at::ScalarType dtype) {
  const std::string suffix = "/dtype:" + name_of(dtype);
  // The distinct layers of G_r at full size; the 7x7 ones without landmark maps.
  for (const ConvCase& layer : {ConvCase{3, 256, 7, 128, 1},
                                {3, 128, 7, 256, 1},
                                {128, 3, 7, 256, 1},
                                {256, 512, 3, 64, 2},
                                {512, 1024, 3, 32, 2},
                                {512, 512, 3, 64, 1},
                                {1024, 1024, 3, 32, 1},
                                {256, 256, 3, 128, 1},
                                {128, 128, 3, 256, 1},
                                {1024, 4608, 1, 32, 1},
                                {512, 2304, 1, 64, 1},
                                {256, 1152, 1, 128, 1}}) {
    add("bm_conv_layer/kernel:" + std::to_string(layer.kernel) + "/in:" + std::to_string(layer.in) +
            "/out:" + std::to_string(layer.out) + "/size:" + std::to_string(layer.side) + suffix,
        bm_conv_layer, layer, dtype);
  }
  for (const int pad : {1, 3}) {
    add("bm_pad_reflect/pad:" + std::to_string(pad) + suffix, bm_pad_reflect, pad, dtype);
  }
  add("bm_upsample_pad/order:products_first" + suffix, bm_upsample_pad, true, dtype);
  add("bm_upsample_pad/order:convolution_last" + suffix, bm_upsample_pad, false, dtype);
  add("bm_outconv7/way:direct" + suffix, bm_outconv7, false, dtype);
  add("bm_outconv7/way:products" + suffix, bm_outconv7, true, dtype);
}

void add_nets(int ngf, int seg_width, int side, const std::vector<int>& batches) {
  for (const int batch : batches) {
    for (const NetCase& net : {NetCase{"gr", ms_res_unet_info(101, ngf), batch, side},
                               {"gc", ms_res_unet_info(4, ngf), batch, side},
                               {"gb", ms_res_unet_info(7, ngf), batch, side},
                               {"gs", net_info(NetKind::kSegUnet, seg_width, {3}), batch, side}}) {
      const std::string name = "bm_net_" + net.role + "/width:" + std::to_string(net.info.ngf) +
                               "/batch:" + std::to_string(batch) + "/size:" + std::to_string(side);
      add(name + "/dtype:fp32", bm_net, net, Precision::kFloat32);
      if (has_bfloat16(c10::kCPU)) {
        add(name + "/dtype:bf16", bm_net, net, Precision::kBFloat16);
      }
    }
  }
}

void register_all() {
  if (bfloat16_peak_gflops() > 0) {
    add("bm_peak_bf16_dot", bm_peak_bf16_dot);
  }
  add("bm_peak_memcpy", bm_peak_memcpy);
  add("bm_gemm_blas", bm_gemm_blas);
  add_layers(at::kFloat);
  if (has_bfloat16(c10::kCPU)) {
    add_layers(at::kBFloat16);
  }
  for (const int pad : {1, 3}) {
    add("bm_pad_reflect_libtorch/pad:" + std::to_string(pad) + "/dtype:fp32",
        bm_pad_reflect_libtorch, pad);
  }
  for (const auto& [channels, side] : {std::pair{128, 256}, {256, 128}}) {
    add("bm_context_sparse/size:" + std::to_string(side), bm_context, true, channels, side);
    add("bm_context_dense/size:" + std::to_string(side), bm_context, false, channels, side);
  }
  add_nets(8, 8, 64, {1, 8});
  add_nets(32, 16, 128, {1, 8});
  add_nets(128, 64, 256, {1});
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  changeling::configure_torch(1);
  const c10::InferenceMode inference;
  changeling::peak_gflops() = changeling::bfloat16_peak_gflops();
  benchmark::AddCustomContext("threads", "1");
  benchmark::AddCustomContext("torch", changeling::torch_build_summary());
  changeling::register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
