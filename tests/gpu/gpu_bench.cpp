// gpu_bench: how fast is this device, and how much of it do the networks use? Rates of the device,
// its convolutions one by one, then swapped frames a second as hand-written PyTorch code makes them
// and as the engine does. All rivals run in the same process on the same weights: the engine with
// the settings of production, all else with those of PyTorch code tuned for speed. On CUDA the
// goals P1, P1b and P3 get verdicts; exit status 4 when one does not hold.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include "common/base/error.h"
#include "common/tensor/device.h"
#include "tests/gpu/check_rows.h"
#include "tests/gpu/swap_loop.h"

namespace changeling {
namespace {

/// LibTorch as production sets it up: deterministic, float32 in full, no trials of algorithms.
void set_up_production() {
  configure_torch(0);
}

/// LibTorch as hand-written code that wants to be fast: its defaults (TF32 in convolutions), and
/// cuDNN tries all algorithms.
void set_up_rival() {
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(false, false);
  context.setDeterministicCuDNN(false);
  context.setBenchmarkCuDNN(true);
  context.setAllowTF32CuDNN(true);
}

/// A convolution of G_r at 256 px: in -> out channels, kernel, stride, side of the output, and how
/// fast bfloat16 on an H200 was expected to run it.
struct ConvCase {
  const char* name;
  std::int64_t in;
  std::int64_t out;
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t side_px;
  const char* expected;
};

constexpr ConvCase kConvs[] = {
    {"in7-base", 71, 256, 7, 1, 128, ""},
    {"in7-enhancer", 71, 128, 7, 1, 256, ""},
    {"in7-base-98-landmarks", 101, 256, 7, 1, 128, ""},
    {"in7-enhancer-98-landmarks", 101, 128, 7, 1, 256, ""},
    {"out7", 128, 3, 7, 1, 256, "expected < 150"},
    {"down-512", 256, 512, 3, 2, 64, ""},
    {"down-1024", 512, 1024, 3, 2, 32, ""},
    {"res-128", 128, 128, 3, 1, 256, "expected >= 400"},
    {"res-256", 256, 256, 3, 1, 128, "expected >= 550"},
    {"res-512", 512, 512, 3, 1, 64, "expected >= 550"},
    {"res-1024", 1024, 1024, 3, 1, 32, "expected >= 550"},
    {"up-512", 1024, 512, 3, 1, 64, "expected >= 550"},
    {"up-256", 512, 256, 3, 1, 128, "expected >= 550"},
    {"up-128", 256, 128, 3, 1, 256, "expected >= 400"},
};

class Bench {
 public:
  explicit Bench(const GpuArguments& arguments)
      : arguments_(arguments),
        device_(parse_device(arguments.device)),
        size_(arguments.quick ? LoopSize{8, 64} : LoopSize{}),
        weights_(make_loop_weights(size_)),
        half_(device_.is_cuda() ||
              resolve_precision(Precision::kAuto, device_) == Precision::kBFloat16) {}

  std::vector<FigureRow> run() {
    set_up_rival();
    measure_copy();
    measure_matmul();
    measure_convs();
    measure_loops();
    return rows_;
  }

 private:
  void add(const std::string& name, double value, const std::string& unit,
           const std::string& note = {}, std::optional<bool> holds = {}) {
    rows_.push_back({name, value, unit, note, holds});
    print_row(rows_.back());
  }

  /// A verdict where the bar was set for: on CUDA, at full size.
  void add_goal(const std::string& name, double value, const std::string& unit, double bar,
                const std::string& note) {
    const bool counts = device_.is_cuda() && !arguments_.quick;
    add(name, value, unit, note, counts ? std::optional(value >= bar) : std::nullopt);
  }

  /// Seconds of one call: warm, over enough calls to fill the time, device idle before and after.
  [[nodiscard]] double seconds_of(const std::function<void()>& work) const {
    using Clock = std::chrono::steady_clock;
    const double wanted = arguments_.quick ? 0 : 1.0;
    work();
    work();
    synchronize(device_);
    std::int64_t calls = 0;
    const Clock::time_point start = Clock::now();
    double elapsed = 0;
    do {
      work();
      ++calls;
      if (calls % 4 == 0 || arguments_.quick) {  // waiting after each would hide launch queues
        synchronize(device_);
        elapsed = std::chrono::duration<double>(Clock::now() - start).count();
      }
    } while (elapsed < wanted || calls < (arguments_.quick ? 1 : 4));
    synchronize(device_);
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    return elapsed / static_cast<double>(calls);
  }

  [[nodiscard]] at::Tensor noise(std::vector<std::int64_t> shape) const {
    return at::randn(shape, device_).to(half_ ? at::kBFloat16 : at::kFloat);
  }

  void measure_copy() {
    const std::int64_t bytes = arguments_.quick ? 1 << 20 : std::int64_t{1} << 32;
    const at::Tensor from = at::randint(256, {1 << 20}, at::kByte).to(device_).repeat(bytes >> 20);
    at::Tensor to = at::empty_like(from);
    const double seconds = seconds_of([&] { to.copy_(from); });
    add("copy", 2.0 * static_cast<double>(bytes) / seconds / 1e12, "TB/s",
        "read and written; expected 4.3 on an H200");
  }

  void measure_matmul() {
    const std::int64_t n = arguments_.quick ? 256 : 8192;
    const at::Tensor a = noise({n, n});
    const at::Tensor b = noise({n, n});
    const double cubed = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
    const double seconds = seconds_of([&] { (void)at::mm(a, b); });
    peak_ = 2 * cubed / seconds;
    add("matmul", peak_ / 1e12, "TFLOP/s",
        half_ ? "bfloat16; expected 790 on an H200" : "float32: no bfloat16 here");
  }

  void measure_convs() {
    const std::vector<int> batches =
        arguments_.quick ? std::vector<int>{2} : std::vector<int>{8, 32, 96};
    const std::int64_t divisor = arguments_.quick ? 16 : 1;
    for (const ConvCase& conv : kConvs) {
      for (const int batch : batches) {
        measure_conv(conv, batch, divisor);
      }
    }
  }

  /// No padding: the engine pads in the layer before, so the input is larger than the output.
  void measure_conv(const ConvCase& conv, int batch, std::int64_t divisor) {
    const std::int64_t in = std::max<std::int64_t>(conv.in / divisor, 8);
    const std::int64_t out = std::max<std::int64_t>(conv.out / divisor, 3);
    const std::int64_t side = std::max<std::int64_t>(conv.side_px / divisor, 4);
    const std::int64_t input_side = (side - 1) * conv.stride + conv.kernel;
    const at::Tensor x =
        noise({batch, in, input_side, input_side}).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor weight =
        noise({out, in, conv.kernel, conv.kernel}).contiguous(at::MemoryFormat::ChannelsLast);
    const double seconds = seconds_of([&] { (void)at::conv2d(x, weight, {}, conv.stride); });
    const double flop =
        2.0 * static_cast<double>(batch * in * out * conv.kernel * conv.kernel * side * side);
    add(std::string("conv/") + conv.name + "/batch:" + std::to_string(batch), flop / seconds / 1e12,
        "TFLOP/s", conv.expected);
  }

  /// Swapped frames a second with `batch` frames at a time.
  double measure_loop(const std::string& name, const LoopNets& nets, int batch,
                      const std::string& note = {}) {
    const LoopInput input = arguments_.pack_path.empty()
                                ? random_input(batch, size_.resolution_px, 5, device_)
                                : input_of_pack(arguments_.pack_path, batch, device_);
    if (!run_loop(nets, input).isfinite().all().item<bool>()) {
      throw Error(ErrorKind::kInternal, name + " gave a value that is not finite");
    }
    const double seconds = seconds_of([&] { (void)run_loop(nets, input); });
    const double rate = batch / seconds;
    add(name + "/batch:" + std::to_string(batch), rate, "frames/s", note);
    return rate;
  }

  LoopNets rival(bool bfloat16) const {
    return make_loop_nets(
        weights_, [&](const NetWeights& net) { return make_rival_runner(net, device_, bfloat16); },
        false);
  }

  LoopNets engine(bool graphs) const {
    return make_loop_nets(
        weights_,
        [&](const NetWeights& net) {
          return make_engine(net, {device_, Precision::kAuto, production_buckets(device_), graphs});
        },
        true);
  }

  void measure_loops() {
    const int small = arguments_.quick ? 2 : 8;
    const int large = arguments_.quick ? 3 : 32;
    const LoopNets plain = rival(false);
    const double plain_one = measure_loop("rival-float32", plain, 1, "expected 8-20");
    const double plain_small = measure_loop("rival-float32", plain, small, "expected 20-40");
    if (half_) {
      (void)measure_loop("rival-bfloat16", rival(true), large, "expected 70-100");
    }
    set_up_production();
    const LoopNets recorded = engine(true);
    const double one = measure_loop("engine", recorded, 1);
    (void)measure_loop("engine", recorded, small);
    const double best = measure_loop("engine", recorded, large, "expected 110-150");
    if (device_.is_cuda()) {
      const LoopNets launched = engine(false);
      const double one_launched = measure_loop("engine-no-graphs", launched, 1);
      const double large_launched = measure_loop("engine-no-graphs", launched, large);
      add("graph-gain/batch:1", one / one_launched, "x", "expected 2-3");
      add("graph-gain/batch:" + std::to_string(large), best / large_launched, "x",
          "expected < 1.03");
    }
    add_goal("P1", best / plain_small, "x", 4,
             "goal >= 4: engine over rival-float32 at its batch of 8");
    add_goal("P1b", one / plain_one, "x", 8, "goal >= 8: the same at batch 1");
    const double used = best * 2 * macs_per_frame(weights_, size_.resolution_px) / peak_;
    add_goal("P3", used, "share", 0.5,
             "goal >= 0.5: dense FLOP of the frames / the matmul rate above");
  }

  GpuArguments arguments_;
  c10::Device device_;
  LoopSize size_;
  LoopWeights weights_;
  bool half_;
  double peak_ = 0;  ///< FLOP/s
  std::vector<FigureRow> rows_;
};

int bench(int argc, char** argv) {
  const GpuArguments arguments = parse_gpu_arguments(argc, argv);
  if (arguments.quick) {
    std::printf("quick: tiny sizes, the figures mean nothing\n");
  }
  if (!arguments.card.empty()) {
    std::printf("card: %s\n", arguments.card.c_str());
  }
  set_up_production();  // before CUDA starts: it sets the environment of cuBLAS
  const std::vector<FigureRow> rows = Bench(arguments).run();
  write_rows(arguments, rows);
  return status_of(rows);
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  try {
    return changeling::bench(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gpu_bench: %s\n", error.what());
    return 1;
  }
}
