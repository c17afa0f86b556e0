#include "common/weights/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/plain_text.h"

namespace changeling {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the reference implementation
constexpr int kMaxHeaderDepth = 3;                      // header > tensor > shape
constexpr const char* kSeal = "content_sha256";

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  std::size_t size;
};

constexpr std::array<DTypeInfo, 13> kDTypes = {{{DType::kBool, "BOOL", 1},
                                                {DType::kU8, "U8", 1},
                                                {DType::kI8, "I8", 1},
                                                {DType::kI16, "I16", 2},
                                                {DType::kU16, "U16", 2},
                                                {DType::kF16, "F16", 2},
                                                {DType::kBF16, "BF16", 2},
                                                {DType::kI32, "I32", 4},
                                                {DType::kU32, "U32", 4},
                                                {DType::kF32, "F32", 4},
                                                {DType::kF64, "F64", 8},
                                                {DType::kI64, "I64", 8},
                                                {DType::kU64, "U64", 8}}};

const DTypeInfo& info_of(DType dtype) {
  return kDTypes.at(static_cast<std::size_t>(dtype));
}

/// Messages end up in the catalog: a hostile header must not choose their length. Of plain text:
/// what Error writes out is longer.
std::string shortened(std::string text) {
  constexpr std::size_t kMost = 300;
  if (text.size() <= kMost) {
    return text;
  }
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;  // not inside a UTF-8 character
  }
  return text.substr(0, end) + "...";
}

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw Error(ErrorKind::kModel, "'" + name + "' is not a valid safetensors file: " +
                                     shortened(without_controls(what)));
}

/// Of a file of `file_bytes` bytes that begins with `start`.
std::uint64_t header_length(std::string_view start, std::uint64_t file_bytes,
                            const std::string& name) {
  if (start.size() < kLengthBytes) {
    fail(name, "shorter than 8 bytes");
  }
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) {
    length = length << 8U | static_cast<std::uint8_t>(start[i]);
  }
  if (length > kMaxHeaderBytes || length > file_bytes - kLengthBytes) {
    fail(name, "header length " + std::to_string(length) + " does not fit");
  }
  return length;
}

/// Parses the header; the library alone would keep the last of two equal names.
Json parse_header(std::string_view text, const std::string& name) {
  std::vector<std::set<std::string>> keys(static_cast<std::size_t>(kMaxHeaderDepth) + 1);
  const Json::parser_callback_t check = [&](int depth, Json::parse_event_t event, Json& parsed) {
    const bool opens =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth >= kMaxHeaderDepth) {
      fail(name, "header is nested too deeply");
    }
    if (opens) {
      keys[static_cast<std::size_t>(depth) + 1].clear();
    }
    if (event == Json::parse_event_t::key &&
        !keys[static_cast<std::size_t>(depth)].insert(parsed.get<std::string>()).second) {
      fail(name, "'" + parsed.get<std::string>() + "' stands twice in the header");
    }
    return true;
  };
  try {
    Json header = Json::parse(text, check);
    if (!header.is_object()) {
      fail(name, "header is not a JSON object");
    }
    return header;
  } catch (const Json::exception& error) {
    fail(name, std::string("header: ") + error.what());
  }
}

std::uint64_t to_unsigned(const Json& value, const std::string& name, const std::string& tensor) {
  if (!value.is_number_unsigned()) {
    fail(name, "tensor '" + tensor + "' has a size or offset that is no whole number >= 0");
  }
  const auto number = value.get<std::uint64_t>();
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    fail(name, "tensor '" + tensor + "' has a size or offset beyond 63 bits");
  }
  return number;
}

const Json& member(const Json& entry, const char* key, const std::string& name,
                   const std::string& tensor) {
  const auto found = entry.find(key);
  if (found == entry.end()) {
    fail(name, "tensor '" + tensor + "' has no '" + key + "'");
  }
  return *found;
}

DType to_dtype(const Json& value, const std::string& name, const std::string& tensor) {
  if (value.is_string()) {
    for (const DTypeInfo& info : kDTypes) {
      if (info.name == value.get_ref<const std::string&>()) {
        return info.dtype;
      }
    }
  }
  fail(name, "tensor '" + tensor + "' has the unknown dtype " + value.dump());
}

/// The data begin at byte `data_first` of a file of `file_bytes` bytes.
TensorPlace to_place(const std::string& tensor, const Json& entry, std::uint64_t data_first,
                     std::uint64_t file_bytes, const std::string& name) {
  if (!entry.is_object()) {
    fail(name, "tensor '" + tensor + "' is not a JSON object");
  }
  TensorPlace place;
  place.name = tensor;
  place.dtype = to_dtype(member(entry, "dtype", name, tensor), name, tensor);
  const Json& shape = member(entry, "shape", name, tensor);
  const Json& offsets = member(entry, "data_offsets", name, tensor);
  if (!shape.is_array() || !offsets.is_array() || offsets.size() != 2) {
    fail(name, "tensor '" + tensor + "' needs a shape and two data_offsets");
  }
  for (const Json& dimension : shape) {
    place.shape.push_back(static_cast<std::int64_t>(to_unsigned(dimension, name, tensor)));
  }
  const std::uint64_t first = to_unsigned(offsets[0], name, tensor);
  const std::uint64_t last = to_unsigned(offsets[1], name, tensor);
  if (first > last || last > file_bytes - data_first) {
    fail(name, "tensor '" + tensor + "' lies outside the file");
  }
  const auto count = static_cast<std::uint64_t>(element_count(
      place.shape, place.dtype, "'" + name + "': tensor '" + shortened(tensor) + "'"));
  if (last - first != count * size_of(place.dtype)) {
    fail(name, "tensor '" + tensor + "' has " + std::to_string(last - first) +
                   " bytes, its shape and dtype need " +
                   std::to_string(count * size_of(place.dtype)));
  }
  place.first = static_cast<std::int64_t>(data_first + first);
  place.bytes = static_cast<std::int64_t>(last - first);
  return place;
}

SafetensorsMetadata to_metadata(const Json& entry, const std::string& name) {
  if (!entry.is_object()) {
    fail(name, "__metadata__ is not a JSON object");
  }
  SafetensorsMetadata metadata;
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) {
      fail(name, "__metadata__ '" + key + "' is not a string");
    }
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

/// Sorts by position and checks that the tensors tile the data without gap or overlap.
void check_tiling(std::vector<TensorPlace>& tensors, std::uint64_t data_first,
                  std::uint64_t file_bytes, const std::string& name) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorPlace& a, const TensorPlace& b) {
    return std::pair(a.first, a.bytes) < std::pair(b.first, b.bytes);
  });
  auto expected = static_cast<std::int64_t>(data_first);
  for (const TensorPlace& tensor : tensors) {
    if (tensor.first != expected) {
      fail(name, "tensor '" + tensor.name + "' overlaps another or leaves a gap before it");
    }
    expected += tensor.bytes;
  }
  if (expected != static_cast<std::int64_t>(file_bytes)) {
    fail(name, "data behind the last tensor");
  }
}

SafetensorsHead to_head(const Json& header, std::uint64_t data_first, std::uint64_t file_bytes,
                        const std::string& name) {
  SafetensorsHead head;
  for (const auto& [key, entry] : header.items()) {
    if (key == "__metadata__") {
      head.metadata = to_metadata(entry, name);
    } else {
      head.tensors.push_back(to_place(key, entry, data_first, file_bytes, name));
    }
  }
  check_tiling(head.tensors, data_first, file_bytes, name);
  return head;
}

std::string make_header(const std::vector<TensorView>& tensors,
                        const SafetensorsMetadata& metadata) {
  Json header = Json::object();  // sorted keys
  if (!metadata.empty()) {
    header["__metadata__"] = metadata;
  }
  std::size_t offset = 0;
  for (const TensorView& tensor : tensors) {
    header[tensor.name] = {{"dtype", to_string(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  try {
    return header.dump();
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kModel,
                std::string("cannot write a safetensors header: ") + error.what());
  }
}

void check_writable(const std::vector<TensorView>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorView& tensor = tensors[i];
    const auto count = static_cast<std::uint64_t>(
        element_count(tensor.shape, tensor.dtype, "tensor '" + tensor.name + "'"));
    if (tensor.bytes.size() != count * size_of(tensor.dtype)) {
      throw Error(ErrorKind::kModel, "tensor '" + tensor.name + "' does not have its shape's size");
    }
    if (tensor.name == "__metadata__" || (i > 0 && tensor.name == tensors[i - 1].name)) {
      throw Error(ErrorKind::kModel, "tensor name '" + tensor.name + "' is reserved or used twice");
    }
  }
}

}  // namespace

std::string_view to_string(DType dtype) {
  return info_of(dtype).name;
}

std::size_t size_of(DType dtype) {
  return info_of(dtype).size;
}

std::int64_t element_count(const std::vector<std::int64_t>& shape, DType dtype,
                           const std::string& what) {
  const std::int64_t limit =
      std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(size_of(dtype));
  // The product without its zeros must fit too, so that a zero cannot hide absurd sizes.
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t dimension : shape) {
    empty = empty || dimension == 0;
    if (dimension < 0 || (dimension > 0 && product > limit / dimension)) {
      throw Error(ErrorKind::kModel, what + " has an impossible shape");
    }
    product *= std::max<std::int64_t>(dimension, 1);
  }
  return empty ? 0 : product;
}

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  std::string bytes;
  try {
    bytes = read_file(path);
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, error.what());
  }
  return parse(std::move(bytes), path.string());
}

SafetensorsFile SafetensorsFile::parse(std::string bytes, const std::string& name) {
  SafetensorsFile file;
  file.storage_ = std::make_unique<const std::string>(std::move(bytes));
  const std::string_view all = *file.storage_;
  const std::uint64_t length = header_length(all, all.size(), name);
  file.head_ = to_head(parse_header(all.substr(kLengthBytes, length), name), kLengthBytes + length,
                       all.size(), name);
  for (const TensorPlace& place : file.head_.tensors) {
    file.tensors_.push_back(
        {place.name, place.dtype, place.shape, file.bytes(place.first, place.bytes)});
  }
  return file;
}

SafetensorsHead read_safetensors_head(const ReadBytes& read, std::int64_t file_bytes,
                                      const std::string& name) {
  const auto all = static_cast<std::uint64_t>(file_bytes);
  const std::int64_t start = std::min<std::int64_t>(file_bytes, kLengthBytes);
  const std::uint64_t length = header_length(read(0, start), all, name);
  const Json header = parse_header(read(kLengthBytes, static_cast<std::int64_t>(length)), name);
  return to_head(header, kLengthBytes + length, all, name);
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto found = std::find_if(tensors_.begin(), tensors_.end(),
                                  [&](const TensorView& tensor) { return tensor.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

SafetensorsMetadata read_safetensors_metadata(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) {
    throw Error(ErrorKind::kModel, "cannot read '" + path.string() + "'");
  }
  const auto next = [&file](std::uint64_t count) {
    std::string text(count, '\0');
    file.read(text.data(), static_cast<std::streamsize>(count));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
  };
  const std::string name = path.string();
  const Json header = parse_header(next(header_length(next(kLengthBytes), bytes, name)), name);
  const auto metadata = header.find("__metadata__");
  return metadata == header.end() ? SafetensorsMetadata() : to_metadata(*metadata, name);
}

std::string serialize_safetensors(std::vector<TensorView> tensors,
                                  const SafetensorsMetadata& metadata) {
  std::sort(tensors.begin(), tensors.end(),
            [](const TensorView& a, const TensorView& b) { return a.name < b.name; });
  check_writable(tensors);
  std::string header = make_header(tensors, metadata);
  header.append((kLengthBytes - header.size() % kLengthBytes) % kLengthBytes, ' ');
  std::string bytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    bytes.push_back(static_cast<char>(header.size() >> (8 * i) & 0xFFU));
  }
  bytes += header;
  for (const TensorView& tensor : tensors) {
    bytes += tensor.bytes;
  }
  return bytes;
}

SafetensorsMetadata sealed(SafetensorsMetadata metadata, std::vector<TensorView> tensors) {
  std::sort(tensors.begin(), tensors.end(),
            [](const TensorView& a, const TensorView& b) { return a.name < b.name; });
  metadata.erase(kSeal);
  Sha256 hash;
  for (const auto& [key, value] : metadata) {
    hash.update_field(key).update_field(value);
  }
  for (const TensorView& tensor : tensors) {
    hash.update_field(tensor.name).update_field(to_string(tensor.dtype));
    for (const std::int64_t size : tensor.shape) {
      hash.update_field(std::to_string(size));
    }
    hash.update_field(tensor.bytes);
  }
  metadata[kSeal] = hash.finish().hex();
  return metadata;
}

bool has_intact_seal(const SafetensorsFile& file) {
  return file.metadata() == sealed(file.metadata(), file.tensors());
}

void write_safetensors(const std::filesystem::path& path, std::vector<TensorView> tensors,
                       const SafetensorsMetadata& metadata) {
  write_file_atomically(path, serialize_safetensors(std::move(tensors), metadata));
}

}  // namespace changeling
