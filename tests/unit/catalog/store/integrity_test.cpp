#include "catalog/store/integrity.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "catalog/store/blob_rows.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

/// A catalog with `n` blobs.
class ManyBlobs {
 public:
  explicit ManyBlobs(int n) : database_(Database::create(folder_ / "c.db")) {
    database_.transaction([&] {
      for (int i = 0; i < n; ++i) {
        add_blob(database_.connection(), {sha256(std::to_string(i)), i, "video/mp4", "purged"});
      }
    });
  }

  std::vector<BlobRow> read(std::size_t at_most, bool& is_whole) {
    std::vector<BlobRow> rows;
    is_whole = for_each_blob(database_, [&](const BlobRow& row) {
      rows.push_back(row);
      return rows.size() < at_most;
    });
    return rows;
  }

  Database& database() { return database_; }

 private:
  TempDir folder_;
  Database database_;
};

TEST(ForEachBlob, ReadsEveryRowOnceByDigest) {
  for (const int n : {0, 1, 10'000, 10'001, 20'003}) {  // pages hold 10,000
    ManyBlobs catalog(n);
    bool is_whole = false;
    const std::vector<BlobRow> rows = catalog.read(100'000, is_whole);
    EXPECT_TRUE(is_whole);
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(n));
    EXPECT_EQ(count_blobs(catalog.database()), n);
    const auto out_of_order = std::adjacent_find(
        rows.begin(), rows.end(),
        [](const BlobRow& a, const BlobRow& b) { return !(a.sha256 < b.sha256); });
    EXPECT_TRUE(out_of_order == rows.end());
    for (const BlobRow& row : rows) {
      ASSERT_EQ(row.sha256, sha256(std::to_string(row.bytes)));
      ASSERT_EQ(row.media_type, "video/mp4");
      ASSERT_EQ(row.state, "purged");
    }
  }
}

TEST(ForEachBlob, StopsWhereItIsTold) {
  ManyBlobs catalog(5);
  bool is_whole = true;
  EXPECT_EQ(catalog.read(3, is_whole).size(), 3U);
  EXPECT_FALSE(is_whole);
}

/// A page must not keep a transaction open: the WAL would grow for hours.
TEST(ForEachBlob, RowsMayBeAddedMeanwhile) {
  ManyBlobs catalog(3);
  int seen = 0;
  for_each_blob(catalog.database(), [&](const BlobRow&) {
    catalog.database().transaction([&] {
      add_blob(catalog.database().connection(),
               {sha256("new " + std::to_string(seen)), 1, "video/mp4", "present"});
    });
    catalog.database().checkpoint();  // fails beside an open read
    ++seen;
    return true;
  });
  EXPECT_EQ(seen, 3);
  EXPECT_EQ(count_blobs(catalog.database()), 6);
}

}  // namespace
}  // namespace changeling
