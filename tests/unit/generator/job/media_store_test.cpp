#include "generator/job/media_store.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

TEST(MediaStore, DamagedFilesAreMadeAgain) {
  const TempDir folder;
  TinyCatalog catalog(folder.path(), 1);
  CorpusStore corpora(catalog.database());
  BlobStore blobs(folder / "objects");
  MediaStore store(corpora, blobs, catalog.media()[0]);
  const auto keep = [&](const std::string& bytes) {
    write_file_atomically(store.staging() / "tuned", bytes);
    return store.keep(sha256("key"), store.staging() / "tuned");
  };
  EXPECT_FALSE(store.find(sha256("key")).has_value());
  const std::filesystem::path first = keep("networks");
  EXPECT_EQ(store.find(sha256("key")), first);
  std::filesystem::resize_file(first, 3);
  EXPECT_FALSE(store.find(sha256("key")).has_value());
  const std::filesystem::path again = keep("networks, tuned again");
  EXPECT_EQ(store.find(sha256("key")), again);
  EXPECT_FALSE(std::filesystem::exists(first));
}

}  // namespace
}  // namespace changeling
