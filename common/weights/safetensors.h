// common/weights/safetensors.h: reads and writes safetensors files (8-byte little-endian header
// length, JSON header, raw little-endian data), and refuses every malformed one. Layer 1, no Torch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace changeling {

/// Element types of the format.
enum class DType { kBool, kU8, kI8, kI16, kU16, kF16, kBF16, kI32, kU32, kF32, kF64, kI64, kU64 };

/// The format's spelling, "F32".
[[nodiscard]] std::string_view to_string(DType dtype);

/// Bytes of one element.
[[nodiscard]] std::size_t size_of(DType dtype);

/// Number of elements. Throws Error(kModel) naming `what` for a negative dimension, or when the
/// count or its size in bytes does not fit in 63 bits.
[[nodiscard]] std::int64_t element_count(const std::vector<std::int64_t>& shape, DType dtype,
                                         const std::string& what);

/// One tensor of a file; `bytes` points into the SafetensorsFile, or into the caller's memory when
/// writing.
struct TensorView {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::string_view bytes;  ///< element_count * size_of bytes, row major
};

using SafetensorsMetadata = std::map<std::string, std::string>;

/// Where the data of one tensor lie in a file.
struct TensorPlace {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::int64_t first = 0;  ///< bytes of the file before them
  std::int64_t bytes = 0;
};

/// What a file's header says.
struct SafetensorsHead {
  SafetensorsMetadata metadata;
  std::vector<TensorPlace> tensors;  ///< in the order of the data
};

/// Gives `bytes` bytes of a file from `first` on; throws where it cannot.
using ReadBytes = std::function<std::string(std::int64_t first, std::int64_t bytes)>;

/// The header of a file of `file_bytes` bytes, and no more of it. Throws Error(kModel) for one that
/// SafetensorsFile::parse would refuse; `name` stands in messages.
[[nodiscard]] SafetensorsHead read_safetensors_head(const ReadBytes& read, std::int64_t file_bytes,
                                                    const std::string& name);

/// A file held in memory. Immutable; its views live as long as the object.
class SafetensorsFile {
 public:
  /// Throws Error(kModel) with the path: unreadable, header length beyond the file or above 100 MB,
  /// header that is not UTF-8 JSON or names a tensor twice, unknown type, size that does not match
  /// shape and type, ranges that overlap, leave gaps or leave the file.
  static SafetensorsFile open(const std::filesystem::path& path);

  /// As open, from bytes; `name` stands in error messages.
  static SafetensorsFile parse(std::string bytes, const std::string& name);

  SafetensorsFile(SafetensorsFile&&) = default;
  SafetensorsFile& operator=(SafetensorsFile&&) = default;
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;
  ~SafetensorsFile() = default;

  /// In the order of the data.
  [[nodiscard]] const std::vector<TensorView>& tensors() const { return tensors_; }

  [[nodiscard]] const SafetensorsMetadata& metadata() const { return head_.metadata; }

  [[nodiscard]] const SafetensorsHead& head() const { return head_; }

  /// The tensor of that name, or nullptr.
  [[nodiscard]] const TensorView* find(std::string_view name) const;

  /// Bytes of the file, as a place of the head has them.
  [[nodiscard]] std::string_view bytes(std::int64_t first, std::int64_t count) const {
    return std::string_view(*storage_).substr(static_cast<std::size_t>(first),
                                              static_cast<std::size_t>(count));
  }

 private:
  SafetensorsFile() = default;

  /// Not a plain string: a moved short one would leave its views dangling.
  std::unique_ptr<const std::string> storage_;
  SafetensorsHead head_;
  std::vector<TensorView> tensors_;
};

/// The metadata of a file, of which the header alone is read: tensors may be anything. Throws
/// Error(kModel) with the path: unreadable, a header that SafetensorsFile::open would refuse.
[[nodiscard]] SafetensorsMetadata read_safetensors_metadata(const std::filesystem::path& path);

/// The file's bytes: tensors sorted by name, header padded with spaces to a multiple of 8. The same
/// content gives the same bytes. Throws Error(kModel) when two names are equal, a name is not UTF-8
/// or a size does not match.
[[nodiscard]] std::string serialize_safetensors(std::vector<TensorView> tensors,
                                                const SafetensorsMetadata& metadata);

/// `metadata` with the entry "content_sha256": SHA-256 over all other entries and the tensors.
[[nodiscard]] SafetensorsMetadata sealed(SafetensorsMetadata metadata,
                                         std::vector<TensorView> tensors);

/// Whether the file still holds what was sealed; false, too, when it never was.
[[nodiscard]] bool has_intact_seal(const SafetensorsFile& file);

/// Writes serialize_safetensors atomically. Throws also Error(kResource).
void write_safetensors(const std::filesystem::path& path, std::vector<TensorView> tensors,
                       const SafetensorsMetadata& metadata);

}  // namespace changeling
