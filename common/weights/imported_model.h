// common/weights/imported_model.h: an imported network on disk: safetensors with its origin, terms
// and, for ONNX files, the node list in the metadata. Layer 1, no Torch.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/weights/graph_description.h"
#include "common/weights/safetensors.h"

namespace changeling {

/// What the metadata of an imported file says.
struct ModelOrigin {
  std::string id;
  Digest source_sha256;  ///< of the file that was imported
  std::string licence;
  std::string trained_on;
};

/// Metadata keys: format "changeling-model", id, source_sha256, licence, trained_on, graph (JSON,
/// may be absent), content_sha256 over all of these and the tensors.
class ImportedModel {
 public:
  /// Throws Error(kModel) with the path: missing (names `changeling models fetch`), damaged,
  /// content digest wrong, or imported from another file than the built-in manifest names for this
  /// id.
  static ImportedModel open(const std::filesystem::path& path);

  [[nodiscard]] const ModelOrigin& origin() const { return origin_; }

  [[nodiscard]] const std::optional<GraphDescription>& graph() const { return graph_; }

  [[nodiscard]] const SafetensorsFile& file() const { return file_; }

 private:
  ImportedModel(SafetensorsFile file, const std::string& name);

  SafetensorsFile file_;
  ModelOrigin origin_;
  std::optional<GraphDescription> graph_;
};

/// Writes such a file, atomically; the same content gives the same bytes.
void write_imported_model(const std::filesystem::path& path, const ModelOrigin& origin,
                          const std::optional<GraphDescription>& graph,
                          std::vector<TensorView> tensors);

}  // namespace changeling
