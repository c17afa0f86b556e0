// report_rows FOLDER N_ROWS: writes FOLDER/catalog.db, one evaluated run of 1,000 clips with at
// least N_ROWS metric values, most of them of single frames (goal E4). Prints how many.
#include <cstdio>
#include <cstdlib>

#include "tests/support/simulated_catalog.h"

int main(int argc, char** argv) {
  using namespace changeling;
  if (argc != 3) {
    std::fprintf(stderr, "usage: report_rows FOLDER N_ROWS\n");
    return 2;
  }
  constexpr int kClips = 1000;
  const auto n_metrics = static_cast<int>(simulated_metrics().size());
  SimulatedCatalog catalog(argv[1], 200, kClips);
  SimulatedRun run;
  run.suite = "rows";
  run.frame_rows = std::atoi(argv[2]) / (kClips * n_metrics);
  (void)catalog.add_run(run);
  std::printf("%d\n", kClips * n_metrics * (run.frame_rows + 1));
}
