// generator/job/sidecar_file.h: the sidecar of a job, written while the clip is, so that memory
// does not grow with the clip. Layer 7.
#pragma once

#include <filesystem>
#include <fstream>

#include "catalog/store/blob_store.h"
#include "common/base/provenance.h"

namespace changeling {

class SidecarFile {
 public:
  /// The file is made with its first record and removed unless it is published.
  explicit SidecarFile(std::filesystem::path path) : path_(std::move(path)) {}

  ~SidecarFile();
  SidecarFile(SidecarFile&& other) = delete;

  /// The next frame. Throws Error(kResource).
  void add(const FrameRecord& record);

  /// Moves to_json of `rest` with the added frames into the store. `rest` has no frames of its own.
  [[nodiscard]] BlobRow publish(const Sidecar& rest, BlobStore& blobs);

 private:
  void write(std::string_view text);
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace changeling
