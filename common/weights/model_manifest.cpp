#include "common/weights/model_manifest.h"

#include <algorithm>
#include <array>
#include <set>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/inner_path.h"

namespace changeling {

namespace embedded {
const std::vector<std::pair<std::string, std::string>>& model_manifest();
}  // namespace embedded

namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 13> kKeys = {
    "id",     "purpose",          "package",    "version",
    "file",   "weights_manifest", "sha256",     "weights_manifest_sha256",
    "format", "licence",          "trained_on", "input_shape",
    "parts",
};

/// InceptionV3 in the scripts of a browser package.
constexpr const char* kScripts = "inception_v3_scripts";

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::kConfig, "models manifest: " + what);
}

/// One entry while it is read; messages name it.
class EntryReader {
 public:
  EntryReader(const Json& model, std::size_t position) : model_(model) {
    name_ = "model " + std::to_string(position + 1);
    if (!model.is_object()) {
      fail(name_ + " must be an object");
    }
    name_ += " '" + required_text("id") + "'";
    for (const auto& item : model.items()) {
      if (std::find(kKeys.begin(), kKeys.end(), item.key()) == kKeys.end()) {
        refuse("unknown key '" + item.key() + "'");
      }
    }
  }

  [[noreturn]] void refuse(const std::string& what) const { fail(name_ + ": " + what); }

  [[nodiscard]] std::string optional_text(const std::string& key) const {
    const auto found = model_.find(key);
    if (found == model_.end()) {
      return {};
    }
    if (!found->is_string() || found->get_ref<const std::string&>().empty()) {
      refuse("'" + key + "' must be text");
    }
    return found->get<std::string>();
  }

  [[nodiscard]] std::string required_text(const std::string& key) const {
    std::string text = optional_text(key);
    if (text.empty()) {
      refuse("'" + key + "' is missing");
    }
    return text;
  }

  /// A path that stays inside the package.
  [[nodiscard]] std::string path(const std::string& key, std::string text) const {
    if (!text.empty() && !is_inner_path(text)) {
      refuse("'" + key + "' leaves the package: '" + text + "'");
    }
    return text;
  }

  [[nodiscard]] Digest digest(const std::string& key) const {
    const std::string text = required_text(key);
    try {
      return Digest::from_hex(text);
    } catch (const Error&) {
      refuse("'" + key + "' must be 64 hex digits");
    }
  }

  /// 1 when absent.
  [[nodiscard]] std::int64_t parts() const {
    const auto found = model_.find("parts");
    if (found == model_.end()) {
      return 1;
    }
    if (!found->is_number_integer() || found->get<std::int64_t>() < 1 ||
        found->get<std::int64_t>() > 1000) {
      refuse("'parts' must be a whole number from 1 to 1000");
    }
    return found->get<std::int64_t>();
  }

  [[nodiscard]] std::vector<std::int64_t> shape() const {
    const auto found = model_.find("input_shape");
    if (found == model_.end() || !found->is_array() || found->size() != 4) {
      refuse("'input_shape' must be four whole numbers");
    }
    std::vector<std::int64_t> sizes;
    for (const Json& size : *found) {
      if (!size.is_number_integer() || size.get<std::int64_t>() < 1) {
        refuse("'input_shape' must be four whole numbers above 0");
      }
      sizes.push_back(size.get<std::int64_t>());
    }
    return sizes;
  }

 private:
  const Json& model_;
  std::string name_;
};

ModelEntry to_entry(const EntryReader& model) {
  ModelEntry entry;
  entry.id = model.path("id", model.required_text("id"));
  entry.purpose = model.required_text("purpose");
  entry.package = model.path("package", model.required_text("package"));
  entry.version = model.required_text("version");
  entry.file = model.path("file", model.required_text("file"));
  entry.weights_manifest = model.path("weights_manifest", model.optional_text("weights_manifest"));
  entry.format = model.required_text("format");
  entry.licence = model.required_text("licence");
  entry.trained_on = model.required_text("trained_on");
  entry.sha256 = model.digest("sha256");
  entry.input_shape = model.shape();
  entry.parts = model.parts();
  if (entry.format != "onnx" && entry.format != "tfjs" && entry.format != kScripts) {
    model.refuse(std::string("'format' must be onnx, tfjs or ") + kScripts);
  }
  if ((entry.format == "onnx") != entry.weights_manifest.empty()) {
    model.refuse("'weights_manifest' belongs to weights of tfjs, and is needed there");
  }
  if ((entry.format == kScripts) != (entry.file.find('#') != std::string::npos)) {
    model.refuse(std::string("'file' has a '#' for the number of its part with format ") +
                 kScripts + " alone");
  }
  if (!entry.weights_manifest.empty()) {
    entry.weights_manifest_sha256 = model.digest("weights_manifest_sha256");
  }
  return entry;
}

Json parse_json(const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    fail(error.what());
  }
}

}  // namespace

std::string ModelEntry::part_file(std::int64_t part) const {
  std::string path = file;
  if (const std::size_t place = path.find('#'); place != std::string::npos) {
    path.replace(place, 1, std::to_string(part));
  }
  return path;
}

ModelManifest ModelManifest::parse(const std::string& json) {
  const Json root = parse_json(json);
  if (!root.is_object() || !root.contains("models") || !root["models"].is_array()) {
    fail("'models' must be a list");
  }
  std::vector<ModelEntry> entries;
  std::set<std::string> ids;
  for (const Json& model : root["models"]) {
    const EntryReader reader(model, entries.size());
    entries.push_back(to_entry(reader));
    if (!ids.insert(entries.back().id).second) {
      reader.refuse("the id stands twice");
    }
  }
  return ModelManifest(std::move(entries));
}

const ModelManifest& ModelManifest::builtin() {
  static const ModelManifest manifest = parse(embedded::model_manifest().front().second);
  return manifest;
}

const ModelEntry& ModelManifest::find(std::string_view id) const {
  std::string known;
  for (const ModelEntry& entry : entries_) {
    if (entry.id == id) {
      return entry;
    }
    known += (known.empty() ? "" : ", ") + entry.id;
  }
  throw Error(ErrorKind::kConfig, "no model '" + std::string(id) + "'; known: " + known);
}

std::filesystem::path imported_model_path(const std::filesystem::path& models_dir,
                                          std::string_view id) {
  std::filesystem::path path = models_dir / (std::string(id) + ".safetensors");
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw Error(ErrorKind::kModel, "model '" + std::string(id) + "' is missing: no file '" +
                                       path.string() + "' (run 'changeling models fetch')");
  }
  return path;
}

}  // namespace changeling
