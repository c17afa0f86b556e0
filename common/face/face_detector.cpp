#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/face/detector_tiles.h"
#include "common/face/face_crops.h"
#include "common/face/face_models.h"
#include "common/tensor/image_ops.h"

namespace changeling {
namespace {

constexpr int kInputWidth = 320;
constexpr int kInputHeight = 240;
constexpr float kNmsIou = 0.4F;
constexpr std::size_t kMaxBatch = 8;
constexpr float kTileOdds = 10;

/// What the network is shown of a frame.
struct View {
  std::size_t frame = 0;
  FrameWindow window;
};

bool is_whole(const FrameWindow& window, const Frame& frame) {
  return window.width == frame.width_px() && window.height == frame.height_px();
}

/// A tile's score for the frame: a dozen tiles are a dozen more chances to see a face in a hand or
/// a plant, so the odds of each are lower.
float score_in_tile(float score) {
  return score / (score + kTileOdds * (1 - score));
}

/// The boxes above the threshold, in pixels of the frame, to the end of `found`, in the order of
/// the anchors. Of a tile those that lie whole in it and that the whole frame shows too small.
void decode(const at::Tensor& scores, const at::Tensor& corners, const FrameWindow& window,
            const Frame& frame, float threshold, std::vector<FaceDetection>& found) {
  const auto score = scores.accessor<float, 2>();
  const auto corner = corners.accessor<float, 2>();
  const auto left = static_cast<float>(window.x);
  const auto top = static_cast<float>(window.y);
  const auto width = static_cast<float>(window.width);
  const auto height = static_cast<float>(window.height);
  const bool is_tile = !is_whole(window, frame);
  for (std::int64_t i = 0; i < score.size(0); ++i) {
    const float sure = is_tile ? score_in_tile(score[i][1]) : score[i][1];
    if (sure > threshold) {
      const BBox box = {left + corner[i][0] * width, top + corner[i][1] * height,
                        (corner[i][2] - corner[i][0]) * width,
                        (corner[i][3] - corner[i][1]) * height};
      const bool counts =
          !is_tile || is_tiles_own(box, window, frame.width_px(), frame.height_px());
      if (box.area() > 0 && counts) {
        found.push_back({box, sure});
      }
    }
  }
}

/// Best first; equal scores keep their order.
std::vector<FaceDetection> suppress_overlaps(std::vector<FaceDetection> found) {
  std::stable_sort(found.begin(), found.end(), [](const FaceDetection& a, const FaceDetection& b) {
    return a.score > b.score;
  });
  std::vector<FaceDetection> kept;
  for (const FaceDetection& candidate : found) {
    const bool is_new =
        std::none_of(kept.begin(), kept.end(), [&candidate](const FaceDetection& better) {
          return iou(better.bbox_px, candidate.bbox_px) > kNmsIou;
        });
    if (is_new) {
      kept.push_back(candidate);
    }
  }
  return kept;
}

at::Tensor seen(const Frame& frame, const FrameWindow& window) {
  return resize_frame(is_whole(window, frame) ? frame : cut_out(frame, window), kInputWidth,
                      kInputHeight);
}

}  // namespace

FaceDetector::FaceDetector(GraphNet net, float score_threshold, int tile_px)
    : net_(std::move(net)), score_threshold_(score_threshold), tile_px_(tile_px) {
  CHANGELING_REQUIRE(net_.id() == "det_rfb320", "the face detector runs det_rfb320");
}

std::vector<std::vector<FaceDetection>> FaceDetector::detect(
    const std::vector<Frame>& frames) const {
  const c10::NoGradGuard no_gradients;
  std::vector<View> views;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frame_at(frames, i);
    for (const FrameWindow& window :
         detector_tiles(frame.width_px(), frame.height_px(), tile_px_)) {
      views.push_back({i, window});
    }
  }
  std::vector<std::vector<FaceDetection>> found(frames.size());
  for (std::size_t first = 0; first < views.size(); first += kMaxBatch) {
    const std::size_t last = std::min(first + kMaxBatch, views.size());
    std::vector<at::Tensor> inputs;
    for (std::size_t i = first; i < last; ++i) {
      inputs.push_back(seen(frames[views[i].frame], views[i].window));
    }
    const auto outputs = net_.run((at::stack(inputs) - 127) / 128);
    for (std::size_t i = first; i < last; ++i) {
      const auto row = static_cast<std::int64_t>(i - first);
      decode(outputs.at("scores")[row].contiguous(), outputs.at("boxes")[row].contiguous(),
             views[i].window, frames[views[i].frame], score_threshold_, found[views[i].frame]);
    }
  }
  for (std::vector<FaceDetection>& faces : found) {
    faces = suppress_overlaps(std::move(faces));
  }
  return found;
}

}  // namespace changeling
