#include "generator/train_data/prepare.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/upper_median.h"
#include "common/clips/media_locator.h"
#include "common/face/face_box.h"
#include "common/media/video_reader.h"
#include "generator/train_data/left_out_media.h"
#include "generator/train_data/preparation_inputs.h"
#include "generator/train_data/sequence_faces.h"
#include "generator/train_data/sequence_plan.h"

namespace changeling {
namespace {

using Json = nlohmann::json;

constexpr int kBatchFrames = 8;

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

/// Number and heights of the faces that a sequence gave.
struct Taken {
  std::int64_t frames = 0;
  std::vector<double> face_heights_px;  ///< of a dry run: those that are known
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
        left_out_(locator_),
        faces_(options, corpora_, blobs_, roots_, locator_, left_out_),
        maker_(layout_of(options), options.min_mask_share),
        writer_(options.out, layout_of(options)) {}

  PrepareResult run() {
    const SequencePlan plan = plan_sequences(corpora_, pairs_, options_.split, options_.corpora);
    left_out_.add(LeftOut::kWithdrawn, plan.withdrawn_media);
    left_out_.add(LeftOut::kBystanderLeak, plan.leaking_media);
    left_out_.add(LeftOut::kNoSightingId, plan.frames_without_sighting);
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
        return finished();
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
      require_crops();
      result_.set = writer_.finish(split_text(corpora_, pairs_, options_.split, corpora_of_crops));
    }
    return finished();
  }

 private:
  template <typename Hook, typename... Arguments>
  static void call(const Hook& hook, Arguments... arguments) {
    if (hook) {
      hook(arguments...);
    }
  }

  /// What was left out, and why, would be said only of a set.
  void require_crops() const {
    if (!result_.parts.empty()) {
      return;
    }
    std::string reasons;
    for (const auto& [reason, number] : left_out_.counts()) {
      reasons += (reasons.empty() ? "" : ", ") + std::to_string(number) + " " +
                 std::string(to_string(reason));
    }
    throw Error(ErrorKind::kInput,
                "no crop remains for '" + options_.out.string() + "': left out are " + reasons);
  }

  PrepareResult finished() {
    result_.left_out = left_out_.counts();
    return std::move(result_);
  }

  void go_on(const SequencePlan& plan) {
    const std::optional<std::string> progress =
        writer_.go_on(inputs_, [this](const std::string& saved) { check_unread(saved); });
    if (!progress) {
      return;
    }
    const Json state = Json::parse(*progress);
    left_out_.restore(state.at("left_out").get<std::map<LeftOut, std::int64_t>>(),
                      state.at("unread").get<std::vector<std::int64_t>>());
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
      if (left_out_.can_be_read(medium)) {
        throw Error(ErrorKind::kInput,
                    "'" + medium.rel_path + "' could not be read then, and can now");
      }
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
    writer_.save(inputs_, Json{{"left_out", left_out_.counts()},
                               {"face_heights_px", heights},
                               {"unread", left_out_.unread()}}
                              .dump());
  }

  Taken take(const PlannedSequence& sequence) {
    if (options_.dry_run) {
      return foresee(sequence);
    }
    const std::vector<Candidate> chosen = choose(faces_.of(sequence));
    return chosen.empty() ? Taken() : crop_sequence(sequence, chosen);
  }

  /// Videos as far as their decoding, of all others only whether they were probed.
  Taken foresee(const PlannedSequence& sequence) {
    Taken taken;
    if (sequence.is_video()) {
      for (const Candidate& candidate : choose(faces_.of(sequence))) {
        taken.face_heights_px.push_back(face_box(candidate.face.landmarks_px).height);
        ++taken.frames;
      }
    } else {
      const std::int64_t probed = std::count_if(
          sequence.media.begin(), sequence.media.end(),
          [](const MediaRow& medium) { return medium.sha256 && !medium.probe_error; });
      left_out_.add(LeftOut::kNotProbed, static_cast<std::int64_t>(sequence.media.size()) - probed);
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
      left_out_.add(LeftOut::kTooFewFrames, candidates.empty() ? 0 : 1);
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
    left_out_.add(LeftOut::kNotChosen,
                  static_cast<std::int64_t>(candidates.size() - chosen.size()));
    return chosen;
  }

  std::vector<Candidate> usable(std::vector<Candidate> candidates) {
    std::vector<Candidate> kept;
    for (Candidate& candidate : candidates) {
      if (face_box(candidate.face.landmarks_px).height < options_.min_face_px) {
        left_out_.add(LeftOut::kTooSmall);
      } else if (candidate.face.sharpness < options_.min_sharpness) {
        left_out_.add(LeftOut::kBlurred);
      } else {
        kept.push_back(std::move(candidate));
      }
    }
    return kept;
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
      left_out_.add(*refusal);
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
      left_out_.warn_of(medium, error);
      left_out_.add(LeftOut::kNotProbed);
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
      left_out_.warn_of(medium, error);
    }
    left_out_.add(LeftOut::kNotDecoded, std::distance(next, chosen.end()));
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
      statistics.median_face_px = upper_median(std::move(heights[part]));
    }
    return corpora;
  }

  const PrepareOptions& options_;
  CorpusStore corpora_;
  PairStore pairs_;
  BlobStore blobs_;
  CorpusRoots roots_;
  MediaLocator locator_;
  LeftOutMedia left_out_;
  SequenceFaces faces_;
  CropMaker maker_;
  FrameSetWriter writer_;
  PrepareResult result_;
  Digest inputs_;             ///< unless it is a dry run
  std::vector<Taken> taken_;  ///< of the sequences that are done, in the plan's order
};

}  // namespace

PrepareResult prepare_frames(Database& database, const PrepareOptions& options) {
  return Preparer(database, options).run();
}

}  // namespace changeling
