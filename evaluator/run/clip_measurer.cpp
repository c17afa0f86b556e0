#include "evaluator/run/clip_measurer.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "evaluator/metrics/sampling.h"
#include "evaluator/run/frame_stream.h"

namespace changeling {
namespace {

/// What a network costs beside its sums is paid once a batch.
constexpr std::size_t kBatchFrames = 16;
constexpr std::size_t kBatchBytes = std::size_t{256} << 20;  // of pictures; so 4 of 4K
constexpr const char* kIdentitySampling = "even10";
constexpr const char* kPresenceSampling = "even30";  // holds every frame of even10

/// What has to be measured on a frame beside its pictures.
struct FrameNeeds {
  bool face = false;
  bool confirm = false;  ///< whether the fake shows the face is asked here
  bool step = false;     ///< from the frame before to this one
  bool alpha = false;    ///< picture of the mask
  bool control = false;  ///< picture of the real control
  FaceNeeds of_face;
  FrameSquareNeeds of_squares;
};

/// Metrics without a network look at the swapped area, or at least whether its mask is there.
bool looks_at_alpha(const MetricInfo& info) {
  return info.scorer.empty() || (info.inputs & kAlphaInput) != 0;
}

void add_needs(const MetricInfo& info, FrameNeeds& needs) {
  needs.alpha |= looks_at_alpha(info);
  needs.control |= (info.inputs & kControlInput) != 0;
  if (add_needs(info, needs.of_squares)) {
    return;
  }
  needs.face |= !info.scorer.empty();
  needs.step |= is_step_sampling(info.sampling);
  needs.of_face.identity_a |= info.scorer == "id512";
  needs.of_face.identity_b |= info.scorer == "id128_dlib";
  needs.of_face.pose |= info.scorer == "pose66" || info.scorer == "id128_dlib";  // nearest view
  needs.of_face.area |= info.scorer == "g_s";
}

/// What is known beside the fake itself.
unsigned inputs_of(const ClipPair& clip) {
  unsigned inputs = kNoInput;
  inputs |= clip.source.file.empty() ? kNoInput : kSourceInput;
  inputs |= clip.target.file.empty() ? kNoInput : kTargetInput;
  inputs |= clip.alpha_file.empty() ? kNoInput : kAlphaInput;
  inputs |= clip.control_file.empty() ? kNoInput : kControlInput;
  return inputs;
}

/// The metrics of one clip, each with the frames it wants to see. One that needs what is not known
/// of the clip is shown nothing and says `skipped`.
class Audience {
 public:
  Audience(const std::vector<const Metric*>& metrics, const ClipContext& clip,
           std::int64_t n_frames, unsigned inputs) {
    const std::vector<std::int64_t> asked = sample_frames(kPresenceSampling, n_frames);
    const std::set<std::int64_t> presence(asked.begin(), asked.end());
    for (const Metric* metric : metrics) {
      const MetricInfo info = metric->info();
      if ((info.inputs & ~inputs) != 0) {
        listeners_.push_back({nullptr, {}});
        continue;
      }
      const std::vector<std::int64_t> frames = sample_frames(info.sampling, n_frames);
      listeners_.push_back({metric->begin(clip), {frames.begin(), frames.end()}});
      for (const std::int64_t frame : frames) {
        add_needs(info, needs_[frame]);
        needs_[frame].confirm = presence.count(frame) > 0;
        if (is_step_sampling(info.sampling)) {
          needs_[frame - 1].alpha |= looks_at_alpha(info);  // and the other pictures
        }
      }
      if (info.asks_presence) {
        for (const std::int64_t frame : presence) {
          needs_[frame].face = true;
          needs_[frame].confirm = true;
        }
      }
    }
  }

  /// A stand-in may be made of any picture.
  void need_every_picture() {
    for (auto& [frame, needs] : needs_) {
      needs.alpha = true;
      needs.control = true;
    }
  }

  /// Every frame that somebody needs, ascending; if asked, only where `picture` is needed, too.
  [[nodiscard]] std::vector<std::int64_t> frames(bool FrameNeeds::*picture = nullptr) const {
    std::vector<std::int64_t> frames;
    for (const auto& [frame, needs] : needs_) {
      if (picture == nullptr || needs.*picture) {
        frames.push_back(frame);
      }
    }
    return frames;
  }

  [[nodiscard]] const FrameNeeds& needs(std::int64_t frame) const { return needs_.at(frame); }

  void show(const FrameSample& sample) {
    for (Listener& listener : listeners_) {
      if (listener.frames.count(sample.frame_index) > 0) {
        listener.accumulator->observe(sample);
      }
    }
  }

  std::vector<std::vector<Sample>> finish() {
    std::vector<std::vector<Sample>> samples;
    for (Listener& listener : listeners_) {
      samples.push_back(listener.accumulator
                            ? listener.accumulator->finish()
                            : std::vector<Sample>{{-1, SampleStatus::kSkipped, 0}});
    }
    return samples;
  }

 private:
  struct Listener {
    std::unique_ptr<MetricAccumulator> accumulator;
    std::set<std::int64_t> frames;
  };

  std::vector<Listener> listeners_;
  std::map<std::int64_t, FrameNeeds> needs_;
};

std::vector<std::int64_t> shifted(std::vector<std::int64_t> indices, std::int64_t offset) {
  for (std::int64_t& index : indices) {
    index += offset;
  }
  return indices;
}

std::int64_t count_face_frames(const PersonClip& person, std::int64_t n_frames) {
  const std::vector<FaceObservation>& all = person.track.observations;
  return std::count_if(all.begin(), all.end(), [&](const FaceObservation& face) {
    return face.frame_index >= person.first_frame &&
           face.frame_index < person.first_frame + n_frames;
  });
}

std::size_t bytes_of(const FramePictures& pictures) {
  std::size_t bytes = 0;
  for (const auto* picture :
       {&pictures.fake, &pictures.target, &pictures.control, &pictures.alpha}) {
    bytes += *picture ? (*picture)->size_bytes() : 0;
  }
  return bytes;
}

const Frame* pointer(const std::optional<Frame>& frame) {
  return frame ? &*frame : nullptr;
}

std::optional<FrameStream> stream_of(const std::filesystem::path& file,
                                     std::vector<std::int64_t> frames) {
  return file.empty() ? std::nullopt : std::optional<FrameStream>(std::in_place, file, frames);
}

/// Of the picture's size. No metric that looks at a mask is shown one.
Frame empty_mask(const Frame& picture) {
  const auto n =
      static_cast<std::size_t>(picture.width_px()) * static_cast<std::size_t>(picture.height_px());
  return Frame(picture.width_px(), picture.height_px(), PixelFormat::kGray8,
               std::vector<std::uint8_t>(n));
}

/// The videos of a clip that are known, read side by side; a stand-in may take the fake's place.
class PictureStream {
 public:
  PictureStream(const ClipPair& clip, const Audience& audience, std::optional<Baseline> baseline)
      : target_(stream_of(clip.target.file, shifted(audience.frames(), clip.target.first_frame))),
        control_(stream_of(clip.control_file, audience.frames(&FrameNeeds::control))),
        alpha_(stream_of(clip.alpha_file, audience.frames(&FrameNeeds::alpha))) {
    if (baseline) {
      stand_in_ = make_stand_in(*baseline, clip, audience.frames());
    } else {
      fake_.emplace(clip.fake_file, audience.frames());
    }
  }

  /// Of the audience's next frame; alpha and control only where it needs them.
  FramePictures next(std::int64_t index, const FrameNeeds& needs) {
    FramePictures pictures;
    pictures.target = target_ ? target_->next() : std::nullopt;
    pictures.control = control_ && needs.control ? control_->next() : std::nullopt;
    pictures.alpha = alpha_ && needs.alpha ? alpha_->next() : std::nullopt;
    if (pictures.alpha) {
      pictures.alpha = to_mask(*pictures.alpha);
    }
    pictures.fake = fake_ ? fake_->next() : stand_in_->picture(index, pictures);
    if (!alpha_ && needs.alpha && pictures.fake) {
      pictures.alpha = empty_mask(*pictures.fake);
    }
    return pictures;
  }

 private:
  std::optional<FrameStream> fake_;
  std::unique_ptr<StandIn> stand_in_;
  std::optional<FrameStream> target_;
  std::optional<FrameStream> control_;
  std::optional<FrameStream> alpha_;
};

}  // namespace

/// Some consecutive chosen frames of a clip.
struct ClipMeasurer::Batch {
  struct Item {
    std::int64_t index = 0;
    FrameNeeds needs;
    FramePictures pictures;
    std::optional<MotionStep> step;
    FaceMeasurement fake_face;
    FaceMeasurement target_face;
    bool shows_face = true;
    FrameSquares squares;
    FrameMemo memo;

    [[nodiscard]] FrameSample sample() {
      return {index,
              pointer(pictures.fake),
              pointer(pictures.target),
              pointer(pictures.control),
              pointer(pictures.alpha),
              fake_face,
              target_face,
              shows_face,
              squares.fake,
              squares.target,
              squares.control,
              step ? &*step : nullptr,
              &memo};
    }
  };

  std::vector<Item> items;
};

std::vector<float> mean_direction(const std::vector<std::vector<float>>& embeddings) {
  std::vector<double> sum;
  for (const std::vector<float>& embedding : embeddings) {
    double squares = 0;
    for (const float value : embedding) {
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    if (!(squares > 0)) {
      continue;
    }
    sum.resize(embedding.size(), 0);
    for (std::size_t i = 0; i < embedding.size(); ++i) {
      sum[i] += static_cast<double>(embedding[i]) / std::sqrt(squares);
    }
  }
  double squares = 0;
  for (const double value : sum) {
    squares += value * value;
  }
  std::vector<float> mean;
  if (squares > 0) {
    std::transform(sum.begin(), sum.end(), std::back_inserter(mean),
                   [&](double value) { return static_cast<float>(value / std::sqrt(squares)); });
  }
  return mean;
}

ClipMeasurer::ClipMeasurer(FaceMeter& faces, std::function<void()> heartbeat, SquareMeter* squares)
    : faces_(faces), heartbeat_(std::move(heartbeat)) {
  if (squares != nullptr) {
    squares_.emplace(*squares);
  }
}

PersonIdentity ClipMeasurer::measure_identity(const PersonClip& person) {
  if (person.file.empty()) {
    return {};  // nobody knows who it is
  }
  const std::int64_t length = person.last_frame - person.first_frame + 1;
  const std::vector<std::int64_t> frames =
      shifted(sample_frames(kIdentitySampling, length), person.first_frame);
  FrameStream stream(person.file, frames);
  std::vector<FaceQuery> queries;
  for (const std::int64_t index : frames) {
    heartbeat_();
    const std::optional<Frame> frame = stream.next();
    const FaceObservation* face = person.track.find(index);
    if (frame && face != nullptr) {
      queries.push_back({*frame, *face, {true, true, true}, false});
    }
  }
  PersonIdentity result;
  std::vector<std::vector<float>> all_a;
  std::vector<std::vector<float>> all_b;
  for (FaceMeasurement& face : faces_.measure(queries)) {
    if (face.found) {
      all_a.push_back(std::move(face.identity_a));
      all_b.push_back(face.identity_b);
      result.views.push_back({face.pose_deg, std::move(face.identity_b)});
    }
  }
  result.mean_a = mean_direction(all_a);
  result.mean_b = mean_direction(all_b);
  return result;
}

const PersonIdentity& ClipMeasurer::identity(const PersonClip& person) {
  const auto key =
      std::tuple(person.media_id, person.subject_id, person.first_frame, person.last_frame);
  const auto known = identities_.find(key);
  return known != identities_.end()
             ? known->second
             : identities_.emplace(key, measure_identity(person)).first->second;
}

ClipContext ClipMeasurer::context(const ClipPair& clip) {
  const PersonIdentity& source = identity(clip.source);
  const PersonIdentity& target = identity(clip.target);
  ClipContext context;
  context.source_identity_a = source.mean_a;
  context.source_identity_b = source.mean_b;
  context.source_views = source.views;
  context.target_identity_a = target.mean_a;
  context.target_identity_b = target.mean_b;
  context.n_swapped_frames = clip.n_swapped_frames;
  context.n_target_face_frames = count_face_frames(clip.target, clip.n_frames);
  return context;
}

void ClipMeasurer::forget_other_targets(const PersonClip& target) {
  const std::pair key(target.media_id, target.subject_id);
  if (key != target_) {
    target_faces_.clear();
    target_ = key;
  }
}

void ClipMeasurer::measure_faces(const ClipPair& clip, Batch& batch) {
  forget_other_targets(clip.target);
  std::vector<FaceQuery> queries;
  std::vector<FaceMeasurement*> results;
  std::vector<std::pair<std::int64_t, const Batch::Item*>> measured_targets;
  for (Batch::Item& item : batch.items) {
    const std::int64_t frame = clip.target.first_frame + item.index;
    const FaceObservation* face = clip.target.track.find(frame);
    const bool has_target = !clip.target.file.empty();
    if (!item.needs.face || face == nullptr || !item.pictures.fake ||
        (has_target && !item.pictures.target)) {
      continue;
    }
    const FaceNeeds needs = item.needs.of_face;
    const auto known = target_faces_.find(frame);
    if (known != target_faces_.end() && (known->second.has_pose || !needs.pose) &&
        (known->second.has_area || !needs.area)) {
      item.target_face = known->second.face;
    } else if (has_target) {
      queries.push_back(
          {*item.pictures.target, *face, {needs.pose, false, false, needs.area}, false});
      results.push_back(&item.target_face);
      measured_targets.push_back({frame, &item});
    }
    queries.push_back({*item.pictures.fake,
                       *face,
                       {needs.pose, needs.identity_a, needs.identity_b, false},
                       item.needs.confirm});
    results.push_back(&item.fake_face);
  }
  std::vector<FaceMeasurement> measured = faces_.measure(queries);
  for (std::size_t i = 0; i < results.size(); ++i) {
    *results[i] = std::move(measured[i]);
  }
  for (const auto& [frame, item] : measured_targets) {
    const FaceNeeds& needs = item->needs.of_face;
    target_faces_[frame] = {item->target_face, needs.pose, needs.area};
  }
}

std::vector<std::vector<Sample>> ClipMeasurer::measure(const ClipPair& clip,
                                                       const std::vector<const Metric*>& metrics) {
  return measure_clip(clip, metrics, std::nullopt);
}

std::vector<std::vector<Sample>> ClipMeasurer::measure_baseline(
    const ClipPair& clip, Baseline baseline, const std::vector<const Metric*>& metrics) {
  return measure_clip(baseline_clip(clip, baseline), metrics, baseline);
}

std::vector<std::vector<Sample>> ClipMeasurer::measure_clip(
    const ClipPair& clip, const std::vector<const Metric*>& metrics,
    std::optional<Baseline> baseline) {
  Audience audience(metrics, context(clip), clip.n_frames, inputs_of(clip));
  if (baseline) {
    audience.need_every_picture();
  }
  const std::vector<std::int64_t> frames = audience.frames();
  PictureStream stream(clip, audience, baseline);
  FramePictures before;    // of the frame wanted last
  bool shows_face = true;  // when last asked
  for (std::size_t next = 0; next < frames.size();) {
    heartbeat_();
    Batch batch;
    for (std::size_t bytes = 0;
         next < frames.size() && bytes < kBatchBytes && batch.items.size() < kBatchFrames; ++next) {
      Batch::Item item;
      item.index = frames[next];
      item.needs = audience.needs(item.index);
      item.pictures = stream.next(item.index, item.needs);
      bytes += bytes_of(item.pictures);
      if (item.needs.step) {
        item.step = motion_.measure(clip.target, item.index, before, item.pictures);
      }
      if (item.needs.of_squares.any()) {
        CHANGELING_REQUIRE(squares_.has_value(), "a metric asks for squares that nobody measures");
        item.squares = squares_->measure(clip, item.index, item.pictures, item.needs.of_squares);
      }
      before = item.pictures;
      batch.items.push_back(std::move(item));
    }
    measure_faces(clip, batch);
    for (Batch::Item& item : batch.items) {
      if (item.needs.confirm && !item.fake_face.landmarks.empty()) {
        shows_face = item.fake_face.found;
      }
      item.shows_face = shows_face;
      audience.show(item.sample());
      item.memo = {};
    }
  }
  return audience.finish();
}

}  // namespace changeling
