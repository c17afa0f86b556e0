// common/base/rng.h: counter-based random numbers, so that a draw depends on its key alone and
// never on threads, order or machine. Layer 0.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace changeling {

/// A 64-bit seed from the run seed and any identifying fields (first 8 bytes of a SHA-256, big
/// endian).
[[nodiscard]] std::uint64_t derive_seed(std::uint64_t seed,
                                        const std::vector<std::string_view>& fields);

/// A stream of numbers fixed by its key: number i is the SplitMix64 finaliser of key + i * golden
/// ratio (Steele, Lea, Flood 2014).
class CounterRng {
 public:
  explicit CounterRng(std::uint64_t key) : key_(key) {}

  /// The next 64 random bits.
  std::uint64_t next();

  /// Uniform in [0, 1), 53 bits.
  double uniform();

  /// Uniform in [0, bound), unbiased; bound must be > 0.
  std::uint64_t below(std::uint64_t bound);

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

/// What CounterRng(key).below(bound) gives, call by call, without its two divisions for each.
class DrawBelow {
 public:
  /// `bound` must be > 0.
  DrawBelow(std::uint64_t key, std::uint64_t bound);

  std::uint64_t operator()();

 private:
  CounterRng rng_;
  std::uint64_t bound_ = 0, limit_ = 0, inverse_ = 0;
};

}  // namespace changeling
