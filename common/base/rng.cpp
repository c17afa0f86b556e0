#include "common/base/rng.h"

#include <string>

#include "common/base/digest.h"
#include "common/base/error.h"

namespace changeling {

std::uint64_t derive_seed(std::uint64_t seed, const std::vector<std::string_view>& fields) {
  Sha256 hash;
  hash.update_field(std::to_string(seed));
  for (const std::string_view field : fields) {
    hash.update_field(field);
  }
  const Digest digest = hash.finish();
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    value = value << 8 | digest.bytes[i];
  }
  return value;
}

std::uint64_t CounterRng::next() {
  std::uint64_t z = key_ + ++counter_ * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

double CounterRng::uniform() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::uint64_t CounterRng::below(std::uint64_t bound) {
  CHANGELING_REQUIRE(bound > 0, "an empty range has no random number");
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t value = next();
  while (value >= limit) {
    value = next();
  }
  return value % bound;
}

DrawBelow::DrawBelow(std::uint64_t key, std::uint64_t bound) : rng_(key), bound_(bound) {
  CHANGELING_REQUIRE(bound > 0, "an empty range has no random number");
  limit_ = UINT64_MAX - UINT64_MAX % bound;
  inverse_ = UINT64_MAX / bound;
}

std::uint64_t DrawBelow::operator()() {
  __extension__ using Wide = unsigned __int128;
  std::uint64_t value = rng_.next();
  while (value >= limit_) {
    value = rng_.next();
  }
  // The quotient, or one less.
  const auto quotient = static_cast<std::uint64_t>((static_cast<Wide>(value) * inverse_) >> 64);
  const std::uint64_t rest = value - quotient * bound_;
  return rest < bound_ ? rest : rest - bound_;
}

}  // namespace changeling
