#include "common/front/contact_sheet.h"

#include <algorithm>
#include <memory>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "common/base/outcome.h"
#include "common/base/stop_signal.h"
#include "common/front/clip_files.h"

namespace changeling {
namespace {

/// Frames of a clip that are shown: at a sixth, half and five sixths of its swapped frames.
std::vector<std::int64_t> choose_moments(const std::vector<std::int64_t>& swapped) {
  std::vector<std::int64_t> moments;
  for (const std::size_t sixth : {1U, 3U, 5U}) {
    if (!swapped.empty()) {
      moments.push_back(swapped[swapped.size() * sixth / 6]);
    }
  }
  moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
  return moments;
}

/// Stills of the source; none where its corpus is not on this machine.
std::vector<ReportPicture> source_pictures(Database& database, const PairRow& pair,
                                           const ClipFiles& files, std::int64_t n_frames,
                                           const std::vector<std::int64_t>& moments) {
  const auto frames = guard<std::vector<Frame>>("source", [&] {
    return source_frames(database, pair.source_media, files.input("source"), n_frames, moments);
  });
  std::vector<ReportPicture> pictures;
  if (const auto* stills = std::get_if<std::vector<Frame>>(&frames)) {
    for (const Frame& still : *stills) {
      pictures.push_back(make_picture("source", still));
    }
  }
  return pictures;
}

std::vector<ReportSheetRow> make_sheet(Database& database, const BlobStore& blobs,
                                       const ReportExemplar& exemplar, const PairRow& pair) {
  ClipFiles files(database, blobs, exemplar.job_id);
  const std::vector<std::int64_t> moments = choose_moments(files.swapped_frames());
  const std::vector<ReportPicture> source =
      source_pictures(database, pair, files, exemplar.n_frames, moments);
  std::vector<ReportSheetRow> rows;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const SquareCrop crop = files.crop(moments[i]);
    ReportSheetRow row{moments[i], {}};
    if (i < source.size()) {
      row.pictures.push_back(source[i]);
    }
    row.pictures.push_back(make_picture("target", files.target(moments[i], crop)));
    row.pictures.push_back(make_picture("fake", files.fake(moments[i], crop)));
    row.pictures.push_back(make_picture("alpha", files.alpha(moments[i], crop)));
    rows.push_back(std::move(row));
  }
  return rows;
}

/// The pair that a job swapped.
PairRow pair_of(Database& database, const std::string& run_id, JobId id) {
  for (const JobRow& job : RunStore(database).jobs(run_id)) {
    if (job.id == id) {
      return PairStore(database).pair(job.pair_id);
    }
  }
  throw Error(ErrorKind::kCatalog, "the job is not in the run");
}

/// The fake of one column, open.
struct OpenClip {
  std::string letter;
  std::unique_ptr<ClipFiles> files;
  std::int64_t target_first = 0;  ///< frame of the target's file that is frame 0 of the clip
};

std::vector<OpenClip> open_clips(Database& database, const BlobStore& blobs,
                                 const ComparisonModel& model, const ComparisonExemplar& exemplar) {
  std::vector<OpenClip> clips;
  for (std::size_t side = 0; side < exemplar.jobs.size(); ++side) {
    if (!exemplar.fakes[side].empty()) {
      OpenClip clip{model.sides[side].letter,
                    std::make_unique<ClipFiles>(database, blobs, exemplar.jobs[side]), 0};
      clip.target_first = clip.files->input("target").first_frame;
      clips.push_back(std::move(clip));
    }
  }
  if (clips.empty()) {
    throw Error(ErrorKind::kCatalog, "the pair has no fake");
  }
  return clips;
}

/// Source, target, every fake, mask, every difference, all at the middle of what the last column
/// swapped. A column that was trimmed differently is looked up by the target's frame.
std::vector<ReportPicture> comparison_pictures(Database& database, const BlobStore& blobs,
                                               const ComparisonModel& model,
                                               ComparisonExemplar& exemplar) {
  const std::vector<OpenClip> clips = open_clips(database, blobs, model, exemplar);
  const OpenClip& last = clips.back();
  const std::vector<std::int64_t> swapped = last.files->swapped_frames();
  if (swapped.empty()) {
    throw Error(ErrorKind::kCatalog, "the last column swapped no frame");
  }
  const std::int64_t moment = swapped[swapped.size() / 2];
  const ProvenanceInput& target = last.files->input("target");
  const SquareCrop crop = last.files->crop(moment);
  const PairRow pair = pair_of(database, model.sides.back().run_id, exemplar.jobs.back());
  std::vector<ReportPicture> pictures = source_pictures(
      database, pair, *last.files, target.last_frame - target.first_frame + 1, {moment});
  exemplar.frame_index = last.target_first + moment;
  const auto frame_of = [&](const OpenClip& clip) {
    return exemplar.frame_index - clip.target_first;
  };
  const OpenClip& first = clips.front();
  pictures.push_back(make_picture("target", first.files->target(frame_of(first), crop)));
  for (const OpenClip& clip : clips) {
    pictures.push_back(make_picture("fake " + clip.letter, clip.files->fake(frame_of(clip), crop)));
  }
  pictures.push_back(make_picture("alpha " + last.letter, last.files->alpha(moment, crop)));
  for (const OpenClip& clip : clips) {
    pictures.push_back(
        make_picture("difference " + clip.letter, clip.files->difference(frame_of(clip), crop)));
  }
  return pictures;
}

}  // namespace

void add_contact_sheets(Database& database, ReportModel& model) {
  const BlobStore blobs(objects_folder(database.path()));
  for (ReportExemplar& exemplar : model.exemplars) {
    check_stop();
    const auto sheet = guard<std::vector<ReportSheetRow>>("contact sheet", [&] {
      return make_sheet(database, blobs, exemplar,
                        pair_of(database, model.run_id, exemplar.job_id));
    });
    if (const auto* rows = std::get_if<std::vector<ReportSheetRow>>(&sheet)) {
      exemplar.sheet = *rows;
    } else if (const auto* failure = std::get_if<Failure>(&sheet)) {
      exemplar.sheet_note = "No pictures: " + failure->message;
    }
  }
}

void add_contact_sheets(Database& database, ComparisonModel& model) {
  const BlobStore blobs(objects_folder(database.path()));
  for (ComparisonExemplar& exemplar : model.exemplars) {
    check_stop();
    const auto sheet = guard<std::vector<ReportPicture>>(
        "contact sheet", [&] { return comparison_pictures(database, blobs, model, exemplar); });
    if (const auto* pictures = std::get_if<std::vector<ReportPicture>>(&sheet)) {
      exemplar.pictures = *pictures;
    } else if (const auto* failure = std::get_if<Failure>(&sheet)) {
      exemplar.sheet_note = "No pictures: " + failure->message;
    }
  }
}

}  // namespace changeling
