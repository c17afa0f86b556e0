#include "catalog/store/key_ring.h"

#include <algorithm>
#include <map>
#include <system_error>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/log.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrivate = ".key.pem";
constexpr std::string_view kPublic = ".pub.pem";
constexpr std::string_view kRevoked = ".revoked";

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

/// A private key is worth what its file's permissions are.
void require_owner_only(const fs::path& path) {
  std::error_code failed;
  const fs::perms permissions = fs::status(path, failed).permissions();
  if (failed || (permissions & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none) {
    throw Error(ErrorKind::kConfig, "the private key '" + path.string() +
                                        "' is open to others than its owner: chmod 600 it, or "
                                        "make another one with 'changeling keys rotate'");
  }
}

}  // namespace

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
                                        " already ('changeling keys rotate' makes another one)");
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
                                        "' (make one with 'changeling keys init')");
  }
  if (const std::optional<std::string> reason = revocation(id)) {
    throw Error(ErrorKind::kConfig, "the signing key " + id + " is revoked (" + *reason +
                                        "): make another one with 'changeling keys rotate'");
  }
  return signing_key(id);
}

SigningKey KeyRing::signing_key_or_new() {
  if (current_id().empty()) {
    log_info("signing_key_made", {{"key", make(false)}, {"folder", folder_.string()}});
  }
  return signing_key();
}

SigningKey KeyRing::signing_key(std::string_view id) const {
  const fs::path path = file(id, kPrivate);
  if (!is_key_id(id) || !fs::exists(path)) {
    throw Error(ErrorKind::kConfig,
                "the private key " + std::string(id) + " is not in '" + folder_.string() + "'");
  }
  require_owner_only(path);
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

void KeyRing::revoke(std::string_view id, std::string_view reason) {
  if (!find(id)) {
    throw Error(ErrorKind::kConfig,
                "no key '" + std::string(id) + "' in '" + folder_.string() + "'");
  }
  if (!revocation(id)) {
    write_file_atomically(file(id, kRevoked), std::string(reason) + "\n");
  }
}

std::optional<std::string> KeyRing::revocation(std::string_view id) const {
  const fs::path path = file(id, kRevoked);
  if (!is_key_id(id) || !fs::exists(path)) {
    return std::nullopt;
  }
  std::string reason = read_file(path);
  reason.erase(reason.find_last_not_of('\n') + 1);
  return reason;
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
    info.revoked = revocation(id);
    keys.push_back(info);
  }
  return keys;
}

}  // namespace changeling
