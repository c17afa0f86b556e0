#include "evaluator/detectors/detector.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <torch/types.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/statistics/calibration.h"
#include "evaluator/detectors/detector_parts.h"

namespace changeling {
namespace {

constexpr const char* kFormat = "changeling-detector";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kModel, "detector '" + where + "': " + what);
}

std::string text_of(const SafetensorsFile& file, const std::string& key, const std::string& where) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) {
    fail(where, "no '" + key + "' in the metadata");
  }
  return found->second;
}

}  // namespace

std::string_view to_string(DetectorKind kind) {
  switch (kind) {
    case DetectorKind::kMesoInception:
      return "mesoinception";
    case DetectorKind::kXception:
      return "xception";
    case DetectorKind::kSpectrum:
      break;
  }
  return "spectrum";
}

DetectorKind detector_kind(std::string_view word) {
  for (const DetectorKind kind :
       {DetectorKind::kMesoInception, DetectorKind::kXception, DetectorKind::kSpectrum}) {
    if (word == to_string(kind)) {
      return kind;
    }
  }
  throw Error(ErrorKind::kConfig, "no detector of kind '" + std::string(word) + "'");
}

CropDrawer::CropDrawer(const CropSet& crops) {
  std::map<std::int64_t, std::vector<std::int64_t>> rows[2];
  for (std::size_t i = 0; i < crops.is_fake.size(); ++i) {
    rows[crops.is_fake[i] ? 1 : 0][crops.clip[i]].push_back(static_cast<std::int64_t>(i));
  }
  for (const int label : {0, 1}) {
    for (auto& entry : rows[label]) {
      clips_[label].push_back(std::move(entry.second));
    }
    if (clips_[label].empty()) {
      throw Error(ErrorKind::kInput, std::string("no ") + (label == 1 ? "fake" : "real") +
                                         " clip with a face to train on");
    }
  }
}

std::vector<std::int64_t> CropDrawer::draw(int batch, std::uint64_t key) const {
  CounterRng rng(key);
  std::vector<std::int64_t> rows;
  for (int i = 0; i < batch; ++i) {
    const std::vector<std::vector<std::int64_t>>& clips = clips_[i % 2];
    const std::vector<std::int64_t>& crops = clips[rng.below(clips.size())];
    rows.push_back(crops[rng.below(crops.size())]);
  }
  return rows;
}

double clip_log_loss(const CropSet& crops, const std::vector<double>& scores) {
  struct Clip {
    double sum = 0;
    double n = 0;
    bool is_fake = false;
  };

  std::map<std::int64_t, Clip> clips;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    Clip& clip = clips[crops.clip[i]];
    clip.sum += scores[i];
    clip.n += 1;
    clip.is_fake = crops.is_fake[i];
  }
  double n[2] = {0, 0};
  for (const auto& entry : clips) {
    n[entry.second.is_fake ? 1 : 0] += 1;
  }
  std::vector<ScoredItem> items;
  for (const auto& entry : clips) {
    const Clip& clip = entry.second;
    items.push_back({clip.sum / clip.n, clip.is_fake, 1 / n[clip.is_fake ? 1 : 0]});
  }
  return log_loss(items);
}

at::Tensor to_input(const at::Tensor& images) {
  return images.permute({0, 3, 1, 2}).to(at::kFloat).contiguous() / 127.5 - 1;
}

int metadata_int(const SafetensorsFile& file, const std::string& key, const std::string& where) {
  const std::string text = text_of(file, key, where);
  int value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || value < 1 || value > 4096) {
    fail(where, key + " '" + text + "' cannot be read");
  }
  return value;
}

std::string detector_file(DetectorKind kind, const std::map<std::string, int>& facts,
                          const std::map<std::string, at::Tensor>& tensors) {
  SafetensorsMetadata metadata = {{"format", kFormat}, {"kind", std::string(to_string(kind))}};
  for (const auto& [key, value] : facts) {
    metadata[key] = std::to_string(value);
  }
  std::vector<at::Tensor> kept;  // owns what the views point to
  std::vector<TensorView> views;
  for (const auto& [name, tensor] : tensors) {
    kept.push_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
    const at::Tensor& stored = kept.back();
    views.push_back(
        {name, DType::kF32, stored.sizes().vec(),
         std::string_view(static_cast<const char*>(stored.data_ptr()), stored.nbytes())});
  }
  return serialize_safetensors(std::move(views), metadata);
}

DetectorFit fit_detector(const CropSet& train, const CropSet& validation,
                         const DetectorFitOptions& options, const DetectorFitHooks& hooks) {
  CHANGELING_REQUIRE(options.steps > 0 && options.batch > 1 && options.validate_every > 0,
                     "a training needs steps, a batch of two or more and an interval");
  return options.kind == DetectorKind::kSpectrum ? fit_spectrum(train, validation)
                                                 : fit_net(train, validation, options, hooks);
}

std::unique_ptr<Detector> read_detector(const std::string& bytes, const std::string& where) {
  const SafetensorsFile file = SafetensorsFile::parse(bytes, where);
  if (text_of(file, "format", where) != kFormat) {
    fail(where, "the file is no detector");
  }
  const std::string word = text_of(file, "kind", where);
  for (const DetectorKind kind : {DetectorKind::kMesoInception, DetectorKind::kXception}) {
    if (word == to_string(kind)) {
      return read_net(kind, file, where);
    }
  }
  if (word != to_string(DetectorKind::kSpectrum)) {
    fail(where, "kind '" + word + "' is not known");
  }
  return read_spectrum(file, where);
}

}  // namespace changeling
