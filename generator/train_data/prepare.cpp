#include "generator/train_data/prepare.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/corpora/builtin_corpora.h"
#include "catalog/corpora/registration.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/clips/cached_analyses.h"
#include "common/clips/media_locator.h"
#include "common/clips/sighting_hint.h"
#include "common/face/face_box.h"
#include "common/media/image_codec.h"
#include "common/media/video_reader.h"
#include "generator/train_data/preparation_inputs.h"
#include "generator/train_data/sequence_plan.h"

namespace changeling {
namespace {

using Json = nlohmann::json;

constexpr int kBatchFrames = 8;

/// A usable face and, for stills, its picture and labels.
struct Candidate {
  FoundFace face;
  std::shared_ptr<const Frame> picture;
  std::shared_ptr<const FaceLabels> labels;
};

/// FFmpeg gives grey pictures as equal channels.
Frame first_channel(const Frame& rgb) {
  std::vector<std::uint8_t> grey;
  grey.reserve(rgb.size_bytes() / 3);
  for (std::size_t i = 0; i < rgb.size_bytes(); i += 3) {
    grey.push_back(rgb.data()[i]);
  }
  return Frame(rgb.width_px(), rgb.height_px(), PixelFormat::kGray8, std::move(grey));
}

std::string mask_source(MaskChoice masks) {
  switch (masks) {
    case MaskChoice::kNone:
      return "none";
    case MaskChoice::kHull:
      return "hull";
    case MaskChoice::kLabels:
      break;
  }
  return "labels";
}

PackLayout layout_of(const PrepareOptions& options) {
  return {options.resolution_px, options.crop_scale, 68,
          options.landmarks == LandmarkSource::kGiven ? "given" : "lmk68",
          mask_source(options.masks)};
}

double median(std::vector<double> values) {
  if (values.empty()) {
    return 0;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Number and heights of the faces that a sequence gave.
struct Taken {
  std::int64_t frames = 0;
  std::vector<double> face_heights_px;  ///< of a dry run: those that are known
};

/// Annotations of the corpora, read when the first of their stills comes.
class Annotations {
 public:
  explicit Annotations(const CorpusRoots& roots) : roots_(roots) {}

  /// nullptr when the corpus says nothing about the picture.
  const StillAnnotation* find(const CorpusRow& corpus, const std::string& rel_path) {
    auto [entry, is_new] = by_corpus_.try_emplace(corpus.root_alias);
    if (is_new) {
      const auto adapter = make_corpus(adapter_of_alias(corpus.root_alias));
      for (StillAnnotation& annotation : adapter->annotations(roots_.resolve(corpus.root_alias))) {
        entry->second.emplace(annotation.rel_path, std::move(annotation));
      }
    }
    const auto found = entry->second.find(rel_path);
    return found == entry->second.end() ? nullptr : &found->second;
  }

 private:
  const CorpusRoots& roots_;
  std::map<std::string, std::map<std::string, StillAnnotation>> by_corpus_;
};

class Preparer {
 public:
  Preparer(Database& database, const PrepareOptions& options)
      : options_(options),
        corpora_(database),
        pairs_(database),
        blobs_(objects_folder(database.path())),
        roots_(database.path()),
        locator_(corpora_, roots_),
        annotations_(roots_),
        maker_(layout_of(options), options.min_mask_share),
        writer_(options.out, layout_of(options)) {}

  PrepareResult run() {
    const SequencePlan plan = plan_sequences(corpora_, pairs_, options_.split, options_.corpora);
    leave_out(LeftOut::kWithdrawn, plan.withdrawn_media);
    leave_out(LeftOut::kBystanderLeak, plan.leaking_media);
    leave_out(LeftOut::kNoSightingId, plan.frames_without_sighting);
    if (!options_.dry_run) {
      inputs_ = preparation_inputs(plan, options_, corpora_, blobs_);
      go_on(plan);
    }
    call(options_.on_begin, static_cast<std::int64_t>(plan.sequences.size() - taken_.size()));
    auto saved_at = std::chrono::steady_clock::now();
    while (taken_.size() < plan.sequences.size()) {
      if (options_.stop_requested && options_.stop_requested()) {
        save();
        result_.stopped = true;
        return std::move(result_);
      }
      taken_.push_back(take(plan.sequences[taken_.size()]));
      call(options_.on_medium);
      if (std::chrono::steady_clock::now() - saved_at >= options_.save_every) {
        save();
        saved_at = std::chrono::steady_clock::now();
      }
    }
    const std::set<std::string> corpora_of_crops = count(plan);
    if (!options_.dry_run) {
      result_.set = writer_.finish(split_text(corpora_, pairs_, options_.split, corpora_of_crops));
    }
    return std::move(result_);
  }

 private:
  template <typename Hook, typename... Arguments>
  static void call(const Hook& hook, Arguments... arguments) {
    if (hook) {
      hook(arguments...);
    }
  }

  void leave_out(LeftOut reason, std::int64_t count = 1) {
    if (count > 0) {
      result_.left_out[reason] += count;
    }
  }

  void go_on(const SequencePlan& plan) {
    const std::optional<std::string> progress =
        writer_.go_on(inputs_, [this](const std::string& saved) { check_unread(saved); });
    if (!progress) {
      return;
    }
    const Json state = Json::parse(*progress);
    unread_ = state.at("unread").get<std::vector<std::int64_t>>();
    result_.left_out = state.at("left_out").get<std::map<LeftOut, std::int64_t>>();
    for (const Json& heights : state.at("face_heights_px")) {
      taken_.push_back(
          {static_cast<std::int64_t>(heights.size()), heights.get<std::vector<double>>()});
    }
    log_info("preparation_goes_on", {{"sequences_done", std::to_string(taken_.size())},
                                     {"sequences", std::to_string(plan.sequences.size())}});
  }

  /// What could not be read then and can now, as on a drive that was away, would be missing.
  void check_unread(const std::string& saved) const {
    const Json state = Json::parse(saved);
    for (const Json& id : state.at("unread")) {
      const MediaRow medium = corpora_.media_by_id({id.get<std::int64_t>()});
      if (can_be_read(medium)) {
        throw Error(ErrorKind::kInput,
                    "'" + medium.rel_path + "' could not be read then, and can now");
      }
    }
  }

  [[nodiscard]] bool can_be_read(const MediaRow& medium) const {
    try {
      if (medium.kind == kFrameSequence) {
        (void)locator_.checked_frames(medium);
      } else {
        (void)locator_.checked_path(medium);
      }
      return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) {
        throw;
      }
      return false;
    }
  }

  /// Between two sequences.
  void save() {
    if (options_.dry_run) {
      return;
    }
    Json heights = Json::array();
    for (const Taken& taken : taken_) {
      heights.push_back(taken.face_heights_px);
    }
    writer_.save(
        inputs_,
        Json{{"left_out", result_.left_out}, {"face_heights_px", heights}, {"unread", unread_}}
            .dump());
  }

  Taken take(const PlannedSequence& sequence) {
    if (options_.dry_run) {
      return foresee(sequence);
    }
    const std::vector<Candidate> chosen = choose(faces_of(sequence));
    return chosen.empty() ? Taken() : crop_sequence(sequence, chosen);
  }

  std::vector<Candidate> faces_of(const PlannedSequence& sequence) {
    if (sequence.is_video()) {
      return faces_of_video(sequence);
    }
    return sequence.is_frame_sequence() ? faces_of_frames(sequence) : faces_of_stills(sequence);
  }

  /// Videos as far as their decoding, of all others only whether they were probed.
  Taken foresee(const PlannedSequence& sequence) {
    Taken taken;
    if (sequence.is_video()) {
      for (const Candidate& candidate : choose(faces_of_video(sequence))) {
        taken.face_heights_px.push_back(face_box(candidate.face.landmarks_px).height);
        ++taken.frames;
      }
    } else {
      const std::int64_t probed = std::count_if(
          sequence.media.begin(), sequence.media.end(),
          [](const MediaRow& medium) { return medium.sha256 && !medium.probe_error; });
      leave_out(LeftOut::kNotProbed, static_cast<std::int64_t>(sequence.media.size()) - probed);
      taken.frames = probed;
      if (sequence.is_frame_sequence() && probed > 0) {
        const auto everybody = corpora_.sightings(sequence.media.front().id);
        taken.frames = static_cast<std::int64_t>(own_sightings(sequence, everybody).size());
      }
    }
    return taken;
  }

  /// Usable faces of a sequence that are worth a crop.
  std::vector<Candidate> choose(std::vector<Candidate> all) {
    const std::vector<Candidate> candidates = usable(std::move(all));
    if (static_cast<std::int64_t>(candidates.size()) < options_.min_frames) {
      leave_out(LeftOut::kTooFewFrames, candidates.empty() ? 0 : 1);
      return {};
    }
    std::vector<FoundFace> faces;
    for (const Candidate& candidate : candidates) {
      faces.push_back(candidate.face);
    }
    std::vector<Candidate> chosen;
    for (const std::size_t index : choose_frames(faces, options_.frames)) {
      chosen.push_back(candidates[index]);
    }
    leave_out(LeftOut::kNotChosen, static_cast<std::int64_t>(candidates.size() - chosen.size()));
    return chosen;
  }

  std::vector<Candidate> usable(std::vector<Candidate> candidates) {
    std::vector<Candidate> kept;
    for (Candidate& candidate : candidates) {
      if (face_box(candidate.face.landmarks_px).height < options_.min_face_px) {
        leave_out(LeftOut::kTooSmall);
      } else if (candidate.face.sharpness < options_.min_sharpness) {
        leave_out(LeftOut::kBlurred);
      } else {
        kept.push_back(std::move(candidate));
      }
    }
    return kept;
  }

  std::vector<Candidate> faces_of_stills(const PlannedSequence& sequence) {
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < sequence.media.size(); ++i) {
      std::optional<Candidate> candidate = face_of_still(sequence, sequence.media[i]);
      if (candidate) {
        candidate->face.frame_index = static_cast<std::int64_t>(i);
        candidates.push_back(std::move(*candidate));
      }
    }
    return candidates;
  }

  std::optional<Candidate> face_of_still(const PlannedSequence& sequence, const MediaRow& medium) {
    const StillAnnotation* annotation = annotations_.find(sequence.corpus, medium.rel_path);
    if (options_.masks == MaskChoice::kLabels &&
        (annotation == nullptr || annotation->label_path.empty())) {
      leave_out(LeftOut::kNoLabels);
      return std::nullopt;
    }
    Candidate candidate;
    try {
      candidate.picture = std::make_shared<const Frame>(read_image(locator_.checked_path(medium)));
      if (options_.masks == MaskChoice::kLabels) {
        const std::filesystem::path root = roots_.resolve(sequence.corpus.root_alias);
        candidate.labels = std::make_shared<const FaceLabels>(FaceLabels{
            first_channel(read_image(root / annotation->label_path)), annotation->label_parts});
      }
    } catch (const Error& error) {
      warn_of(medium, error);
      leave_out(LeftOut::kNotProbed);
      return std::nullopt;
    }
    return with_face(std::move(candidate), annotation,
                     sighting_hint(corpora_, medium.id, sequence.subject.id));
  }

  std::optional<Candidate> with_face(Candidate candidate, const StillAnnotation* annotation,
                                     const TrackHint& hint) {
    std::optional<FoundFace> face = finder().find(*candidate.picture, annotation, hint);
    if (!face) {
      leave_out(LeftOut::kNoFace);
      return std::nullopt;
    }
    candidate.face = std::move(*face);
    return candidate;
  }

  /// Where the person of a frame sequence is seen in it.
  static std::vector<SightingRow> own_sightings(const PlannedSequence& sequence,
                                                const std::vector<SightingRow>& everybody) {
    std::vector<SightingRow> own;
    for (const SightingRow& sighting : everybody) {
      if (sighting.subject_id == sequence.subject.id &&
          is_of_sequence(sequence.media.front(), sighting)) {
        own.push_back(sighting);
      }
    }
    std::sort(own.begin(), own.end(),
              [](const SightingRow& a, const SightingRow& b) { return a.frame < b.frame; });
    return own;
  }

  /// Those of one frame of a sequence, as of a picture by itself.
  static std::vector<SightingRow> in_picture(const std::vector<SightingRow>& sightings,
                                             std::int64_t place) {
    std::vector<SightingRow> here;
    for (const SightingRow& sighting : sightings) {
      if (sighting.frame == place) {
        here.push_back(sighting);
        here.back().frame = 0;
      }
    }
    return here;
  }

  std::vector<Candidate> faces_of_frames(const PlannedSequence& sequence) {
    const MediaRow& medium = sequence.media.front();
    if (options_.masks == MaskChoice::kLabels) {
      leave_out(LeftOut::kNoLabels);
      return {};
    }
    std::vector<Candidate> candidates;
    try {
      const std::map<std::int64_t, std::filesystem::path> files = locator_.checked_frames(medium);
      const std::vector<SightingRow> everybody = corpora_.sightings(medium.id);
      for (const SightingRow& sighting : own_sightings(sequence, everybody)) {
        const std::int64_t place = sighting.frame;
        Candidate candidate;
        candidate.picture = std::make_shared<const Frame>(read_image(files.at(place)));
        std::optional<Candidate> found =
            with_face(std::move(candidate), nullptr,
                      sighting_hint(in_picture(everybody, place), sequence.subject.id));
        if (found) {
          found->face.frame_index = place;
          candidates.push_back(std::move(*found));
        }
      }
    } catch (const Error& error) {
      warn_of(medium, error);
      leave_out(LeftOut::kNotProbed);
      return {};
    }
    return candidates;
  }

  /// Goes on where only the file is to blame.
  void warn_of(const MediaRow& medium, const Error& error) {
    if (error.kind() != ErrorKind::kInput) {
      throw error;
    }
    log_warn("medium_left_out", {{"media", medium.rel_path}, {"reason", error.what()}});
    if (!can_be_read(medium)) {
      unread_.push_back(medium.id.value);
    }
  }

  std::vector<Candidate> faces_of_video(const PlannedSequence& sequence) {
    const MediaRow& medium = sequence.media.front();
    if (options_.masks == MaskChoice::kLabels) {
      leave_out(LeftOut::kNoLabels);
      return {};
    }
    std::vector<VideoAnalysis> analyses = cached_analyses(corpora_, blobs_, medium);
    if (analyses.empty()) {
      leave_out(LeftOut::kNotAnalyzed);
      return {};
    }
    const std::optional<AnalysedFace> face =
        analysed_face(corpora_, std::move(analyses), medium.id, sequence.subject.id);
    if (!face) {
      leave_out(LeftOut::kNoFace);
      return {};
    }
    std::vector<Candidate> candidates;
    for (const FaceObservation& seen : face->track.observations) {
      if (seen.status != FaceStatus::kInterpolated) {
        Candidate candidate;
        candidate.face = {seen.landmarks, seen.pose_deg, seen.sharpness, seen.frame_index};
        candidates.push_back(std::move(candidate));
      }
    }
    return candidates;
  }

  Taken crop_sequence(const PlannedSequence& sequence, const std::vector<Candidate>& chosen) {
    FramePack pack;
    pack.part = sequence.part;
    pack.layout = layout_of(options_);
    for (const MediaRow& medium : sequence.media) {
      pack.terms.push_back(terms_of(sequence.corpus, medium));
    }
    std::vector<double> heights;
    if (sequence.is_video()) {
      crop_video(sequence.media.front(), chosen, pack, heights);
    } else {
      for (const Candidate& candidate : chosen) {
        crop_one(*candidate.picture, candidate, pack, heights);
      }
    }
    if (pack.frame_count() > 0) {
      pack.sequences = {{sequence.video, sequence.person(), pack.frame_count()}};
      writer_.add(pack);
    }
    return {pack.frame_count(), heights};
  }

  void crop_one(const Frame& picture, const Candidate& candidate, FramePack& pack,
                std::vector<double>& heights) {
    const std::optional<LeftOut> refusal =
        maker_.add(pack, picture, candidate.face, candidate.labels.get());
    if (refusal) {
      leave_out(*refusal);
    } else {
      heights.push_back(face_box(candidate.face.landmarks_px).height);
    }
  }

  void crop_video(const MediaRow& medium, const std::vector<Candidate>& chosen, FramePack& pack,
                  std::vector<double>& heights) {
    std::optional<VideoReader> reader;
    try {
      reader.emplace(locator_.checked_path(medium));
    } catch (const Error& error) {
      warn_of(medium, error);
      leave_out(LeftOut::kNotProbed);
      return;
    }
    auto next = chosen.begin();
    try {
      while (next != chosen.end()) {
        const std::optional<FrameBatch> batch = reader->next_batch(kBatchFrames);
        if (!batch) {
          break;
        }
        const std::int64_t last =
            batch->first_index + static_cast<std::int64_t>(batch->frames.size());
        for (; next != chosen.end() && next->face.frame_index < last; ++next) {
          const auto row = static_cast<std::size_t>(next->face.frame_index - batch->first_index);
          crop_one(batch->frames[row], *next, pack, heights);
        }
      }
    } catch (const Error& error) {
      warn_of(medium, error);
    }
    leave_out(LeftOut::kNotDecoded, std::distance(next, chosen.end()));
  }

  /// Fills in the parts; returns the names of the corpora that gave something.
  std::set<std::string> count(const SequencePlan& plan) {
    std::set<std::string> corpora;
    std::map<std::string, std::set<std::string>> people, videos;
    std::map<std::string, std::vector<double>> heights;
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      const PlannedSequence& sequence = plan.sequences[i];
      const Taken& taken = taken_[i];
      if (taken.frames == 0) {
        continue;
      }
      PartStatistics& statistics = result_.parts[sequence.part];
      ++statistics.sequences;
      statistics.frames += taken.frames;
      statistics.longest_sequence = std::max(statistics.longest_sequence, taken.frames);
      corpora.insert(sequence.corpus.name);
      people[sequence.part].insert(sequence.person());
      videos[sequence.part].insert(sequence.video);
      std::vector<double>& all = heights[sequence.part];
      all.insert(all.end(), taken.face_heights_px.begin(), taken.face_heights_px.end());
    }
    for (auto& [part, statistics] : result_.parts) {
      statistics.people = static_cast<std::int64_t>(people[part].size());
      statistics.videos = static_cast<std::int64_t>(videos[part].size());
      statistics.median_face_px = median(std::move(heights[part]));
    }
    return corpora;
  }

  /// Loaded with the first still: videos need no network.
  const FaceFinder& finder() {
    if (!finder_) {
      finder_.emplace(options_.models_dir, options_.landmarks);
    }
    return *finder_;
  }

  const PrepareOptions& options_;
  CorpusStore corpora_;
  PairStore pairs_;
  BlobStore blobs_;
  CorpusRoots roots_;
  MediaLocator locator_;
  Annotations annotations_;
  CropMaker maker_;
  FrameSetWriter writer_;
  std::optional<FaceFinder> finder_;
  PrepareResult result_;
  Digest inputs_;                     ///< unless it is a dry run
  std::vector<Taken> taken_;          ///< of the sequences that are done, in the plan's order
  std::vector<std::int64_t> unread_;  ///< ids of media whose bytes were not there or not the probed
};

}  // namespace

PrepareResult prepare_frames(Database& database, const PrepareOptions& options) {
  return Preparer(database, options).run();
}

}  // namespace changeling
