#include "common/face/tracklet.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>

#include "common/base/error.h"
#include "common/base/upper_median.h"
#include "common/face/association.h"
#include "common/face/temporal_smoothing.h"

namespace changeling {
namespace {

/// Two faces at the same place a few frames apart are one person unless identity says otherwise;
/// strangers measure -.1 to .27, the same person .44 and more, single blurred views less.
constexpr float kMinCosineAtSamePlace = 0.2F;
constexpr std::int64_t kMaxFilledFrames = 4;

std::int64_t length(const Person& person) {
  return std::accumulate(person.begin(), person.end(), std::int64_t{0},
                         [](std::int64_t sum, const Tracklet& part) {
                           return sum + static_cast<std::int64_t>(part.observations.size());
                         });
}

std::vector<float> identity_of(const Person& person) {
  std::vector<float> sum;
  for (const Tracklet& part : person) {
    sum.resize(std::max(sum.size(), part.identity_sum.size()));
    std::transform(part.identity_sum.begin(), part.identity_sum.end(), sum.begin(), sum.begin(),
                   std::plus<>());
  }
  return unit_vector(std::move(sum));
}

std::int64_t gap_between(const Tracklet& before, const Tracklet& after) {
  return after.first_frame() - before.last_frame() - 1;
}

/// Overlap of the two ends, or nothing when the pieces cannot be one face across a short gap.
std::optional<float> overlap_across_gap(const Tracklet& before, const Tracklet& after,
                                        const AnalysisOptions& options) {
  const std::int64_t gap = gap_between(before, after);
  const float overlap = iou(before.observations.back().bbox_px, after.observations.front().bbox_px);
  if (before.shot != after.shot || gap < 0 || gap > options.max_gap_frames ||
      overlap < options.min_track_iou) {
    return std::nullopt;
  }
  return overlap;
}

std::vector<Person> join_across_gaps(std::vector<Tracklet> tracklets,
                                     const AnalysisOptions& options) {
  std::stable_sort(tracklets.begin(), tracklets.end(), [](const Tracklet& a, const Tracklet& b) {
    return a.first_frame() < b.first_frame();
  });
  std::vector<Person> people;
  for (Tracklet& tracklet : tracklets) {
    Person* best = nullptr;
    float best_value = 0;
    for (Person& person : people) {
      const auto overlap = overlap_across_gap(person.back(), tracklet, options);
      if (!overlap) {
        continue;
      }
      const float cosine = identity_cosine(identity_of(person), unit_vector(tracklet.identity_sum));
      if (cosine >= kMinCosineAtSamePlace && (best == nullptr || cosine + *overlap > best_value)) {
        best = &person;
        best_value = cosine + *overlap;
      }
    }
    if (best == nullptr) {
      people.emplace_back();
      best = &people.back();
    }
    best->push_back(std::move(tracklet));
  }
  return people;
}

bool share_a_frame(const Person& a, const Person& b) {
  return std::any_of(a.begin(), a.end(), [&b](const Tracklet& part) {
    return std::any_of(b.begin(), b.end(), [&part](const Tracklet& other) {
      return part.first_frame() <= other.last_frame() && other.first_frame() <= part.last_frame();
    });
  });
}

void append(Person& person, Person&& parts) {
  person.insert(person.end(), std::make_move_iterator(parts.begin()),
                std::make_move_iterator(parts.end()));
  std::sort(person.begin(), person.end(),
            [](const Tracklet& a, const Tracklet& b) { return a.first_frame() < b.first_frame(); });
}

std::vector<Person> join_by_identity(std::vector<Person> pieces, float min_cosine) {
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Person& a, const Person& b) { return length(a) > length(b); });
  std::vector<Person> people;
  std::vector<std::vector<float>> identities;
  for (Person& piece : pieces) {
    const std::vector<float> identity = identity_of(piece);
    std::size_t best = people.size();
    float best_cosine = min_cosine;
    for (std::size_t i = 0; i < people.size(); ++i) {
      const float cosine = identity_cosine(identities[i], identity);
      if (cosine >= best_cosine && !share_a_frame(people[i], piece)) {
        best = i;
        best_cosine = cosine;
      }
    }
    if (best == people.size()) {
      people.push_back(std::move(piece));
      identities.push_back(identity);
    } else {
      append(people[best], std::move(piece));
      identities[best] = identity_of(people[best]);
    }
  }
  return people;
}

}  // namespace

std::vector<Person> join_tracklets(std::vector<Tracklet> tracklets,
                                   const AnalysisOptions& options) {
  return join_by_identity(join_across_gaps(std::move(tracklets), options),
                          options.min_identity_cosine);
}

FaceTrack make_track(const Person& person, const AnalysisOptions& options) {
  CHANGELING_REQUIRE(!person.empty(), "a person has at least one tracklet");
  FaceTrack track;
  std::vector<float> sides;
  std::vector<float> sharpness;
  const Tracklet* before = nullptr;
  for (const Tracklet& part : person) {
    const std::vector<FaceObservation> smoothed =
        smooth_observations(part.observations, options.smoothing_sigma_frames);
    if (before != nullptr && gap_between(*before, part) <= kMaxFilledFrames &&
        overlap_across_gap(*before, part, options)) {
      const auto filled = interpolate_between(track.observations.back(), smoothed.front());
      track.observations.insert(track.observations.end(), filled.begin(), filled.end());
    }
    for (const FaceObservation& face : smoothed) {
      sides.push_back(std::min(face.bbox_px.width, face.bbox_px.height));
      sharpness.push_back(face.sharpness);
      track.observations.push_back(face);
    }
    before = &part;
  }
  track.identity = identity_of(person);
  track.side_px = upper_median(std::move(sides));
  track.sharpness = upper_median(std::move(sharpness));
  return track;
}

}  // namespace changeling
