#include "catalog/store/key_ring.h"

#include <algorithm>
#include <map>
#include <system_error>

#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrivate = ".key.pem";
constexpr std::string_view kPublic = ".pub.pem";

bool is_key_id(std::string_view text) {
  return text.size() == 16 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// The id in a file name of this suffix; nullopt for any other name.
std::optional<std::string> id_in(const std::string& name, std::string_view suffix) {
  if (name.size() != 16 + suffix.size() || name.compare(16, suffix.size(), suffix) != 0 ||
      !is_key_id(name.substr(0, 16))) {
    return std::nullopt;
  }
  return name.substr(0, 16);
}

}  // namespace

fs::path keys_folder(const fs::path& catalog_file) {
  return catalog_file.parent_path() / "keys";
}

fs::path KeyRing::file(std::string_view id, std::string_view suffix) const {
  return folder_ / (std::string(id) + std::string(suffix));
}

std::string KeyRing::current_id() const {
  const fs::path current = folder_ / "current";
  if (!fs::exists(current)) {
    return {};
  }
  std::string id = read_file(current);
  id.erase(std::find_if(id.begin(), id.end(), [](char c) { return c <= ' '; }), id.end());
  if (!is_key_id(id)) {
    throw Error(ErrorKind::kConfig, "'" + current.string() + "' names no key");
  }
  return id;
}

std::string KeyRing::make(bool replace) {
  if (const std::string id = current_id(); !id.empty() && !replace) {
    throw Error(ErrorKind::kConfig, "'" + folder_.string() + "' has the signing key " + id +
                                        " already (--replace makes another one)");
  }
  const SigningKey key = SigningKey::generate();
  const std::string id = key.verifying_key().id();
  write_file_atomically(file(id, kPrivate), key.to_pem(), 0600);
  write_file_atomically(file(id, kPublic), key.verifying_key().to_pem());
  write_file_atomically(folder_ / "current", id + "\n");
  return id;
}

SigningKey KeyRing::signing_key() const {
  const std::string id = current_id();
  if (id.empty()) {
    throw Error(ErrorKind::kConfig, "no signing key in '" + folder_.string() +
                                        "' (make one with 'changeling keys make')");
  }
  return signing_key(id);
}

SigningKey KeyRing::signing_key(std::string_view id) const {
  const fs::path path = file(id, kPrivate);
  if (!is_key_id(id) || !fs::exists(path)) {
    throw Error(ErrorKind::kConfig,
                "the private key " + std::string(id) + " is not in '" + folder_.string() + "'");
  }
  const SigningKey key = SigningKey::from_pem(read_file(path));
  if (key.verifying_key().id() != id) {
    throw Error(ErrorKind::kConfig, "'" + path.string() + "' holds another key than its name says");
  }
  return key;
}

std::optional<VerifyingKey> KeyRing::find(std::string_view id) const {
  const fs::path path = file(id, kPublic);
  if (!is_key_id(id) || !fs::exists(path)) {
    return std::nullopt;
  }
  const VerifyingKey key = VerifyingKey::from_pem(read_file(path));
  if (key.id() != id) {
    throw Error(ErrorKind::kConfig, "'" + path.string() + "' holds another key than its name says");
  }
  return key;
}

std::vector<KeyInfo> KeyRing::keys() const {
  std::map<std::string, KeyInfo> found;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, none)) {
    const std::string name = entry.path().filename().string();
    for (const std::string_view suffix : {kPrivate, kPublic}) {
      if (const std::optional<std::string> id = id_in(name, suffix)) {
        KeyInfo& info = found[*id];
        info.id = *id;
        info.has_private = info.has_private || suffix == kPrivate;
      }
    }
  }
  const std::string current = current_id();
  std::vector<KeyInfo> keys;
  for (auto& [id, info] : found) {
    info.is_current = id == current;
    keys.push_back(info);
  }
  return keys;
}

}  // namespace changeling
