#include "tests/support/head_corpus.h"

#include "common/base/atomic_file.h"
#include "common/base/digest.h"
#include "common/media/image_codec.h"
#include "tests/support/labeled_clip.h"

namespace changeling {
namespace {

std::string file_name(const HeadFile& file) {
  return file.name + (file.is_picture ? ".dat" : ".mkv");
}

MediaId add_clip(CorpusStore& corpora, CorpusId corpus, const std::filesystem::path& folder,
                 const HeadFile& file) {
  const std::filesystem::path path = folder / file_name(file);
  if (file.is_picture) {
    write_file_atomically(path, encode_png(draw(face_at(file.clip, 0))));
  } else {
    write_head_clip(path, file.clip);
  }
  MediaRow medium;
  medium.corpus_id = corpus;
  medium.rel_path = file_name(file);
  medium.id = corpora.add_media(medium);
  medium.sha256 = sha256_file(path);
  medium.n_frames = file.clip.n_frames;
  medium.width_px = file.clip.face.width_px;
  medium.height_px = file.clip.face.height_px;
  corpora.record_probe(medium, static_cast<std::int64_t>(std::filesystem::file_size(path)));
  return medium.id;
}

std::filesystem::path catalog_file(const std::filesystem::path& folder) {
  return folder / "catalog.db";
}

/// The alias must be known before the table of roots is read.
std::filesystem::path with_root(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "clips");
  CorpusRoots(catalog_file(folder)).set("heads", folder / "clips");
  return catalog_file(folder);
}

}  // namespace

HeadCorpus::HeadCorpus(const std::filesystem::path& folder, const std::vector<HeadFile>& files)
    : database(Database::create(catalog_file(folder))),
      corpora(database),
      pairs(database),
      runs(database),
      blobs(folder / "objects"),
      roots(with_root(folder)) {
  const CorpusId corpus =
      corpora.add_corpus({{}, "heads", "1", "heads", "CC0-1.0", "synthetic", true});
  std::vector<MediaId> media;
  std::vector<SubjectId> subjects;
  std::vector<SplitSubjectRow> parts;
  for (const HeadFile& file : files) {
    SubjectRow subject;
    subject.corpus_id = corpus;
    subject.ext_id = file.name;
    subjects.push_back(corpora.add_subject(subject));
    parts.push_back({subjects.back(), static_cast<std::int64_t>(parts.size()), "train"});
    media.push_back(add_clip(corpora, corpus, folder / "clips", file));
    SightingRow sighting;
    sighting.media_id = media.back();
    sighting.subject_id = subjects.back();
    sighting.ext_sighting_id = "s";
    corpora.add_sighting(sighting);
  }
  const SplitId split = pairs.add_split({{}, "all", "threshold@1", 1, {}}, parts);
  std::vector<PairRow> rows;
  for (std::size_t i = 0; i + 1 < media.size(); ++i) {
    PairRow pair;
    pair.part = "train";
    pair.stratum = "unconstrained";
    pair.draw_index = static_cast<std::int64_t>(i);
    pair.source_media = media[i];
    pair.source_subject = subjects[i];
    pair.target_media = media[i + 1];
    pair.target_subject = subjects[i + 1];
    rows.push_back(pair);
  }
  list_ = pairs.add_pair_list({{}, "list", split, "test@1", 1, "{}", {}}, rows, {});
}

std::string HeadCorpus::begin_run(const MethodSet& methods, const std::string& params_json) {
  RunRow run;
  run.kind = "generate";
  run.list_id = list_;
  run.git_commit = "unknown";
  run.config_sha256 = sha256(params_json);
  run.config_json = params_json;
  run.host = "test";
  run.env_json = "{}";
  const std::string run_id = runs.begin(run);
  std::vector<JobRow> jobs;
  for (const SwapMethod::Variant& variant : methods.variants()) {
    runs.ensure_method({variant.name, variant.self_paired, variant.digital_source_type});
  }
  for (const PairRow& pair : pairs.pairs(list_)) {
    for (const SwapMethod::Variant& variant : methods.variants()) {
      JobRow job;
      job.run_id = run_id;
      job.pair_id = pair.id;
      job.method = variant.name;
      job.params_json = params_json;
      job.seed = 1;
      job.job_key = sha256(variant.name + std::to_string(pair.draw_index));
      jobs.push_back(job);
    }
  }
  runs.enqueue(jobs);
  return run_id;
}

void HeadCorpus::cache_analysis(const HeadFile& file,
                                const std::function<void(VideoAnalysis&)>& edit) {
  for (const MediaRow& medium : corpora.media(corpora.find_corpus("heads")->id)) {
    if (medium.rel_path == file_name(file)) {
      VideoAnalysis analysis = analyze(file.clip).analysis;
      analysis.video_sha256 = *medium.sha256;
      if (edit) {
        edit(analysis);
      }
      const BlobRow blob = blobs.put_bytes(serialize(analysis), "application/octet-stream");
      corpora.put_cached_stage(sha256("analysis of " + file.name), "face_analysis@1", medium.id,
                               blob);
    }
  }
}

HeadAnalyses::HeadAnalyses(HeadCorpus& corpus, const std::vector<HeadFile>& files)
    : corpus_(corpus) {
  for (const HeadFile& file : files) {
    clips_[file_name(file)] = file.clip;
  }
}

StoredAnalysis HeadAnalyses::analyze(const MediaRow& media, const std::filesystem::path&,
                                     const std::string&, StageTimings&,
                                     const std::function<void()>& heartbeat) {
  heartbeat();
  StoredAnalysis stored;
  stored.analysis = ::changeling::analyze(clips_.at(media.rel_path)).analysis;
  if (const auto edit = edits_.find(media.rel_path); edit != edits_.end()) {
    edit->second(stored.analysis);
  }
  std::vector<TrackRow> rows;
  std::vector<BlobRow> blobs;
  for (const FaceTrack& track : stored.analysis.tracks) {
    blobs.push_back(corpus_.blobs.put_bytes(serialize(track), "application/octet-stream"));
    TrackRow row;
    row.media_id = media.id;
    row.first_frame = track.first_frame();
    row.last_frame = track.last_frame();
    row.boxes_sha256 = blobs.back().sha256;
    rows.push_back(row);
  }
  const BlobRow analysis =
      corpus_.blobs.put_bytes(serialize(stored.analysis), "application/octet-stream");
  stored.track_ids = corpus_.corpora.record_tracks(media.id, analysis, rows, blobs);
  return stored;
}

void write_head_clip(const std::filesystem::path& file, const HeadClip& clip) {
  const auto frame_at = [&](int i) { return draw(face_at(clip, i)); };
  write_labeled_clip(file, clip.n_frames, frame_at, Provenance(Label::kReal), "ffv1");
}

}  // namespace changeling
