#include "tests/unit/evaluator/run/evaluation_fixture.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <ATen/ATen.h>

#include "catalog/store/score_store.h"
#include "common/base/error.h"
#include "common/clips/analysis_cache.h"
#include "common/face/early_features.h"
#include "common/media/video_reader.h"
#include "common/tensor/image_ops.h"
#include "tests/support/labeled_clip.h"

namespace changeling {
namespace {

constexpr int kWidth = 96;
constexpr int kHeight = 80;
using Color = std::array<std::uint8_t, 3>;
constexpr std::array<Color, 3> kColors = {Color{220, 40, 40}, Color{40, 200, 60},
                                          Color{50, 60, 210}};

bool inside_face(int x, int y) {
  const BBox box = face_box();
  return x >= static_cast<int>(box.x) && x < static_cast<int>(box.right()) &&
         y >= static_cast<int>(box.y) && y < static_cast<int>(box.bottom());
}

Frame paint_face(const Frame& frame, const Color& color) {
  std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
  for (int y = 0; y < frame.height_px(); ++y) {
    for (int x = 0; x < frame.width_px(); ++x) {
      for (int c = 0; c < 3 && inside_face(x, y); ++c) {
        pixels[static_cast<std::size_t>(3 * (y * frame.width_px() + x) + c)] =
            color[static_cast<std::size_t>(c)];
      }
    }
  }
  return Frame(frame.width_px(), frame.height_px(), PixelFormat::kRgb24, std::move(pixels));
}

Frame background(int index) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      pixels.push_back(static_cast<std::uint8_t>(2 * x + index));
      pixels.push_back(static_cast<std::uint8_t>(3 * y));
      pixels.push_back(static_cast<std::uint8_t>(x + y + 2 * index));
    }
  }
  return Frame(kWidth, kHeight, PixelFormat::kRgb24, std::move(pixels));
}

Frame face_alpha(bool is_swapped) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      pixels.push_back(is_swapped && inside_face(x, y) ? 255 : 0);
    }
  }
  return Frame(kWidth, kHeight, PixelFormat::kGray8, std::move(pixels));
}

std::vector<Frame> read_all(const std::filesystem::path& file) {
  VideoReader reader(file);
  std::vector<Frame> frames;
  while (const std::optional<FrameBatch> batch = reader.next_batch(16)) {
    frames.insert(frames.end(), batch->frames.begin(), batch->frames.end());
  }
  return frames;
}

const std::uint8_t* middle_pixel(const Frame& frame, const Landmarks& near) {
  const PointF centre = bounding_box(near).center();
  return frame.data() +
         3 * (static_cast<int>(centre.y) * frame.width_px() + static_cast<int>(centre.x));
}

ArtifactRow artifact(const std::string& kind, const BlobRow& blob) {
  ArtifactRow row;
  row.profile = "lossless";
  row.kind = kind;
  row.sha256 = blob.sha256;
  return row;
}

Provenance provenance(const MediaRow& target, const MediaRow& source) {
  Provenance result(Label::kFake);
  result.method = "mesh_swap";
  for (const auto& [role, media] : {std::pair("target", &target), std::pair("source", &source)}) {
    ProvenanceInput input;
    input.role = role;
    input.media_sha256 = *media->sha256;
    input.last_frame = FinishedRun::kFrames - 1;
    result.inputs.push_back(input);
  }
  return result;
}

}  // namespace

BBox face_box() {
  return {40, 30, 16, 20};
}

Frame drawn_frame(int index, int person) {
  return paint_face(background(index), kColors.at(static_cast<std::size_t>(person)));
}

VideoAnalysis drawn_analysis(const Digest& video_sha256) {
  VideoAnalysis analysis;
  analysis.video_sha256 = video_sha256;
  analysis.n_frames = FinishedRun::kFrames;
  analysis.width_px = kWidth;
  analysis.height_px = kHeight;
  analysis.tracks = {steady_track(0, FinishedRun::kFrames - 1)};
  return analysis;
}

FaceTrack steady_track(std::int64_t first, std::int64_t last) {
  FaceTrack track;
  for (std::int64_t frame = first; frame <= last; ++frame) {
    FaceObservation face;
    face.frame_index = frame;
    face.bbox_px = face_box();
    face.score = 0.9F;
    for (int i = 0; i < 68; ++i) {
      face.landmarks.push_back(
          {40 + static_cast<float>(i % 8) * 2, 30 + static_cast<float>(i / 8) * 2});
    }
    track.observations.push_back(face);
  }
  track.side_px = 16;
  track.identity.assign(512, 0);
  track.identity[0] = 1;
  return track;
}

std::vector<FaceMeasurement> ColorFaceMeter::measure(const std::vector<FaceQuery>& queries) {
  std::vector<FaceMeasurement> results;
  for (const FaceQuery& query : queries) {
    FaceMeasurement face;
    face.found = !query.confirm || query.near.frame_index < lost_from_;
    n_confirmed_ += query.confirm ? 1 : 0;
    ++n_measured_;
    face.landmarks = query.near.landmarks;
    face.pose_deg = query.near.pose_deg;
    if (query.needs.identity_a || query.needs.identity_b) {
      const auto x = static_cast<int>(query.near.bbox_px.center().x);
      const auto y = static_cast<int>(query.near.bbox_px.center().y);
      const std::uint8_t* pixel = query.frame.data() + 3 * (y * query.frame.width_px() + x);
      const std::vector<float> color(pixel, pixel + 3);
      face.identity_a = color;
      face.identity_b = color;
      ++n_embedded_;
    }
    if (query.needs.area) {
      face.area = face_alpha(true);
      ++n_areas_;
    }
    results.push_back(face);
  }
  return results;
}

SquareMeasurement ColorSquareMeter::measure(const SquareQuery& query) {
  SquareMeasurement result;
  result.found = true;
  ++n_measured_;
  if (query.needs.brisque) {
    result.brisque = *middle_pixel(query.frame, query.near) / 2.55;
  }
  if (query.needs.features) {
    result.features_crop = early_features_crop(query.near);
    const at::Tensor colors = crop(query.frame, result.features_crop, kEarlyFeaturesPx);
    for (const FeatureLayer& layer : kEarlyLayers) {
      const std::int64_t middle = layer.first + layer.field / 2;
      const std::int64_t end = middle + layer.stride * (layer.positions - 1) + 1;
      result.features.push_back(colors.slice(1, middle, end, layer.stride)
                                    .slice(2, middle, end, layer.stride)
                                    .permute({1, 2, 0})
                                    .contiguous());
    }
  }
  return result;
}

at::Tensor ColorFeatureMeter::features(const std::string& /*net*/,
                                       const std::vector<FeatureQuery>& queries) {
  at::Tensor rows = at::empty({static_cast<std::int64_t>(queries.size()), 3});
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const std::uint8_t* pixel = middle_pixel(queries[i].frame, queries[i].near);
    for (std::int64_t c = 0; c < 3; ++c) {
      rows[static_cast<std::int64_t>(i)][c] = static_cast<float>(pixel[c]);
    }
  }
  return rows;
}

void write_lossless(const std::filesystem::path& file, const std::vector<Frame>& frames) {
  write_labeled_clip(file, frames, Provenance(Label::kReal), "ffv1");
}

FinishedRun::FinishedRun(const std::vector<std::string>& methods, bool notes_sources)
    : catalog_(folder_.path(), 3),
      blobs_(folder_ / "objects"),
      roots_(folder_ / "catalog.db"),
      notes_sources_(notes_sources) {
  std::filesystem::create_directory(folder_ / "corpus");
  roots_.set("tiny", folder_ / "corpus");
  for (int person = 0; person < 3; ++person) {
    register_clip(person);
  }
  run_id_ = catalog_.begin_run(methods);
  finish_jobs();
  RunStore(database()).finish(run_id_, "ok");
}

std::filesystem::path FinishedRun::clip(int person) const {
  return folder_ / ("corpus/clip-" + std::to_string(person) + ".mp4");
}

void FinishedRun::register_clip(int person) {
  std::vector<Frame> frames;
  for (int i = 0; i < kFrames; ++i) {
    frames.push_back(drawn_frame(i, person));
  }
  write_labeled_clip(clip(person), frames, Provenance(Label::kReal));

  CorpusStore corpora(database());
  const VideoProbe probe = probe_video(clip(person));
  MediaRow media = corpora.media_by_id(catalog_.media()[static_cast<std::size_t>(person)]);
  media.sha256 = probe.file_sha256;
  media.stream_sha256 = probe.stream_sha256;
  media.n_frames = probe.frame_count_from_index;
  corpora.record_probe(media, probe.file_bytes);

  const VideoAnalysis analysis = drawn_analysis(probe.file_sha256);
  const BlobRow boxes =
      blobs_.put_bytes(serialize(analysis.tracks.front()), "application/vnd.changeling.track");
  TrackRow track;
  track.media_id = media.id;
  track.last_frame = kFrames - 1;
  track.boxes_sha256 = boxes.sha256;
  const BlobRow blob = blobs_.put_bytes(serialize(analysis), "application/vnd.changeling.analysis");
  tracks_.push_back(corpora.record_tracks(media.id, blob, {track}, {boxes}).front());
  corpora.put_cached_stage(sha256("analysis " + std::to_string(person)), "face_analysis@1",
                           media.id, blob);
}

FakeRow FinishedRun::make_fake(const JobRow& job, int source, int target) {
  const CorpusStore corpora(database());
  const Provenance label =
      provenance(corpora.media_by_id(catalog_.media()[static_cast<std::size_t>(target)]),
                 corpora.media_by_id(catalog_.media()[static_cast<std::size_t>(source)]));
  std::vector<Frame> fakes = read_all(clip(target));
  std::vector<Frame> controls = fakes;
  std::vector<Frame> masks;
  for (int i = 0; i < kFrames; ++i) {
    const bool is_swapped = i < kSwapped;
    Frame& frame = fakes[static_cast<std::size_t>(i)];
    frame = is_swapped ? paint_face(frame, kColors[static_cast<std::size_t>(source)]) : frame;
    masks.push_back(face_alpha(is_swapped));
  }
  const std::string stem = "job-" + std::to_string(job.id.value);
  FakeRow row;
  for (const auto& [kind, frames] :
       {std::pair("fake_video", &fakes), std::pair("real_control", &controls),
        std::pair("mask_alpha", &masks)}) {
    const bool is_control = frames == &controls;
    const WrittenVideo video =
        write_labeled_clip(blobs_.staging() / (stem + "-" + kind + ".mkv"), *frames,
                           is_control ? Provenance(Label::kRealControl) : label, "ffv1");
    row.blobs.push_back(blobs_.adopt_file(video.path, "video/x-matroska"));
    row.artifacts.push_back(artifact(kind, row.blobs.back()));
    row.artifacts.back().stream_sha256 = video.stream_sha256;
    row.artifacts.back().n_frames = video.n_frames;
  }
  row.artifacts.front().manipulated_frames = kSwapped;
  row.spans = {{0, kSwapped - 1, FrameStatus::kSwapped},
               {kSwapped, kFrames - 1, FrameStatus::kPassthrough}};
  row.face_labels = {{tracks_[static_cast<std::size_t>(target)], "fake",
                      catalog_.subjects()[static_cast<std::size_t>(source)]}};
  if (notes_sources_) {
    row.source_track = tracks_[static_cast<std::size_t>(source)];
  }
  row.blobs.push_back(blobs_.put_bytes(to_json(Sidecar(label)), "application/json"));
  row.artifacts.push_back(artifact("sidecar", row.blobs.back()));
  return row;
}

void FinishedRun::finish_jobs() {
  RunStore runs(database());
  int done = 0;
  while (const std::optional<JobClaim> claim = runs.claim(run_id_, "test", 60'000'000, 3)) {
    const int target = done++ % 2 + 1;  // the pairs of each method are 0 -> 1 and 1 -> 2
    const int color = claim->job.method == "mesh_swap" ? target - 1 : target;
    CHANGELING_REQUIRE(runs.record_done(*claim, make_fake(claim->job, color, target)),
                       "the fixture's job could not be recorded");
  }
}

void FinishedRun::see_again(int person, const BBox& box) {
  SightingRow sighting;
  sighting.media_id = catalog_.media()[static_cast<std::size_t>(person)];
  sighting.subject_id = catalog_.subjects()[static_cast<std::size_t>(person)];
  sighting.ext_sighting_id = "again";
  sighting.x = box.x;
  sighting.y = box.y;
  sighting.w = box.width;
  sighting.h = box.height;
  CorpusStore(database()).add_sighting(sighting);
}

void FinishedRun::analyse_again(int person) {
  CorpusStore corpora(database());
  const MediaRow media = corpora.media_by_id(catalog_.media()[static_cast<std::size_t>(person)]);
  VideoAnalysis analysis = drawn_analysis(*media.sha256);
  for (FaceObservation& face : analysis.tracks.front().observations) {
    face.bbox_px.x += 1;
  }
  AnalysisCache cache(corpora, blobs_);
  (void)cache.use(media, cache.keep(sha256("again " + std::to_string(person)), "face_analysis@1",
                                    media, std::move(analysis)));
}

void FinishedRun::lose_analyses() {
  const CorpusStore corpora(database());
  for (const MediaId media : catalog_.media()) {
    for (const Digest& digest : corpora.cached_stages(media, kFaceAnalysisStage)) {
      std::filesystem::remove(blobs_.path(digest));
    }
  }
}

EvaluationHooks FinishedRun::default_hooks() {
  EvaluationHooks hooks;
  hooks.make_face_meter = [] { return std::make_unique<ColorFaceMeter>(); };
  hooks.make_square_meter = [] { return std::make_unique<ColorSquareMeter>(); };
  hooks.make_feature_meter = [] { return std::make_unique<ColorFeatureMeter>(); };
  return hooks;
}

OptionalScorers FinishedRun::scorers(const std::string& bytes) {
  OptionalScorers scorers;
  for (const char* role : {"g_s", "brisque"}) {
    ModelRow row;
    row.role = role;
    row.name = role;
    row.version = "1";
    row.sha256 = sha256(role + bytes);
    scorers.emplace(role, row);
  }
  return scorers;
}

EvaluationSummary FinishedRun::evaluate(const EvaluationHooks& hooks, int baseline_pairs) {
  EvaluationOptions options;
  options.generate_run = run_id_;
  options.replicates = 200;
  options.baseline_pairs = baseline_pairs;
  options.scorers = scorers_;
  options.rejects = rejects_;
  options.config_sha256 = config_digest();
  return run_evaluation(database(), blobs_, roots_, options, hooks);
}

EvaluationSummary FinishedRun::evaluate_sets(const std::vector<SetMetric>& metrics,
                                             int baseline_pairs, const EvaluationHooks& hooks) {
  EvaluationOptions options;
  options.generate_run = run_id_;
  options.baseline_pairs = baseline_pairs;
  options.set_metrics = metrics;
  options.scorers = scorers_;
  options.rejects = rejects_;
  options.config_sha256 = config_digest();
  return run_evaluation(database(), blobs_, roots_, options, hooks);
}

std::filesystem::path FinishedRun::artifact_file(int fake, const std::string& kind) {
  int seen = 0;
  for (const ArtifactRow& row : RunStore(database()).run_artifacts(run_id_)) {
    if (row.kind == kind && seen++ == fake) {
      return blobs_.path(row.sha256);
    }
  }
  throw Error(ErrorKind::kInternal, "the fixture has no such artifact");
}

void FinishedRun::remove_corpus() {
  std::filesystem::remove_all(folder_ / "corpus");
}

std::map<std::string, AggregateRow> slices_of(FinishedRun& run, const EvaluationSummary& summary,
                                              const std::string& metric) {
  std::map<std::string, AggregateRow> rows;
  const ScoreStore store(run.database());
  for (const MetricDefRow& definition : store.metrics()) {
    for (const AggregateRow& row : store.aggregates(summary.run_id)) {
      if (definition.name == metric && row.metric_id == definition.id) {
        rows.emplace(row.slice, row);
      }
    }
  }
  return rows;
}

}  // namespace changeling
