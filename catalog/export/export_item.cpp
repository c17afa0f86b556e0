#include "catalog/export/export_item.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "catalog/corpora/registration.h"
#include "catalog/degrade/recipe.h"
#include "catalog/export/clip_selection.h"
#include "catalog/signing/claim.h"
#include "catalog/signing/sign_clips.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/sighting_roles.h"
#include "common/base/error.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

using nlohmann::json;

/// DF40's name of the footage that a method was applied to.
std::string domain_of(const CorpusRow& corpus) {
  const std::string adapter = adapter_of_alias(corpus.root_alias);
  if (adapter == "ffpp") {
    return "ff";
  }
  return adapter == "celebdf" ? "cdf" : adapter == "dfdc" ? "dfdc" : corpus.name;
}

/// ".mp4" of "a/B.MP4".
std::string lower_extension(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return extension;
}

json spans_json(const std::vector<ManipulatedSpan>& spans) {
  json list = json::array();
  for (const ManipulatedSpan& span : spans) {
    list.push_back({span.first_frame, span.last_frame, to_string(span.status)});
  }
  return list;
}

/// Each face with the frames in which it is fake: a label per face and frame.
json faces_json(const ExportItem& item) {
  json swapped = json::array();
  for (const ManipulatedSpan& span : item.spans) {
    if (span.status == FrameStatus::kSwapped) {
      swapped.push_back({span.first_frame, span.last_frame});
    }
  }
  json list = json::array();
  for (const ItemFace& face : item.faces) {
    list.push_back({{"track", face.track},
                    {"label", face.is_fake ? "fake" : "real"},
                    {"fake_spans", face.is_fake ? swapped : json::array()},
                    {"source_key", face.source_key}});
  }
  return list;
}

json models_json(const std::vector<ModelRow>& models) {
  json list = json::array();
  for (const ModelRow& model : models) {
    list.push_back({{"role", model.role},
                    {"name", model.name},
                    {"version", model.version},
                    {"sha256", model.sha256.hex()},
                    {"licence", model.licence.value_or("")}});
  }
  return list;
}

/// The track of a generated clip as its rendition shows it.
FaceTrack in_rendition(const FaceTrack& track, const ShapeChange& shape) {
  const auto x_scale =
      static_cast<float>(shape.to.width_px) / static_cast<float>(shape.from.width_px);
  const auto y_scale =
      static_cast<float>(shape.to.height_px) / static_cast<float>(shape.from.height_px);
  FaceTrack result = track;
  result.observations.clear();
  result.side_px *= std::min(x_scale, y_scale);
  for (std::int64_t i = 0; i < shape.to.n_frames; ++i) {
    const FaceObservation* parent = track.find(shape.parent_frame(i));
    if (parent == nullptr) {
      continue;
    }
    FaceObservation& face = result.observations.emplace_back(*parent);
    face.frame_index = i;
    face.bbox_px = {face.bbox_px.x * x_scale, face.bbox_px.y * y_scale,
                    face.bbox_px.width * x_scale, face.bbox_px.height * y_scale};
    for (PointF& point : face.landmarks) {
      point = {point.x * x_scale, point.y * y_scale};
    }
  }
  return result;
}

}  // namespace

std::string item_json(const ExportItem& item) {
  json masks = json::object();
  for (const auto& [layer, file] : item.masks) {
    masks[layer] = file.sha256.hex();
  }
  return json{{"schema_version", 1},
              {"key", item.key},
              {"label", item.label},
              {"label_number", item.is_fake() ? 1 : 0},
              {"part", item.part},
              {"provenance", item.is_declared ? "declared" : "made"},
              {"method", item.method},
              {"profile", item.profile},
              {"stratum", item.stratum},
              {"n_frames", item.n_frames},
              {"manipulated_frames", item.manipulated_frames},
              {"fps", {item.fps_num, item.fps_den}},
              {"width_px", item.width_px},
              {"height_px", item.height_px},
              {"sha256", item.video.sha256.hex()},
              {"stream_sha256", item.stream_sha256.hex()},
              {"bytes", item.video.bytes},
              {"control_key", item.control_key},
              {"target_key", item.target_key},
              {"source_key", item.source_key},
              {"target_clip_key", item.target_clip_key},
              {"source_clip_key", item.source_clip_key},
              {"spans", spans_json(item.spans)},
              {"faces", faces_json(item)},
              {"masks", masks},
              {"recipe", item.recipe_json.empty() ? json() : json::parse(item.recipe_json)},
              {"mask_survival", item.mask_survival ? json(*item.mask_survival) : json()},
              {"models", models_json(item.models)},
              {"git_commit", item.git_commit},
              {"config_sha256", item.config_sha256.hex()},
              {"digital_source_type", item.digital_source_type},
              {"licence", item.licences},
              {"consent_basis", item.consent_bases},
              {"access_class", to_string(item.access())}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

ItemLoader::ItemLoader(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
                       const SigningKey& secret)
    : database_(database),
      blobs_(blobs),
      roots_(roots),
      secret_(secret),
      corpora_(database),
      clips_(database),
      runs_(database) {}

const CorpusRow& ItemLoader::corpus(CorpusId id) {
  const auto found = corpus_rows_.find(id);
  return found != corpus_rows_.end() ? found->second
                                     : corpus_rows_.emplace(id, corpora_.corpus(id)).first->second;
}

std::string ItemLoader::short_key(std::string_view purpose, const std::string& text) const {
  return secret_.keyed_digest(purpose, text).hex().substr(0, 16);
}

std::string ItemLoader::person_key(SubjectId subject) {
  const SubjectRow row = corpora_.subject_by_id(subject);
  return short_key("person", corpus(row.corpus_id).name + "/" + row.ext_id);
}

std::string ItemLoader::clip_key(MediaId media, SubjectId subject) {
  const MediaRow row = corpora_.media_by_id(media);
  return short_key("clip",
                   corpus(row.corpus_id).name + "/" + row.rel_path + "/" + person_key(subject));
}

ItemFile ItemLoader::blob_file(const Digest& sha256) const {
  ItemFile file;
  file.path = blobs_.path(sha256);
  file.sha256 = sha256;
  std::error_code failed;
  file.bytes = static_cast<std::int64_t>(std::filesystem::file_size(file.path, failed));
  if (failed) {
    throw Error(ErrorKind::kCatalog,
                "blob " + sha256.hex() + " is missing (run 'changeling catalog verify')");
  }
  return file;
}

std::string ItemLoader::exported_method(const ClipRow& clip) {
  if (!clip.method) {
    return {};
  }
  const MediaRow media = corpora_.media_by_id(clip.target_media);
  return *clip.method + (clip.artifact.job_id ? "_" + domain_of(corpus(media.corpus_id)) : "");
}

void ItemLoader::add_terms(MediaId media, ExportItem& item) {
  const MediaRow row = corpora_.media_by_id(media);
  const CorpusRow& home = corpus(row.corpus_id);
  item.corpora.insert(home.name + " " + home.version);
  item.consent_bases.insert(row.consent_basis.value_or(home.consent_basis));
  const std::vector<MediaRow> of_bytes =
      row.sha256 ? corpora_.media_of_bytes(*row.sha256) : std::vector<MediaRow>{row};
  for (const MediaRow& equal : of_bytes) {
    add_medium_terms(equal, item);
  }
}

void ItemLoader::add_medium_terms(const MediaRow& row, ExportItem& item) {
  const CorpusRow& home = corpus(row.corpus_id);
  const std::string licence = row.licence.value_or(home.licence);
  item.licences.insert(licence);
  item.terms.push_back(media_access("'" + home.name + "/" + row.rel_path + "'", licence,
                                    home.redistributable && row.redistributable.value_or(true)));
}

/// Those under which the clip was made, where they are stricter than the catalog's today.
void ItemLoader::add_made_terms(const ClipRow& clip, ExportItem& item) {
  const std::optional<Sidecar> sidecar = own_sidecar(clip);
  if (!sidecar) {
    return;
  }
  const auto add = [&item](AccessTerm term) {
    if (term.access < item.access()) {
      term.reason += ", says the sidecar of what was made with it";
      item.terms.push_back(std::move(term));
    }
  };
  for (const ProvenanceInput& input : sidecar->provenance.inputs) {
    if (!input.licence.empty() && (item.is_fake() || input.role == "target")) {
      item.licences.insert(input.licence);
      add(media_access("the " + input.role + " of '" + input.corpus + "'", input.licence,
                       input.redistributable));
    }
  }
  if (item.is_fake()) {
    for (const ProvenanceModel& model : sidecar->provenance.models) {
      add(model_access("network '" + model.role + "'", model.licence));
    }
  }
}

ItemFile ItemLoader::video_file(const ClipRow& clip) {
  if (!clip.artifact.media_id) {
    return blob_file(clip.artifact.sha256);
  }
  const MediaRow media = corpora_.media_by_id(clip.target_media);
  return {roots_.resolve(corpus(media.corpus_id).root_alias) / media.rel_path, clip.artifact.sha256,
          clip.bytes};
}

void ItemLoader::add_media(const ClipRow& clip, ExportItem& item) {
  const MediaRow media = corpora_.media_by_id(clip.target_media);
  item.extension = clip.artifact.media_id                ? lower_extension(media.rel_path)
                   : clip.artifact.profile == "lossless" ? ".mkv"
                                                         : ".mp4";
  item.fps_num = media.fps_num.value_or(0);
  item.fps_den = media.fps_den.value_or(1);
  item.width_px = media.width_px.value_or(0);
  item.height_px = media.height_px.value_or(0);
  add_terms(clip.target_media, item);
  if (clip.source_media) {
    add_terms(*clip.source_media, item);
  }
}

void ItemLoader::add_job(const ClipRow& clip, ExportItem& item) {
  const std::string& run_id = *clip.run_id;
  auto found = run_rows_.find(run_id);
  if (found == run_rows_.end()) {
    const std::optional<RunRow> run = runs_.find_run(run_id);
    CHANGELING_REQUIRE(run.has_value(), "a job's run is missing");
    found = run_rows_.emplace(run_id, std::pair(*run, runs_.models(run_id))).first;
  }
  item.run_id = run_id;
  item.git_commit = found->second.first.git_commit;
  item.config_sha256 = found->second.first.config_sha256;
  if (!item.is_fake()) {
    return;  // no network touched a control's pixels
  }
  item.models = found->second.second;
  for (const ModelRow& model : item.models) {
    item.terms.push_back(model_access("network '" + model.role + "'", model.licence.value_or("")));
  }
}

void ItemLoader::add_siblings(const ClipRow& clip, ExportItem& item) {
  for (const ArtifactRow& row : runs_.artifacts_with_renditions(*clip.artifact.job_id)) {
    if (row.profile != clip.artifact.profile) {
      continue;
    }
    if (row.kind == "real_control" && item.is_fake()) {
      item.control_key = item_key(*row.stream_sha256);
    } else if (row.kind.rfind("mask_", 0) == 0 && item.is_fake()) {
      const std::string layer = row.kind.substr(5);
      item.masks[layer == "survivor" ? layer + "_" + row.profile : layer] = blob_file(row.sha256);
    } else if (row.kind == "fake_video") {
      ClipRow fake = clip;
      fake.artifact.id = row.id;
      add_faces(fake, item);
    }
  }
}

void ItemLoader::add_faces(const ClipRow& clip, ExportItem& item) {
  int n = 0;
  for (const FaceLabelRow& label : runs_.face_labels(clip.artifact.id)) {
    const std::optional<TrackRow> track = corpora_.find_track(label.track_id);
    CHANGELING_REQUIRE(track.has_value(), "a face's track is missing");
    ItemFace face;
    face.track = n++;
    face.is_fake = item.is_fake() && label.label == "fake";
    face.source_key =
        face.is_fake && label.source_subject ? person_key(*label.source_subject) : std::string();
    face.boxes_sha256 = track->boxes_sha256;
    // The target's own face comes first, in fake and control alike.
    item.faces.insert(label.label == "fake" ? item.faces.begin() : item.faces.end(), face);
  }
}

/// Who is seen in a corpus file.
void ItemLoader::add_people(const ClipRow& clip, ExportItem& item) {
  const std::optional<SubjectId> person =
      seen_person(corpora_.sightings(clip.target_media), item.is_fake());
  if (person) {
    item.target_key = person_key(*person);
    item.target_clip_key = clip_key(clip.target_media, *person);
  }
  if (item.is_fake()) {
    return;  // nobody says which faces a corpus replaced
  }
  for (const TrackRow& track : corpora_.tracks(clip.target_media)) {
    ItemFace face;
    face.track = static_cast<int>(item.faces.size());
    face.boxes_sha256 = track.boxes_sha256;
    const bool is_first = person && track.subject_id == person;
    item.faces.insert(is_first ? item.faces.begin() : item.faces.end(), face);
  }
}

/// A made clip may begin later than its target; its job's sidecar tells where.
std::int64_t ItemLoader::first_target_frame(ArtifactId artifact) {
  const std::optional<Sidecar> sidecar = own_sidecar(clips_.clip(artifact));
  if (sidecar) {
    for (const ProvenanceInput& input : sidecar->provenance.inputs) {
      if (input.role == "target") {
        return input.first_frame;
      }
    }
  }
  return 0;
}

std::optional<Sidecar> ItemLoader::own_sidecar(const ClipRow& clip) const {
  if (!clip.artifact.job_id) {
    return std::nullopt;
  }
  const std::optional<ArtifactRow> row =
      runs_.find_artifact(*clip.artifact.job_id, "sidecar", clip.artifact.profile);
  return row ? std::optional(sidecar_from_json(blobs_.read(row->sha256))) : std::nullopt;
}

void ItemLoader::add_rendition(const ClipRow& clip, ExportItem& item) {
  item.recipe_json = *clip.recipe_json;
  const ClipShape shape = shape_from_recipe(item.recipe_json).to;
  item.width_px = shape.width_px;
  item.height_px = shape.height_px;
  item.fps_num = shape.frame_rate.numerator;
  item.fps_den = shape.frame_rate.denominator;
  if (const std::optional<Sidecar> sidecar = own_sidecar(clip); sidecar && item.is_fake()) {
    item.mask_survival = sidecar->mask_survival;
  }
}

/// Nobody says which face a corpus replaced; the one that is seen longest, then largest, stands for
/// it.
FaceTrack ItemLoader::longest_face(MediaId media) {
  const std::vector<TrackRow> tracks = corpora_.tracks(media);
  const auto longest =
      std::max_element(tracks.begin(), tracks.end(), [](const TrackRow& a, const TrackRow& b) {
        return std::pair(a.last_frame - a.first_frame, a.side_px.value_or(0)) <
               std::pair(b.last_frame - b.first_frame, b.side_px.value_or(0));
      });
  return longest == tracks.end() ? FaceTrack()
                                 : deserialize_track(blobs_.read(longest->boxes_sha256));
}

FaceTrack ItemLoader::first_face(const ExportItem& item) {
  if (item.faces.empty()) {
    const ClipRow clip = clips_.clip(item.artifact);
    return clip.artifact.media_id ? longest_face(*clip.artifact.media_id) : FaceTrack();
  }
  FaceTrack track = deserialize_track(blobs_.read(item.faces.front().boxes_sha256));
  const std::int64_t first = first_target_frame(item.artifact);
  for (FaceObservation& observation : track.observations) {
    observation.frame_index -= first;
  }
  return item.recipe_json.empty() ? track
                                  : in_rendition(track, shape_from_recipe(item.recipe_json));
}

/// A corpus file comes from nothing but itself, under the terms of its corpus.
Sidecar ItemLoader::corpus_sidecar(const ClipRow& clip) {
  const MediaRow media = corpora_.media_by_id(clip.target_media);
  const CorpusRow& home = corpus(media.corpus_id);
  Provenance known(label_from_string(*clip.artifact.label));
  known.method = clip.method.value_or("");
  if (const auto method = runs_.find_method(known.method)) {
    known.digital_source_type = method->digital_source_type;
  }
  ProvenanceInput input;
  input.role = "target";
  input.corpus = home.name + "@" + home.version;
  input.licence = media.licence.value_or(home.licence);
  input.consent_basis = media.consent_basis.value_or(home.consent_basis);
  input.redistributable = home.redistributable && media.redistributable.value_or(true);
  input.media_sha256 = clip.artifact.sha256;
  input.last_frame = clip.artifact.n_frames.value_or(1) - 1;
  known.inputs = {input};
  return Sidecar(known);
}

std::string ItemLoader::claim(const ExportItem& item) {
  const ClipRow clip = clips_.clip(item.artifact);
  ArtifactRow claimed = clip.artifact;
  claimed.sha256 = item.video.sha256;  // perhaps of a copy without sound
  return clip_claim(
      clip.artifact.job_id ? sidecar_of(database_, blobs_, clip.artifact) : corpus_sidecar(clip),
      claimed);
}

ExportItem ItemLoader::describe(ArtifactId artifact, const std::string& part) {
  return describe(clips_.clip(artifact), part);
}

ExportItem ItemLoader::describe(const ClipRow& clip, const std::string& part) {
  ExportItem item;
  item.artifact = clip.artifact.id;
  item.stream_sha256 = *clip.artifact.stream_sha256;
  item.key = item_key(item.stream_sha256);
  item.part = part;
  item.label = *clip.artifact.label;
  item.is_declared = !clip.artifact.job_id;
  item.method = exported_method(clip);
  item.profile = clip.artifact.profile;
  item.stratum = clip.stratum.value_or("");
  item.n_frames = clip.artifact.n_frames.value_or(0);
  item.manipulated_frames = clip.artifact.manipulated_frames.value_or(0);
  add_media(clip, item);
  if (clip.method) {
    const std::optional<MethodRow> method = runs_.find_method(*clip.method);
    item.digital_source_type = method ? method->digital_source_type : "";
  }
  if (clip.artifact.media_id) {
    add_people(clip, item);
  }
  if (clip.target_subject) {
    item.target_key = person_key(*clip.target_subject);
    item.target_clip_key = clip_key(clip.target_media, *clip.target_subject);
  }
  if (clip.source_subject) {
    item.source_key = person_key(*clip.source_subject);
    item.source_clip_key = clip_key(*clip.source_media, *clip.source_subject);
  }
  if (clip.run_id) {
    add_job(clip, item);
  }
  return item;
}

ExportItem ItemLoader::load(ArtifactId artifact, const std::string& part) {
  const ClipRow clip = clips_.clip(artifact);
  ExportItem item = describe(clip, part);
  item.video = video_file(clip);
  item.corpus_file = item.is_declared ? item.video.path : std::filesystem::path();
  if (copies_ != nullptr && item.is_declared) {
    Provenance declared = corpus_sidecar(clip).provenance;
    declared.job_key = item.stream_sha256;  // no job made it; `catalog identify` knows it by that
    item.video = copies_->with_label(item.video, item.extension, declared);
    item.extension = item.video.path.extension();
  } else if (copies_ != nullptr) {
    item.video = copies_->without_sound(item.video, item.extension, item.stream_sha256);
  }
  if (item.is_fake()) {
    item.spans = runs_.spans(artifact);
  }
  if (clip.run_id) {
    add_siblings(clip, item);
    add_made_terms(clip, item);
  }
  if (clip.recipe_json) {
    add_rendition(clip, item);
  }
  return item;
}

}  // namespace changeling
