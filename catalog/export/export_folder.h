// catalog/export/export_folder.h: the folder of an export, which appears whole or not at all, with
// the digest of every file in it. Layer 4.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "catalog/export/export_item.h"
#include "common/base/digest.h"

namespace changeling {

inline constexpr const char* kSumsName = "SHA256SUMS";
inline constexpr const char* kManifestsName = "manifests.jsonl";

/// What was written into one file.
struct WrittenFile {
  Digest sha256;
  std::int64_t bytes = 0;
};

/// Writes one file front to back and hashes it on the way. Throws Error(kResource) on a full disk.
class ExportFile {
 public:
  ~ExportFile();
  ExportFile(ExportFile&&) noexcept;
  ExportFile& operator=(ExportFile&&) noexcept;

  void write(std::string_view bytes);

  /// Ends the file and enters it into the list of digests. Call once; without it the export cannot
  /// be published.
  WrittenFile close();

  [[nodiscard]] std::int64_t bytes() const;

 private:
  friend class ExportFolder;
  struct State;
  explicit ExportFile(std::unique_ptr<State> state);
  WrittenFile end(const Digest& sha256);
  std::unique_ptr<State> state_;
};

/// Throws Error(kConfig) when `folder` exists.
void refuse_existing(const std::filesystem::path& folder);

/// Files go to `<folder>.part`, which publish() renames; destroyed before that, it leaves nothing.
/// Files are listed in SHA256SUMS in the order in which they were ended. One thread.
class ExportFolder {
 public:
  /// Removes what an interrupted export left. Throws Error(kConfig) when `folder` exists,
  /// Error(kResource) when it cannot be made.
  explicit ExportFolder(std::filesystem::path folder);
  ~ExportFolder();
  ExportFolder(const ExportFolder&) = delete;
  ExportFolder& operator=(const ExportFolder&) = delete;

  /// Opens `rel_path`, its folders made; POSIX, below the folder. Throws Error(kInternal) for a
  /// name used before.
  [[nodiscard]] ExportFile open(const std::string& rel_path);

  void write(const std::string& rel_path, std::string_view bytes);

  /// Copies a file of the store. Its bytes are checked against its digest the first time that this
  /// export reads it: throws Error(kCatalog) when they differ, Error(kInput) when it cannot be
  /// read.
  void copy(const ItemFile& file, const std::string& rel_path);

  /// Hands the bytes of a file of the store to `sink`, 1 MiB at a time. Checks and throws as copy.
  void read(const ItemFile& file, const std::function<void(std::string_view)>& sink);

  /// Copies a file that was written before to a second place.
  void repeat(const std::string& from, const std::string& rel_path);

  /// Ends SHA256SUMS; what follows it cannot be listed there.
  WrittenFile end_sums();

  /// Adds a file behind end_sums().
  void write_unlisted(const std::string& rel_path, std::string_view bytes);

  /// Gives every file and folder the time 0:00 UTC of `date`, "2026-01-31", since times tell in
  /// which order clips were made; waits for the disk, renames. Call once, behind end_sums().
  void publish(const std::string& date);

  [[nodiscard]] std::int64_t bytes_written() const;

 private:
  friend class ExportFile;
  struct State;
  [[nodiscard]] ExportFile open_unlisted(const std::string& rel_path);
  std::unique_ptr<State> state_;
};

}  // namespace changeling
