#include "common/weights/imported_model.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

constexpr const char* kFormat = "changeling-model";

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw Error(ErrorKind::kModel,
              "model file '" + name + "' " + what + " (run 'changeling models import')");
}

const std::string& text(const SafetensorsMetadata& metadata, const std::string& key,
                        const std::string& name) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    fail(name, "has no '" + key + "' in its metadata: it was not made by an import");
  }
  return found->second;
}

/// A model of the manifest must come from the file that the manifest names.
void check_source(const ModelOrigin& origin, const std::string& name) {
  for (const ModelEntry& entry : ModelManifest::builtin().entries()) {
    if (entry.id == origin.id && entry.sha256 != origin.source_sha256) {
      fail(name, "comes from a file with SHA-256 " + origin.source_sha256.hex() +
                     ", but the manifest names " + entry.sha256.hex() + " for '" + entry.id + "'");
    }
  }
}

}  // namespace

ImportedModel::ImportedModel(SafetensorsFile file, const std::string& name)
    : file_(std::move(file)) {
  const SafetensorsMetadata& metadata = file_.metadata();
  if (text(metadata, "format", name) != kFormat) {
    fail(name, "has an unknown format");
  }
  if (!has_intact_seal(file_)) {
    fail(name, "is damaged: its content digest is wrong");
  }
  origin_.id = text(metadata, "id", name);
  origin_.licence = text(metadata, "licence", name);
  origin_.trained_on = text(metadata, "trained_on", name);
  try {
    origin_.source_sha256 = Digest::from_hex(text(metadata, "source_sha256", name));
  } catch (const Error&) {
    fail(name, "has a source_sha256 that is no digest");
  }
  check_source(origin_, name);
  if (metadata.count("graph") != 0) {
    graph_ = graph_from_json(metadata.at("graph"), name);
  }
}

ImportedModel ImportedModel::open(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw Error(ErrorKind::kModel,
                "model file '" + path.string() + "' is missing (run 'changeling models fetch')");
  }
  return ImportedModel(SafetensorsFile::open(path), path.string());
}

void write_imported_model(const std::filesystem::path& path, const ModelOrigin& origin,
                          const std::optional<GraphDescription>& graph,
                          std::vector<TensorView> tensors) {
  SafetensorsMetadata metadata = {{"format", kFormat},
                                  {"id", origin.id},
                                  {"source_sha256", origin.source_sha256.hex()},
                                  {"licence", origin.licence},
                                  {"trained_on", origin.trained_on}};
  if (graph) {
    metadata["graph"] = to_json(*graph);
  }
  metadata = sealed(std::move(metadata), tensors);
  write_safetensors(path, std::move(tensors), metadata);
}

}  // namespace changeling
