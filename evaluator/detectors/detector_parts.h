// evaluator/detectors/detector_parts.h: what the kinds of detectors share. Layer 5, internal to
// detectors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/weights/safetensors.h"
#include "evaluator/detectors/detector.h"

namespace changeling {

/// Crops by class and clip, for drawing.
class CropDrawer {
 public:
  /// Throws Error(kInput) when a class is missing.
  explicit CropDrawer(const CropSet& crops);

  /// Rows of a batch: classes in turn, a clip of the class, a crop of the clip.
  [[nodiscard]] std::vector<std::int64_t> draw(int batch, std::uint64_t key) const;

 private:
  std::vector<std::vector<std::int64_t>> clips_[2];  ///< rows by clip, by class
};

/// Log loss of the clips: mean score of a clip's crops against its class, classes weighted equally.
[[nodiscard]] double clip_log_loss(const CropSet& crops, const std::vector<double>& scores);

/// uint8 (N,R,R,3) -> float (N,3,R,R) in [-1,1].
[[nodiscard]] at::Tensor to_input(const at::Tensor& images);

[[nodiscard]] DetectorFit fit_net(const CropSet& train, const CropSet& validation,
                                  const DetectorFitOptions& options, const DetectorFitHooks& hooks);
[[nodiscard]] std::unique_ptr<Detector> read_net(DetectorKind kind, const SafetensorsFile& file,
                                                 const std::string& where);

[[nodiscard]] DetectorFit fit_spectrum(const CropSet& train, const CropSet& validation);
[[nodiscard]] std::unique_ptr<Detector> read_spectrum(const SafetensorsFile& file,
                                                      const std::string& where);

/// A whole number from the metadata. Throws Error(kModel).
[[nodiscard]] int metadata_int(const SafetensorsFile& file, const std::string& key,
                               const std::string& where);

/// A file of float tensors that names itself a detector.
[[nodiscard]] std::string detector_file(DetectorKind kind, const std::map<std::string, int>& facts,
                                        const std::map<std::string, at::Tensor>& tensors);

}  // namespace changeling
