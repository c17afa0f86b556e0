#include "common/nets/batch_splitter.h"

#include <new>

#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/torch_error.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Runs items 0..n-1 through a step that returns them, and notes the buckets.
struct Probe {
  at::Tensor items;
  std::int64_t fits = 1000;  ///< largest bucket that memory holds
  std::vector<std::int64_t> buckets;

  explicit Probe(std::int64_t count) : items(at::arange(count, at::kFloat).view({-1, 1})) {}

  at::Tensor run(BatchSplitter& splitter) {
    return splitter.run(items.size(0), [this](const BatchPart& part) {
      buckets.push_back(part.bucket);
      if (part.bucket > fits) {
        throw torch_error("CUDA out of memory. Tried to allocate 2.00 GiB");
      }
      const at::Tensor rows = rows_of(items, part);
      EXPECT_EQ(rows.size(0), part.bucket);
      return rows;
    });
  }
};

TEST(BatchSplitter, FillsTheLargestBuckets) {
  BatchSplitter splitter({4, 1, 2, 8}, "net");
  Probe probe(23);
  EXPECT_TRUE(at::equal(probe.run(splitter), probe.items));
  EXPECT_THAT(probe.buckets, ElementsAre(8, 8, 4, 2, 1));
}

TEST(BatchSplitter, PadsWhatFillsNoBucket) {
  BatchSplitter splitter({4, 16}, "net");
  Probe probe(22);
  EXPECT_TRUE(at::equal(probe.run(splitter), probe.items));
  EXPECT_THAT(probe.buckets, ElementsAre(16, 4, 4));
}

TEST(BatchSplitter, GoesBackToWhatFitsAndStaysThere) {
  BatchSplitter splitter({1, 2, 4, 8}, "net");
  Probe probe(9);
  probe.fits = 2;
  EXPECT_TRUE(at::equal(probe.run(splitter), probe.items));
  EXPECT_THAT(probe.buckets, ElementsAre(8, 4, 2, 2, 2, 2, 1));
  EXPECT_THAT(splitter.buckets(), ElementsAre(1, 2));
}

TEST(BatchSplitter, GivesUpAtTheSmallestBucket) {
  BatchSplitter splitter({2, 4}, "net");
  Probe probe(4);
  probe.fits = 1;
  try {
    (void)probe.run(splitter);
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResource);
    EXPECT_THAT(error.what(), HasSubstr("out of memory in net at batch 2: CUDA out of memory"));
  }
  probe.fits = 2;
  EXPECT_TRUE(at::equal(probe.run(splitter), probe.items)) << "memory came back";
}

TEST(BatchSplitter, TakesTheHostsExhaustedMemoryForWhatItIs) {
  BatchSplitter splitter({1, 2, 4}, "net");
  std::int64_t fits = 2;
  const auto step = [&](const BatchPart& part) {
    if (part.bucket > fits) {
      throw std::bad_alloc();
    }
    return at::ones({part.bucket, 1});
  };
  EXPECT_EQ(splitter.run(4, step).size(0), 4);
  EXPECT_THAT(splitter.buckets(), ElementsAre(1, 2));
  fits = 0;
  EXPECT_THROW((void)splitter.run(4, step), Error);
}

TEST(BatchSplitter, TriesASmallerBatchWhereCuDnnFoundNoWay) {
  BatchSplitter splitter({1, 2}, "net");
  std::int64_t fits = 1;
  const auto step = [&](const BatchPart& part) {
    if (part.bucket > fits) {
      throw torch_error("GET was unable to find an engine to execute this computation");
    }
    return at::ones({part.bucket, 1});
  };
  EXPECT_EQ(splitter.run(2, step).size(0), 2);
  fits = 0;
  EXPECT_THROW((void)splitter.run(2, step), c10::Error) << "at the smallest it is not memory";
}

TEST(BatchSplitter, LetsOtherErrorsThrough) {
  BatchSplitter splitter({1, 2}, "net");
  const auto fail = [](const BatchPart&) -> at::Tensor {
    throw torch_error("unsupported memory format");
  };
  EXPECT_THROW((void)splitter.run(2, fail), c10::Error);
  EXPECT_THAT(splitter.buckets(), ElementsAre(1, 2));
}

TEST(BatchSplitter, RefusesSizesBelowOne) {
  EXPECT_THROW(BatchSplitter({}, "net"), Error);
  EXPECT_THROW(BatchSplitter({4, 0}, "net"), Error);
}

}  // namespace
}  // namespace changeling
