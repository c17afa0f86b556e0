#include "common/front/clip_files.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pruned_runs.h"
#include "common/base/error.h"
#include "common/media/image_codec.h"

namespace changeling {
namespace {

constexpr int kTilePx = 256;
constexpr int kJpegQuality = 4;
constexpr int kDifferenceGain = 4;

/// Says so where files are gone on purpose, before one of them is looked for.
std::vector<ArtifactRow> artifacts_with_files(Database& database, JobId job) {
  require_files(database, job);
  return RunStore(database).artifacts(job);
}

}  // namespace

ReportPicture make_picture(const std::string& caption, const Frame& picture) {
  return {caption, "image/jpeg", encode_jpeg(picture, kJpegQuality), picture.width_px(),
          picture.height_px()};
}

Frame frame_at(VideoReader& reader, std::int64_t index, const std::string& what) {
  std::optional<Frame> frame = reader.frame_at(index);
  if (!frame) {
    throw Error(ErrorKind::kInput, "the " + what + " has no frame " + std::to_string(index));
  }
  return *std::move(frame);
}

ClipFiles::ClipFiles(Database& database, const BlobStore& blobs, JobId job)
    : artifacts_(artifacts_with_files(database, job)),
      blobs_(blobs),
      fake_(blob("fake_video")),
      control_(blob("real_control")),
      alpha_(blob("mask_alpha")),
      spans_(RunStore(database).spans(artifact("fake_video").id)),
      sidecar_(sidecar_from_json(blobs_.read(artifact("sidecar").sha256))) {}

std::vector<std::int64_t> ClipFiles::swapped_frames() const {
  std::vector<std::int64_t> swapped;
  for (const ManipulatedSpan& span : spans_) {
    for (std::int64_t frame = span.first_frame;
         span.status == FrameStatus::kSwapped && frame <= span.last_frame; ++frame) {
      swapped.push_back(frame);
    }
  }
  return swapped;
}

const ProvenanceInput& ClipFiles::input(const std::string& role) const {
  return input_of(sidecar_, role);
}

SquareCrop ClipFiles::crop(std::int64_t frame) {
  return square_around(frame_at(alpha_, frame, "alpha mask"));
}

Frame ClipFiles::target(std::int64_t frame, const SquareCrop& crop) {
  return cut_square(frame_at(control_, frame, "control"), crop, kTilePx);
}

Frame ClipFiles::fake(std::int64_t frame, const SquareCrop& crop) {
  return label_fake(cut_square(frame_at(fake_, frame, "fake"), crop, kTilePx));
}

Frame ClipFiles::alpha(std::int64_t frame, const SquareCrop& crop) {
  return cut_square(frame_at(alpha_, frame, "alpha mask"), crop, kTilePx);
}

Frame ClipFiles::difference(std::int64_t frame, const SquareCrop& crop) {
  const Frame fake = cut_square(frame_at(fake_, frame, "fake"), crop, kTilePx);
  const Frame control = target(frame, crop);
  std::vector<std::uint8_t> pixels(fake.size_bytes());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const int apart = std::abs(fake.data()[i] - control.data()[i]);
    pixels[i] = static_cast<std::uint8_t>(std::min(255, kDifferenceGain * apart));
  }
  return {kTilePx, kTilePx, PixelFormat::kRgb24, std::move(pixels)};
}

const ArtifactRow& ClipFiles::artifact(const std::string& kind) const {
  for (const ArtifactRow& row : artifacts_) {
    if (row.kind == kind) {
      return row;
    }
  }
  throw Error(ErrorKind::kCatalog, "the clip has no " + kind);
}

std::filesystem::path ClipFiles::blob(const std::string& kind) const {
  return blobs_.path(artifact(kind).sha256);
}

std::vector<Frame> source_frames(Database& database, MediaId media, const ProvenanceInput& source,
                                 std::int64_t n_frames, const std::vector<std::int64_t>& moments) {
  const CorpusStore corpora(database);
  const MediaRow row = corpora.media_by_id(media);
  const CorpusRoots roots(database.path());
  VideoReader reader(roots.resolve(corpora.corpus(row.corpus_id).root_alias) / row.rel_path);
  std::vector<Frame> frames;
  for (const std::int64_t moment : moments) {
    const std::int64_t length = source.last_frame - source.first_frame + 1;
    const Frame frame = frame_at(reader, source.first_frame + moment * length / n_frames, "source");
    frames.push_back(cut_square(frame, square_of_whole(frame), kTilePx));
  }
  return frames;
}

}  // namespace changeling
