// gpu_train: runs a training plan on a machine that has LibTorch alone; script/gpu-train calls it.
//   gpu_train PLAN FOLDER [--device cuda:0|cpu] [--minutes M] [--steps-cap N] [--threads N]
// Exits 0 when all stages are finished, 75 when there is more to do: the same call goes on. SIGINT
// (exit status 130) and SIGTERM (75) write a checkpoint first. 2: a wrong option, or a file that is
// missing or damaged; 1: anything else. With a cap, the stages are a trial. On a CPU a training
// goes on with as many threads as it began with.
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/exit_code.h"
#include "common/base/outcome.h"
#include "common/base/stop_signal.h"
#include "common/base/stopwatch.h"
#include "common/tensor/device.h"
#include "common/tensor/frame_tensor.h"
#include "common/tensor/torch_errors.h"
#include "generator/train/programs/device_memory.h"
#include "generator/train/programs/picture_file.h"
#include "generator/train/time_left.h"
#include "generator/train/training_plan.h"

namespace changeling {
namespace {

struct Arguments {
  std::filesystem::path plan;
  PlanPlace place;
  double minutes = 0;
  int threads = 0;  ///< 0: all cores but one
};

/// The whole text as a number of at least 0.
template <typename Number>
Number number_of(const std::string& option, const std::string& text) {
  std::istringstream stream(text);
  Number number = -1;
  stream >> number;
  if (stream.fail() || !stream.eof() || number < 0) {
    throw Error(ErrorKind::kConfig, option + " needs a number >= 0, not '" + text + "'");
  }
  return number;
}

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  std::string device = "cuda:0";
  std::vector<std::string> files;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& option = words[i];
    if (option.rfind("--", 0) != 0) {
      files.push_back(option);
      continue;
    }
    if (i + 1 == words.size()) {
      throw Error(ErrorKind::kConfig, option + " needs a value");
    }
    const std::string& value = words[++i];
    if (option == "--device") {
      device = value;
    } else if (option == "--minutes") {
      arguments.minutes = number_of<double>(option, value);
    } else if (option == "--threads") {
      arguments.threads = number_of<int>(option, value);
    } else if (option == "--steps-cap") {
      arguments.place.steps_cap = number_of<std::int64_t>(option, value);
    } else {
      throw Error(ErrorKind::kConfig, "unknown option " + option);
    }
  }
  if (files.size() != 2) {
    throw Error(ErrorKind::kConfig,
                "usage: gpu_train PLAN FOLDER [--device NAME] [--minutes M] [--steps-cap N] "
                "[--threads N]");
  }
  arguments.plan = files[0];
  arguments.place.folder = files[1];
  arguments.place.device = parse_device(device);
  arguments.place.compute =
      arguments.place.device.is_cuda() ? Compute::kBFloat16 : Compute::kFloat32;
  return arguments;
}

/// Says where a stage stands and how long it will take at the speed of this call.
class StageLog {
 public:
  explicit StageLog(const FitSettings& stage)
      : name_(stage.out.filename().string()),
        steps_(stage.fit.steps),
        device_(stage.fit.device),
        left_(stage.fit.steps, stage.fit.base_steps) {}

  void begin(std::int64_t step) { left_.begin(step); }

  /// A line a minute, since validations may be far apart.
  void step(std::int64_t step) {
    const std::chrono::duration<double> now = Clock::now().time_since_epoch();
    left_.step(step, now.count());
    if (Clock::now() - printed_ >= kPrintEvery) {
      print_step(step);
      std::printf(" %s\n", left_text().c_str());
      std::fflush(stdout);
    }
  }

  void print(const FitProgress& progress) {
    print_step(progress.step);
    for (const auto& [name, value] : progress.terms) {
      std::printf(" %s %.4f", name.c_str(), value);
    }
    if (progress.validated) {
      std::printf(" validation %.5f", progress.validation);
    }
    std::printf(" %.1f samples/s, waits %.1f %%, input %.1f %%, %s, peak %lld MiB",
                progress.samples_per_second, 100 * progress.stage_wait_share,
                100 * progress.input_share, left_text().c_str(),
                static_cast<long long>(peak_resident_bytes() / kMebi));
    if (const std::optional<std::int64_t> bytes = peak_device_bytes(device_)) {
      std::printf(", on the device %lld MiB", static_cast<long long>(*bytes / kMebi));
    }
    std::puts("");
    std::fflush(stdout);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::int64_t kMebi = 1 << 20;
  static constexpr std::chrono::minutes kPrintEvery{1};

  void print_step(std::int64_t step) {
    std::printf("%s %lld of %lld", name_.c_str(), static_cast<long long>(step),
                static_cast<long long>(steps_));
    printed_ = Clock::now();
  }

  [[nodiscard]] std::string left_text() const {
    const std::optional<double> seconds = left_.seconds();
    if (!seconds) {
      return "time left not known yet";
    }
    char text[64];
    std::snprintf(text, sizeof text, "%.1f minutes left%s", *seconds / 60,
                  left_.is_base() ? " of the base stage" : "");
    return text;
  }

  std::string name_;
  std::int64_t steps_;
  c10::Device device_;
  TimeLeft left_;
  Clock::time_point printed_ = Clock::now();
};

ExitCode run(const std::vector<std::string>& words) {
  const Arguments arguments = read_arguments(words);
  register_torch_error_translator();
  configure_torch(arguments.threads);
  install_stop_signal();
  const std::vector<FitSettings> stages =
      read_training_plan(read_file(arguments.plan), arguments.place);
  const bool finished =
      run_training_plan(stages, 60 * arguments.minutes, [](const FitSettings& stage) {
        FitHooks hooks;
        const auto log = std::make_shared<StageLog>(stage);
        hooks.stop_requested = [] { return stop_requested() != 0; };
        hooks.on_begin = [log](std::int64_t step) { log->begin(step); };
        hooks.on_step = [log](std::int64_t step) { log->step(step); };
        hooks.on_progress = [log](const FitProgress& progress) { log->print(progress); };
        hooks.on_picture = [stage](std::int64_t step, const at::Tensor& picture) {
          write_sample_picture(stage, step, make_png(to_frame(picture)));
        };
        return hooks;
      });
  std::puts(finished ? "all stages are finished" : "to be continued");
  return finished ? ExitCode::kOk : exit_code_of_stop();
}

/// The line that says why the program ends, and its exit status; call inside a catch block only.
ExitCode report_failure() {
  const std::optional<std::string> memory = out_of_memory_message();
  const Failure failure = describe_current_exception("");
  std::fprintf(stderr, "gpu_train: %s\n", failure.message.c_str());
  if (memory) {
    std::fputs(
        "gpu_train: a smaller 'batch' of this stage in the plan needs less memory (remove the "
        "stage's folder, which was begun with another one)\n",
        stderr);
  }
  return exit_code_for(failure.kind);
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  try {
    return static_cast<int>(changeling::run({argv + 1, argv + argc}));
  } catch (...) {
    return static_cast<int>(changeling::report_failure());
  }
}
