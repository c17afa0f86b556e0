#include "catalog/export/clip_copies.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "common/base/error.h"
#include "common/media/sound.h"
#include "common/media/video_copy.h"
#include "common/media/video_reader.h"

namespace changeling {

namespace fs = std::filesystem;

ClipCopies::ClipCopies() : keeps_all_(false) {
  std::string name = (fs::temp_directory_path() / "changeling-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error(ErrorKind::kResource, "cannot make '" + name + "': " + std::strerror(errno));
  }
  folder_ = name;
}

ClipCopies::ClipCopies(fs::path folder) : folder_(std::move(folder)), keeps_all_(true) {}

ClipCopies::~ClipCopies() {
  std::error_code ignored;
  for (const fs::path& file : files_) {
    fs::remove(file, ignored);
  }
  if (!keeps_all_) {
    fs::remove(folder_, ignored);
  }
}

void ClipCopies::remove_oldest() {
  std::error_code ignored;
  fs::remove(files_.front(), ignored);
  for (auto copy = copies_.begin(); copy != copies_.end();) {
    copy = copy->second.path == files_.front() ? copies_.erase(copy) : std::next(copy);
  }
  files_.erase(files_.begin());
}

ItemFile ClipCopies::without_sound(const ItemFile& video, const std::string& extension,
                                   const Digest& stream_sha256) {
  if (const auto known = copies_.find(video.sha256); known != copies_.end()) {
    return known->second;
  }
  if (silent_.count(video.sha256) == 0 && has_sound(video.path)) {
    return copy(video, extension, stream_sha256,
                [&](const fs::path& file) { copy_without_sound(video.path, file); });
  }
  silent_.insert(video.sha256);
  return video;
}

ItemFile ClipCopies::with_label(const ItemFile& video, const std::string& extension,
                                const Provenance& declared) {
  if (const auto known = copies_.find(video.sha256); known != copies_.end()) {
    return known->second;
  }
  // Matroska wants the time of every packet, which mpg does not have.
  static const std::map<std::string, std::string> instead = {
      {".flv", ".mkv"}, {".mpeg", ".avi"}, {".mpg", ".avi"}};
  const auto other = instead.find(extension);
  // The file alone decides, never its label: the container must not tell fakes from footage.
  std::vector<std::string> containers = {other == instead.end() ? extension : other->second};
  // Video with start codes (MPEG-TS under another name) stays as it is in AVI alone.
  for (const char* container : {".mkv", ".avi"}) {
    if (containers.front() != container) {
      containers.emplace_back(container);
    }
  }
  const auto write = [&](const fs::path& file) { copy_with_label(video.path, file, declared); };
  std::string why;
  for (const std::string& container : containers) {
    try {
      return copy(video, container, declared.job_key, write);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput || !fs::exists(video.path)) {
        throw;
      }
      why = why.empty() ? error.what() : why;
    }
  }
  throw UncopiedClip(why);
}

ItemFile ClipCopies::copy(const ItemFile& video, const std::string& extension,
                          const Digest& stream_sha256,
                          const std::function<void(const fs::path&)>& write) {
  if (!keeps_all_ && files_.size() >= 2) {
    remove_oldest();
  }
  const fs::path file = folder_ / ("silent-" + std::to_string(::getpid()) + "-" +
                                   video.sha256.hex().substr(0, 16) + extension);
  files_.push_back(file);
  try {
    write(file);
    const ItemFile copy = checked(video, file, stream_sha256);
    copies_.emplace(video.sha256, copy);
    return copy;
  } catch (...) {
    std::error_code ignored;
    fs::remove(file, ignored);
    files_.pop_back();
    throw;
  }
}

ItemFile ClipCopies::checked(const ItemFile& video, const fs::path& file,
                             const Digest& stream_sha256) {
  if (video_stream_sha256(file) != stream_sha256) {
    throw Error(ErrorKind::kInput, "'" + video.path.string() +
                                       "' cannot be exported: in a copy its video is another than "
                                       "the catalog's (leave it out with export.select)");
  }
  return {file, sha256_file(file), static_cast<std::int64_t>(fs::file_size(file))};
}

}  // namespace changeling
