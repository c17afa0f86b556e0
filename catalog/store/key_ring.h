// catalog/store/key_ring.h: the folder of signing keys. Layer 1.
// `<id>.key.pem` (private, mode 600), `<id>.pub.pem` (public; also of others whose signatures are
// to be checked), `<id>.revoked` (why a key counts no more) and `current`, the id of the key that
// signs. The folder lies outside the catalogs that it signs for (docs/decisions/009).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/signature.h"

namespace changeling {

struct KeyInfo {
  std::string id;
  bool is_current = false;
  bool has_private = false;            ///< false: checks signatures only
  std::optional<std::string> revoked;  ///< the reason
};

class KeyRing {
 public:
  /// Reads nothing yet; the folder may be missing.
  explicit KeyRing(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes a key that signs from now on; earlier ones stay for their signatures. Returns its id.
  /// Throws Error(kConfig) when there is a current key and `replace` is false.
  std::string make(bool replace);

  /// The current key. Throws Error(kConfig) naming the command that helps when there is none, when
  /// it is revoked, or when others than its owner may read its file.
  [[nodiscard]] SigningKey signing_key() const;

  /// As signing_key(), but makes a key, and logs it, where there has never been one.
  [[nodiscard]] SigningKey signing_key_or_new();

  /// Private key by id, revoked or not; throws Error(kConfig) when it is not here or when others
  /// may read its file.
  [[nodiscard]] SigningKey signing_key(std::string_view id) const;

  /// Notes why a key counts no more; a second call keeps the first reason. Throws Error(kConfig)
  /// when its public key is not here.
  void revoke(std::string_view id, std::string_view reason);

  /// The reason; nullopt = not revoked.
  [[nodiscard]] std::optional<std::string> revocation(std::string_view id) const;

  /// Id of the key that signs; empty = none. Throws Error(kConfig) for a damaged folder.
  [[nodiscard]] std::string current_id() const;

  /// Public key by id; nullopt = not here.
  [[nodiscard]] std::optional<VerifyingKey> find(std::string_view id) const;

  [[nodiscard]] std::vector<KeyInfo> keys() const;  ///< by id

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  [[nodiscard]] std::filesystem::path file(std::string_view id, std::string_view suffix) const;

  std::filesystem::path folder_;
};

}  // namespace changeling
