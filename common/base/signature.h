// common/base/signature.h: Ed25519 signatures (RFC 8032) over bytes, and the key files behind them.
// Layer 0; OpenSSL stays in the source.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/digest.h"

namespace changeling {

namespace internal {
struct Ed25519Key;
}  // namespace internal

/// What others need to check a signature. Immutable; copies share.
class VerifyingKey {
 public:
  /// From PEM (SubjectPublicKeyInfo). Throws Error(kInput) when it holds no Ed25519 public key.
  static VerifyingKey from_pem(std::string_view pem);

  /// First 16 hex digits of the SHA-256 of the 32 raw key bytes.
  [[nodiscard]] std::string id() const;

  [[nodiscard]] std::string to_pem() const;

  /// True when `signature_hex` (128 hex digits) was made over exactly these bytes by the key's
  /// owner; false for any other text.
  [[nodiscard]] bool verify(std::string_view bytes, std::string_view signature_hex) const;

 private:
  friend class SigningKey;

  explicit VerifyingKey(std::shared_ptr<const internal::Ed25519Key> key) : key_(std::move(key)) {}

  std::shared_ptr<const internal::Ed25519Key> key_;
};

/// A private key. Immutable; copies share.
class SigningKey {
 public:
  /// A new random key. Throws Error(kResource) without a source of randomness.
  static SigningKey generate();

  /// From PEM (PKCS #8, not encrypted). Throws Error(kInput).
  static SigningKey from_pem(std::string_view pem);

  [[nodiscard]] std::string to_pem() const;
  [[nodiscard]] VerifyingKey verifying_key() const;

  /// 128 hex digits. Deterministic: one key and one text have one signature.
  [[nodiscard]] std::string sign(std::string_view bytes) const;

  /// HMAC-SHA256 of length-prefixed `purpose` and `text` under the key: names that only its owner
  /// can recompute.
  [[nodiscard]] Digest keyed_digest(std::string_view purpose, std::string_view text) const;

 private:
  explicit SigningKey(std::shared_ptr<const internal::Ed25519Key> key) : key_(std::move(key)) {}

  std::shared_ptr<const internal::Ed25519Key> key_;
};

}  // namespace changeling
