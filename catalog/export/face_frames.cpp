#include "catalog/export/face_frames.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/base/even_spread.h"
#include "common/base/geometry.h"
#include "common/base/png_label.h"
#include "common/face/five_points.h"
#include "common/media/frame_crop.h"
#include "common/media/image_codec.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

constexpr double kScale = 1.3;
constexpr double kForeheadShare = 0.75;
constexpr int kForeheadPoints = 13;
constexpr double kPi = 3.14159265358979323846;

}  // namespace

CropTransform detector_crop(const Landmarks& landmarks) {
  const double margin = (kScale - 1) / 2;
  std::vector<PointF> places;
  for (const PointF& point : five_point_template_112()) {
    const auto place = [margin](float value) {
      return static_cast<float>((value / 112.0 + margin) / kScale * kFaceCropPx);
    };
    places.push_back({place(point.x), place(point.y)});
  }
  return CropTransform::similarity(five_points(landmarks), places);
}

namespace {

/// The frames in which a fake is one, of a control those of its fake: else number and place of the
/// crops would tell the class where a part of a clip is swapped. Empty = all.
std::vector<ManipulatedSpan> spans_to_show(const ExportSet& set, const ExportItem& item) {
  if (item.is_fake()) {
    return item.spans;
  }
  const SetEntry* fake = set.fake_of(item.key);
  return fake == nullptr ? std::vector<ManipulatedSpan>() : set.load(*fake).spans;
}

}  // namespace

std::vector<FaceObservation> chosen_faces(const ExportSet& set, const ExportItem& item) {
  const std::vector<ManipulatedSpan> spans = spans_to_show(set, item);
  std::vector<FaceObservation> usable;
  for (FaceObservation& face : set.first_face(item).observations) {
    const bool is_there = face.frame_index >= 0 && face.frame_index < item.n_frames;
    const bool is_shown =
        item.is_fake() || !spans.empty() ? is_swapped(spans, face.frame_index) : true;
    if (is_there && is_shown && face.landmarks.size() == 68) {
      usable.push_back(std::move(face));
    }
  }
  std::vector<FaceObservation> chosen;
  for (const std::int64_t i :
       even_spread(static_cast<std::int64_t>(usable.size()), kFramesOfAnItem)) {
    chosen.push_back(usable[static_cast<std::size_t>(i)]);
  }
  if (chosen.empty()) {
    throw Error(ErrorKind::kConfig, "item " + item.key +
                                        " has no frame with an analysed face, which formats of "
                                        "pictures need: leave it out of export.select");
  }
  return chosen;
}

namespace {

/// Frames of a clip at ascending indices; those between are decoded but not converted.
class FramePicker {
 public:
  explicit FramePicker(const std::filesystem::path& path) : path_(path), reader_(path) {}

  Frame at(std::int64_t index) {
    std::optional<Frame> frame = reader_.frame_at(index);
    if (!frame) {
      throw Error(ErrorKind::kCatalog, "'" + path_.string() + "' has no frame " +
                                           std::to_string(index) +
                                           " (run 'changeling catalog verify')");
    }
    return *std::move(frame);
  }

 private:
  std::filesystem::path path_;
  VideoReader reader_;
};

/// Which pixels of the crop come from changed ones.
Frame mask_crop(const Frame& mask, const CropTransform& transform) {
  const Frame crop = crop_frame(mask, transform, kFaceCropPx);
  std::vector<std::uint8_t> pixels;
  const auto step = static_cast<std::size_t>(crop.channels());
  for (std::size_t i = 0; i < crop.size_bytes(); i += step) {
    pixels.push_back(crop.data()[i] >= 128 ? 255 : 0);
  }
  return {kFaceCropPx, kFaceCropPx, PixelFormat::kGray8, std::move(pixels)};
}

}  // namespace

std::vector<FaceFrame> face_frames(const ExportSet& set, const ExportItem& item) {
  const std::vector<FaceObservation> faces = chosen_faces(set, item);
  FramePicker video(item.video.path);
  const auto mask_file = item.masks.find("changed");
  std::optional<FramePicker> masks;
  if (mask_file != item.masks.end()) {
    masks.emplace(mask_file->second.path);
  }
  std::vector<FaceFrame> frames;
  for (const FaceObservation& face : faces) {
    const CropTransform transform = detector_crop(face.landmarks);
    FaceFrame frame{
        face.frame_index, crop_frame(video.at(face.frame_index), transform, kFaceCropPx), {}, {}};
    if (masks) {
      frame.mask = mask_crop(masks->at(face.frame_index), transform);
    }
    for (const PointF& point : face.landmarks) {
      frame.landmarks.push_back(transform.to_crop(point));
    }
    frames.push_back(std::move(frame));
  }
  return frames;
}

std::string labelled_picture(const FaceFrame& frame, const ExportItem& item) {
  return label_png(encode_png(frame.picture), label_from_string(item.label),
                   item.digital_source_type);
}

std::vector<PointF> with_forehead(const Landmarks& landmarks) {
  std::vector<PointF> points = landmarks;
  const PointF first = landmarks.at(0), last = landmarks.at(16), chin = landmarks.at(8);
  const PointF center{(first.x + last.x) / 2, (first.y + last.y) / 2};
  for (int i = 0; i < kForeheadPoints; ++i) {
    const double angle = kPi * (i + 1) / (kForeheadPoints + 1);
    const double across = std::cos(angle), up = kForeheadShare * std::sin(angle);
    points.push_back(
        {static_cast<float>(center.x - across * (last.x - center.x) - up * (chin.x - center.x)),
         static_cast<float>(center.y - across * (last.y - center.y) - up * (chin.y - center.y))});
  }
  return points;
}

}  // namespace changeling
