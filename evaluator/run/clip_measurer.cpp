#include "evaluator/run/clip_measurer.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "evaluator/metrics/sampling.h"
#include "evaluator/run/frame_stream.h"

namespace changeling {
namespace {

constexpr std::size_t kBatchFrames = 8;
constexpr const char* kIdentitySampling = "even10";

/// A metric with its accumulator and the frames it wants.
struct Listener {
  std::unique_ptr<MetricAccumulator> accumulator;
  std::set<std::int64_t> frames;
};

std::vector<std::int64_t> union_of_frames(const std::vector<Listener>& listeners) {
  std::set<std::int64_t> all;
  for (const Listener& listener : listeners) {
    all.insert(listener.frames.begin(), listener.frames.end());
  }
  return {all.begin(), all.end()};
}

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

const Frame* pointer(const std::optional<Frame>& frame) {
  return frame ? &*frame : nullptr;
}

}  // namespace

/// Some consecutive chosen frames of a clip.
struct ClipMeasurer::Batch {
  struct Item {
    std::int64_t index = 0;
    bool embed = false;
    std::optional<Frame> fake;
    std::optional<Frame> target;
    std::optional<Frame> control;
    std::optional<Frame> alpha;
    FaceMeasurement fake_face;
    FaceMeasurement target_face;
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

ClipMeasurer::ClipMeasurer(FaceMeter& faces, std::function<void()> heartbeat)
    : faces_(faces), heartbeat_(std::move(heartbeat)) {}

PersonIdentity ClipMeasurer::measure_identity(const PersonClip& person) {
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
      queries.push_back({*frame, *face, true, false});
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

void ClipMeasurer::measure_faces(const ClipPair& clip, Batch& batch) {
  std::vector<FaceQuery> queries;
  std::vector<FaceMeasurement*> results;
  for (Batch::Item& item : batch.items) {
    const FaceObservation* face = clip.target.track.find(clip.target.first_frame + item.index);
    if (face == nullptr || !item.target || !item.fake) {
      continue;
    }
    queries.push_back({*item.target, *face, false, false});
    results.push_back(&item.target_face);
    queries.push_back({*item.fake, *face, item.embed, true});
    results.push_back(&item.fake_face);
  }
  std::vector<FaceMeasurement> measured = faces_.measure(queries);
  for (std::size_t i = 0; i < results.size(); ++i) {
    *results[i] = std::move(measured[i]);
  }
}

std::vector<std::vector<Sample>> ClipMeasurer::measure(const ClipPair& clip,
                                                       const std::vector<const Metric*>& metrics) {
  const ClipContext clip_context = context(clip);
  std::vector<Listener> listeners;
  for (const Metric* metric : metrics) {
    const std::vector<std::int64_t> frames = sample_frames(metric->info().sampling, clip.n_frames);
    listeners.push_back({metric->begin(clip_context), {frames.begin(), frames.end()}});
  }
  const std::vector<std::int64_t> identity_frames = sample_frames(kIdentitySampling, clip.n_frames);
  const std::set<std::int64_t> embedded(identity_frames.begin(), identity_frames.end());
  const std::vector<std::int64_t> wanted = union_of_frames(listeners);
  FrameStream fake(clip.fake_file, wanted);
  FrameStream control(clip.control_file, wanted);
  FrameStream alpha(clip.alpha_file, wanted);
  FrameStream target(clip.target.file, shifted(wanted, clip.target.first_frame));

  for (std::size_t first = 0; first < wanted.size(); first += kBatchFrames) {
    heartbeat_();
    Batch batch;
    for (std::size_t i = first; i < std::min(first + kBatchFrames, wanted.size()); ++i) {
      Batch::Item item;
      item.index = wanted[i];
      item.embed = embedded.count(wanted[i]) > 0;
      item.fake = fake.next();
      item.target = target.next();
      item.control = control.next();
      item.alpha = alpha.next();
      if (item.alpha) {
        item.alpha = to_mask(*item.alpha);
      }
      batch.items.push_back(std::move(item));
    }
    measure_faces(clip, batch);
    for (Batch::Item& item : batch.items) {
      const FrameSample sample{
          item.index,          pointer(item.fake), pointer(item.target), pointer(item.control),
          pointer(item.alpha), item.fake_face,     item.target_face};
      for (Listener& listener : listeners) {
        if (listener.frames.count(item.index) > 0) {
          listener.accumulator->observe(sample);
        }
      }
    }
  }
  std::vector<std::vector<Sample>> samples;
  for (Listener& listener : listeners) {
    samples.push_back(listener.accumulator->finish());
  }
  return samples;
}

}  // namespace changeling
