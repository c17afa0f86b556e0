#include "common/weights/model_import.h"

#include <optional>
#include <string>
#include <utility>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/weights/imported_model.h"
#include "common/weights/inception_graph.h"
#include "common/weights/onnx_reader.h"
#include "common/weights/tfjs_manifest.h"
#include "common/weights/tfjs_script.h"

namespace changeling {
namespace {

std::string read_present(const std::filesystem::path& path, const std::string& id) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw Error(ErrorKind::kModel, "model '" + id + "': no file '" + path.string() +
                                       "' (run 'changeling models fetch')");
  }
  return read_file(path);
}

void check_digest(const std::string& bytes, const std::filesystem::path& path, const Digest& wanted,
                  const std::string& id) {
  const Digest found = sha256(bytes);
  if (found != wanted) {
    throw Error(ErrorKind::kModel,
                "model '" + id + "': '" + path.string() + "' has SHA-256 " + found.hex() +
                    ", the manifest wants " + wanted.hex() +
                    " (delete its package folder and run 'changeling models fetch')");
  }
}

std::string read_checked(const std::filesystem::path& path, const Digest& wanted,
                         const std::string& id) {
  std::string bytes = read_present(path, id);
  check_digest(bytes, path, wanted, id);
  return bytes;
}

/// The data of all parts together, whose digest is checked.
std::string read_parts(const ModelEntry& entry, const std::filesystem::path& package) {
  std::string data;
  for (std::int64_t part = 1; part <= entry.parts; ++part) {
    const std::filesystem::path file = package / entry.part_file(part);
    data += read_script_data(read_present(file, entry.id), file.string());
  }
  check_digest(data, package / entry.file, entry.sha256, entry.id);
  return data;
}

std::string to_bytes(const std::vector<float>& values) {
  static_assert(sizeof(float) == 4, "weights are stored as 4-byte floats");
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// HWIO -> OIHW.
OwnedTensor to_convolution(const TfjsTensor& source) {
  const std::int64_t height = source.shape[0];
  const std::int64_t width = source.shape[1];
  const std::int64_t in = source.shape[2];
  const std::int64_t out = source.shape[3];
  std::vector<float> values;
  values.reserve(source.values.size());
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t i = 0; i < in; ++i) {
      for (std::int64_t p = 0; p < height * width; ++p) {
        values.push_back(source.values[static_cast<std::size_t>((p * in + i) * out + o)]);
      }
    }
  }
  return {source.name, DType::kF32, {out, in, height, width}, to_bytes(values)};
}

/// in x out -> out x in.
OwnedTensor to_dense(const TfjsTensor& source) {
  const std::int64_t in = source.shape[0];
  const std::int64_t out = source.shape[1];
  std::vector<float> values;
  values.reserve(source.values.size());
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t i = 0; i < in; ++i) {
      values.push_back(source.values[static_cast<std::size_t>(i * out + o)]);
    }
  }
  return {source.name, DType::kF32, {out, in}, to_bytes(values)};
}

std::vector<OwnedTensor> to_executor_layout(const std::vector<TfjsTensor>& sources) {
  std::vector<OwnedTensor> tensors;
  for (const TfjsTensor& source : sources) {
    if (source.shape.size() == 4) {
      tensors.push_back(to_convolution(source));
    } else if (source.shape.size() == 2) {
      tensors.push_back(to_dense(source));
    } else {
      tensors.push_back({source.name, DType::kF32, source.shape, to_bytes(source.values)});
    }
  }
  return tensors;
}

}  // namespace

void import_model(const ModelEntry& entry, const std::filesystem::path& packages_dir,
                  const std::filesystem::path& models_dir) {
  const std::filesystem::path package = packages_dir / entry.package;
  const std::filesystem::path source = package / entry.file;
  const auto read_manifest = [&] {
    return read_checked(package / entry.weights_manifest, entry.weights_manifest_sha256, entry.id);
  };
  std::optional<GraphDescription> graph;
  std::vector<OwnedTensor> tensors;
  if (entry.format == "onnx") {
    OnnxModel model = read_onnx(read_checked(source, entry.sha256, entry.id), source.string());
    graph = std::move(model.graph);
    tensors = std::move(model.tensors);
  } else if (entry.format == "tfjs") {
    const std::string bytes = read_checked(source, entry.sha256, entry.id);
    tensors = to_executor_layout(read_tfjs_weights(read_manifest(), bytes, source.string()));
  } else {
    const std::string manifest = read_script_manifest(read_manifest(), entry.weights_manifest);
    BuiltGraph built = build_inception_v3(
        read_tfjs_weights(manifest, read_parts(entry, package), source.string()), source.string());
    graph = std::move(built.graph);
    tensors = std::move(built.tensors);
  }
  std::vector<TensorView> views;
  views.reserve(tensors.size());
  for (const OwnedTensor& tensor : tensors) {
    views.push_back(tensor.view());
  }
  write_imported_model(models_dir / (entry.id + ".safetensors"),
                       {entry.id, entry.sha256, entry.licence, entry.trained_on}, graph,
                       std::move(views));
}

ImportState import_state(const ModelEntry& entry, const std::filesystem::path& models_dir) {
  const std::filesystem::path path = models_dir / (entry.id + ".safetensors");
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return ImportState::kMissing;
  }
  try {
    return ImportedModel::open(path).origin().id == entry.id ? ImportState::kImported
                                                             : ImportState::kDamaged;
  } catch (const Error&) {
    return ImportState::kDamaged;
  }
}

}  // namespace changeling
