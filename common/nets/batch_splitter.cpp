#include "common/nets/batch_splitter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/tensor/torch_errors.h"

namespace changeling {

BatchSplitter::BatchSplitter(std::vector<int> buckets, std::string what)
    : buckets_(std::move(buckets)), what_(std::move(what)) {
  std::sort(buckets_.begin(), buckets_.end());
  if (buckets_.empty() || buckets_.front() < 1) {
    throw Error(ErrorKind::kConfig, "batch sizes must be 1 or more, and there must be one");
  }
}

at::Tensor BatchSplitter::run(std::int64_t count, const Step& step) {
  CHANGELING_REQUIRE(count > 0, "a batch has at least one item");
  std::vector<at::Tensor> done;
  for (std::int64_t first = 0; first < count;) {
    const std::int64_t bucket = bucket_for(count - first);
    const BatchPart part = {first, std::min(bucket, count - first), bucket};
    try {
      done.push_back(step(part).narrow(0, 0, part.count));
      first += part.count;
    } catch (...) {
      const std::optional<std::string> reason = out_of_memory_message(bucket > buckets_.front());
      if (!reason) {
        throw;
      }
      give_up(bucket, *reason);
    }
  }
  return done.size() == 1 ? done.front() : at::cat(done);
}

std::int64_t BatchSplitter::bucket_for(std::int64_t count) const {
  const auto above = std::upper_bound(buckets_.begin(), buckets_.end(), count);
  return above == buckets_.begin() ? buckets_.front() : *std::prev(above);
}

void BatchSplitter::give_up(std::int64_t bucket, const std::string& reason) {
  buckets_.erase(std::lower_bound(buckets_.begin(), buckets_.end(), bucket), buckets_.end());
  if (buckets_.empty()) {
    buckets_ = {static_cast<int>(bucket)};  // a later call may find more memory
    throw Error(ErrorKind::kResource, "out of memory in " + what_ + " at batch " +
                                          std::to_string(bucket) + ": " + reason);
  }
  log_warn("batch_reduced", {{"network", what_},
                             {"from", std::to_string(bucket)},
                             {"to", std::to_string(buckets_.back())},
                             {"reason", reason}});
}

at::Tensor rows_of(const at::Tensor& x, const BatchPart& part) {
  const at::Tensor rows = x.narrow(0, part.first, part.count);
  if (part.count == part.bucket) {
    return rows;
  }
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.front() = part.bucket - part.count;
  return at::cat({rows, rows.narrow(0, part.count - 1, 1).expand(sizes)});
}

}  // namespace changeling
