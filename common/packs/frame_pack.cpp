#include "common/packs/frame_pack.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <utility>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/packs/pack_json.h"
#include "common/weights/safetensors.h"

namespace changeling {
namespace {

using pack_json::Json;
using pack_json::ObjectReader;

constexpr const char* kFormat = "changeling-frame-pack";
constexpr const char* kVersion = "1";
constexpr std::size_t kNameDigits = 16;  ///< of the SHA-256
constexpr const char* kNameEnd = ".pack.safetensors";
constexpr std::int64_t kMaxFrameIndex = 1'000'000'000;

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw Error(ErrorKind::kInput, "'" + name + "' is not a valid frame pack: " + what);
}

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
}

void check_sequences(const FramePack& pack, const std::string& name) {
  std::int64_t first = 0;
  for (const PackSequence& sequence : pack.sequences) {
    const std::int64_t last = first + sequence.frames;
    if (sequence.frames < 1 || last > pack.frame_count()) {
      fail(name, "the sequences do not tile the frames");
    }
    for (std::int64_t row = first; row < last; ++row) {
      const std::int64_t index = pack.frame_index[static_cast<std::size_t>(row)];
      const bool ascends =
          row == first || index > pack.frame_index[static_cast<std::size_t>(row) - 1];
      if (index < 0 || index > kMaxFrameIndex || !ascends) {
        fail(name, "frame indices of a sequence do not ascend");
      }
    }
    first = last;
  }
  if (first != pack.frame_count()) {
    fail(name, "the sequences do not tile the frames");
  }
}

/// What the shapes of the tensors do not say.
void check_values(const FramePack& pack, std::string_view masks, const std::string& name) {
  if (!all_finite(pack.landmarks) || !all_finite(pack.poses) || !all_finite(pack.sharpness)) {
    fail(name, "a landmark, pose or sharpness is not finite");
  }
  if (std::any_of(pack.sharpness.begin(), pack.sharpness.end(), [](float v) { return v < 0; })) {
    fail(name, "a sharpness is negative");
  }
  const bool known = std::all_of(masks.begin(), masks.end(), [](char value) {
    return static_cast<std::uint8_t>(value) <= kMaskHair;
  });
  if (!known) {
    fail(name, "a mask value is above 2");
  }
  check_sequences(pack, name);
}

std::string head_of(const FramePack& pack) {
  Json sequences = Json::array();
  for (const PackSequence& sequence : pack.sequences) {
    sequences.push_back(
        {{"video", sequence.video}, {"subject", sequence.subject}, {"frames", sequence.frames}});
  }
  const Json head = {{"part", pack.part},
                     {"layout", pack_json::to_json(pack.layout)},
                     {"terms", pack_json::to_json(pack.terms)},
                     {"sequences", sequences}};
  try {
    return head.dump();
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInput, std::string("cannot write a frame pack: ") + error.what());
  }
}

void read_head(const std::string& text, const std::string& name, FramePack& pack) {
  const Json head = pack_json::parse(text, name);
  const ObjectReader reader(head, name, {"part", "layout", "terms", "sequences"});
  pack.part = pack_json::part_of(reader);
  pack.layout = pack_json::layout_from_json(reader.member("layout"), name);
  pack.terms = pack_json::terms_from_json(reader.list("terms"), name);
  for (const Json& value : reader.list("sequences")) {
    const ObjectReader sequence(value, name, {"video", "subject", "frames"});
    pack.sequences.push_back({sequence.text("video"), sequence.text("subject"),
                              sequence.integer("frames", 1, kMaxPackBytes)});
  }
}

/// The tensors of a file, each taken once and checked against the shape that the head asks for.
class TensorTaker {
 public:
  TensorTaker(const std::vector<TensorPlace>& tensors, const ReadBytes& read,
              const std::string& name)
      : tensors_(tensors), read_(read), name_(name) {}

  [[nodiscard]] const TensorPlace* find(const std::string& tensor) const {
    const auto found = std::find_if(tensors_.begin(), tensors_.end(),
                                    [&](const TensorPlace& t) { return t.name == tensor; });
    return found == tensors_.end() ? nullptr : &*found;
  }

  const TensorPlace& take(const std::string& tensor, DType dtype,
                          const std::vector<std::int64_t>& shape) {
    const TensorPlace* place = find(tensor);
    if (place == nullptr) {
      fail(name_, "tensor '" + tensor + "' is missing");
    }
    if (place->dtype != dtype || place->shape != shape) {
      fail(name_, "tensor '" + tensor + "' does not have the type and shape of the head");
    }
    ++taken_;
    return *place;
  }

  template <typename T>
  std::vector<T> values(const std::string& tensor, DType dtype,
                        const std::vector<std::int64_t>& shape) {
    const TensorPlace& place = take(tensor, dtype, shape);
    const std::string bytes = read_(place.first, place.bytes);
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

  void check_all_taken() const {
    if (taken_ != tensors_.size()) {
      fail(name_, "it holds a tensor that no frame pack has");
    }
  }

 private:
  const std::vector<TensorPlace>& tensors_;
  const ReadBytes& read_;
  const std::string& name_;
  std::size_t taken_ = 0;
};

/// All but pixels and masks, of which it checks type and shape.
void read_tensors(const std::vector<TensorPlace>& places, const ReadBytes& read,
                  const std::string& name, PackOutline& outline) {
  FramePack& pack = outline.frames;
  TensorTaker tensors(places, read, name);
  const TensorPlace* index = tensors.find("frame_index");
  const std::int64_t n = index == nullptr || index->shape.size() != 1 ? 0 : index->shape[0];
  if (n < 1) {
    fail(name, "it holds no frame");
  }
  const std::int64_t side = pack.layout.resolution_px;
  pack.frame_index = tensors.values<std::int64_t>("frame_index", DType::kI64, {n});
  pack.landmarks = tensors.values<float>("landmarks", DType::kF32, {n, pack.layout.landmarks, 2});
  pack.poses = tensors.values<float>("poses", DType::kF32, {n, 3});
  pack.sharpness = tensors.values<float>("sharpness", DType::kF32, {n});
  outline.pixels_at = tensors.take("pixels", DType::kU8, {n, side, side, 3}).first;
  if (pack.layout.mask_source != "none") {
    outline.masks_at = tensors.take("masks", DType::kU8, {n, side, side}).first;
  }
  tensors.check_all_taken();
}

std::string metadata_text(const SafetensorsMetadata& metadata, const std::string& key,
                          const std::string& name) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    fail(name, "its metadata lacks '" + key + "'");
  }
  return found->second;
}

void check_format(const SafetensorsMetadata& metadata, const std::string& name) {
  if (metadata_text(metadata, "format", name) != kFormat ||
      metadata_text(metadata, "version", name) != kVersion) {
    fail(name, "another format or version");
  }
}

PackOutline outline_of(const SafetensorsHead& head, const ReadBytes& read,
                       const std::string& name) {
  PackOutline outline;
  read_head(metadata_text(head.metadata, "head", name), name, outline.frames);
  read_tensors(head.tensors, read, name, outline);
  return outline;
}

void check_size(std::uintmax_t bytes, const std::string& name) {
  if (bytes > static_cast<std::uintmax_t>(kMaxPackBytes)) {
    fail(name, "it is larger than " + std::to_string(kMaxPackBytes) + " bytes");
  }
}

SafetensorsFile open_container(std::string bytes, const std::string& name) {
  check_size(bytes.size(), name);
  try {
    return SafetensorsFile::parse(std::move(bytes), name);
  } catch (const Error& error) {
    throw Error(ErrorKind::kInput, error.what());
  }
}

}  // namespace

std::int64_t bytes_per_frame(const PackLayout& layout) {
  const std::int64_t area = static_cast<std::int64_t>(layout.resolution_px) * layout.resolution_px;
  const std::int64_t channels = layout.mask_source == "none" ? 3 : 4;
  const std::int64_t floats = 2 * static_cast<std::int64_t>(layout.landmarks) + 3 + 1;
  return area * channels + floats * static_cast<std::int64_t>(sizeof(float)) +
         static_cast<std::int64_t>(sizeof(std::int64_t));
}

std::string serialize_frame_pack(const FramePack& pack) {
  const std::int64_t n = pack.frame_count();
  const std::int64_t side = pack.layout.resolution_px;
  std::vector<TensorView> tensors = {
      {"frame_index", DType::kI64, {n}, bytes_of(pack.frame_index)},
      {"landmarks", DType::kF32, {n, pack.layout.landmarks, 2}, bytes_of(pack.landmarks)},
      {"poses", DType::kF32, {n, 3}, bytes_of(pack.poses)},
      {"sharpness", DType::kF32, {n}, bytes_of(pack.sharpness)},
      {"pixels", DType::kU8, {n, side, side, 3}, pack.pixels}};
  if (pack.layout.mask_source != "none") {
    tensors.push_back({"masks", DType::kU8, {n, side, side}, pack.masks});
  }
  const SafetensorsMetadata metadata = {
      {"format", kFormat}, {"version", kVersion}, {"head", head_of(pack)}};
  std::string bytes;
  try {
    bytes = serialize_safetensors(tensors, sealed(metadata, tensors));
  } catch (const Error& error) {
    throw Error(ErrorKind::kInput, error.what());
  }
  (void)PackFile(bytes, "new pack");  // what cannot be read is not written
  return bytes;
}

PackFile::PackFile(std::string bytes, const std::string& name)
    : file_(std::make_unique<const SafetensorsFile>(open_container(std::move(bytes), name))) {
  check_format(file_->metadata(), name);
  if (!has_intact_seal(*file_)) {
    fail(name, "it is damaged: its content digest is wrong");
  }
  const auto read = [this](std::int64_t first, std::int64_t count) {
    return std::string(file_->bytes(first, count));
  };
  outline_ = outline_of(file_->head(), read, name);
  check_values(outline_.frames, masks(), name);
}

PackOutline read_pack_outline(
    const std::function<std::string(std::int64_t first, std::int64_t bytes)>& read,
    std::int64_t file_bytes, const std::string& name) {
  check_size(static_cast<std::uintmax_t>(file_bytes), name);
  SafetensorsHead head;
  try {
    head = read_safetensors_head(read, file_bytes, name);
  } catch (const Error& error) {
    throw Error(ErrorKind::kInput, error.what());
  }
  check_format(head.metadata, name);
  return outline_of(head, read, name);
}

PackFile::PackFile(PackFile&&) noexcept = default;
PackFile& PackFile::operator=(PackFile&&) noexcept = default;
PackFile::~PackFile() = default;

std::string_view PackFile::pixels() const {
  return file_->find("pixels")->bytes;
}

std::string_view PackFile::masks() const {
  const TensorView* masks = file_->find("masks");
  return masks == nullptr ? std::string_view() : masks->bytes;
}

FramePack PackFile::whole() const {
  FramePack pack = outline_.frames;
  pack.pixels = pixels();
  pack.masks = masks();
  return pack;
}

FramePack parse_frame_pack(std::string bytes, const std::string& name) {
  return PackFile(std::move(bytes), name).whole();
}

FramePack read_frame_pack(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  check_size(error ? 0 : bytes, path.string());  // read_file names what is wrong
  return parse_frame_pack(read_file(path), path.string());
}

std::string frame_pack_name(const Digest& sha256) {
  return sha256.hex().substr(0, kNameDigits) + kNameEnd;
}

bool is_frame_pack_name(std::string_view name) {
  return name.find_first_not_of("0123456789abcdef") == kNameDigits &&
         name.substr(kNameDigits) == kNameEnd;
}

Digest write_frame_pack(const std::filesystem::path& folder, const FramePack& pack) {
  const std::string bytes = serialize_frame_pack(pack);
  const Digest digest = sha256(bytes);
  write_file_atomically(folder / frame_pack_name(digest), bytes);
  return digest;
}

}  // namespace changeling
