#include "catalog/store/garbage.h"

#include "catalog/store/audit_log.h"
#include "catalog/store/integrity.h"
#include "common/base/atomic_file.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

constexpr std::int64_t kDay = 24LL * 3600 * 1000000;

class GarbageTest : public CatalogTest {
 protected:
  GarbageTest() {
    kept_ = blobs_.put_bytes("kept", "text/plain");
    orphan_ = blobs_.put_bytes("orphan", "text/plain");
    catalog_.corpora.put_cached_stage(sha256("key"), "analysis", catalog_.media[0], kept_);
    write_file_atomically(blobs_.staging() / "half-written.mp4", "....");
  }

  BlobStore blobs_{objects_folder(catalog_.database.path())};
  BlobRow kept_, orphan_;
};

TEST_F(GarbageTest, GraceProtectsBlobsWhoseRowMayStillCome) {
  const GarbageReport report = collect_garbage(catalog_.database, blobs_, kDay, false);
  EXPECT_TRUE(report.orphans.empty());
  EXPECT_EQ(report.leftovers.size(), 1U);
  EXPECT_TRUE(blobs_.contains(orphan_.sha256));
  EXPECT_TRUE(std::filesystem::is_empty(blobs_.staging()));
}

TEST_F(GarbageTest, RemovesOldOrphansOnlyAndLogsIt) {
  const GarbageReport report = collect_garbage(catalog_.database, blobs_, 0, false);
  ASSERT_EQ(report.orphans.size(), 1U);
  EXPECT_EQ(report.orphans[0], blobs_.path(orphan_.sha256));
  EXPECT_EQ(report.bytes, 10);
  EXPECT_FALSE(blobs_.contains(orphan_.sha256));
  EXPECT_TRUE(blobs_.contains(kept_.sha256));
  EXPECT_TRUE(AuditLog(catalog_.database).verify().empty());
  const GarbageReport again = collect_garbage(catalog_.database, blobs_, 0, false);
  EXPECT_TRUE(again.orphans.empty() && again.leftovers.empty());
}

/// A catalog in the same folder, as it could come about once, that names a blob.
std::filesystem::path copy_catalog_into(const std::filesystem::path& folder, const BlobRow& blob) {
  const TempDir elsewhere;
  {
    SmallCatalog other(elsewhere.path());
    other.corpora.put_cached_stage(sha256("key"), "analysis", other.media[0], blob);
  }
  std::filesystem::copy_file(elsewhere / "catalog.db", folder / "other.db");
  return folder / "other.db";
}

TEST_F(GarbageTest, KeepsWhatAnotherCatalogOfTheFolderNames) {
  copy_catalog_into(folder_.path(), orphan_);
  const GarbageReport report = collect_garbage(catalog_.database, blobs_, 0, false);
  EXPECT_TRUE(report.orphans.empty());
  EXPECT_EQ(report.leftovers.size(), 1U);
  EXPECT_TRUE(blobs_.contains(orphan_.sha256));
}

TEST_F(GarbageTest, WaitsForAWriterOfAnotherCatalogOfTheFolder) {
  const std::filesystem::path other = copy_catalog_into(folder_.path(), kept_);
  {
    const Database writer = Database::open_writer(other);
    EXPECT_EQ(kind_thrown_by([&] { (void)collect_garbage(catalog_.database, blobs_, 0, false); }),
              ErrorKind::kCatalog);
    EXPECT_FALSE(std::filesystem::is_empty(blobs_.staging()));
  }
  EXPECT_EQ(collect_garbage(catalog_.database, blobs_, 0, false).leftovers.size(), 1U);
}

TEST_F(GarbageTest, DryRunRemovesNothing) {
  const Digest head = *AuditLog(catalog_.database).head();
  const GarbageReport report = collect_garbage(catalog_.database, blobs_, 0, true);
  EXPECT_EQ(report.orphans.size(), 1U);
  EXPECT_EQ(report.leftovers.size(), 1U);
  EXPECT_TRUE(blobs_.contains(orphan_.sha256));
  EXPECT_FALSE(std::filesystem::is_empty(blobs_.staging()));
  EXPECT_EQ(AuditLog(catalog_.database).head(), head);
}

TEST_F(GarbageTest, AdoptingAnOldOrphanAgainRenewsItsGrace) {
  const auto week = std::chrono::hours(24 * 8);
  const std::filesystem::path file = blobs_.path(orphan_.sha256);
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) - week);
  EXPECT_EQ(collect_garbage(catalog_.database, blobs_, 7 * kDay, true).orphans.size(), 1U);
  blobs_.put_bytes("orphan", "text/plain");
  EXPECT_TRUE(collect_garbage(catalog_.database, blobs_, 7 * kDay, true).orphans.empty());
}

TEST_F(GarbageTest, ForeignFilesAreLeftAlone) {
  write_file_atomically(blobs_.root() / "ab" / "notes.txt", "mine");
  write_file_atomically(blobs_.root() / sha256("x").hex(), "not where a blob lies");
  EXPECT_EQ(collect_garbage(catalog_.database, blobs_, 0, false).orphans.size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(blobs_.root() / "ab" / "notes.txt"));
  EXPECT_TRUE(std::filesystem::exists(blobs_.root() / sha256("x").hex()));
}

using IntegrityTest = CatalogTest;

TEST_F(IntegrityTest, SoundCatalogHasNoFaults) {
  EXPECT_TRUE(check_catalog_file(catalog_.database).empty());
}

TEST_F(IntegrityTest, BystanderOfAnotherPartIsNamed) {
  catalog_.corpora.add_sighting(
      {catalog_.media[1], catalog_.subjects[2], "s", 0, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}});
  const std::vector<std::string> faults = check_catalog_file(catalog_.database);
  ASSERT_EQ(faults.size(), 2U) << "once for each pair with this medium";
  EXPECT_NE(faults[0].find("subject 3 of part test"), std::string::npos) << faults[0];
}

TEST_F(IntegrityTest, BadJsonIsNamed) {
  const std::string run = catalog_.start_run();
  RunRow row = *catalog_.runs.find_run(run);
  row.run_id.clear();
  row.env_json = "{";
  const std::string bad = catalog_.runs.begin(row);
  const std::vector<std::string> faults = check_catalog_file(catalog_.database);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_NE(faults[0].find(bad), std::string::npos) << faults[0];
}

}  // namespace
}  // namespace changeling
