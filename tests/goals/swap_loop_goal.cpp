// Goals P1, P1b and P3: the networks of a swap as a loop, against PyTorch and against the hardware.
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <torch/cuda.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/nets/inference_engine.h"
#include "common/nets/layer_counter.h"
#include "common/tensor/device.h"
#include "tests/goals/engine_goals.h"
#include "tests/support/net_fill.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

constexpr int kViews = 3;
constexpr double kMinPsnrDb = 40;

/// Sizes of the loop: full on a GPU; on a CPU such that a round takes seconds.
struct Profile {
  c10::Device device = c10::kCPU;
  int ngf = 32;
  int seg_width = 16;
  int side = 128;

  [[nodiscard]] std::string text() const {
    return fmt::format("ngf {}, G_s width {}, {} px, 98 landmarks, {} views", ngf, seg_width, side,
                       kViews);
  }
};

Profile profile_here() {
  return torch::cuda::is_available() ? Profile{{c10::kCUDA, 0}, 128, 64, 256} : Profile{};
}

at::Tensor uniform(at::IntArrayRef sizes, std::uint64_t seed) {
  return at::rand(sizes, at::detail::createCPUGenerator(seed));
}

/// What a run costs: CPU seconds, on CUDA seconds between synchronisations.
template <typename Body>
double loop_cost(c10::Device device, const Body& body) {
  if (device.is_cpu()) {
    return cpu_seconds_of(body);
  }
  torch::cuda::synchronize();
  const auto start = std::chrono::steady_clock::now();
  body();
  torch::cuda::synchronize();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Networks and inputs of a swap of `frames` frames.
class SwapLoop {
 public:
  SwapLoop(const Profile& profile, int frames)
      : infos_({{"gr", ms_res_unet_info(101, profile.ngf)},
                {"gs", net_info(NetKind::kSegUnet, profile.seg_width, {3})},
                {"gc", ms_res_unet_info(4, profile.ngf)},
                {"gb", ms_res_unet_info(7, profile.ngf)}}),
        views_(uniform({frames * kViews, 3, profile.side, profile.side}, 1) * 2 - 1),
        landmarks_(uniform({frames, 98, 2}, 2)),
        frames_(uniform({frames, 3, profile.side, profile.side}, 3) * 2 - 1),
        mask_(uniform({frames, 1, profile.side, profile.side}, 4).round()),
        frame_of_view_(at::arange(frames * kViews, at::TensorOptions().dtype(at::kLong))
                           .floor_divide(kViews)) {}

  /// What swap_loop.py reads.
  void write(const std::filesystem::path& folder) const {
    for (const auto& [name, info] : infos_) {
      (void)write_net_weights(folder / (name + ".safetensors"), filled_weights(info));
    }
    for (const auto& [name, tensor] : std::map<std::string, at::Tensor>{
             {"views", views_}, {"landmarks", landmarks_}, {"frames", frames_}, {"mask", mask_}}) {
      std::ofstream(folder / (name + ".f32"), std::ios::binary)
          .write(static_cast<const char*>(tensor.contiguous().data_ptr()),
                 static_cast<std::streamsize>(tensor.nbytes()));
    }
  }

  void prepare(c10::Device device) {
    EngineOptions options;
    options.device = device;
    for (const auto& [name, info] : infos_) {
      engines_[name] = make_engine(filled_weights(info), options);
    }
    for (at::Tensor* tensor : {&views_, &landmarks_, &frames_, &mask_}) {
      *tensor = tensor->to(device);
    }
  }

  std::map<std::string, at::Tensor> run() {
    std::map<std::string, at::Tensor> outputs;
    outputs["gr"] = engines_.at("gr")->run(views_, landmarks_, frame_of_view_);
    outputs["gs"] = engines_.at("gs")->run(frames_);
    outputs["gc"] = engines_.at("gc")->run(at::cat({frames_, mask_}, 1));
    outputs["gb"] = engines_.at("gb")->run(at::cat({frames_, frames_, mask_}, 1));
    return outputs;
  }

  /// Dense multiply-adds of one run.
  [[nodiscard]] double macs(int side) const {
    double sum = 0;
    for (const auto& [name, info] : infos_) {
      sum += static_cast<double>(mac_count(info, side)) *
             static_cast<double>(name == "gr" ? views_.size(0) : frames_.size(0));
    }
    return sum;
  }

 private:
  std::map<std::string, NetInfo> infos_;
  std::map<std::string, std::unique_ptr<NetRunner>> engines_;
  at::Tensor views_;
  at::Tensor landmarks_;
  at::Tensor frames_;
  at::Tensor mask_;
  at::Tensor frame_of_view_;
};

/// A child process that answers lines.
class Conversation {
 public:
  explicit Conversation(const std::vector<std::string>& command) {
    int to_child[2];
    int from_child[2];
    if (::pipe(to_child) != 0 || ::pipe(from_child) != 0) {
      throw Error(ErrorKind::kResource, "no pipe");
    }
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(to_child[0], STDIN_FILENO);
      ::dup2(from_child[1], STDOUT_FILENO);
      for (const int end : {to_child[0], to_child[1], from_child[0], from_child[1]}) {
        ::close(end);
      }
      run(command);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    input_ = ::fdopen(to_child[1], "w");
    output_ = ::fdopen(from_child[0], "r");
  }

  ~Conversation() {
    std::fclose(input_);
    std::fclose(output_);
    ::waitpid(child_, nullptr, 0);
  }

  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  std::string ask(const std::string& line) {
    std::fprintf(input_, "%s\n", line.c_str());
    std::fflush(input_);
    char answer[256];
    if (std::fgets(answer, sizeof answer, output_) == nullptr) {
      throw Error(ErrorKind::kInternal, "the rival gave no answer to '" + line + "'");
    }
    return answer;
  }

 private:
  [[noreturn]] static void run(const std::vector<std::string>& command) {
    // The rival's malloc keeps freed memory as ours does (configure_torch).
    ::setenv("MALLOC_MMAP_MAX_", "0", 1);
    ::setenv("MALLOC_TRIM_THRESHOLD_", "1000000000000", 1);
    std::vector<char*> arguments;
    for (const std::string& word : command) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
  }

  pid_t child_ = -1;
  std::FILE* input_ = nullptr;
  std::FILE* output_ = nullptr;
};

/// Lowest agreement of the four networks with the files that the rival saved.
double lowest_psnr_db(const std::map<std::string, at::Tensor>& outputs,
                      const std::filesystem::path& folder) {
  double lowest = 1e9;
  for (const auto& [name, output] : outputs) {
    at::Tensor theirs = at::empty(output.sizes());
    std::ifstream(folder / (name + ".f32"), std::ios::binary)
        .read(static_cast<char*>(theirs.data_ptr()), static_cast<std::streamsize>(theirs.nbytes()));
    const at::Tensor range = theirs.abs().max();  // 1 of tanh; logits have no limits
    const double error = ((output.to(at::kCPU) - theirs) / range).square().mean().item<double>();
    lowest = std::min(lowest, 10 * std::log10(4 / error));
  }
  return lowest;
}

}  // namespace

int goal_p1(const std::string& name, int batch, const std::string& python,
            const std::string& script) {
  const Profile profile = profile_here();
  // A CPU has no launches to save: there the rival gets the bar of P6, which bfloat16 is behind.
  if (profile.device.is_cpu() && !has_bfloat16(c10::kCPU)) {
    return cannot_measure(name, kNoBFloat16);
  }
  const double bar = profile.device.is_cpu() ? 2.5 : (batch == 1 ? 8 : 4);
  const TempDir folder;
  SwapLoop ours(profile, batch);
  ours.write(folder.path());
  ours.prepare(profile.device);
  Conversation rival({python, script, folder.path().string(), std::to_string(profile.side),
                      std::to_string(batch), std::to_string(kViews), profile.device.str()});
  for (int i = 0; i < 2; ++i) {  // warm-up, the recording of graphs included
    (void)ours.run();
    (void)rival.ask("run");
  }
  (void)rival.ask("save");
  const double psnr = lowest_psnr_db(ours.run(), folder.path());
  const Duel cost = duel([&] { return loop_cost(profile.device, [&] { (void)ours.run(); }); },
                         [&] { return std::stod(rival.ask("run")); });
  return verdict(
      name, cost.ratio >= bar && psnr >= kMinPsnrDb,
      fmt::format("swap loop on {}, batch {}, {}: {:.2f}x PyTorch eager (at least {}x), {:.3f} "
                  "against {:.3f} s, {:.1f} dB",
                  profile.device.str(), batch, profile.text(), cost.ratio, bar, cost.ours,
                  cost.theirs, psnr));
}

int goal_p3() {
  if (!torch::cuda::is_available()) {
    return cannot_measure("P3", "no CUDA device");
  }
  constexpr int kFrames = 32;
  constexpr std::int64_t kMatrix = 8192;
  const Profile profile = profile_here();
  SwapLoop loop(profile, kFrames);
  loop.prepare(profile.device);
  const at::Tensor left =
      uniform({kMatrix, kMatrix}, 5).to(profile.device, at::ScalarType::BFloat16);
  at::Tensor product = at::mm(left, left);
  for (int i = 0; i < 2; ++i) {
    (void)loop.run();
  }
  const double loop_flop = 2 * loop.macs(profile.side);
  const double matrix_flop = 2 * std::pow(static_cast<double>(kMatrix), 3);
  // "Costs" are rates here: theirs / ours is the share.
  const Duel rates = duel(
      [&] {
        return matrix_flop / loop_cost(profile.device, [&] { product = at::mm(left, left); });
      },
      [&] { return loop_flop / loop_cost(profile.device, [&] { (void)loop.run(); }); });
  return verdict("P3", rates.ratio >= 0.5,
                 fmt::format("{}, batch {}: {:.0f} of {:.0f} TFLOP/s of bfloat16 matrix products, "
                             "{:.1f} % (at least 50 %)",
                             profile.text(), kFrames, 1e-12 * rates.theirs, 1e-12 * rates.ours,
                             100 * rates.ratio));
}

}  // namespace changeling
