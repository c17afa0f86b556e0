#include "tests/support/export_catalog.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include "common/base/atomic_file.h"
#include "common/face/face_types.h"
#include "common/media/video_reader.h"
#include "tests/support/synthetic_clip.h"

namespace changeling {
namespace {

constexpr const char* kAlias = "folder:faces@1";

ClipSpec clip_spec(const ExportCatalogSpec& spec, int seed) {
  ClipSpec clip;
  clip.width_px = spec.width_px;
  clip.height_px = spec.height_px;
  clip.n_frames = spec.n_frames;
  clip.seed = static_cast<std::uint64_t>(seed);
  return clip;
}

LabeledVideoWriter::Settings writer_settings(const ExportCatalogSpec& spec) {
  LabeledVideoWriter::Settings settings;
  settings.width_px = spec.width_px;
  settings.height_px = spec.height_px;
  settings.frame_rate = {25, 1};
  settings.encode.preset = "ultrafast";
  settings.encode.crf = spec.crf;
  return settings;
}

/// 68 points in the places where iBUG has jaw, brows, nose, eyes and mouth.
Landmarks landmarks_of(const DrawnFace& face) {
  const auto at = [&face](double x, double y) {
    return PointF{static_cast<float>(face.center_x_px + x * face.half_width_px),
                  static_cast<float>(face.center_y_px + y * face.half_width_px)};
  };
  Landmarks points;
  for (int i = 0; i < 17; ++i) {
    const double angle = M_PI * i / 16;
    points.push_back(at(-std::cos(angle), 1.3 * std::sin(angle)));
  }
  for (int i = 0; i < 10; ++i) {  // brows
    points.push_back(at(-0.7 + 0.155 * i, -0.55));
  }
  for (int i = 0; i < 9; ++i) {  // ridge, then nostrils
    points.push_back(i < 4 ? at(0, -0.3 + 0.13 * i) : at(-0.2 + 0.1 * (i - 4), 0.2));
  }
  for (int i = 0; i < 12; ++i) {  // eyes
    points.push_back(at((i < 6 ? -0.4 : 0.4) + 0.15 * std::cos(i * M_PI / 3), -0.3));
  }
  for (int i = 0; i < 20; ++i) {  // mouth, from its left corner on
    points.push_back(at(-0.35 * std::cos(i * M_PI / 10), 0.65 + 0.1 * std::sin(i * M_PI / 10)));
  }
  return points;
}

/// The frame with 16 px more to the right and below, its edges repeated.
Frame grown(const Frame& frame) {
  constexpr int kMore = 16;
  const int width = frame.width_px() + kMore, height = frame.height_px() + kMore;
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int u = std::min(x, frame.width_px() - 1), v = std::min(y, frame.height_px() - 1);
      const std::uint8_t* pixel = frame.data() + 3 * (v * frame.width_px() + u);
      pixels.insert(pixels.end(), pixel, pixel + 3);
    }
  }
  return {width, height, PixelFormat::kRgb24, std::move(pixels)};
}

/// The frame with its pixels lighter and darker in turns, as a grain of one pixel.
Frame grained(const Frame& frame, int levels) {
  std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::size_t x = i % frame.row_bytes() / 3, y = i / frame.row_bytes();
    const int value = pixels[i] + ((x + y) % 2 == 0 ? levels : -levels);
    pixels[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
  }
  return {frame.width_px(), frame.height_px(), frame.format(), std::move(pixels)};
}

/// The encoding of fakes, with the tell-tales that the spec plants.
LabeledVideoWriter::Settings fake_settings(const ExportCatalogSpec& spec) {
  LabeledVideoWriter::Settings settings = writer_settings(spec);
  if (spec.fakes_crf >= 0) {
    settings.encode.crf = spec.fakes_crf;
  }
  if (spec.fakes_grow) {
    settings.width_px += 16;
    settings.height_px += 16;
  }
  return settings;
}

/// A target frame with another face on it, and where it differs.
struct Swapped {
  Frame frame, alpha, changed;
};

Swapped swap_frame(const ClipSpec& clip, int index, bool is_swapped, std::uint64_t look) {
  const Frame target = draw_frame(clip, index);
  const std::size_t n = target.size_bytes() / 3;
  std::vector<std::uint8_t> pixels(target.data(), target.data() + target.size_bytes());
  if (is_swapped) {
    DrawnFace face = face_of_frame(clip, index);
    face.look_seed = look;
    draw_face(face, clip.width_px, clip.height_px, pixels);
  }
  std::vector<std::uint8_t> changed(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    const bool differs = !std::equal(&pixels[3 * i], &pixels[3 * i] + 3, target.data() + 3 * i);
    changed[i] = differs ? 255 : 0;
  }
  std::vector<std::uint8_t> alpha = changed;
  const int w = clip.width_px, h = clip.height_px;
  return {Frame(w, h, PixelFormat::kRgb24, std::move(pixels)),
          Frame(w, h, PixelFormat::kGray8, std::move(alpha)),
          Frame(w, h, PixelFormat::kGray8, std::move(changed))};
}

}  // namespace

ExportCatalog::ExportCatalog(const std::filesystem::path& folder, const ExportCatalogSpec& spec)
    : folder_(folder),
      spec_(spec),
      database_(std::make_unique<Database>(Database::create(folder / "catalog.db"))),
      blobs_(objects_folder(folder / "catalog.db")),
      roots_(folder / "catalog.db"),
      keys_(folder / "keys") {
  keys_.make(false);
  std::filesystem::create_directories(folder / "clips");
  if (spec.has_sound) {
    sound_ = folder / "sound.m4a";
    write_audio_only(*sound_, 1);
  }
  roots_.set(kAlias, folder / "clips");
  corpus_ =
      CorpusStore(*database_)
          .add_corpus(
              {{}, "faces", "1", kAlias, spec.licence, spec.consent_basis, spec.redistributable});
  int index = 0;
  for (const std::string& part : spec.parts) {
    for (int i = 0; i < spec.people_per_part; ++i) {
      add_person(index++, part);
    }
  }
  add_pairs();
  for (const std::string& method : spec.methods) {
    run_method(method);
  }
  for (int i = 0; i < spec.repeats; ++i) {
    run_method("repeat_" + std::to_string(i));
  }
}

int ExportCatalog::seed_of(int index) const {
  return spec_.copies_pixels ? 1 : index + 1;
}

Frame ExportCatalog::at_home(const Frame& frame, int index) const {
  std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
  const Digest room = sha256("room " + std::to_string(seed_of(index)));
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::size_t column = i % frame.row_bytes() * 8 / frame.row_bytes();
    const std::size_t row = i * 8 / pixels.size();
    const bool is_bright = (room.bytes[row] >> column & 1) != 0;
    const int value = pixels[i] + (is_bright ? 24 : -24) + index * spec_.brightens_by;
    pixels[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
  }
  return {frame.width_px(), frame.height_px(), frame.format(), std::move(pixels)};
}

std::size_t ExportCatalog::index_of(MediaId medium) const {
  return static_cast<std::size_t>(std::find(media_.begin(), media_.end(), medium) - media_.begin());
}

void ExportCatalog::add_person(int index, const std::string& part) {
  CorpusStore corpora(*database_);
  SubjectRow subject;
  subject.corpus_id = corpus_;
  subject.ext_id = "person-" + std::to_string(index);
  subjects_.push_back(corpora.add_subject(subject));
  parts_.push_back({subjects_.back(), index, part});
  MediaRow medium;
  medium.corpus_id = corpus_;
  medium.rel_path = "clip-" + std::to_string(index) + ".mp4";
  medium.id = corpora.add_media(medium);
  media_.push_back(medium.id);
  SightingRow sighting;
  sighting.media_id = medium.id;
  sighting.subject_id = subjects_.back();
  sighting.ext_sighting_id = "s";
  sighting.frame = -1;
  corpora.add_sighting(sighting);

  const ClipSpec clip = clip_spec(spec_, seed_of(index));
  const std::filesystem::path file = folder_ / "clips" / medium.rel_path;
  LabeledVideoWriter::Settings video = writer_settings(spec_);
  video.audio_from = sound_;
  LabeledVideoWriter writer(file, video, Provenance(Label::kReal));
  for (int i = 0; i < spec_.n_frames; ++i) {
    writer.write(at_home(draw_frame(clip, i), index), i / 25.0);
  }
  const WrittenVideo written = writer.finish();
  medium.sha256 = written.sha256;
  medium.stream_sha256 = written.stream_sha256;
  medium.codec = "h264";
  medium.pix_fmt = "yuv420p";
  medium.width_px = spec_.width_px;
  medium.height_px = spec_.height_px;
  medium.rotation_deg = 0;
  medium.fps_num = 25;
  medium.fps_den = 1;
  medium.is_vfr = false;
  medium.n_frames = spec_.n_frames;
  medium.duration_us = 40000LL * spec_.n_frames;
  corpora.record_probe(medium, written.bytes);
  const std::vector<TrackId> ids = add_tracks(index, 0);
  tracks_.push_back(ids.front());
  other_tracks_.push_back(ids.back());
}

void ExportCatalog::analyse_again() {
  for (std::size_t i = 0; i < media_.size(); ++i) {
    (void)add_tracks(static_cast<int>(i), 1);
  }
}

std::vector<TrackId> ExportCatalog::add_tracks(int index, int n_missed) {
  const ClipSpec clip = clip_spec(spec_, seed_of(index));
  FaceTrack track;
  for (int i = n_missed; i < spec_.n_frames; ++i) {
    const DrawnFace face = face_of_frame(clip, i);
    FaceObservation observation;
    observation.frame_index = i;
    observation.landmarks = landmarks_of(face);
    observation.bbox_px = bounding_box(observation.landmarks);
    observation.score = 1;
    track.observations.push_back(observation);
  }
  // People of different index are at right angles to each other.
  track.identity.assign(512, 0.0F);
  track.identity[static_cast<std::size_t>(seed_of(index))] = 1;
  track.side_px = track.observations.front().bbox_px.width + 300.0F * static_cast<float>(n_missed);
  TrackRow row;
  row.media_id = media_.at(static_cast<std::size_t>(index));
  row.subject_id = subjects_.at(static_cast<std::size_t>(index));
  row.first_frame = n_missed;
  row.last_frame = spec_.n_frames - 1;
  row.side_px = track.side_px;
  const BlobRow blob = blobs_.put_bytes(serialize(track), "application/vnd.changeling.track");
  row.boxes_sha256 = blob.sha256;
  std::vector<TrackRow> rows = {row};
  std::vector<BlobRow> faces = {blob};
  if (spec_.shows_another) {
    track.identity.assign(512, 0.0F);
    faces.push_back(blobs_.put_bytes(serialize(track), "application/vnd.changeling.track"));
    rows.push_back(row);
    rows.back().subject_id.reset();
    rows.back().boxes_sha256 = faces.back().sha256;
  }
  const std::string name = std::to_string(index) + " without " + std::to_string(n_missed);
  const BlobRow analysis{sha256("analysis " + name), 1, "application/json", "external"};  // no file
  return CorpusStore(*database_).record_tracks(row.media_id, analysis, rows, faces);
}

void ExportCatalog::add_pairs() {
  PairStore pairs(*database_);
  const SplitId split = pairs.add_split({{}, "main", "test@1", 1, {}}, parts_);
  std::vector<PairRow> rows;
  const auto n = static_cast<std::size_t>(spec_.people_per_part);
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    const std::size_t target = i / n * n + (i + 1) % n;
    if (target == i) {
      continue;
    }
    PairRow pair;
    pair.part = parts_[i].part;
    pair.stratum = "unconstrained";
    pair.draw_index = static_cast<std::int64_t>(i);
    pair.source_media = media_[i];
    pair.source_subject = subjects_[i];
    pair.target_media = media_[target];
    pair.target_subject = subjects_[target];
    rows.push_back(pair);
  }
  list_ = pairs.add_pair_list({{}, "main", split, "test@1", 1, "{}", {}}, rows, {});
}

void ExportCatalog::run_method(const std::string& method) {
  RunStore runs(*database_);
  RunRow run;
  run.kind = "generate";
  run.list_id = list_;
  run.suite = spec_.suite;
  run.git_commit = std::string(40, 'a');
  run.config_sha256 = sha256("config " + method);
  run.config_json = "{}";
  run.host = "test";
  run.env_json = "{}";
  const std::string run_id = runs.begin(run);
  runs.ensure_method({method, false, "compositeCapture"});
  ModelRow model;
  model.role = "lmk68";
  model.name = "landmarks";
  model.version = "1";
  model.sha256 = sha256("weights");
  model.licence = "MIT";
  runs.link_model(run_id, model.role, runs.ensure_model(model, 7));
  std::vector<JobRow> jobs;
  const std::vector<PairRow> pairs = PairStore(*database_).pairs(list_);
  for (const PairRow& pair : pairs) {
    JobRow job;
    job.run_id = run_id;
    job.pair_id = pair.id;
    job.method = method;
    job.job_key = sha256(method + std::to_string(pair.id.value));
    job.params_json = "{}";
    jobs.push_back(job);
  }
  runs.enqueue(jobs);
  for (const PairRow& pair : pairs) {
    const std::optional<JobClaim> claim = runs.claim(run_id, claim_owner(), 1'000'000'000, 3);
    if (!claim || claim->job.pair_id != pair.id ||
        !runs.record_done(*claim, method.rfind("repeat_", 0) == 0
                                      ? repeat_fake(pair, method)
                                      : make_fake(claim->job, pair, method))) {
      throw std::runtime_error("the fixture lost a job");
    }
  }
  runs.finish(run_id, "ok");
}

FakeRow ExportCatalog::make_fake(const JobRow& job, const PairRow& pair,
                                 const std::string& method) {
  Provenance fake(Label::kFake);
  fake.method = method;
  fake.digital_source_type = "compositeCapture";
  fake.job_key = job.job_key;
  fake.git_commit = std::string(40, 'a');
  ProvenanceInput input;
  input.role = "target";
  input.corpus = "faces@1";
  input.licence = spec_.licence;
  input.consent_basis = spec_.consent_basis;
  input.redistributable = spec_.redistributable;
  input.first_frame = spec_.trims;
  input.last_frame = spec_.n_frames - 1;
  fake.inputs = {input};
  Provenance control(Label::kRealControl);
  control.job_key = job.job_key;
  LabeledVideoWriter::Settings video = writer_settings(spec_), fake_video = fake_settings(spec_);
  LabeledVideoWriter::Settings mask = video;
  video.audio_from = fake_video.audio_from = sound_;
  mask.content = StreamContent::kMask;
  mask.encode.codec = "ffv1";

  struct Stream {
    std::string kind, label;
    LabeledVideoWriter writer;
  };

  std::vector<Stream> streams;
  const auto open = [&](const std::string& kind, const std::string& label, const auto& settings,
                        const Provenance& provenance) {
    streams.push_back({kind, label,
                       LabeledVideoWriter(blobs_.staging() / (kind + settings.encode.extension()),
                                          settings, provenance)});
  };
  open("fake_video", "fake", fake_video, fake);
  open("real_control", "real_control", video, control);
  open("mask_alpha", "", mask, fake);
  open("mask_changed", "", mask, fake);

  const std::size_t target = index_of(pair.target_media);
  const int target_index = static_cast<int>(target);
  const ClipSpec clip = clip_spec(spec_, seed_of(target_index));
  const auto look = 100 + index_of(pair.source_media) + (method == "mesh_swap" ? 0U : 50U);
  std::vector<FrameStatus> statuses;
  const int n_frames = spec_.n_frames - spec_.trims;
  for (int i = 0; i < n_frames; ++i) {
    const bool is_swapped = i > 0 && i < n_frames - 2;
    const Swapped swapped = swap_frame(clip, i + spec_.trims, is_swapped, look);
    const Frame shown = grained(at_home(swapped.frame, target_index), spec_.fakes_grain);
    streams[0].writer.write(spec_.fakes_grow ? grown(shown) : shown, i / 25.0);
    streams[1].writer.write(at_home(draw_frame(clip, i + spec_.trims), target_index), i / 25.0);
    streams[2].writer.write(swapped.alpha, i / 25.0);
    streams[3].writer.write(swapped.changed, i / 25.0);
    statuses.push_back(is_swapped ? FrameStatus::kSwapped : FrameStatus::kPassthrough);
  }
  FakeRow row;
  row.spans = to_spans(statuses);
  Sidecar sidecar(fake);
  sidecar.spans = row.spans;
  for (Stream& stream : streams) {
    const WrittenVideo written = stream.writer.finish();
    row.blobs.push_back(blobs_.adopt_file(written.path, "video/mp4"));
    ArtifactRow artifact;
    artifact.profile = "c23";
    artifact.kind = stream.kind;
    artifact.sha256 = written.sha256;
    artifact.stream_sha256 = written.stream_sha256;
    artifact.n_frames = written.n_frames;
    if (stream.kind == "fake_video") {
      artifact.manipulated_frames = n_frames - 3;
    }
    row.artifacts.push_back(artifact);
    sidecar.outputs.push_back(
        {stream.kind, stream.label, written.sha256, written.stream_sha256, written.n_frames});
  }
  row.blobs.push_back(blobs_.put_bytes(to_json(sidecar), "application/json"));
  ArtifactRow artifact;
  artifact.profile = "c23";
  artifact.kind = "sidecar";
  artifact.sha256 = row.blobs.back().sha256;
  row.artifacts.push_back(artifact);
  row.face_labels = {{tracks_[target], "fake", pair.source_subject}};
  if (spec_.shows_another) {
    row.face_labels.push_back({other_tracks_[target], "real", {}});
  }
  if (spec_.repeats > 0) {
    first_fakes_.emplace(pair.id.value, row);
  }
  return row;
}

BlobRow ExportCatalog::put_unsynced(const std::string& clip) const {
  const Digest digest = sha256(clip);
  std::filesystem::create_directories(blobs_.path(digest).parent_path());
  std::ofstream(blobs_.path(digest), std::ios::binary) << clip;
  return {digest, static_cast<std::int64_t>(clip.size()), "video/mp4"};
}

FakeRow ExportCatalog::repeat_fake(const PairRow& pair, const std::string& method) {
  FakeRow row = first_fakes_.at(pair.id.value);
  for (ArtifactRow& artifact : row.artifacts) {
    if (artifact.kind == "fake_video") {
      std::string name = method + " of pair " + std::to_string(pair.id.value);
      name.resize(24, ' ');
      const std::string box = std::string("\0\0\0\x20", 4) + "free" + name;
      row.blobs.push_back(put_unsynced(read_file(blobs_.path(artifact.sha256)) + box));
      artifact.sha256 = row.blobs.back().sha256;
      artifact.stream_sha256 = sha256(name);
    }
  }
  return row;
}

}  // namespace changeling
