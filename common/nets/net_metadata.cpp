#include "common/nets/net_metadata.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr const char* kFormat = "changeling-net";
constexpr const char* kAverage = "average";
constexpr const char* kPyrDown = "pyrdown";
constexpr std::array<NetKind, 7> kKinds = {
    NetKind::kMsResUnetV2, NetKind::kMsResUnetV1, NetKind::kSegUnet, NetKind::kPatchDiscriminator,
    NetKind::kHopenet,     NetKind::kVgg19,       NetKind::kVgg19Bn};

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kModel, "weights '" + where + "': " + what);
}

template <typename Number>
std::string number_text(Number value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return std::string(buffer.data(), end.ptr);
}

std::string list_text(const std::vector<int>& values) {
  std::string text;
  for (const int value : values) {
    text += (text.empty() ? "" : ",") + std::to_string(value);
  }
  return text;
}

/// Reads the metadata and takes note of the keys it has used.
class MetadataReader {
 public:
  MetadataReader(const SafetensorsMetadata& metadata, std::string where)
      : rest_(metadata), where_(std::move(where)) {}

  std::string text(const std::string& key) {
    const auto found = rest_.find(key);
    if (found == rest_.end()) {
      fail(where_, "no '" + key +
                       "' in the metadata (official checkpoints: convert them with "
                       "script/convert-fsgan-checkpoint.py)");
    }
    std::string value = std::move(found->second);
    rest_.erase(found);
    return value;
  }

  template <typename Number>
  Number number(const std::string& key) {
    return parse<Number>(key, text(key));
  }

  std::vector<int> list(const std::string& key) {
    const std::string all = text(key);
    std::vector<int> values;
    for (std::size_t first = 0; !all.empty() && first <= all.size();) {
      const std::size_t last = std::min(all.find(',', first), all.size());
      values.push_back(parse<int>(key, std::string_view(all).substr(first, last - first)));
      first = last + 1;
    }
    return values;
  }

  /// "average" or "pyrdown"; files of before it was stored hold none and mean average.
  Halving pyramid() {
    const std::string name = rest_.count("pyramid") > 0 ? text("pyramid") : kAverage;
    if (name != kAverage && name != kPyrDown) {
      fail(where_, "pyramid '" + name + "' is not known");
    }
    return name == kPyrDown ? Halving::kPyrDown : Halving::kAverage;
  }

  NetKind kind() {
    const std::string name = text("kind");
    for (const NetKind kind : kKinds) {
      if (name == to_string(kind)) {
        return kind;
      }
    }
    fail(where_, "kind '" + name + "' is not known");
  }

  [[nodiscard]] const SafetensorsMetadata& rest() const { return rest_; }

 private:
  template <typename Number>
  Number parse(const std::string& key, std::string_view value) const {
    Number number{};
    const auto end = std::from_chars(value.data(), value.data() + value.size(), number);
    if (end.ec != std::errc() || end.ptr != value.data() + value.size()) {
      fail(where_, key + " '" + std::string(value) + "' cannot be read");
    }
    return number;
  }

  SafetensorsMetadata rest_;
  std::string where_;
};

/// Refuses numbers with which no network can be built.
class InfoCheck {
 public:
  explicit InfoCheck(const NetInfo& info) : info_(info) {}

  void range(const std::string& key, double value, double low, double high) const {
    if (!(value >= low && value <= high)) {
      refuse(key, number_text(value), "must lie in " + number_text(low) + ".." + number_text(high));
    }
  }

  void list(const std::string& key, const std::vector<int>& values, std::size_t min_count,
            std::size_t max_count, int low, int high) const {
    if (values.size() < min_count || values.size() > max_count) {
      refuse(key, list_text(values), "has the wrong length");
    }
    for (const int value : values) {
      range(key, value, low, high);
    }
  }

  [[noreturn]] void refuse(const std::string& key, const std::string& value,
                           const std::string& why) const {
    throw Error(ErrorKind::kModel, "a " + std::string(to_string(info_.kind)) + " with " + key +
                                       " = '" + value + "' cannot be built: it " + why);
  }

 private:
  const NetInfo& info_;
};

std::pair<std::size_t, std::size_t> head_counts(NetKind kind) {
  switch (kind) {
    case NetKind::kMsResUnetV2:
    case NetKind::kMsResUnetV1:
      return {1, 8};
    case NetKind::kSegUnet:
    case NetKind::kPatchDiscriminator:
      return {1, 1};
    case NetKind::kHopenet:
      return {3, 3};
    case NetKind::kVgg19:
    case NetKind::kVgg19Bn:
      return {0, 1};
  }
  return {0, 0};
}

}  // namespace

std::string_view to_string(NetKind kind) {
  switch (kind) {
    case NetKind::kMsResUnetV2:
      return "msresunet_v2";
    case NetKind::kMsResUnetV1:
      return "msresunet_v1";
    case NetKind::kSegUnet:
      return "seg_unet";
    case NetKind::kPatchDiscriminator:
      return "patchgan";
    case NetKind::kHopenet:
      return "hopenet";
    case NetKind::kVgg19:
      return "vgg19";
    case NetKind::kVgg19Bn:
      return "vgg19_bn";
  }
  return "";
}

void check_net_info(const NetInfo& info) {
  const InfoCheck check(info);
  check.range("in", info.in, 1, 4096);
  check.range("ngf", info.ngf, 1, 512);
  check.range("landmarks", info.landmarks, 0, info.in);
  check.range("crop_scale", info.crop_scale, 0.1, 100);
  check.range("resolution_px", info.resolution_px, 16, 4096);
  if (info.resolution_px % 16 != 0) {
    check.refuse("resolution_px", std::to_string(info.resolution_px), "must be a multiple of 16");
  }
  const auto [min_heads, max_heads] = head_counts(info.kind);
  check.list("out", info.out, min_heads, max_heads, 1, 100'000);
  const bool has_levels = info.kind == NetKind::kMsResUnetV1 || info.kind == NetKind::kMsResUnetV2;
  const std::size_t flat_count = has_levels ? 4 : 0;
  check.list("flat", info.flat, flat_count, flat_count, 0, 64);
  if (info.kind == NetKind::kPatchDiscriminator && info.out.front() != 1) {
    check.refuse("out", list_text(info.out), "must be 1");
  }
}

SafetensorsMetadata to_metadata(const NetInfo& info, const Digest& data_sha256) {
  SafetensorsMetadata metadata = {{"format", kFormat},
                                  {"kind", std::string(to_string(info.kind))},
                                  {"role", info.role},
                                  {"in", std::to_string(info.in)},
                                  {"out", list_text(info.out)},
                                  {"ngf", std::to_string(info.ngf)},
                                  {"flat", list_text(info.flat)},
                                  {"landmarks", std::to_string(info.landmarks)},
                                  {"crop_scale", number_text(info.crop_scale)},
                                  {"resolution_px", std::to_string(info.resolution_px)},
                                  {"trained_on", info.trained_on},
                                  {"licence", info.licence},
                                  {"data_sha256", data_sha256.hex()}};
  if (info.pyramid == Halving::kPyrDown) {
    metadata["pyramid"] = kPyrDown;
  }
  for (const auto& [key, value] : info.notes) {
    if (!metadata.emplace(key, value).second) {
      throw Error(ErrorKind::kModel, "a note may not have the name '" + key + "'");
    }
  }
  return metadata;
}

NetInfo net_info_from_metadata(const SafetensorsMetadata& metadata, const std::string& where) {
  MetadataReader reader(metadata, where);
  const std::string format = reader.text("format");
  if (format != kFormat) {
    fail(where, "format '" + format + "' is not '" + kFormat + "'");
  }
  NetInfo info;
  info.kind = reader.kind();
  info.role = reader.text("role");
  info.in = reader.number<int>("in");
  info.out = reader.list("out");
  info.ngf = reader.number<int>("ngf");
  info.flat = reader.list("flat");
  info.landmarks = reader.number<int>("landmarks");
  info.crop_scale = reader.number<double>("crop_scale");
  info.resolution_px = reader.number<int>("resolution_px");
  info.pyramid = reader.pyramid();
  info.trained_on = reader.text("trained_on");
  info.licence = reader.text("licence");
  (void)reader.text("data_sha256");
  info.notes = reader.rest();
  try {
    check_net_info(info);
  } catch (const Error& error) {
    fail(where, error.what());
  }
  return info;
}

Digest stored_data_digest(const SafetensorsMetadata& metadata, const std::string& where) {
  try {
    return Digest::from_hex(MetadataReader(metadata, where).text("data_sha256"));
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, error.what());
  }
}

void require_net(const NetWeights& weights, const NetInfo& expected) {
  const NetInfo& info = weights.info;
  const auto compare = [&](const char* key, const std::string& found, const std::string& wanted) {
    if (found != wanted) {
      throw Error(ErrorKind::kModel, expected.role + " weights: " + key + " is '" + found +
                                         "', but '" + wanted + "' is needed here");
    }
  };
  compare("role", info.role, expected.role);
  compare("kind", std::string(to_string(info.kind)), std::string(to_string(expected.kind)));
  compare("in", std::to_string(info.in), std::to_string(expected.in));
  compare("out", list_text(info.out), list_text(expected.out));
  compare("landmarks", std::to_string(info.landmarks), std::to_string(expected.landmarks));
  compare("crop_scale", number_text(info.crop_scale), number_text(expected.crop_scale));
  compare("resolution_px", std::to_string(info.resolution_px),
          std::to_string(expected.resolution_px));
}

}  // namespace changeling
