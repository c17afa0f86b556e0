#include "catalog/export/renditions.h"

#include <algorithm>
#include <future>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/degrade/render.h"
#include "catalog/store/run_store.h"
#include "common/base/build_info.h"
#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

using nlohmann::json;

/// The files that a job left under the profile it was generated with.
struct GeneratedFiles {
  JobId job;
  std::string profile;
  ArtifactRow fake, control, alpha, changed, sidecar;
};

GeneratedFiles generated_files(const RunStore& runs, JobId job) {
  GeneratedFiles files;
  files.job = job;
  const std::vector<ArtifactRow> rows = runs.artifacts(job);
  for (const auto& [kind, place] : {std::pair("fake_video", &files.fake),
                                    {"real_control", &files.control},
                                    {"mask_alpha", &files.alpha},
                                    {"mask_changed", &files.changed},
                                    {"sidecar", &files.sidecar}}) {
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [kind = kind](const auto& row) { return row.kind == kind; });
    if (found == rows.end()) {
      throw Error(ErrorKind::kCatalog, "job " + std::to_string(job.value) + " has no " + kind +
                                           " to render (run 'changeling catalog verify')");
    }
    *place = *found;
  }
  files.profile = files.fake.profile;
  return files;
}

constexpr int kFramesAtOnce = 16;

/// Statuses of the frames that a rendition keeps.
std::vector<ManipulatedSpan> kept_spans(const std::vector<ManipulatedSpan>& spans,
                                        const ShapeChange& shape) {
  std::vector<FrameStatus> statuses;
  for (std::int64_t i = 0; i < shape.to.n_frames; ++i) {
    const std::int64_t parent = shape.parent_frame(i);
    const auto span = std::find_if(spans.begin(), spans.end(), [parent](const auto& each) {
      return each.first_frame <= parent && parent <= each.last_frame;
    });
    statuses.push_back(span == spans.end() ? FrameStatus::kPassthrough : span->status);
  }
  return to_spans(statuses);
}

/// One job through one profile.
class Rendition {
 public:
  Rendition(const BlobStore& blobs, const GeneratedFiles& files, const DegradationProfile& profile,
            const std::vector<ManipulatedSpan>& spans)
      : blobs_(blobs.root()),
        files_(files),
        profile_(profile),
        // By the control's content: fakes of one target keep one control.
        steps_(profile.draw(
            derive_seed(0, {"rendition", files.control.stream_sha256->hex(), files.profile}))),
        shape_(change_of_parent()),
        parent_(sidecar_from_json(blobs_.read(files.sidecar.sha256))),
        recipe_(recipe_json(files.profile, profile, steps_, shape_)),
        spans_(kept_spans(spans, shape_)) {}

  /// Removes what was made and not published: a full disk needs its room.
  ~Rendition() {
    std::error_code ignored;
    for (const char* kind :
         {"fake_video", "real_control", "mask_alpha", "mask_changed", "mask_survivor"}) {
      std::filesystem::remove(staged(kind), ignored);
    }
  }

  Rendition(const Rendition&) = delete;
  Rendition& operator=(const Rendition&) = delete;

  [[nodiscard]] const std::string& recipe() const { return recipe_; }

  [[nodiscard]] bool has_swap() const { return count_swapped(spans_) > 0; }

  /// Renders, publishes the files, and returns what the catalog records but for the face labels.
  [[nodiscard]] FakeRow make() {
    const Provenance& fake = parent_.provenance;
    // Fake and control at once: each encoder uses one thread.
    std::future<WrittenVideo> control = std::async(std::launch::async, [this, &fake] {
      return render_clip(job_of("real_control", files_.control, control_provenance(fake)));
    });
    std::vector<Made> made;
    made.push_back({"fake_video", render_clip(job_of("fake_video", files_.fake, fake))});
    made.push_back({"real_control", control.get()});
    made.push_back({"mask_alpha", render_mask(job_of("mask_alpha", files_.alpha, fake))});
    made.push_back({"mask_changed", render_mask(job_of("mask_changed", files_.changed, fake))});
    Survivors survivors = find_survivors(made[0].file.path, made[1].file.path, made[2].file.path,
                                         staged("mask_survivor"), shape_.to, fake);
    made.push_back({"mask_survivor", std::move(survivors.mask)});
    return publish(made, survivors.survival);
  }

 private:
  struct Made {
    std::string kind;
    WrittenVideo file;
  };

  [[nodiscard]] ShapeChange change_of_parent() const {
    VideoReader reader(blobs_.path(files_.fake.sha256));
    const ClipShape shape = {reader.info().width_px, reader.info().height_px,
                             reader.info().frame_rate, files_.fake.n_frames.value_or(0)};
    std::vector<double> times_seconds;
    while (lowers_rate(shape, steps_)) {
      const std::optional<FrameBatch> batch = reader.next_batch(kFramesAtOnce);
      if (!batch) {
        break;
      }
      times_seconds.insert(times_seconds.end(), batch->pts_seconds.begin(),
                           batch->pts_seconds.end());
    }
    return change_of(shape, steps_, times_seconds);
  }

  static bool is_mask(const std::string& kind) { return kind.rfind("mask_", 0) == 0; }

  [[nodiscard]] std::filesystem::path staged(const std::string& kind) const {
    return blobs_.staging() / ("render-" + std::to_string(files_.job.value) + "-" + profile_.name +
                               "-" + kind + (is_mask(kind) ? ".mkv" : ".mp4"));
  }

  [[nodiscard]] RenderJob job_of(const std::string& kind, const ArtifactRow& parent,
                                 Provenance provenance) const {
    return {blobs_.path(parent.sha256), staged(kind), steps_, shape_, std::move(provenance)};
  }

  FakeRow publish(const std::vector<Made>& made, double survival) {
    FakeRow row;
    row.spans = spans_;
    Sidecar sidecar(parent_.provenance);
    sidecar.spans = spans_;
    sidecar.recipe_json = recipe_;
    sidecar.mask_survival = survival;
    for (const Made& each : made) {
      row.blobs.push_back(
          blobs_.adopt_file(each.file.path, is_mask(each.kind) ? "video/x-matroska" : "video/mp4"));
      ArtifactRow artifact;
      artifact.profile = profile_.name;
      artifact.kind = each.kind;
      artifact.sha256 = each.file.sha256;
      artifact.stream_sha256 = each.file.stream_sha256;
      artifact.n_frames = each.file.n_frames;
      if (each.kind == "fake_video") {
        artifact.manipulated_frames = count_swapped(spans_);
      }
      row.artifacts.push_back(artifact);
      const std::string label = each.kind == "fake_video"     ? "fake"
                                : each.kind == "real_control" ? "real_control"
                                                              : "";
      sidecar.outputs.push_back(
          {each.kind, label, each.file.sha256, each.file.stream_sha256, each.file.n_frames});
    }
    ArtifactRow document;
    document.profile = profile_.name;
    document.kind = "sidecar";
    row.blobs.push_back(blobs_.put_bytes(to_json(sidecar), "application/json"));
    document.sha256 = row.blobs.back().sha256;
    row.artifacts.push_back(document);
    return row;
  }

  BlobStore blobs_;
  const GeneratedFiles& files_;
  const DegradationProfile& profile_;
  std::vector<Step> steps_;
  ShapeChange shape_;
  Sidecar parent_;
  std::string recipe_;
  std::vector<ManipulatedSpan> spans_;
};

/// What is to be rendered, and the rows that remember it.
class Renderer {
 public:
  Renderer(Database& database, const BlobStore& blobs, const DatasetSpec& spec)
      : blobs_(blobs), spec_(spec), runs_(database) {}

  std::int64_t render(const Selection& selection, const KeepGoing& keep_going) {
    const std::vector<std::pair<JobId, const DegradationProfile*>> missing = find(selection);
    std::string run_id;
    std::int64_t made = 0;
    std::int64_t done = 0;
    try {
      for (const auto& [job, profile] : missing) {
        check_going(keep_going, done++, static_cast<std::int64_t>(missing.size()));
        run_id = run_id.empty() ? begin_run() : run_id;
        made += render_one(job, *profile, run_id) ? 1 : 0;
      }
    } catch (...) {
      if (!run_id.empty()) {
        runs_.finish(run_id, "failed");
      }
      throw;
    }
    if (!run_id.empty()) {
      runs_.finish(run_id, "ok");
    }
    return made;
  }

 private:
  [[nodiscard]] std::vector<std::pair<JobId, const DegradationProfile*>> find(
      const Selection& selection) {
    profiles_ = spec_.ladder_profiles();
    std::set<JobId> jobs;
    for (const SelectedClip& clip : selection.clips) {
      if (clip.label == "fake" && clip.job && !clip.is_rendition) {
        jobs.insert(*clip.job);
      }
    }
    std::vector<std::pair<JobId, const DegradationProfile*>> missing;
    for (const JobId job : jobs) {
      for (const DegradationProfile& profile : profiles_) {
        if (!is_there(job, profile)) {
          missing.emplace_back(job, &profile);
        }
      }
    }
    return missing;
  }

  /// Rendered by this very definition, or the encoding that the job was generated with.
  [[nodiscard]] bool is_there(JobId job, const DegradationProfile& profile) const {
    const std::optional<ArtifactRow> row = runs_.find_artifact(job, "sidecar", profile.name);
    if (!row) {
      return false;
    }
    const std::string recipe = sidecar_from_json(blobs_.read(row->sha256)).recipe_json;
    if (!recipe.empty() && json::parse(recipe).at("text") != profile.text()) {
      throw Error(ErrorKind::kConfig,
                  "export.profiles: '" + profile.name + "' of job " + std::to_string(job.value) +
                      " was rendered by another definition, " +
                      json::parse(recipe).at("text").dump() + ": choose a new name");
    }
    return true;
  }

  std::string begin_run() {
    RunRow run = new_run("export");
    run.config_json = spec_.to_json();
    run.config_sha256 = sha256(run.config_json);
    run.seed = spec_.seed;
    run.env_json = json{{"version", project_version()}}.dump();
    return runs_.begin(run);
  }

  bool render_one(JobId job, const DegradationProfile& profile, const std::string& run_id) {
    const GeneratedFiles files = generated_files(runs_, job);
    Rendition rendition(blobs_, files, profile, runs_.spans(files.fake.id));
    if (!rendition.has_swap()) {
      return false;
    }
    FakeRow row = rendition.make();
    row.face_labels = runs_.face_labels(files.fake.id);
    runs_.add_renditions(job, run_id, files.profile, rendition.recipe(), row);
    return true;
  }

  const BlobStore& blobs_;
  const DatasetSpec& spec_;
  RunStore runs_;
  std::vector<DegradationProfile> profiles_;
};

}  // namespace

std::int64_t render_missing(Database& database, const BlobStore& blobs, const DatasetSpec& spec,
                            const Selection& selection, const KeepGoing& keep_going) {
  return Renderer(database, blobs, spec).render(selection, keep_going);
}

}  // namespace changeling
