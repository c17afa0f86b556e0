#include "common/weights/model_manifest.h"

#include <algorithm>
#include <array>
#include <set>

#include <yaml-cpp/yaml.h>

#include "common/base/error.h"

namespace changeling {

namespace embedded {
const std::vector<std::pair<std::string, std::string>>& model_manifest();
}  // namespace embedded

namespace {

constexpr std::array<std::string_view, 11> kKeys = {
    "id",
    "package",
    "version",
    "file",
    "weights_manifest",
    "sha256",
    "weights_manifest_sha256",
    "format",
    "licence",
    "trained_on",
    "input_shape",
};

[[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) {
  throw Error(ErrorKind::kConfig,
              "models manifest, line " + std::to_string(mark.line + 1) + ": " + what);
}

std::string optional_text(const YAML::Node& model, const std::string& key) {
  const YAML::Node value = model[key];
  if (!value) {
    return {};
  }
  if (!value.IsScalar() || value.Scalar().empty()) {
    fail(value.Mark(), "'" + key + "' must be text");
  }
  return value.Scalar();
}

std::string required_text(const YAML::Node& model, const std::string& key) {
  std::string text = optional_text(model, key);
  if (text.empty()) {
    fail(model.Mark(), "'" + key + "' is missing");
  }
  return text;
}

Digest to_digest(const YAML::Node& model, const std::string& key) {
  try {
    return Digest::from_hex(required_text(model, key));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kConfig) {
      throw;
    }
    fail(model[key].Mark(), "'" + key + "' must be 64 hex digits");
  }
}

std::vector<std::int64_t> to_shape(const YAML::Node& model) {
  const YAML::Node shape = model["input_shape"];
  if (!shape || !shape.IsSequence() || shape.size() != 4) {
    fail(model.Mark(), "'input_shape' must be four whole numbers");
  }
  std::vector<std::int64_t> sizes;
  for (const YAML::Node& size : shape) {
    std::int64_t value = 0;
    if (!YAML::convert<std::int64_t>::decode(size, value) || value < 1) {
      fail(size.Mark(), "'input_shape' must be four whole numbers above 0");
    }
    sizes.push_back(value);
  }
  return sizes;
}

/// The path must stay inside the package.
void check_path(const YAML::Node& model, const std::string& key, const std::string& text) {
  const std::filesystem::path path(text);
  if (path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end()) {
    fail(model.Mark(), "'" + key + "' leaves the package: '" + text + "'");
  }
}

void check_keys(const YAML::Node& model) {
  if (!model.IsMap()) {
    fail(model.Mark(), "a model must be a map");
  }
  for (const auto& item : model) {
    if (std::find(kKeys.begin(), kKeys.end(), item.first.Scalar()) == kKeys.end()) {
      fail(item.first.Mark(), "unknown key '" + item.first.Scalar() + "'");
    }
  }
}

ModelEntry to_entry(const YAML::Node& model) {
  check_keys(model);
  ModelEntry entry;
  entry.id = required_text(model, "id");
  entry.package = required_text(model, "package");
  entry.version = required_text(model, "version");
  entry.file = required_text(model, "file");
  entry.weights_manifest = optional_text(model, "weights_manifest");
  entry.format = required_text(model, "format");
  entry.licence = required_text(model, "licence");
  entry.trained_on = required_text(model, "trained_on");
  entry.sha256 = to_digest(model, "sha256");
  entry.input_shape = to_shape(model);
  check_path(model, "package", entry.package);
  check_path(model, "file", entry.file);
  check_path(model, "weights_manifest", entry.weights_manifest);
  check_path(model, "id", entry.id);
  if (entry.format != "onnx" && entry.format != "tfjs") {
    fail(model["format"].Mark(), "'format' must be onnx or tfjs");
  }
  if ((entry.format == "tfjs") == entry.weights_manifest.empty()) {
    fail(model.Mark(), "'weights_manifest' belongs to format tfjs, and is needed there");
  }
  if (!entry.weights_manifest.empty()) {
    entry.weights_manifest_sha256 = to_digest(model, "weights_manifest_sha256");
  }
  return entry;
}

}  // namespace

ModelManifest ModelManifest::parse(const std::string& yaml) {
  YAML::Node root;
  try {
    root = YAML::Load(yaml);
  } catch (const YAML::Exception& error) {
    fail(error.mark, error.msg);
  }
  if (!root.IsMap() || !root["models"] || !root["models"].IsSequence()) {
    fail(root.Mark(), "'models' must be a list");
  }
  std::vector<ModelEntry> entries;
  std::set<std::string> ids;
  for (const YAML::Node& model : root["models"]) {
    entries.push_back(to_entry(model));
    if (!ids.insert(entries.back().id).second) {
      fail(model.Mark(), "'id' " + entries.back().id + " stands twice");
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
