#include "common/packs/pack_json.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"

namespace changeling::pack_json {
namespace {

constexpr std::size_t kMaxText = 500;
constexpr int kMaxLandmarks = 1000;

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw Error(ErrorKind::kInput, "'" + name + "' is not a valid frame pack: " + what);
}

}  // namespace

ObjectReader::ObjectReader(const Json& value, std::string name,
                           const std::vector<std::string>& keys)
    : value_(value), name_(std::move(name)) {
  if (!value.is_object()) {
    refuse("an object is missing");
  }
  for (const std::string& key : keys) {
    if (!value.contains(key)) {
      refuse("no '" + key + "'");
    }
  }
  for (const auto& item : value.items()) {
    if (std::find(keys.begin(), keys.end(), item.key()) == keys.end()) {
      refuse("unknown key '" + item.key() + "'");
    }
  }
}

void ObjectReader::refuse(const std::string& what) const {
  fail(name_, what);
}

std::string ObjectReader::text(const std::string& key) const {
  const Json& value = value_.at(key);
  if (!value.is_string()) {
    refuse("'" + key + "' is not text");
  }
  std::string text = value.get<std::string>();
  if (text.empty() || text.size() > kMaxText) {
    refuse("'" + key + "' is empty or too long");
  }
  return text;
}

bool ObjectReader::boolean(const std::string& key) const {
  if (!value_.at(key).is_boolean()) {
    refuse("'" + key + "' is not true or false");
  }
  return value_.at(key).get<bool>();
}

std::int64_t ObjectReader::integer(const std::string& key, std::int64_t low,
                                   std::int64_t high) const {
  const Json& value = value_.at(key);
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  if (!fits || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) {
    refuse("'" + key + "' is not a whole number in " + std::to_string(low) + ".." +
           std::to_string(high));
  }
  return value.get<std::int64_t>();
}

double ObjectReader::number(const std::string& key, double low, double high) const {
  const Json& value = value_.at(key);
  if (!value.is_number() || !(value.get<double>() >= low && value.get<double>() <= high)) {
    refuse("'" + key + "' is not a number in range");
  }
  return value.get<double>();
}

const Json& ObjectReader::list(const std::string& key) const {
  if (!value_.at(key).is_array()) {
    refuse("'" + key + "' is not a list");
  }
  return value_.at(key);
}

Json parse(const std::string& text, const std::string& name) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    fail(name, error.what());
  }
}

Json to_json(const PackLayout& layout) {
  return {{"resolution_px", layout.resolution_px},
          {"crop_scale", layout.crop_scale},
          {"landmarks", layout.landmarks},
          {"landmark_source", layout.landmark_source},
          {"mask_source", layout.mask_source}};
}

PackLayout layout_from_json(const Json& value, const std::string& name) {
  const ObjectReader reader(
      value, name, {"resolution_px", "crop_scale", "landmarks", "landmark_source", "mask_source"});
  PackLayout layout;
  layout.resolution_px = static_cast<int>(reader.integer("resolution_px", 16, 1024));
  layout.crop_scale = reader.number("crop_scale", 1, 4);
  layout.landmarks = static_cast<int>(reader.integer("landmarks", 1, kMaxLandmarks));
  layout.landmark_source = reader.text("landmark_source");
  layout.mask_source = reader.text("mask_source");
  if (layout.resolution_px % 16 != 0) {
    reader.refuse("'resolution_px' is not a multiple of 16");
  }
  return layout;
}

Json to_json(const std::vector<PackTerms>& terms) {
  Json list = Json::array();
  for (const PackTerms& term : terms) {
    list.push_back({{"corpus", term.corpus},
                    {"licence", term.licence},
                    {"consent_basis", term.consent_basis},
                    {"redistributable", term.redistributable}});
  }
  return list;
}

std::vector<PackTerms> terms_from_json(const Json& list, const std::string& name) {
  std::vector<PackTerms> terms;
  for (const Json& value : list) {
    const ObjectReader reader(value, name,
                              {"corpus", "licence", "consent_basis", "redistributable"});
    terms.push_back({reader.text("corpus"), reader.text("licence"), reader.text("consent_basis"),
                     reader.boolean("redistributable")});
  }
  if (terms.empty()) {
    fail(name, "no corpus and its terms");
  }
  return terms;
}

std::string part_of(const ObjectReader& reader) {
  std::string part = reader.text("part");
  if (part != "train" && part != "val" && part != "test") {
    reader.refuse("'part' is not train, val or test");
  }
  return part;
}

}  // namespace changeling::pack_json
