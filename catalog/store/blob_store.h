// catalog/store/blob_store.h: content-addressed files, objects/ab/cd/<sha256>. Layer 1.
// A blob is durable before any row names it; rows are written by the stores.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/store/records.h"
#include "common/base/digest.h"

namespace changeling {

/// Where the blobs of a catalog lie by convention: `<catalog folder>/objects`.
[[nodiscard]] std::filesystem::path objects_folder(const std::filesystem::path& catalog_file);

/// The objects folder of one catalog. Safe from any thread; every operation is atomic.
class BlobStore {
 public:
  /// `root` is usually objects_folder(catalog); folders are made when something is written.
  explicit BlobStore(std::filesystem::path root);

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  /// Folder for files that are still being written, on the same file system; made when missing.
  [[nodiscard]] std::filesystem::path staging() const;

  /// Moves a finished file in (hash, fsync, rename, fsync of the folder). An intact blob
  /// that is already there wins and `file` is removed; a damaged one is replaced.
  BlobRow adopt_file(const std::filesystem::path& file, std::string_view media_type);

  /// Stores bytes, as adopt_file.
  BlobRow put_bytes(std::string_view bytes, std::string_view media_type);

  /// Removes the file of a blob whose row is purged; one that cannot be removed stays until the
  /// next erasure.
  void discard(const Digest& digest) noexcept;

  /// Where the blob lies, whether or not it exists.
  [[nodiscard]] std::filesystem::path path(const Digest& digest) const;

  [[nodiscard]] bool contains(const Digest& digest) const;

  /// True when the blob is there and its bytes hash to its name; reads all of it.
  [[nodiscard]] bool is_intact(const Digest& digest) const;

  /// The bytes of a blob that is_intact, read once; nullopt for any other.
  [[nodiscard]] std::optional<std::string> find(const Digest& digest) const;

  /// The bytes. Throws Error(kCatalog) when the blob is missing or does not hash to its name.
  [[nodiscard]] std::string read(const Digest& digest) const;

 private:
  std::filesystem::path root_;
};

}  // namespace changeling
