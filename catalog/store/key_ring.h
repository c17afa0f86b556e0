// catalog/store/key_ring.h: the folder of signing keys. Layer 1.
// `<id>.key.pem` (private, mode 600), `<id>.pub.pem` (public; also of others whose signatures are
// to be checked) and `current`, the id of the key that signs.
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
  bool has_private = false;  ///< false: checks signatures only
};

/// Where the keys of a catalog lie by convention: `<catalog folder>/keys`.
[[nodiscard]] std::filesystem::path keys_folder(const std::filesystem::path& catalog_file);

class KeyRing {
 public:
  /// Reads nothing yet; the folder may be missing.
  explicit KeyRing(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes a key that signs from now on; earlier ones stay for their signatures. Returns its id.
  /// Throws Error(kConfig) when there is a current key and `replace` is false.
  std::string make(bool replace);

  /// The current key. Throws Error(kConfig) naming `changeling keys make` when there is none.
  [[nodiscard]] SigningKey signing_key() const;

  /// Private key by id; throws Error(kConfig) when it is not here.
  [[nodiscard]] SigningKey signing_key(std::string_view id) const;

  /// Public key by id; nullopt = not here.
  [[nodiscard]] std::optional<VerifyingKey> find(std::string_view id) const;

  [[nodiscard]] std::vector<KeyInfo> keys() const;  ///< by id

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  [[nodiscard]] std::string current_id() const;
  [[nodiscard]] std::filesystem::path file(std::string_view id, std::string_view suffix) const;

  std::filesystem::path folder_;
};

}  // namespace changeling
