// Goal P9: fsgan jobs through the whole job path (decode, plan, swap, composite, encode, publish)
// on clips of N and of 10 N frames: CPU time must grow tenfold, the peak of resident memory must
// not.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/base/stopwatch.h"
#include "common/tensor/device.h"
#include "common/tensor/torch_errors.h"
#include "generator/job/swap_worker.h"
#include "tests/goals/small_fsgan.h"
#include "tests/support/peak_memory.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

constexpr int kWidth = 2;
constexpr int kSourceFrames = 40;

struct Run {
  double open_seconds = 0;  ///< CPU of loading and planning the pair
  double swap_seconds = 0;  ///< ... of the whole process beside that
  double peak_mib = 0;
};

double process_cpu_seconds() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Tells what loading a pair takes.
class TimedWorker : public JobWorker {
 public:
  explicit TimedWorker(JobWorker& worker) : worker_(worker) {}

  void open(const std::vector<JobRow>& jobs, const Heartbeat& heartbeat) override {
    const std::int64_t start = thread_cpu_us();  // planning begins beside it
    worker_.open(jobs, heartbeat);
    open_seconds += 1e-6 * static_cast<double>(thread_cpu_us() - start);
  }

  std::vector<JobEnd> step() override { return worker_.step(); }

  void drop(JobId job) override { worker_.drop(job); }

  double open_seconds = 0;

 private:
  JobWorker& worker_;
};

Run run_clip(int n_frames) {
  const TempDir folder;
  const std::vector<HeadFile> files = {head_file("source", other_person(), kSourceFrames),
                                       head_file("target", LandmarkFace{}, n_frames)};
  HeadCorpus corpus(folder.path(), files);
  HeadAnalyses analyses(corpus, files);
  std::vector<std::unique_ptr<SwapMethod>> made;
  made.push_back(small_fsgan(kWidth));
  const MethodSet methods(std::move(made));
  const std::string run_id = corpus.begin_run(methods);
  PairLoader loader(corpus.corpora, corpus.pairs, corpus.roots, analyses);
  SwapWorker::Settings settings;
  settings.encode.preset = "ultrafast";
  settings.profile = profile_name(settings.encode);
  SwapWorker worker(loader, analyses, corpus.blobs, methods, settings);
  TimedWorker timed(worker);
  OrchestratorOptions options;
  options.run_id = run_id;
  options.owner = claim_owner();
  CHANGELING_REQUIRE(reset_peak_memory(), "/proc/self/clear_refs cannot be written");
  const double start = process_cpu_seconds();
  const RunProgress progress = run_jobs(corpus.runs, timed, options);
  Run run;
  const double all_seconds = process_cpu_seconds() - start;
  run.peak_mib = static_cast<double>(peak_memory_bytes()) / (1 << 20);
  CHANGELING_REQUIRE(progress.done == 1, "the job did not end well");
  run.open_seconds = timed.open_seconds;
  for (const StageTiming& timing : corpus.runs.timings(corpus.runs.jobs(run_id).front().id)) {
    run.open_seconds += timing.stage == "plan" ? 1e-6 * static_cast<double>(timing.cpu_us) : 0;
  }
  run.swap_seconds = all_seconds - run.open_seconds;
  return run;
}

}  // namespace
}  // namespace changeling

/// `fsgan_scaling N`: one clip, in a process of its own: prints its CPU seconds and its peak.
int main(int argc, char** argv) {
  const int n_frames = argc > 1 ? std::atoi(argv[1]) : 1000;
  changeling::register_torch_error_translator();
  changeling::configure_torch(1);
  const changeling::Run run = changeling::run_clip(n_frames);
  std::printf("%d %.3f %.3f %.1f\n", n_frames, run.open_seconds, run.swap_seconds, run.peak_mib);
  return 0;
}
