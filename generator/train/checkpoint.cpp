#include "generator/train/checkpoint.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/nets/tensor_file.h"

namespace changeling {
namespace {

constexpr const char* kOptionPrefix = "option.";
constexpr const char* kNotePrefix = "note.";

constexpr const char* kFormat = "changeling-checkpoint-2";
constexpr const char* kNone = "none";

/// Exact: %a keeps every bit of a double.
std::string exact(std::optional<double> value) {
  char text[64] = {};
  if (!value) {
    return kNone;
  }
  std::snprintf(text, sizeof text, "%a", *value);
  return text;
}

std::optional<double> from_exact(const std::string& text) {
  return text == kNone ? std::nullopt : std::optional(std::strtod(text.c_str(), nullptr));
}

std::string metadata(const SafetensorsFile& file, const std::filesystem::path& path,
                     const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) {
    throw Error(ErrorKind::kModel,
                "'" + path.string() + "' is no checkpoint: it lacks '" + key + "'");
  }
  return found->second;
}

std::int64_t whole_number(const std::string& text, const std::filesystem::path& path) {
  std::int64_t value = -1;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < 0) {
    throw Error(ErrorKind::kModel, "'" + path.string() + "': '" + text + "' is no count");
  }
  return value;
}

/// Refuses another form, and metadata or tensors that are not those that were written.
void require_whole(const SafetensorsFile& file, const std::filesystem::path& path) {
  const std::string form = metadata(file, path, "format");
  if (form != kFormat) {
    throw Error(ErrorKind::kModel, "'" + path.string() + "' is a " + form +
                                       ", this program reads " + kFormat +
                                       " (begin anew in another folder)");
  }
  if (!has_intact_seal(file)) {
    throw Error(ErrorKind::kModel, "'" + path.string() +
                                       "' is damaged: its content digest is wrong "
                                       "(begin anew in another folder)");
  }
}

/// The entries whose keys begin with `prefix`, without it.
std::map<std::string, std::string> entries(const SafetensorsMetadata& metadata,
                                           const std::string& prefix) {
  std::map<std::string, std::string> chosen;
  for (const auto& [key, value] : metadata) {
    if (key.rfind(prefix, 0) == 0) {
      chosen[key.substr(prefix.size())] = value;
    }
  }
  return chosen;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  SafetensorsMetadata metadata = {{"format", kFormat},
                                  {"step", std::to_string(checkpoint.step)},
                                  {"optimizer_steps", std::to_string(checkpoint.optimizer_steps)},
                                  {"stale", std::to_string(checkpoint.stale)},
                                  {"best_validation", exact(checkpoint.best_validation)}};
  for (const auto& [key, value] : checkpoint.options) {
    metadata[kOptionPrefix + key] = value;
  }
  for (const auto& [key, value] : checkpoint.notes) {
    metadata[kNotePrefix + key] = value;
  }
  write_sealed_tensors(path, checkpoint.tensors, metadata);
}

std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  const SafetensorsFile file = SafetensorsFile::open(path);
  require_whole(file, path);
  Checkpoint checkpoint;
  checkpoint.step = whole_number(metadata(file, path, "step"), path);
  checkpoint.optimizer_steps = whole_number(metadata(file, path, "optimizer_steps"), path);
  checkpoint.stale = whole_number(metadata(file, path, "stale"), path);
  checkpoint.best_validation = from_exact(metadata(file, path, "best_validation"));
  checkpoint.options = entries(file.metadata(), kOptionPrefix);
  checkpoint.notes = entries(file.metadata(), kNotePrefix);
  for (const TensorView& view : file.tensors()) {
    checkpoint.tensors[view.name] = to_tensor(view);
  }
  return checkpoint;
}

TensorMap with_prefix_removed(const TensorMap& tensors, const std::string& prefix) {
  TensorMap chosen;
  for (auto at = tensors.lower_bound(prefix);
       at != tensors.end() && at->first.compare(0, prefix.size(), prefix) == 0; ++at) {
    chosen[at->first.substr(prefix.size())] = at->second;
  }
  return chosen;
}

void add_with_prefix(TensorMap& tensors, const std::string& prefix, const TensorMap& more) {
  for (const auto& [name, tensor] : more) {
    tensors[prefix + name] = tensor;
  }
}

}  // namespace changeling
