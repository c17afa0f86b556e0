#include "evaluator/metrics/embedding.h"

#include <cmath>
#include <cstddef>

#include "common/base/error.h"

namespace changeling {
namespace {

double dot(const Embedding& a, const Embedding& b) {
  CHANGELING_REQUIRE(a.size() == b.size(), "embeddings of one network have one length");
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

}  // namespace

double cosine(const Embedding& a, const Embedding& b) {
  return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));  // one root of the product, not two roots
}

double distance(const Embedding& a, const Embedding& b) {
  CHANGELING_REQUIRE(a.size() == b.size(), "embeddings of one network have one length");
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    squares += difference * difference;
  }
  return std::sqrt(squares);
}

}  // namespace changeling
