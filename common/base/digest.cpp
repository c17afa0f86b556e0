#include "common/base/digest.h"

#include <openssl/evp.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()) {
    if (context == nullptr || EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1) {
      EVP_MD_CTX_free(context);
      throw Error(ErrorKind::kInternal, "cannot start SHA-256");
    }
  }

  ~State() { EVP_MD_CTX_free(context); }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  EVP_MD_CTX* context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(const void* data, std::size_t size) {
  if (EVP_DigestUpdate(state_->context, data, size) != 1) {
    throw Error(ErrorKind::kInternal, "SHA-256 failed");
  }
  return *this;
}

Sha256& Sha256::update_field(std::string_view text) {
  update(std::to_string(text.size()) + ":");
  return update(text);
}

Digest Sha256::finish() {
  Digest digest;
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(state_->context, digest.bytes.data(), &size) != 1 ||
      size != digest.bytes.size()) {
    throw Error(ErrorKind::kInternal, "SHA-256 failed");
  }
  return digest;
}

std::string Digest::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Digest Digest::from_hex(std::string_view hex) {
  const auto value = [&](char digit) -> int {
    if (digit >= '0' && digit <= '9') {
      return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
      return digit - 'a' + 10;
    }
    throw Error(ErrorKind::kInput, "'" + std::string(hex) + "' is not a SHA-256 in lower-case hex");
  };
  if (hex.size() != 64) {
    throw Error(ErrorKind::kInput, "'" + std::string(hex) + "' is not a SHA-256 (64 hex digits)");
  }
  Digest digest;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    digest.bytes[i] = static_cast<std::uint8_t>(value(hex[2 * i]) * 16 + value(hex[2 * i + 1]));
  }
  return digest;
}

Digest sha256(std::string_view bytes) {
  return Sha256().update(bytes).finish();
}

Digest sha256_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (const auto type = std::filesystem::status(path, ignored).type();
      type == std::filesystem::file_type::fifo || type == std::filesystem::file_type::character) {
    throw Error(ErrorKind::kInput, "'" + path.string() + "' is a pipe or device, not a file");
  }
  Sha256 hash;
  read_chunks(path, [&hash](std::string_view bytes) { hash.update(bytes); });
  return hash.finish();
}

}  // namespace changeling
