// evaluator/run/square_meter.h: asks models about the picture around the target's face, be a face
// seen there or not. Layer 6.
#pragma once

#include <filesystem>
#include <memory>

#include "common/base/frame.h"
#include "common/face/face_types.h"
#include "evaluator/metrics/metric.h"

namespace changeling {

/// What is wanted of a picture.
struct SquareNeeds {
  bool brisque = false;   ///< 3 to 7 ms
  bool features = false;  ///< 4 ms

  [[nodiscard]] bool any() const { return brisque || features; }
};

struct SquareQuery {
  Frame frame;
  Landmarks near;  ///< where the target's track has the face: all pictures of a frame are cut alike
  SquareNeeds needs;
};

/// One thread per object.
class SquareMeter {
 public:
  virtual ~SquareMeter() = default;

  [[nodiscard]] virtual SquareMeasurement measure(const SquareQuery& query) = 0;
};

/// The first layers of feat_iv3n of `models_dir`, and BRISQUE by the files of a folder (brisque.h)
/// unless that is empty. Throws Error(kModel).
[[nodiscard]] std::unique_ptr<SquareMeter> make_model_square_meter(
    const std::filesystem::path& models_dir, const std::filesystem::path& brisque_folder);

}  // namespace changeling
