// common/nets/batch_splitter.h: batches of any size as batches of a few fixed sizes ("buckets"),
// with a way back when memory runs out. Layer 2, Torch only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace changeling {

/// `count` items from item `first` on, to be run as a batch of `bucket` >= count.
struct BatchPart {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t bucket = 0;
};

/// Takes the largest bucket that the remaining items fill; items that fill none share the smallest.
/// A bucket whose step runs out of memory is not used again, nor is a larger one.
class BatchSplitter {
 public:
  /// Returns a tensor whose first `count` rows belong to the items.
  using Step = std::function<at::Tensor(const BatchPart&)>;

  /// `buckets`: any order, at least one. `what`: names the work in messages. Throws Error(kConfig)
  /// for sizes below 1.
  BatchSplitter(std::vector<int> buckets, std::string what);

  /// One row an item, in order; count >= 1. Throws Error(kResource) when memory ran out in the
  /// smallest bucket.
  [[nodiscard]] at::Tensor run(std::int64_t count, const Step& step);

  /// Sizes still in use, ascending.
  [[nodiscard]] const std::vector<int>& buckets() const { return buckets_; }

 private:
  [[nodiscard]] std::int64_t bucket_for(std::int64_t count) const;
  void give_up(std::int64_t bucket, const std::string& reason);

  std::vector<int> buckets_;
  std::string what_;
};

/// Rows [part.first, part.first + part.count) of `x`, the last one repeated to fill the bucket.
[[nodiscard]] at::Tensor rows_of(const at::Tensor& x, const BatchPart& part);

}  // namespace changeling
