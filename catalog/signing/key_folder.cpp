#include "catalog/signing/key_folder.h"

#include "common/base/error.h"
#include "common/cli/standard_paths.h"

namespace changeling {

KeyRing key_ring(const Config& config) {
  if (config.is_set("keys.dir")) {
    return KeyRing(config.get_path("keys.dir"));
  }
  const std::filesystem::path folder = config_dir();
  if (folder.empty()) {
    throw Error(ErrorKind::kConfig,
                "no home folder to keep signing keys in: say where they are with --keys-dir");
  }
  return KeyRing(folder / "keys");
}

}  // namespace changeling
