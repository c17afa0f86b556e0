// catalog/store/signature_store.h: public keys with their validity, and the signed manifests of
// labelled clips. Layer 1. One thread per object, that of its Database.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"
#include "common/base/signature.h"

namespace changeling {

/// What the catalog knows of a key. Times are ISO-8601 UTC.
struct SigningKeyRow {
  std::string key_id;
  std::string public_pem;
  std::string valid_from;
  std::optional<std::string> retired_at;  ///< signs nothing from then on
  std::optional<std::string> revoked_at;  ///< nothing that it signed counts
  std::optional<std::string> revoke_reason;
};

struct ManifestRow {
  ArtifactId artifact_id;
  int revision = 1;
  std::string key_id;
  std::string document;  ///< docs/formats/manifest.md
  std::string signed_at;
};

/// A clip that a job made and that has a label, with the newest revision of its manifest.
struct SignableClip {
  ArtifactRow artifact;
  std::optional<ManifestRow> manifest;
  bool has_revoked_key = false;    ///< of the manifest
  bool is_sidecar_purged = false;  ///< somebody else in it was forgotten: nothing to claim from
};

class SignatureStore {
 public:
  explicit SignatureStore(Database& database) : database_(database) {}

  /// Adds the key, valid from now on, with an audit row; does nothing when it is known. Throws
  /// Error(kConfig) when it was retired or revoked here.
  void use_key(const VerifyingKey& key);
  /// Ends the time in which a key may sign; does nothing for an unknown or retired key.
  void retire_key(std::string_view key_id);
  /// Adds the key when it is unknown; does nothing when it is revoked already.
  void revoke_key(const VerifyingKey& key, std::string_view reason);
  [[nodiscard]] std::optional<SigningKeyRow> find_key(std::string_view key_id) const;
  [[nodiscard]] std::vector<SigningKeyRow> keys() const;  ///< by id

  /// Adds the next revision of a clip's manifest, signed now.
  void add_manifest(ArtifactId artifact, std::string_view key_id, std::string_view document);
  /// Hands clips of done jobs whose file is not purged to `sink`, by id, one in memory at a time;
  /// those of one run, or all when `run_id` is empty.
  void for_each_clip(std::string_view run_id,
                     const std::function<void(const SignableClip&)>& sink) const;
  [[nodiscard]] std::int64_t count_clips() const;  ///< of all runs

 private:
  Database& database_;
};

}  // namespace changeling
