#include "evaluator/run/square_meter.h"

#include <algorithm>
#include <optional>

#include "common/base/geometry.h"
#include "common/face/early_features.h"
#include "common/face/face_box.h"
#include "common/quality/brisque.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

constexpr float kBrisqueScale = 1.2F;

BBox square_on(const BBox& box, float scale) {
  const float side = scale * std::max(box.width, box.height);
  const PointF center = box.center();
  return {center.x - side / 2, center.y - side / 2, side, side};
}

class ModelSquareMeter final : public SquareMeter {
 public:
  ModelSquareMeter(const std::filesystem::path& models_dir,
                   const std::filesystem::path& brisque_folder)
      : features_(imported_model_path(models_dir, "feat_iv3n")) {
    if (!brisque_folder.empty()) {
      brisque_.emplace(brisque_files(brisque_folder));
    }
  }

  SquareMeasurement measure(const SquareQuery& query) override {
    SquareMeasurement result;
    result.found = true;
    if (query.needs.brisque && brisque_) {
      result.brisque = brisque_->score(query.frame, square_on(face_box(query.near), kBrisqueScale));
    }
    if (query.needs.features) {
      result.features_crop = early_features_crop(query.near);
      result.features = features_.measure(query.frame, result.features_crop);
    }
    return result;
  }

 private:
  EarlyFeatures features_;
  std::optional<Brisque> brisque_;
};

}  // namespace

std::unique_ptr<SquareMeter> make_model_square_meter(const std::filesystem::path& models_dir,
                                                     const std::filesystem::path& brisque_folder) {
  return std::make_unique<ModelSquareMeter>(models_dir, brisque_folder);
}

}  // namespace changeling
