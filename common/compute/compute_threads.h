// common/compute/compute_threads.h: how many threads the computing libraries take. Layer 2.
#pragma once

namespace changeling {

/// configure_torch(threads), and as many threads (one per core at most) for OpenCV, whose pool is
/// its own and takes all cores by default. For programs that compute with both; the compute lane
/// calls it once.
void configure_compute(int threads);

}  // namespace changeling
