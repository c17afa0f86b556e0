#include "evaluator/run/detector_crops.h"

#include <optional>
#include <utility>

#include <torch/types.h>

#include "catalog/export/export_item.h"
#include "catalog/export/face_frames.h"
#include "common/base/error.h"
#include "common/base/even_spread.h"
#include "common/base/signature.h"
#include "common/media/frame_crop.h"
#include "common/tensor/frame_tensor.h"
#include "evaluator/run/frame_stream.h"

namespace changeling {
namespace {

/// (256,256,3) -> (R,R,3), the mean of what each pixel covers.
at::Tensor resized(const Frame& crop, int resolution_px) {
  const at::Tensor image = to_tensor(crop).view({crop.height_px(), crop.width_px(), 3});
  if (crop.width_px() == resolution_px) {
    return image.clone();
  }
  const at::Tensor planes = image.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat);
  return at::adaptive_avg_pool2d(planes, {resolution_px, resolution_px})
      .round()
      .to(at::kByte)
      .squeeze(0)
      .permute({1, 2, 0})
      .contiguous();
}

}  // namespace

struct CropReader::State {
  State(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
        const CropOptions& crop_options)
      : options(crop_options), loader(database, blobs, roots, key) {}

  CropOptions options;
  SigningKey key = SigningKey::generate();  // names of people that leave nothing behind
  ItemLoader loader;
};

CropReader::CropReader(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
                       const CropOptions& options)
    : state_(std::make_unique<State>(database, blobs, roots, options)) {
  CHANGELING_REQUIRE(options.frames_per_clip > 0 && options.resolution_px > 0 &&
                         options.resolution_px <= kFaceCropPx,
                     "crops need frames and a side of at most 256 px");
}

CropReader::~CropReader() = default;

ClipCrops CropReader::read(const ClipRow& clip) {
  const ExportItem item = state_->loader.load(clip.artifact.id, clip.part.value_or(""));
  std::map<std::int64_t, FaceObservation> faces;
  for (FaceObservation& face : state_->loader.first_face(item).observations) {
    if (face.landmarks.size() == 68) {
      faces.emplace(face.frame_index, std::move(face));
    }
  }
  ClipCrops crops;
  for (const std::int64_t frame : even_spread(item.n_frames, state_->options.frames_per_clip)) {
    (faces.count(frame) > 0 ? crops.frames : crops.no_face).push_back(frame);
  }
  FrameStream stream(item.video.path, crops.frames);
  std::vector<at::Tensor> images;
  for (const std::int64_t frame : crops.frames) {
    const std::optional<Frame> picture = stream.next();
    if (!picture) {
      throw Error(ErrorKind::kInput,
                  "'" + item.video.path.string() + "' ends before frame " + std::to_string(frame));
    }
    const CropTransform transform = detector_crop(faces.at(frame).landmarks);
    images.push_back(
        resized(crop_frame(*picture, transform, kFaceCropPx), state_->options.resolution_px));
  }
  if (!images.empty()) {
    crops.images = at::stack(images);
  }
  return crops;
}

CropSet read_crop_set(CropReader& reader, const std::vector<ClipRow>& clips,
                      const std::map<ArtifactId, std::vector<ManipulatedSpan>>& spans,
                      std::map<std::string, std::int64_t>& reasons) {
  CropSet set;
  std::vector<at::Tensor> images;
  for (const ClipRow& clip : clips) {
    const bool is_fake = clip.artifact.label == "fake";
    const ClipCrops crops = reader.read(clip);
    const std::size_t before = images.size();
    for (std::size_t i = 0; i < crops.frames.size(); ++i) {
      if (!is_fake || is_swapped(spans.at(clip.artifact.id), crops.frames[i])) {
        images.push_back(crops.images[static_cast<std::int64_t>(i)]);
        set.is_fake.push_back(is_fake);
        set.clip.push_back(clip.artifact.id.value);
      }
    }
    if (images.size() == before) {
      ++reasons["no_face"];
    }
  }
  if (!images.empty()) {
    set.images = at::stack(images);
  }
  return set;
}

}  // namespace changeling
