#include "catalog/export/close_looks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <mutex>

#include <omp.h>

#include "common/base/first_error.h"
#include "common/base/vector_clones.h"

namespace changeling {
namespace {

// Note [Rounded products]: with q = round(2^14 a) and e_a = a - q_a / 2^14, the product a b differs
// from q_a q_b / 2^28 by e_a b + (q_a / 2^14) e_b, so by Cauchy-Schwarz by little more than
// |e_a| + |e_b|, about .0004 each for unit vectors of 512. These errors are known, so a pair is
// ruled out only if its product cannot reach the bar; all others are compared in full. The sums
// stay below 2^29, again by Cauchy-Schwarz. Vectors that are not of unit norm, which identities
// are, count as close to all.

constexpr double kScale = 1 << 14;
constexpr double kLargestNorm = 1.01;
constexpr double kLargestError = 0.01;
constexpr double kErrorFactor = kLargestNorm + kLargestError;  // |q_a| / 2^14 <= |a| + |e_a|
constexpr std::int32_t kAlwaysClose = 1 << 29;

constexpr std::size_t kRow = 64;             // numbers: rows are padded to whole vector registers
constexpr std::size_t kBlock = 64;           // looks: two blocks of 512 numbers stay in the cache
constexpr std::size_t kThreadedBlocks = 16;  // fewer are not worth a thread's start
constexpr std::size_t kGroup = 4;  // looks that are multiplied at once: a sum each, in registers

std::size_t rounded_up(std::size_t count, std::size_t step) {
  return (count + step - 1) / step * step;
}

/// All looks as integers, in whole blocks of rows.
struct RoundedLooks {
  std::size_t row = 0;  ///< numbers
  std::size_t n_blocks = 0;
  std::vector<std::int16_t> numbers;
  std::vector<std::int32_t> slack;  ///< of each look: what a product may be too small by

  [[nodiscard]] const std::int16_t* block(std::size_t index) const {
    return numbers.data() + index * kBlock * row;
  }
};

/// Fills `numbers` and returns the slack.
std::int32_t round_look(const std::vector<float>& look, std::int16_t* numbers) {
  double norm = 0, error = 0;
  for (const float number : look) {
    norm += static_cast<double>(number) * static_cast<double>(number);
  }
  if (!(std::sqrt(norm) <= kLargestNorm)) {  // also without a norm at all
    return kAlwaysClose;
  }
  for (std::size_t i = 0; i < look.size(); ++i) {
    const double scaled = kScale * static_cast<double>(look[i]), rounded = std::nearbyint(scaled);
    numbers[i] = static_cast<std::int16_t>(rounded);
    error += (scaled - rounded) * (scaled - rounded);
  }
  error = std::sqrt(error) / kScale;
  if (error > kLargestError) {  // more than 10^5 numbers
    std::fill(numbers, numbers + look.size(), std::int16_t{0});
    return kAlwaysClose;
  }
  return static_cast<std::int32_t>(std::ceil(kErrorFactor * error * kScale * kScale)) + 1;
}

RoundedLooks round_looks(const std::vector<const std::vector<float>*>& looks) {
  RoundedLooks rounded;
  std::size_t longest = 0;
  for (const std::vector<float>* look : looks) {
    longest = std::max(longest, look->size());
  }
  rounded.row = rounded_up(longest, kRow);
  rounded.n_blocks = rounded_up(looks.size(), kBlock) / kBlock;
  rounded.numbers.assign(rounded.n_blocks * kBlock * rounded.row, 0);
  rounded.slack.resize(rounded.n_blocks * kBlock);
  for (std::size_t i = 0; i < looks.size(); ++i) {
    rounded.slack[i] = round_look(*looks[i], rounded.numbers.data() + i * rounded.row);
  }
  return rounded;
}

using Products = std::array<std::int32_t, kBlock * kBlock>;

/// products[i * kBlock + j] = row i of `a` times row j of `b`.
CHANGELING_VECTOR_CLONES
void multiply_blocks(const std::int16_t* __restrict a, const std::int16_t* __restrict b,
                     std::size_t row, std::int32_t* __restrict products) {
  for (std::size_t j = 0; j < kBlock; j += kGroup) {
    const std::int16_t* const b0 = b + j * row;
    const std::int16_t *const b1 = b0 + row, *const b2 = b1 + row, *const b3 = b2 + row;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const std::int16_t* const x = a + i * row;
      std::int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      for (std::size_t k = 0; k < row; ++k) {
        s0 += x[k] * b0[k];
        s1 += x[k] * b1[k];
        s2 += x[k] * b2[k];
        s3 += x[k] * b3[k];
      }
      std::int32_t* const out = products + i * kBlock + j;
      out[0] = s0;
      out[1] = s1;
      out[2] = s2;
      out[3] = s3;
    }
  }
}

}  // namespace

double look_cosine(const std::vector<float>& a, const std::vector<float>& b) {
  std::array<double, 4> sums{};
  for (std::size_t i = 0; i < a.size(); ++i) {
    sums[i % 4] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

void visit_close_looks(const std::vector<const std::vector<float>*>& looks, double min_cosine,
                       const std::function<void(const CloseLooks&)>& visit) {
  const RoundedLooks rounded = round_looks(looks);
  const auto bar =
      static_cast<std::int32_t>(std::floor(std::clamp(min_cosine, -2.0, 2.0) * kScale * kScale));
  std::mutex visiting;
  const auto compare = [&](std::size_t i, std::size_t j) {
    const std::vector<float>&a = *looks[i], &b = *looks[j];
    if (a.empty() || a.size() != b.size()) {
      return;
    }
    const double cosine = look_cosine(a, b);
    if (cosine >= min_cosine) {
      const std::lock_guard lock(visiting);
      visit({i, j, cosine});
    }
  };
  const auto compare_blocks = [&](std::size_t first, std::size_t second) {
    Products products;
    multiply_blocks(rounded.block(first), rounded.block(second), rounded.row, products.data());
    for (std::size_t k = 0; k < products.size(); ++k) {
      const std::size_t i = first * kBlock + k / kBlock, j = second * kBlock + k % kBlock;
      if (products[k] + rounded.slack[i] >= bar - rounded.slack[j] && i < j && j < looks.size()) {
        compare(i, j);
      }
    }
  };
  FirstError error;
#pragma omp parallel for schedule(dynamic) if (rounded.n_blocks > kThreadedBlocks)
  for (std::size_t first = 0; first < rounded.n_blocks; ++first) {
    for (std::size_t second = first; second < rounded.n_blocks; ++second) {
      error.run([&] { compare_blocks(first, second); });
    }
  }
  error.rethrow();
}

void set_close_look_threads(int threads) {
  if (threads > 0) {
    ::omp_set_num_threads(threads);
  }
}

}  // namespace changeling
