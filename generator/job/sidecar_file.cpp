#include "generator/job/sidecar_file.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "common/base/disk_refusal.h"

namespace changeling {
namespace {

constexpr std::string_view kMediaType = "application/json";

}  // namespace

SidecarFile::~SidecarFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void SidecarFile::fail() const {
  const int error = errno;  // of the write below the stream
  throw_unwritten("cannot write '" + path_.string() + "': " + std::strerror(error), error);
}

void SidecarFile::write(std::string_view text) {
  file_.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file_) {
    fail();
  }
}

void SidecarFile::add(const FrameRecord& record) {
  if (!file_.is_open()) {
    file_.open(path_, std::ios::binary | std::ios::trunc);
    write("{\"frames\":[");
  } else {
    write(",");
  }
  write(to_json(record));
}

BlobRow SidecarFile::publish(const Sidecar& rest, BlobStore& blobs) {
  const std::string document = to_json(rest);
  if (!file_.is_open()) {
    return blobs.put_bytes(document, kMediaType);
  }
  // Keys are sorted: "frames" stands before all others.
  write("],");
  write(std::string_view(document).substr(1));
  file_.close();
  if (!file_) {
    fail();
  }
  return blobs.adopt_file(path_, kMediaType);
}

}  // namespace changeling
