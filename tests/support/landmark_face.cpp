#include "tests/support/landmark_face.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/face/average_face.h"

namespace changeling {
namespace {

constexpr float kCanonicalWidth = 15.5F;
constexpr double kDegree = 3.14159265358979323846 / 180;

/// Where a canonical point of the upright frontal face lies in the picture.
class Placement {
 public:
  explicit Placement(const LandmarkFace& face)
      : center_(face.center),
        scale_(face.face_width_px / kCanonicalWidth),
        narrow_(static_cast<float>(std::cos(face.yaw_deg * kDegree))),
        // The nose stands about 7 units before the ears; yaw > 0 turns it to the image's right.
        shift_(static_cast<float>(std::sin(face.yaw_deg * kDegree))),
        cos_(static_cast<float>(std::cos(face.roll_deg * kDegree))),
        sin_(static_cast<float>(std::sin(face.roll_deg * kDegree))) {}

  [[nodiscard]] PointF at(PointF canonical) const {
    const float depth = 6.0F * (1 - canonical.x * canonical.x / 60.0F);
    const float x = (canonical.x * narrow_ + depth * shift_) * scale_;
    const float y = canonical.y * scale_;
    return {center_.x + cos_ * x - sin_ * y, center_.y + sin_ * x + cos_ * y};
  }

 private:
  PointF center_;
  float scale_;
  float narrow_;
  float shift_;
  float cos_;
  float sin_;
};

/// Canonical landmarks with the mouth and the lids where the face wants them.
std::vector<PointF> expression(const LandmarkFace& face) {
  std::vector<PointF> points;
  for (std::size_t i = 0; i < kLandmarkCount; ++i) {
    points.push_back({average_face()[i].x, average_face()[i].y});
  }
  const float lips = points[62].y;
  for (const std::size_t i : {60, 61, 62, 63, 64, 65, 66, 67}) {
    points[i].y = lips + (i >= 65 ? 2.2F * face.mouth_open : 0.0F);
  }
  for (const std::size_t i : {55, 56, 57, 58, 59}) {
    points[i].y += 2.0F * face.mouth_open - 0.3F;
  }
  for (const auto& [upper, lower] :
       {std::pair{37, 41}, std::pair{38, 40}, std::pair{43, 47}, std::pair{44, 46}}) {
    const float middle = (points[upper].y + points[lower].y) / 2;
    points[upper].y = middle - 0.55F * face.eye_open;
    points[lower].y = middle + 0.4F * face.eye_open;
  }
  return points;
}

cv::Scalar rgb(const int (&color)[3]) {
  return cv::Scalar(color[0], color[1], color[2]);
}

void fill(cv::Mat& picture, const Placement& placement, const std::vector<PointF>& canonical,
          const cv::Scalar& color) {
  std::vector<cv::Point> corners;
  for (const PointF& point : canonical) {
    const PointF p = placement.at(point);
    corners.emplace_back(static_cast<int>(std::lround((p.x - 0.5F) * 16)),
                         static_cast<int>(std::lround((p.y - 0.5F) * 16)));
  }
  cv::fillPoly(picture, std::vector<std::vector<cv::Point>>{corners}, color, cv::LINE_AA, 4);
}

std::vector<PointF> oval(PointF center, float half_width, float half_height) {
  std::vector<PointF> points;
  for (int i = 0; i < 40; ++i) {
    const double angle = i * 9 * kDegree;
    points.push_back({center.x + half_width * static_cast<float>(std::cos(angle)),
                      center.y + half_height * static_cast<float>(std::sin(angle))});
  }
  return points;
}

std::vector<PointF> part(const std::vector<PointF>& points, std::size_t first, std::size_t last) {
  return {points.begin() + static_cast<std::ptrdiff_t>(first),
          points.begin() + static_cast<std::ptrdiff_t>(last)};
}

void draw_eye(cv::Mat& picture, const Placement& placement, const std::vector<PointF>& lids,
              const HeadColors& colors) {
  fill(picture, placement, lids, cv::Scalar(235, 235, 230));
  const PointF center = {(lids[0].x + lids[3].x) / 2, (lids[1].y + lids[5].y) / 2};
  const float height = std::abs(lids[5].y - lids[1].y);
  fill(picture, placement, oval(center, std::min(0.5F, height / 2), height / 2), rgb(colors.iris));
}

void draw_features(cv::Mat& picture, const Placement& placement, const LandmarkFace& face) {
  const std::vector<PointF> p = expression(face);
  for (const std::size_t first : {17, 22}) {
    std::vector<PointF> brow = part(p, first, first + 5);
    for (std::size_t i = first + 5; i-- > first;) {
      brow.push_back({p[i].x, p[i].y + 0.7F});
    }
    fill(picture, placement, brow, rgb(face.colors.brow));
  }
  draw_eye(picture, placement, part(p, 36, 42), face.colors);
  draw_eye(picture, placement, part(p, 42, 48), face.colors);
  fill(picture, placement, part(p, 31, 36), cv::Scalar(120, 70, 60));
  fill(picture, placement, part(p, 48, 60), rgb(face.colors.lip));
  fill(picture, placement, part(p, 60, 68), cv::Scalar(50, 15, 15));
}

void add_texture(cv::Mat& picture, float amplitude) {
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const double value = amplitude * std::sin(0.9 * x) * std::sin(0.7 * y);
      for (int c = 0; c < 3; ++c) {
        auto& byte = picture.at<cv::Vec3b>(y, x)[c];
        byte = cv::saturate_cast<std::uint8_t>(byte + value);
      }
    }
  }
}

}  // namespace

LandmarkFace framed(LandmarkFace face, int width_px, int height_px, float face_width_px) {
  face.width_px = width_px;
  face.height_px = height_px;
  face.center = {static_cast<float>(width_px) / 2, static_cast<float>(width_px) / 2};
  face.face_width_px = face_width_px;
  return face;
}

Landmarks landmarks_of(const LandmarkFace& face) {
  const Placement placement(face);
  Landmarks landmarks;
  for (const PointF& point : expression(face)) {
    landmarks.push_back(placement.at(point));
  }
  return landmarks;
}

Frame draw(const LandmarkFace& face) {
  cv::Mat picture(face.height_px, face.width_px, CV_8UC3);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      picture.at<cv::Vec3b>(y, x) =
          cv::Vec3b(static_cast<std::uint8_t>(40 + x % 100), static_cast<std::uint8_t>(90 + y % 90),
                    static_cast<std::uint8_t>(150));
    }
  }
  const Placement placement(face);
  fill(picture, placement, {{-4, 6}, {4, 6}, {4, 20}, {-4, 20}}, rgb(face.colors.skin));
  fill(picture, placement, oval({0, -1}, 9.0F, 12.5F), rgb(face.colors.brow));  // hair
  fill(picture, placement, oval({0, 0}, 8.2F, 10.5F), rgb(face.colors.skin));
  draw_features(picture, placement, face);
  add_texture(picture, face.texture);
  return Frame(face.width_px, face.height_px, PixelFormat::kRgb24,
               std::vector<std::uint8_t>(picture.data, picture.data + picture.total() * 3));
}

LandmarkFace face_at(const HeadClip& clip, std::int64_t frame_index) {
  LandmarkFace face = clip.face;
  const auto phase = static_cast<float>(
      std::sin(2 * 180 * kDegree * static_cast<double>(frame_index) / clip.n_frames));
  face.center.x += clip.sway_px * phase;
  face.yaw_deg += clip.sway_deg * phase;
  return face;
}

AnalyzedClip analyze(const HeadClip& clip) {
  FaceTrack track;
  track.observations.reserve(static_cast<std::size_t>(clip.n_frames));
  for (int i = 0; i < clip.n_frames; ++i) {
    const LandmarkFace face = face_at(clip, i);
    FaceObservation observation;
    observation.frame_index = i;
    observation.landmarks = landmarks_of(face);
    observation.bbox_px = bounding_box(observation.landmarks);
    observation.score = 1;
    observation.pose_deg = {face.yaw_deg, 0, face.roll_deg};
    track.observations.push_back(observation);
  }
  track.side_px = track.observations.front().bbox_px.width;
  AnalyzedClip analyzed;
  analyzed.analysis.n_frames = clip.n_frames;
  analyzed.analysis.width_px = clip.face.width_px;
  analyzed.analysis.height_px = clip.face.height_px;
  analyzed.analysis.tracks.push_back(std::move(track));
  return analyzed;
}

LandmarkFace other_person() {
  LandmarkFace face;
  face.width_px = 200;
  face.height_px = 210;
  face.center = {100, 112};
  face.face_width_px = 96;
  face.colors = {{150, 105, 80}, {20, 15, 12}, {80, 50, 20}, {120, 50, 55}};
  return face;
}

SwapRequest request_for(const HeadClip& source, const HeadClip& target) {
  SwapRequest request;
  request.source = analyze(source);
  request.target = analyze(target);
  request.source_frame = [source](std::int64_t index) { return draw(face_at(source, index)); };
  return request;
}

ComposedFrame PlannedSwap::swap(std::int64_t frame_index, const Frame& target) const {
  return method_->swap({{plan_.get(), frame_index, {target}, frame_index}}).at(0).at(0);
}

}  // namespace changeling
