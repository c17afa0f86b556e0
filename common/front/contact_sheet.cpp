#include "common/front/contact_sheet.h"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "common/base/error.h"
#include "common/base/outcome.h"
#include "common/base/provenance.h"
#include "common/front/still_pictures.h"
#include "common/media/image_codec.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

constexpr int kTilePx = 256;
constexpr int kJpegQuality = 4;

/// Frames of a clip that are shown: at a sixth, half and five sixths of its swapped frames.
std::vector<std::int64_t> choose_moments(const std::vector<ManipulatedSpan>& spans) {
  std::vector<std::int64_t> swapped;
  for (const ManipulatedSpan& span : spans) {
    for (std::int64_t frame = span.first_frame;
         span.status == FrameStatus::kSwapped && frame <= span.last_frame; ++frame) {
      swapped.push_back(frame);
    }
  }
  std::vector<std::int64_t> moments;
  for (const std::size_t sixth : {1U, 3U, 5U}) {
    if (!swapped.empty()) {
      moments.push_back(swapped[swapped.size() * sixth / 6]);
    }
  }
  moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
  return moments;
}

Frame frame_at(VideoReader& reader, std::int64_t index, const std::string& what) {
  reader.seek(index);
  std::optional<FrameBatch> batch = reader.next_batch(1);
  if (!batch || batch->frames.empty()) {
    throw Error(ErrorKind::kInput, "the " + what + " has no frame " + std::to_string(index));
  }
  return batch->frames.front();
}

ReportPicture make_picture(const std::string& caption, const Frame& picture) {
  return {caption, "image/jpeg", encode_jpeg(picture, kJpegQuality), picture.width_px(),
          picture.height_px()};
}

/// The files of one clip, open.
class ClipFiles {
 public:
  ClipFiles(Database& database, const BlobStore& blobs, JobId job)
      : artifacts_(RunStore(database).artifacts(job)),
        blobs_(blobs),
        fake_(blob("fake_video")),
        control_(blob("real_control")),
        alpha_(blob("mask_alpha")),
        spans_(RunStore(database).spans(artifact("fake_video").id)) {}

  [[nodiscard]] const std::vector<ManipulatedSpan>& spans() const { return spans_; }

  [[nodiscard]] Sidecar sidecar() const {
    return sidecar_from_json(blobs_.read(artifact("sidecar").sha256));
  }

  /// Target, fake and alpha at one frame, cut around the swapped face.
  std::vector<ReportPicture> pictures(std::int64_t frame) {
    const Frame alpha = frame_at(alpha_, frame, "alpha mask");
    const SquareCrop crop = square_around(alpha);
    const Frame target = cut_square(frame_at(control_, frame, "control"), crop, kTilePx);
    const Frame fake = cut_square(frame_at(fake_, frame, "fake"), crop, kTilePx);
    return {make_picture("target", target), make_picture("fake", label_fake(fake)),
            make_picture("alpha", cut_square(alpha, crop, kTilePx))};
  }

 private:
  [[nodiscard]] const ArtifactRow& artifact(const std::string& kind) const {
    for (const ArtifactRow& row : artifacts_) {
      if (row.kind == kind) {
        return row;
      }
    }
    throw Error(ErrorKind::kCatalog, "the clip has no " + kind);
  }

  [[nodiscard]] std::filesystem::path blob(const std::string& kind) const {
    return blobs_.path(artifact(kind).sha256);
  }

  std::vector<ArtifactRow> artifacts_;
  const BlobStore& blobs_;
  VideoReader fake_;
  VideoReader control_;
  VideoReader alpha_;
  std::vector<ManipulatedSpan> spans_;
};

/// The source person's clip at the same relative moments as the fake.
std::vector<ReportPicture> source_pictures(Database& database, const PairRow& pair,
                                           const Sidecar& sidecar, std::int64_t n_frames,
                                           const std::vector<std::int64_t>& moments) {
  const CorpusStore corpora(database);
  const MediaRow media = corpora.media_by_id(pair.source_media);
  const CorpusRoots roots(database.path());
  VideoReader reader(roots.resolve(corpora.corpus(media.corpus_id).root_alias) / media.rel_path);
  std::vector<ReportPicture> pictures;
  for (const ProvenanceInput& input : sidecar.provenance.inputs) {
    if (input.role != "source") {
      continue;
    }
    for (const std::int64_t moment : moments) {
      const std::int64_t length = input.last_frame - input.first_frame + 1;
      const std::int64_t index = input.first_frame + moment * length / n_frames;
      const Frame frame = frame_at(reader, index, "source");
      pictures.push_back(
          make_picture("source", cut_square(frame, square_of_whole(frame), kTilePx)));
    }
  }
  return pictures;
}

std::vector<ReportSheetRow> make_sheet(Database& database, const BlobStore& blobs,
                                       const ReportExemplar& exemplar, const PairRow& pair) {
  ClipFiles files(database, blobs, exemplar.job_id);
  const std::vector<std::int64_t> moments = choose_moments(files.spans());
  // The corpus need not be on this machine: the other pictures are shown without the source then.
  const auto source = guard<std::vector<ReportPicture>>("source", [&] {
    return source_pictures(database, pair, files.sidecar(), exemplar.n_frames, moments);
  });
  std::vector<ReportSheetRow> rows;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    ReportSheetRow row{moments[i], files.pictures(moments[i])};
    if (const auto* pictures = std::get_if<std::vector<ReportPicture>>(&source);
        pictures != nullptr && i < pictures->size()) {
      row.pictures.insert(row.pictures.begin(), (*pictures)[i]);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

void add_contact_sheets(Database& database, ReportModel& model) {
  const BlobStore blobs(objects_folder(database.path()));
  const RunStore runs(database);
  const PairStore pairs(database);
  for (ReportExemplar& exemplar : model.exemplars) {
    const auto sheet = guard<std::vector<ReportSheetRow>>("contact sheet", [&] {
      for (const JobRow& job : runs.jobs(model.run_id)) {
        if (job.id == exemplar.job_id) {
          return make_sheet(database, blobs, exemplar, pairs.pair(job.pair_id));
        }
      }
      throw Error(ErrorKind::kCatalog, "the job is not in the run");
    });
    if (const auto* rows = std::get_if<std::vector<ReportSheetRow>>(&sheet)) {
      exemplar.sheet = *rows;
    } else if (const auto* failure = std::get_if<Failure>(&sheet)) {
      exemplar.sheet_note = "No pictures: " + failure->message;
    }
  }
}

}  // namespace changeling
