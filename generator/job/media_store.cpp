#include "generator/job/media_store.h"

#include "common/base/log.h"

namespace changeling {
namespace {

constexpr const char* kStage = "finetune";

}  // namespace

std::optional<std::filesystem::path> MediaStore::find(const Digest& key) const {
  const std::optional<Digest> digest = corpora_.find_cached_stage(key);
  if (!digest || !blobs_.contains(*digest)) {
    return std::nullopt;
  }
  if (!blobs_.is_intact(*digest)) {
    log_warn("damaged_networks", {{"blob", digest->hex()}, {"hint", "they are tuned again"}});
    return std::nullopt;
  }
  return blobs_.path(*digest);
}

std::filesystem::path MediaStore::keep(const Digest& key, const std::filesystem::path& file) {
  const BlobRow blob = blobs_.adopt_file(file, "application/vnd.changeling.safetensors");
  if (const auto purged = corpora_.put_cached_stage(key, kStage, media_, blob)) {
    blobs_.discard(*purged);
  }
  return blobs_.path(blob.sha256);
}

}  // namespace changeling
