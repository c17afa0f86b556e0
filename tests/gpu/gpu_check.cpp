// gpu_check: do the networks compute on this device what they compute elsewhere? Exit status 4 when
// a check fails. Needs neither GoogleTest nor video libraries; script/gpu-bench runs it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/tensor/device.h"
#include "tests/gpu/check_rows.h"
#include "tests/gpu/swap_loop.h"

namespace changeling {
namespace {

constexpr int kFrames = 6;
constexpr double kParityCpu = 1e-4;   ///< float32, other order of sums
constexpr double kParityCuda = 1e-3;  ///< the same through cuDNN's algorithms, TF32 off
constexpr double kPsnrLimitDb = 40;
constexpr double kSamePixels = 0.999;  ///< share within one step of 255, the same kernels on CUDA

class Checks {
 public:
  explicit Checks(const GpuArguments& arguments)
      : arguments_(arguments),
        device_(parse_device(arguments.device)),
        size_(arguments.quick ? LoopSize{8, 64} : LoopSize{}),
        weights_(make_loop_weights(size_)),
        input_(arguments.pack_path.empty() ? random_input(kFrames, size_.resolution_px, 11, device_)
                                           : input_of_pack(arguments.pack_path, kFrames, device_)) {
  }

  std::vector<FigureRow> run() {
    check_parity();
    check_precision();
    check_batches();
    if (device_.is_cuda()) {
      check_graphs();
    }
    return rows_;
  }

 private:
  LoopNets engine(Precision precision, bool graphs = true) const {
    return make_loop_nets(
        weights_,
        [&](const NetWeights& net) {
          return make_engine(net, {device_, precision, production_buckets(device_), graphs});
        },
        true);
  }

  void add(const std::string& name, double value, const std::string& unit, const std::string& limit,
           bool holds) {
    rows_.push_back({name, value, unit, limit, holds});
    print_row(rows_.back());
  }

  /// Every network by itself: engine in float32 against layer by layer.
  void check_parity() {
    const LoopNets fast = engine(Precision::kFloat32);
    const LoopNets plain = make_loop_nets(
        weights_, [&](const NetWeights& net) { return make_eager_runner(net, device_); }, true);
    const at::Tensor row = at::zeros({1}, input_.target.options().dtype(at::kLong));
    const at::Tensor image = input_.target.narrow(0, 0, 1);
    const at::Tensor points = input_.landmarks.narrow(0, 0, 1);
    const at::Tensor mask = image.narrow(1, 0, 1) * 0.5 + 0.5;
    compare("reenactment", fast.reenactment->run(image, points, row),
            plain.reenactment->run(image, points, row));
    compare("segmentation", fast.segmentation->run(image), plain.segmentation->run(image));
    const at::Tensor four = at::cat({image, mask}, 1);
    compare("inpainting", fast.inpainting->run(four), plain.inpainting->run(four));
    const at::Tensor seven = at::cat({image.flip(3), image, mask}, 1);
    compare("blending", fast.blending->run(seven), plain.blending->run(seven));
    NetWeights pyr_down = weights_.inpainting;  // converted networks halve so
    pyr_down.info.pyramid = Halving::kPyrDown;
    compare("pyrdown", make_engine(pyr_down, {device_, Precision::kFloat32, {1}, true})->run(four),
            make_eager_runner(pyr_down, device_)->run(four));
  }

  void compare(const std::string& net, const at::Tensor& a, const at::Tensor& b) {
    const double limit = device_.is_cuda() ? kParityCuda : kParityCpu;
    const double range = std::max(1.0, b.abs().max().item<double>());
    const double difference = (a - b).abs().max().item<double>() / range;
    add("parity/" + net, difference, "", "<= " + std::to_string(limit), difference <= limit);
  }

  /// The final frame in the precision of production against float32.
  void check_precision() {
    if (resolve_precision(Precision::kAuto, device_) == Precision::kFloat32) {
      std::printf("     no bfloat16 on this device: precision is not checked\n");
      return;
    }
    const at::Tensor exact = run_loop(engine(Precision::kFloat32), input_);
    const at::Tensor fast = run_loop(engine(Precision::kBFloat16), input_);
    check_close("bfloat16/psnr", exact, fast);
    add("bfloat16/finite", fast.isfinite().all().item<bool>() ? 1 : 0, "", "1",
        fast.isfinite().all().item<bool>());
  }

  void check_close(const std::string& name, const at::Tensor& a, const at::Tensor& b) {
    const double error =
        (to_bytes(a).to(at::kDouble) - to_bytes(b).to(at::kDouble)).square().mean().item<double>();
    const double psnr_db = 10 * std::log10(255.0 * 255.0 / std::max(error, 1e-9));
    add(name, psnr_db, "dB", ">= 40", psnr_db >= kPsnrLimitDb);
  }

  /// A frame's pixels must not depend on the batch it is in. For another batch cuDNN may sum in
  /// another order, and what that changes in bfloat16 grows, layer by layer, to the error of
  /// bfloat16 itself.
  void check_batch(const std::string& name, const at::Tensor& whole, const at::Tensor& parts) {
    if (device_.is_cuda()) {
      check_close(name, whole, parts);
    } else {
      add(name, (whole - parts).abs().max().item<double>(), "", "0: the same bits",
          at::equal(whole, parts));
    }
  }

  void check_batches() {
    const Precision precision = device_.is_cuda() ? Precision::kBFloat16 : Precision::kFloat32;
    const LoopNets nets = engine(precision);
    const at::Tensor whole = run_loop(nets, input_);
    std::vector<at::Tensor> singles;
    for (std::int64_t i = 0; i < kFrames; ++i) {
      singles.push_back(run_loop(nets, rows(input_, i, 1)));
    }
    check_batch("batches/6-of-1", whole, at::cat(singles));
    check_batch("batches/1-and-5", whole,
                at::cat({run_loop(nets, rows(input_, 0, 1)), run_loop(nets, rows(input_, 1, 5))}));
    const LoopInput backward = {input_.views.flip(0), input_.view_weights.flip(0),
                                input_.target.flip(0), input_.landmarks.flip(0)};
    check_batch("batches/other-order", whole, run_loop(nets, backward).flip(0));
  }

  /// A recorded batch must give what the launches one by one give.
  void check_graphs() {
    const at::Tensor recorded = run_loop(engine(Precision::kBFloat16, true), input_);
    const at::Tensor launched = run_loop(engine(Precision::kBFloat16, false), input_);
    const at::Tensor apart = (to_bytes(recorded).to(at::kInt) - to_bytes(launched).to(at::kInt))
                                 .abs()
                                 .amax(1);  // (N,S,S)
    const double same = (apart <= 1).to(at::kDouble).mean().item<double>();
    add("graphs", same, "share", ">= 0.999 of the pixels within 1", same >= kSamePixels);
  }

  GpuArguments arguments_;
  c10::Device device_;
  LoopSize size_;
  LoopWeights weights_;
  LoopInput input_;
  std::vector<FigureRow> rows_;
};

int check(int argc, char** argv) {
  const GpuArguments arguments = parse_gpu_arguments(argc, argv);
  configure_torch(0);  // as production: deterministic, TF32 off
  const std::vector<FigureRow> rows = Checks(arguments).run();
  write_rows(arguments, rows);
  return status_of(rows);
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  try {
    return changeling::check(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gpu_check: %s\n", error.what());
    return 1;
  }
}
