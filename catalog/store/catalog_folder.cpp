#include "catalog/store/catalog_folder.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <system_error>

#include "catalog/store/read_set.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// By its head (https://sqlite.org/fileformat2.html): opening it could write beside it.
bool is_catalog(const fs::path& file) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  constexpr std::size_t kApplicationIdAt = 68;  // four bytes, the highest first
  std::array<char, kApplicationIdAt + 4> head{};
  std::ifstream stream(file, std::ios::binary);
  if (!stream.read(head.data(), head.size()) ||
      std::string_view(head.data(), kMagic.size()) != kMagic) {
    return false;
  }
  std::int64_t id = 0;
  for (std::size_t i = kApplicationIdAt; i < head.size(); ++i) {
    id = id * 256 + static_cast<unsigned char>(head[i]);
  }
  return id == kApplicationId;
}

}  // namespace

std::vector<fs::path> catalogs_beside(const fs::path& catalog) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(fs::absolute(catalog).parent_path(), error), end; at != end;
       at.increment(error)) {
    const fs::path& file = at->path();
    const bool is_unfinished = file.extension() == ".part";  // of a catalog or backup
    if (!is_unfinished && file.filename() != catalog.filename() && at->is_regular_file(error) &&
        is_catalog(file)) {
      found.push_back(file);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> written_catalogs_beside(const fs::path& catalog) {
  std::vector<fs::path> found = catalogs_beside(catalog);
  found.erase(
      std::remove_if(found.begin(), found.end(),
                     [](const fs::path& other) { return !fs::exists(other.string() + ".lock"); }),
      found.end());
  return found;
}

std::vector<WriterLock> lock_catalogs_beside(const fs::path& catalog) {
  std::vector<WriterLock> locks;
  for (const fs::path& other : written_catalogs_beside(catalog)) {
    locks.push_back(lock_catalog(other));
  }
  return locks;
}

void add_named_blobs(Connection& connection, std::set<Digest>& names) {
  add_rows(connection, "SELECT sha256 FROM blob", names);
}

void add_present_blobs(Connection& connection, std::set<Digest>& digests) {
  add_rows(connection, "SELECT sha256 FROM blob WHERE state='present'", digests);
}

}  // namespace changeling
