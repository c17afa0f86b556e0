// common/weights/model_manifest.h: which pretrained networks exist and where their files lie.
// Layer 1. The values come from configs/models.json, which is embedded in every program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/digest.h"

namespace changeling {

/// One network of the manifest.
struct ModelEntry {
  std::string id;       ///< "lmk68"
  std::string purpose;  ///< "68 landmarks"
  std::string package;  ///< npm name
  std::string version;
  std::string file;              ///< path inside the unpacked package; '#' = number of the part
  std::int64_t parts = 1;        ///< files, numbered from 1, that hold the data of tfjs scripts
  std::string weights_manifest;  ///< second file of tfjs models, else empty
  Digest sha256;                 ///< of `file`, or of the data that its parts hold together
  Digest weights_manifest_sha256;
  std::string format;  ///< onnx, tfjs, inception_v3_scripts
  std::string licence;
  std::string trained_on;
  std::vector<std::int64_t> input_shape;

  /// `file` with the number of a part, 1 to `parts`, in the place of its '#', if it has one.
  [[nodiscard]] std::string part_file(std::int64_t part) const;
};

/// All networks. Order as in the file.
class ModelManifest {
 public:
  /// Parses the JSON text. Throws Error(kConfig) naming the entry and its key.
  static ModelManifest parse(const std::string& json);

  /// The manifest compiled into the program.
  static const ModelManifest& builtin();

  explicit ModelManifest(std::vector<ModelEntry> entries) : entries_(std::move(entries)) {}

  [[nodiscard]] const std::vector<ModelEntry>& entries() const { return entries_; }

  /// Throws Error(kConfig) naming the known ids.
  [[nodiscard]] const ModelEntry& find(std::string_view id) const;

 private:
  std::vector<ModelEntry> entries_;
};

/// `<models_dir>/<id>.safetensors`. Throws Error(kModel) naming `changeling models fetch` when
/// absent.
[[nodiscard]] std::filesystem::path imported_model_path(const std::filesystem::path& models_dir,
                                                        std::string_view id);

}  // namespace changeling
