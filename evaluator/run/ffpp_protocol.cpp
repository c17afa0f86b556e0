#include "evaluator/run/ffpp_protocol.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <variant>

#include "catalog/store/pruned_runs.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/outcome.h"
#include "common/tensor/torch_errors.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/retrieval.h"
#include "evaluator/metrics/sampling.h"
#include "evaluator/run/clip_measurer.h"
#include "evaluator/run/clip_pair.h"
#include "evaluator/run/frame_stream.h"
#include "evaluator/run/pooling.h"

namespace changeling {
namespace {

constexpr const char* kProtocolSampling = "even10";
constexpr FaceNeeds kFakeNeeds{true, true, true, false};
constexpr FaceNeeds kTargetNeeds{true, false, false, false};

/// An embedding of a face, by the network that made it.
struct IdentityScorer {
  const char* name;
  Embedding FaceMeasurement::*of_face;
  Embedding PersonIdentity::*of_person;
};

constexpr std::array<IdentityScorer, 2> kScorers = {
    {{"id512", &FaceMeasurement::identity_a, &PersonIdentity::mean_a},
     {"id128_dlib", &FaceMeasurement::identity_b, &PersonIdentity::mean_b}}};

/// A metric that is asked for the protocol's frames instead of its own.
struct FrameMetric {
  const char* name;
  const char* scorer;
  const char* unit;
  std::unique_ptr<Metric> (*make)();
};

constexpr std::array<FrameMetric, 2> kFrameMetrics = {
    {{"pose_l2_deg", "pose66", "deg", make_pose_l2_deg},
     {"expr_aspect", "lmk68", "1", make_expr_aspect}}};

/// What was measured of one fake.
struct ProtocolClip {
  std::string method;
  MediaId source_media;
  SubjectId source_subject, target_subject;
  std::vector<FaceMeasurement> faces;  ///< of the frames that were asked for
  std::array<std::optional<double>, kFrameMetrics.size()> values;
};

class FfppProtocol {
 public:
  FfppProtocol(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
               const ProtocolOptions& options, FaceMeter& faces,
               const std::function<void()>& heartbeat)
      : generate_run_(RunStore(database).find_generate_run(options.generate_run)),
        clips_(database, blobs, roots, generate_run_.run_id),
        faces_(faces),
        people_(faces, heartbeat),
        replicates_(options.replicates) {
    require_unpruned(database, generate_run_.run_id);
    result_.generate_run = generate_run_.run_id;
    result_.n_fakes = static_cast<std::int64_t>(clips_.fakes().size());
  }

  ProtocolResult run() {
    for (const ArtifactRow& fake : clips_.fakes()) {
      ++n_fakes_[clips_.facts(fake.id).method];
      const Outcome<ProtocolClip> outcome =
          guard<ProtocolClip>("evaluate", [&] { return measure(fake); });
      if (const auto* failure = std::get_if<Failure>(&outcome)) {
        leave_out(fake, *failure);
      } else {
        measured_.push_back(std::get<ProtocolClip>(outcome));
      }
    }
    for (const auto& [method, n_fakes] : n_fakes_) {
      add_retrieval(method);
      for (std::size_t i = 0; i < kFrameMetrics.size(); ++i) {
        add_frame_metric(method, i);
      }
    }
    return std::move(result_);
  }

 private:
  using Key = std::pair<std::int64_t, std::int64_t>;  ///< video, subject

  void leave_out(const ArtifactRow& fake, const Failure& failure) {
    if (failure.kind == ErrorKind::kCancelled || failure.kind == ErrorKind::kModel) {
      throw Error(failure.kind, failure.message);
    }
    ++result_.n_left_out;
    log_warn("clip_left_out",
             {{"artifact", std::to_string(fake.id.value)}, {"error", failure.message}});
  }

  ProtocolClip measure(const ArtifactRow& fake) {
    const ClipPair clip = clips_.open(fake);
    ProtocolClip measured;
    measured.method = clips_.facts(fake.id).method;
    measured.source_media = clip.source.media_id;
    measured.source_subject = clip.source.subject_id;
    measured.target_subject = clip.target.subject_id;
    add_to_galleries(clip.source);
    add_to_galleries(clip.target);
    measure_frames(clip, measured);
    return measured;
  }

  /// The first range of a video in which a person is met stands for both.
  void add_to_galleries(const PersonClip& person) {
    const Key key(person.media_id.value, person.subject_id.value);
    for (std::size_t i = 0; i < kScorers.size(); ++i) {
      if (galleries_[i].count(key) == 0) {
        const Embedding& mean = people_.identity(person).*kScorers[i].of_person;
        if (!mean.empty()) {
          galleries_[i].emplace(key, mean);
        }
      }
    }
  }

  /// Fakes and targets of the frames that decode and whose target shows the face.
  void measure_frames(const ClipPair& clip, ProtocolClip& measured) {
    const std::vector<std::int64_t> frames = sample_frames(kProtocolSampling, clip.n_frames);
    std::vector<std::int64_t> in_target;
    for (const std::int64_t frame : frames) {
      in_target.push_back(clip.target.first_frame + frame);
    }
    FrameStream fake_stream(clip.fake_file, frames);
    FrameStream target_stream(clip.target.file, in_target);
    std::vector<FrameSample> samples(frames.size());
    std::vector<FramePictures> pictures(frames.size());
    std::vector<FaceQuery> queries;
    std::vector<FaceMeasurement*> asked;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      pictures[i].fake = fake_stream.next();
      pictures[i].target = target_stream.next();
      samples[i].frame_index = frames[i];
      samples[i].fake = pictures[i].fake ? &*pictures[i].fake : nullptr;
      samples[i].target = pictures[i].target ? &*pictures[i].target : nullptr;
      const FaceObservation* face = clip.target.track.find(in_target[i]);
      if (face != nullptr && pictures[i].fake && pictures[i].target) {
        queries.push_back({*pictures[i].fake, *face, kFakeNeeds, true});
        queries.push_back({*pictures[i].target, *face, kTargetNeeds, false});
        asked.push_back(&samples[i].fake_face);
        asked.push_back(&samples[i].target_face);
      }
    }
    std::vector<FaceMeasurement> faces = faces_.measure(queries);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      *asked[i] = std::move(faces[i]);
    }
    for (std::size_t i = 0; i < kFrameMetrics.size(); ++i) {
      measured.values[i] = clip_value(*kFrameMetrics[i].make(), samples);
    }
    for (FrameSample& sample : samples) {
      result_.n_with_face += sample.fake_face.found ? 1 : 0;
      measured.faces.push_back(std::move(sample.fake_face));
    }
    result_.n_frames += static_cast<std::int64_t>(frames.size());
  }

  static std::optional<double> clip_value(const Metric& metric,
                                          const std::vector<FrameSample>& samples) {
    const std::unique_ptr<MetricAccumulator> accumulator = metric.begin({});
    for (const FrameSample& sample : samples) {
      accumulator->observe(sample);
    }
    return pool_clip({}, {}, accumulator->finish()).value;
  }

  void add_retrieval(const std::string& method) {
    for (std::size_t i = 0; i < kScorers.size(); ++i) {
      std::vector<GalleryVideo> videos;
      for (const auto& [key, mean] : galleries_[i]) {
        videos.push_back({key.first, key.second, mean});
      }
      for (const MatchOn match : {MatchOn::kVideo, MatchOn::kSubject}) {
        const Gallery gallery(videos, match);
        for (const std::int64_t k : {1, 5}) {
          add_retrieval_row(method, kScorers[i], gallery, match, k);
        }
      }
    }
  }

  void add_retrieval_row(const std::string& method, const IdentityScorer& scorer,
                         const Gallery& gallery, MatchOn match, std::int64_t k) {
    ProtocolRow row;
    row.method = method;
    row.name = "id_ret@" + std::to_string(k);
    row.scorer = scorer.name;
    row.match = match == MatchOn::kVideo ? "video" : "subject";
    row.unit = "%";
    row.gallery_size = gallery.size();
    if (gallery.size() > 0) {
      row.chance = 100.0 * static_cast<double>(std::min(k, gallery.size())) /
                   static_cast<double>(gallery.size());
    }
    std::vector<PooledClip> clips;
    for (const ProtocolClip& clip : measured_) {
      const std::optional<double> share =
          clip.method == method ? share_found(clip, scorer, gallery, k) : std::nullopt;
      if (share) {
        clips.push_back({*share, clip.source_subject, clip.target_subject});
      }
    }
    row.aggregate = aggregate(row.name + "/" + scorer.name + "/" + row.match, method, clips);
    result_.rows.push_back(std::move(row));
  }

  /// Percent of the frames with the face that find the source; none for too few, or a source whose
  /// face was never seen.
  static std::optional<double> share_found(const ProtocolClip& clip, const IdentityScorer& scorer,
                                           const Gallery& gallery, std::int64_t k) {
    const std::int64_t video = clip.source_media.value;
    const std::int64_t subject = clip.source_subject.value;
    if (!gallery.has(video, subject)) {
      return std::nullopt;
    }
    std::vector<Sample> samples;
    for (const FaceMeasurement& face : clip.faces) {
      const Embedding& embedding = face.*scorer.of_face;
      const auto frame = static_cast<std::int64_t>(samples.size());
      if (!face.found || embedding.empty()) {
        samples.push_back({frame, SampleStatus::kNoFace, 0});
      } else {
        const bool is_right = gallery.rank(embedding, video, subject) <= k;
        samples.push_back({frame, SampleStatus::kOk, is_right ? 100.0 : 0.0});
      }
    }
    return pool_clip({}, {}, samples).value;
  }

  void add_frame_metric(const std::string& method, std::size_t metric) {
    ProtocolRow row;
    row.method = method;
    row.name = kFrameMetrics[metric].name;
    row.scorer = kFrameMetrics[metric].scorer;
    row.unit = kFrameMetrics[metric].unit;
    std::vector<PooledClip> clips;
    for (const ProtocolClip& clip : measured_) {
      if (clip.method == method && clip.values[metric]) {
        clips.push_back({*clip.values[metric], clip.source_subject, clip.target_subject});
      }
    }
    row.aggregate = aggregate(row.name, method, clips);
    result_.rows.push_back(std::move(row));
  }

  AggregateRow aggregate(const std::string& name, const std::string& method,
                         const std::vector<PooledClip>& clips) const {
    AggregationOptions options;
    options.suite = generate_run_.suite.value_or("unnamed");
    options.metric = "ffpp/" + name;
    options.replicates = replicates_;
    return aggregate_clips({}, clips, n_fakes_.at(method), options);
  }

  RunRow generate_run_;
  ClipPairs clips_;
  FaceMeter& faces_;
  ClipMeasurer people_;
  int replicates_;
  std::map<std::string, std::int64_t> n_fakes_;  ///< by method
  std::array<std::map<Key, Embedding>, kScorers.size()> galleries_;
  std::vector<ProtocolClip> measured_;
  ProtocolResult result_;
};

}  // namespace

ProtocolResult run_ffpp_protocol(Database& database, const BlobStore& blobs,
                                 const CorpusRoots& roots, const ProtocolOptions& options,
                                 FaceMeter& faces, const std::function<void()>& heartbeat) {
  register_torch_error_translator();
  return FfppProtocol(database, blobs, roots, options, faces, heartbeat).run();
}

}  // namespace changeling
