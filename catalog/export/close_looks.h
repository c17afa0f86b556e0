// catalog/export/close_looks.h: which identity vectors are close, out of many. Layer 4, no Torch.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace changeling {

/// Two vectors of a list, by their places in it.
struct CloseLooks {
  std::size_t first = 0, second = 0;  ///< first < second
  double cosine = 0;
};

/// Their scalar product, in a fixed order of four sums: equal on any machine. Of equal length.
[[nodiscard]] double look_cosine(const std::vector<float>& a, const std::vector<float>& b);

/// Visits all with a `look_cosine` of `min_cosine` or more, in any order, one at a time; vectors of
/// other lengths and empty ones are close to none. Finds what comparing each with each finds, the
/// same bits, on all threads: O(looks^2) products of 16-bit integers rule most out (Note [Rounded
/// products]). Takes two bytes a number beside the looks. Rethrows the first error of `visit`.
void visit_close_looks(const std::vector<const std::vector<float>*>& looks, double min_cosine,
                       const std::function<void(const CloseLooks&)>& visit);

/// How many threads the calling thread's visits take from now on; 0 = as many as now
/// (all cores, or OMP_NUM_THREADS).
void set_close_look_threads(int threads);

}  // namespace changeling
