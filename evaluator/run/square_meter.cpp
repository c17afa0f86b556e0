#include "evaluator/run/square_meter.h"

#include <algorithm>
#include <optional>

#include "common/base/geometry.h"
#include "common/face/face_box.h"
#include "common/quality/brisque.h"

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
  explicit ModelSquareMeter(const std::filesystem::path& brisque_folder) {
    if (!brisque_folder.empty()) {
      brisque_.emplace(brisque_files(brisque_folder));
    }
  }

  std::vector<SquareMeasurement> measure(const std::vector<SquareQuery>& queries) override {
    std::vector<SquareMeasurement> results;
    for (const SquareQuery& query : queries) {
      SquareMeasurement result;
      result.found = true;
      if (query.needs.brisque && brisque_) {
        result.brisque =
            brisque_->score(query.frame, square_on(face_box(query.near), kBrisqueScale));
      }
      results.push_back(result);
    }
    return results;
  }

 private:
  std::optional<Brisque> brisque_;
};

}  // namespace

std::unique_ptr<SquareMeter> make_model_square_meter(const std::filesystem::path& brisque_folder) {
  return std::make_unique<ModelSquareMeter>(brisque_folder);
}

}  // namespace changeling
