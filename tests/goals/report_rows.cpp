// report_rows FOLDER N_ROWS [N_CLIPS N_PEOPLE N_RUNS]: writes FOLDER/catalog.db, one evaluated run
// of 1,000 clips with at least N_ROWS metric values, most of them of single frames (goal E4).
// Prints how many. Or so many runs of N_CLIPS clips, all of one suite, each with the scores of a
// detector.
#include <cstdio>
#include <cstdlib>

#include "tests/support/simulated_catalog.h"

int main(int argc, char** argv) {
  using namespace changeling;
  if (argc != 3 && argc != 6) {
    std::fprintf(stderr, "usage: report_rows FOLDER N_ROWS [N_CLIPS N_PEOPLE N_RUNS]\n");
    return 2;
  }
  const bool is_plain = argc == 3;
  const int n_clips = is_plain ? 1000 : std::atoi(argv[3]);
  const int n_people = is_plain ? 200 : std::atoi(argv[4]);
  const int n_runs = is_plain ? 1 : std::atoi(argv[5]);
  const auto n_metrics = static_cast<int>(simulated_metrics().size());
  SimulatedCatalog catalog(argv[1], n_people, n_clips);
  SimulatedRun run;
  run.suite = "rows";
  run.frame_rows = std::atoi(argv[2]) / (n_clips * n_metrics);
  for (int i = 0; i < n_runs; ++i) {
    run.noise_seed = static_cast<std::uint64_t>(i + 1);
    const std::string run_id = catalog.add_run(run);
    if (!is_plain) {
      (void)catalog.add_detector_run(run_id, {});
    }
  }
  std::printf("%d\n", n_runs * n_clips * n_metrics * (run.frame_rows + 1));
}
