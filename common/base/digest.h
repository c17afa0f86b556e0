// common/base/digest.h: SHA-256 of bytes and files; the identity of blobs, configs and jobs. Layer
// 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace changeling {

/// 32 raw bytes, ordered bytewise.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  /// 64 lower-case hex digits.
  [[nodiscard]] std::string hex() const;

  /// Inverse of hex. Throws Error(kInput) on any other text.
  static Digest from_hex(std::string_view hex);

  friend bool operator==(const Digest& a, const Digest& b) { return a.bytes == b.bytes; }

  friend bool operator!=(const Digest& a, const Digest& b) { return a.bytes != b.bytes; }

  friend bool operator<(const Digest& a, const Digest& b) { return a.bytes < b.bytes; }
};

/// Incremental SHA-256.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& update(const void* data, std::size_t size);

  Sha256& update(std::string_view text) { return update(text.data(), text.size()); }

  /// Adds the length first, so that ("ab","c") and ("a","bc") differ; for keys made of fields.
  Sha256& update_field(std::string_view text);

  /// The digest of everything so far; the object may not be used afterwards.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Digest sha256(std::string_view bytes);

/// Streams the file. Throws Error(kInput) when it cannot be read.
[[nodiscard]] Digest sha256_file(const std::filesystem::path& path);

}  // namespace changeling
