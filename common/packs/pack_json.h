// common/packs/pack_json.h: reads the JSON of packs strictly; for this module's sources only.
// Layer 2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/packs/frame_pack.h"

namespace changeling::pack_json {

using Json = nlohmann::json;

/// One JSON object of a file. Every getter throws Error(kInput) naming file and key when the
/// member is missing or of another type.
class ObjectReader {
 public:
  /// `name` stands in messages. Throws unless `value` is an object of exactly these keys.
  ObjectReader(const Json& value, std::string name, const std::vector<std::string>& keys);

  [[noreturn]] void refuse(const std::string& what) const;

  /// At most 500 bytes, not empty.
  [[nodiscard]] std::string text(const std::string& key) const;
  [[nodiscard]] bool boolean(const std::string& key) const;

  /// In [low, high].
  [[nodiscard]] std::int64_t integer(const std::string& key, std::int64_t low,
                                     std::int64_t high) const;
  [[nodiscard]] double number(const std::string& key, double low, double high) const;

  /// The member, which must be a list.
  [[nodiscard]] const Json& list(const std::string& key) const;

  /// The member as an object of its own.
  [[nodiscard]] const Json& member(const std::string& key) const { return value_.at(key); }

 private:
  const Json& value_;
  std::string name_;
};

/// Throws Error(kInput) naming the file.
[[nodiscard]] Json parse(const std::string& text, const std::string& name);

[[nodiscard]] Json to_json(const PackLayout& layout);
[[nodiscard]] PackLayout layout_from_json(const Json& value, const std::string& name);
[[nodiscard]] Json to_json(const std::vector<PackTerms>& terms);
[[nodiscard]] std::vector<PackTerms> terms_from_json(const Json& list, const std::string& name);

/// "train", "val" or "test". Throws otherwise.
[[nodiscard]] std::string part_of(const ObjectReader& reader);

}  // namespace changeling::pack_json
