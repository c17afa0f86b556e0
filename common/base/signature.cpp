#include "common/base/signature.h"

#include <algorithm>
#include <array>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "common/base/error.h"

namespace changeling {

namespace internal {

struct Ed25519Key {
  explicit Ed25519Key(EVP_PKEY* owned) : handle(owned) {}

  ~Ed25519Key() { EVP_PKEY_free(handle); }

  Ed25519Key(const Ed25519Key&) = delete;
  Ed25519Key& operator=(const Ed25519Key&) = delete;

  EVP_PKEY* handle;
};

}  // namespace internal

namespace {

constexpr std::size_t kSignatureBytes = 64;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

using UniqueBio = std::unique_ptr<BIO, FreeBio>;
using UniqueContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void check(bool holds, const char* step) {
  if (!holds) {
    throw Error(ErrorKind::kResource, std::string("cannot ") + step + " (OpenSSL)");
  }
}

UniqueBio reader(std::string_view text) {
  UniqueBio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  check(bio != nullptr, "read a key");
  return bio;
}

/// Refuses to ask a terminal for the password of an encrypted key.
int no_password(char*, int, int, void*) {
  return -1;
}

std::shared_ptr<const internal::Ed25519Key> adopt(EVP_PKEY* key, const char* what) {
  if (key == nullptr || EVP_PKEY_id(key) != EVP_PKEY_ED25519) {
    EVP_PKEY_free(key);
    throw Error(ErrorKind::kInput, std::string("the file holds no ") + what);
  }
  return std::make_shared<const internal::Ed25519Key>(key);
}

template <typename Write>
std::string written_pem(Write&& write) {
  const UniqueBio bio(BIO_new(BIO_s_mem()));
  check(bio != nullptr && write(bio.get()) == 1, "write a key");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string raw_public(EVP_PKEY* key) {
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  check(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size) == 1,
        "read a public key");
  return raw;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// The bytes behind 128 hex digits; empty for any other text.
std::vector<unsigned char> signature_bytes(std::string_view hex) {
  if (hex.size() != 2 * kSignatureBytes) {
    return {};
  }
  try {
    std::vector<unsigned char> bytes;
    for (const std::string_view half : {hex.substr(0, 64), hex.substr(64)}) {
      const Digest digest = Digest::from_hex(half);
      bytes.insert(bytes.end(), digest.bytes.begin(), digest.bytes.end());
    }
    return bytes;
  } catch (const Error&) {
    return {};
  }
}

std::string to_hex(const std::array<unsigned char, kSignatureBytes>& bytes) {
  std::string text;
  for (const std::size_t first : {std::size_t{0}, std::size_t{32}}) {
    Digest half;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(first), 32, half.bytes.begin());
    text += half.hex();
  }
  return text;
}

}  // namespace

VerifyingKey VerifyingKey::from_pem(std::string_view pem) {
  return VerifyingKey(adopt(PEM_read_bio_PUBKEY(reader(pem).get(), nullptr, no_password, nullptr),
                            "Ed25519 public key in PEM"));
}

std::string VerifyingKey::id() const {
  return sha256(raw_public(key_->handle)).hex().substr(0, 16);
}

std::string VerifyingKey::to_pem() const {
  return written_pem([this](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key_->handle); });
}

bool VerifyingKey::verify(std::string_view bytes, std::string_view signature_hex) const {
  const std::vector<unsigned char> signature = signature_bytes(signature_hex);
  if (signature.empty()) {
    return false;
  }
  const UniqueContext context(EVP_MD_CTX_new());
  check(context != nullptr &&
            EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_->handle) == 1,
        "check a signature");
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes_of(bytes),
                          bytes.size()) == 1;
}

SigningKey SigningKey::generate() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  check(key != nullptr, "make a key");
  return SigningKey(std::make_shared<const internal::Ed25519Key>(key));
}

SigningKey SigningKey::from_pem(std::string_view pem) {
  return SigningKey(adopt(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_password, nullptr),
                          "Ed25519 private key in PEM"));
}

std::string SigningKey::to_pem() const {
  return written_pem([this](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key_->handle, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

VerifyingKey SigningKey::verifying_key() const {
  return VerifyingKey(key_);
}

std::string SigningKey::sign(std::string_view bytes) const {
  const UniqueContext context(EVP_MD_CTX_new());
  std::array<unsigned char, kSignatureBytes> signature{};
  std::size_t size = signature.size();
  check(context != nullptr &&
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->handle) == 1 &&
            EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(bytes), bytes.size()) ==
                1 &&
            size == signature.size(),
        "sign");
  return to_hex(signature);
}

Digest SigningKey::keyed_digest(std::string_view purpose, std::string_view text) const {
  std::array<unsigned char, 32> secret{};
  std::size_t secret_size = secret.size();
  check(EVP_PKEY_get_raw_private_key(key_->handle, secret.data(), &secret_size) == 1,
        "read a private key");
  std::string message = std::to_string(purpose.size()) + ":" + std::string(purpose);
  message += std::to_string(text.size()) + ":" + std::string(text);
  Digest digest;
  unsigned int size = 0;
  check(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(message),
             message.size(), digest.bytes.data(), &size) != nullptr,
        "make a keyed digest");
  return digest;
}

}  // namespace changeling
