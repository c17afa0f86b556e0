#include "generator/job/swap_worker.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

#include "catalog/store/swap_stage.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/clips/partial_draw.h"
#include "generator/job/media_store.h"
#include "generator/methods/compositor.h"

namespace changeling {
namespace {

using Composed = std::vector<ComposedFrame>;  // one item's variants

constexpr std::chrono::milliseconds kPatience{50};  // between two looks at stops and claims

/// What ends the jobs when there is no value; nullopt when there is one.
template <typename T>
std::optional<Outcome<FakeRow>> end_of(const Outcome<T>& outcome) {
  if (const auto* rejected = std::get_if<Rejected>(&outcome)) {
    return *rejected;
  }
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    return *failure;
  }
  return std::nullopt;
}

template <typename Items, typename Condition>
void erase_if(Items& items, Condition condition) {
  items.erase(std::remove_if(items.begin(), items.end(), condition), items.end());
}

/// The parts to swap, one choice for all methods and variants of a pair.
std::vector<FrameRange> parts_of(const LoadedPair& pair, const PartialSettings& settings,
                                 std::uint64_t seed) {
  std::vector<std::int64_t> frames;
  for (const FaceObservation& face :
       pair.target.stored.analysis.tracks.at(pair.target.track).observations) {
    frames.push_back(face.frame_index);
  }
  const MediaRow& media = pair.target.media;
  return partial_segments(
      settings, frames, {media.fps_num.value_or(25), media.fps_den.value_or(1)},
      partial_draws(seed, {pair.source.media, pair.source.subject}, {media, pair.target.subject}));
}

}  // namespace

// Note [Who is in turn]
// Which frames meet in a batch must not hang on time: in bfloat16 on a GPU a frame's last bits do
// depend on the others. So places in the turn change hands at fixed points only. A clip leaves with
// its last frame, not when its files are published; the next one, in order of opening, takes its
// place before any further batch, however long its plan takes; and while a place stays empty, no
// batch is made before the clips that left have ended: the orchestrator claims a job for each.

/// A target clip in work with the jobs that it is swapped for.
struct SwapWorker::OpenClip {
  struct Lane {
    std::unique_ptr<JobLane> files;
    std::size_t variant = 0;
  };

  std::vector<JobRow> jobs;  ///< until there are lanes for them
  Heartbeat heartbeat;
  LoadedPair pair;
  const SwapMethod* method = nullptr;
  std::string device;  ///< where the method swaps
  std::string stage;   ///< swap_stage() of all that its pass makes
  std::unique_ptr<PendingPlan> pending;
  std::unique_ptr<SwapPlan> plan;
  FrameRange range;               ///< target frames that are written
  std::vector<FrameRange> parts;  ///< of them, those that are swapped; empty = all
  std::unique_ptr<TargetStream> stream;
  std::vector<Lane> lanes;  ///< of the jobs that have not ended
  StageTimings timings;     ///< of what is done once for all jobs; goes to the first with a fake
  bool is_read = false;     ///< no more frames
};

struct SwapWorker::PendingFrame {
  OpenClip* clip = nullptr;
  SwapItem item;
  double pts_seconds = 0;
};

SwapWorker::SwapWorker(PairLoader& pairs, AnalysisSource& analyses, BlobStore& blobs,
                       const MethodSet& methods, Settings settings)
    : pairs_(pairs),
      analyses_(analyses),
      blobs_(blobs),
      methods_(methods),
      settings_(std::move(settings)) {}

SwapWorker::~SwapWorker() = default;

void SwapWorker::open(const std::vector<JobRow>& jobs, const Heartbeat& heartbeat) {
  StageTimings timings;
  Outcome<LoadedPair> pair = guard<LoadedPair>(
      "load", [&] { return pairs_.load(jobs.front().pair_id, timings, heartbeat); });
  if (const auto end = end_of(pair)) {
    end_all(jobs, *end);
    return;
  }
  Outcome<std::unique_ptr<OpenClip>> clip = guard<std::unique_ptr<OpenClip>>(
      "plan", [&] { return begin_plan(jobs, std::move(std::get<LoadedPair>(pair))); });
  if (const auto end = end_of(clip)) {
    end_all(jobs, *end);
    return;
  }
  waiting_.push_back(std::move(std::get<std::unique_ptr<OpenClip>>(clip)));
  waiting_.back()->heartbeat = heartbeat;
  waiting_.back()->timings = timings;
}

std::unique_ptr<SwapWorker::OpenClip> SwapWorker::begin_plan(const std::vector<JobRow>& jobs,
                                                             LoadedPair pair) {
  auto clip = std::make_unique<OpenClip>();
  clip->jobs = jobs;
  clip->pair = std::move(pair);
  const MethodSet::Entry& source = methods_.find(jobs.front().method);
  clip->method = source.method;
  std::vector<std::string> made = methods_.made_with(source.variant.name);
  made.push_back(source.variant.name);
  clip->stage = swap_stage(std::move(made));
  clip->device = source.variant.models.empty() ? "cpu" : settings_.device;
  clip->parts = parts_of(clip->pair, settings_.partial, jobs.front().seed);
  SwapRequest request{
      clip->pair.source.take_clip(), clip->pair.target.take_clip(), {}, jobs.front().seed};
  clip->pending = planner_.plan(*clip->method, std::move(request), clip->pair.source.file,
                                clip->pair.target.n_frames);
  return clip;
}

/// Gives free places to the clips that wait; see Note [Who is in turn]. False while the next batch
/// must wait: for a plan, or for the orchestrator, which may claim one more job.
bool SwapWorker::fill_turn() {
  while (has_place() && !waiting_.empty()) {
    if (!waiting_.front()->pending->is_made_within(kPatience)) {
      return false;
    }
    std::unique_ptr<OpenClip> clip = std::move(waiting_.front());
    waiting_.pop_front();  // a heartbeat may drop jobs
    enter_turn(std::move(clip));
  }
  if (has_place() && ended_.empty()) {
    collect_ended(true);
  }
  return !has_place() || ended_.empty();
}

bool SwapWorker::has_place() const {
  return static_cast<int>(in_turn_.size()) < settings_.clips_in_turn;
}

/// Takes the clip's plan and opens its lanes; what fails ends its jobs.
void SwapWorker::enter_turn(std::unique_ptr<OpenClip> clip) {
  MadePlan made = clip->pending->take();
  for (const StageTiming& timing : made.timings.entries()) {
    clip->timings.add(timing);
  }
  if (const auto end = end_of(made.plan)) {
    end_all(clip->jobs, *end);
    return;
  }
  clip->plan = std::move(std::get<std::unique_ptr<SwapPlan>>(made.plan));
  const Outcome<bool> finished = guard<bool>("plan", [&] {
    MediaStore source_files(pairs_.corpora(), blobs_, clip->pair.source.media.id);
    const StageSpan span(clip->timings, "plan", 0);
    clip->method->finish_plan(*clip->plan, &source_files, clip->heartbeat);
    return true;
  });
  if (const auto end = end_of(finished)) {
    end_all(clip->jobs, *end);
    return;
  }
  clip->range =
      settings_.trim ? clip->plan->face_range() : FrameRange{0, clip->pair.target.n_frames - 1};
  start_clip(*clip);
  if (!clip->lanes.empty()) {
    in_turn_.push_back(std::move(clip));
  }
}

/// Opens the decode lane and an encode lane per job; what fails ends its jobs.
void SwapWorker::start_clip(OpenClip& clip) {
  const Outcome<bool> opened = guard<bool>("swap", [&] {
    clip.stream =
        std::make_unique<TargetStream>(clip.pair.target.file, settings_.max_frames,
                                       settings_.queue_frames, clip.method->halo_frames());
    return true;
  });
  if (const auto end = end_of(opened)) {
    end_all(clip.jobs, *end);
    return;
  }
  for (const JobRow& job : clip.jobs) {
    open_lane(clip, job);
  }
}

void SwapWorker::open_lane(OpenClip& clip, const JobRow& job) {
  const MethodSet::Entry& entry = methods_.find(job.method);
  const VideoInfo& target = clip.stream->info();
  JobOutputs::Settings settings;
  settings.name = job.job_key.hex().substr(0, 16);
  settings.profile = settings_.profile;
  settings.video.width_px = target.width_px;
  settings.video.height_px = target.height_px;
  settings.video.frame_rate = target.frame_rate;
  settings.video.show_as(target);
  settings.video.encode = settings_.encode;
  if (settings_.keep_audio && target.has_audio) {
    settings.video.audio_from = clip.pair.target.file;
  }
  const Outcome<bool> opened = guard<bool>("swap", [&] {
    auto outputs = std::make_unique<JobOutputs>(
        blobs_, settings,
        make_provenance(job, clip.pair, clip.range, entry.variant, analyses_.models()));
    clip.lanes.push_back(
        {std::make_unique<JobLane>(job, std::move(outputs), settings_.queue_frames), entry.index});
    return true;
  });
  if (const auto end = end_of(opened)) {
    ended_.push_back({job.id, *end});
  }
}

std::vector<JobEnd> SwapWorker::step() {
  collect_ended(false);
  if (fill_turn()) {
    std::vector<PendingFrame> batch = next_batch();
    if (!batch.empty()) {
      swap_batch(batch);
    }
    close_read_clips();
  }
  forget_empty_clips();
  return std::exchange(ended_, {});
}

void SwapWorker::drop(JobId job) {
  for (const std::unique_ptr<OpenClip>& clip : waiting_) {
    erase_if(clip->jobs, [job](const JobRow& each) { return each.id == job; });
  }
  for (ClipQueue* clips : {&in_turn_, &closing_}) {
    for (const std::unique_ptr<OpenClip>& clip : *clips) {
      erase_if(clip->lanes,
               [job](const OpenClip::Lane& lane) { return lane.files->job().id == job; });
    }
  }
  forget_empty_clips();
}

/// One frame of every clip in turn, all of one method.
std::vector<SwapWorker::PendingFrame> SwapWorker::next_batch() {
  std::vector<PendingFrame> batch;
  const SwapMethod* method = nullptr;
  std::size_t wanted = 1;
  std::size_t idle = 0;  // clips in a row that gave no frame
  while (batch.size() < wanted && idle < in_turn_.size()) {
    in_turn_.push_back(std::move(in_turn_.front()));
    in_turn_.pop_front();
    OpenClip& clip = *in_turn_.back();
    const bool fits = !clip.is_read && (method == nullptr || clip.method == method);
    if (!fits || !read_frame(clip, batch)) {
      ++idle;
      continue;
    }
    idle = 0;
    method = clip.method;
    wanted = static_cast<std::size_t>(settings_.batch_frames > 0 ? settings_.batch_frames
                                                                 : method->batch_frames());
  }
  return batch;
}

/// Adds the clip's next frame; false at its end.
bool SwapWorker::read_frame(OpenClip& clip, std::vector<PendingFrame>& batch) {
  Outcome<bool> outcome = guard<bool>("swap", [&] {
    std::optional<TargetFrame> frame = clip.stream->next();
    while (frame && settings_.trim &&
           (frame->index < clip.range.first || frame->index > clip.range.last)) {
      frame = clip.stream->next();
    }
    if (frame) {
      batch.push_back(
          {&clip,
           {clip.plan.get(), frame->index, std::move(frame->window), frame->window_first},
           frame->pts_seconds});
      show_stages(clip, batch.back().item);
    }
    return frame.has_value();
  });
  const bool* has_frame = std::get_if<bool>(&outcome);
  if (has_frame == nullptr) {
    fail_clip(clip, std::get<Failure>(outcome));
  } else if (!*has_frame) {
    clip.is_read = true;
    clip.timings.add(clip.stream->timing());
  }
  return has_frame != nullptr && *has_frame;
}

/// The jobs of a clip come from one pass: the first of them names its pictures.
void SwapWorker::show_stages(const OpenClip& clip, SwapItem& item) const {
  if (!settings_.stages.wants(item.frame_index) || clip.lanes.empty()) {
    return;
  }
  const JobRow& job = clip.lanes.front().files->job();
  item.show_stages =
      [dump = settings_.stages, key = job.job_key, index = item.frame_index,
       type = methods_.find(job.method).variant.digital_source_type](const Frame& picture) {
        write_stage_picture(dump, key, index, type, picture);
      };
}

/// Swaps the frames that are in their clip's parts; the others stay the target's, to the bit.
std::vector<Composed> SwapWorker::swap_parts(const std::vector<PendingFrame>& batch) {
  const SwapMethod& method = *batch.front().clip->method;
  std::vector<SwapItem> items;
  for (const PendingFrame& frame : batch) {
    if (is_in_parts(frame.clip->parts, frame.item.frame_index)) {
      items.push_back(frame.item);
    }
  }
  std::vector<Composed> swapped = items.empty() ? std::vector<Composed>{} : method.swap(items);
  CHANGELING_REQUIRE(swapped.size() == items.size(), "a swap gives a result per item");
  const std::size_t variants = method.variants().size();
  std::vector<Composed> results;
  auto next = swapped.begin();
  for (const PendingFrame& frame : batch) {
    const bool is_swapped = is_in_parts(frame.clip->parts, frame.item.frame_index);
    results.push_back(is_swapped ? std::move(*next++)
                                 : Composed(variants, pass_through(frame.item.target())));
  }
  return results;
}

void SwapWorker::swap_batch(std::vector<PendingFrame>& batch) {
  StageTimings spent;
  Outcome<std::vector<Composed>> outcome = Rejected{};
  {
    const StageSpan span(spent, batch.front().clip->stage, static_cast<std::int64_t>(batch.size()));
    outcome = guard<std::vector<Composed>>("swap", [&] { return swap_parts(batch); });
  }
  StageTiming per_frame = spent.entries().front();
  per_frame.frames = 1;
  per_frame.device = batch.front().clip->device;
  per_frame.wall_us /= static_cast<std::int64_t>(batch.size());
  per_frame.cpu_us /= static_cast<std::int64_t>(batch.size());
  for (const PendingFrame& frame : batch) {
    frame.clip->timings.add(per_frame);
  }
  if (auto* results = std::get_if<std::vector<Composed>>(&outcome)) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      deliver(batch[i], std::move((*results)[i]));
    }
    return;
  }
  const Failure& failure = std::get<Failure>(outcome);
  if (batch.size() == 1) {
    fail_clip(*batch.front().clip, failure);
    return;
  }
  log_warn("batch_failed", {{"frames", std::to_string(batch.size())}, {"error", failure.message}});
  for (PendingFrame& frame : batch) {  // only the clip whose frame fails alone is to blame
    if (!frame.clip->lanes.empty()) {
      std::vector<PendingFrame> one = {std::move(frame)};
      swap_batch(one);
    }
  }
}

void SwapWorker::deliver(PendingFrame& frame, Composed composed) {
  OpenClip& clip = *frame.clip;
  for (std::size_t i = 0; i < clip.lanes.size();) {
    const OpenClip::Lane& lane = clip.lanes[i];
    const Outcome<bool> written = guard<bool>("swap", [&] {
      lane.files->write(frame.item.target(), composed.at(lane.variant), frame.pts_seconds);
      return true;
    });
    if (const auto end = end_of(written)) {
      end_lane(clip, i, *end);
    } else {
      ++i;
    }
  }
}

/// Takes the clips that gave their last frame out of the turn; their lanes publish.
void SwapWorker::close_read_clips() {
  const auto read =
      std::stable_partition(in_turn_.begin(), in_turn_.end(),
                            [](const std::unique_ptr<OpenClip>& clip) { return !clip->is_read; });
  for (auto clip = read; clip != in_turn_.end(); ++clip) {
    close_lanes(**clip);
    closing_.push_back(std::move(*clip));
  }
  in_turn_.erase(read, in_turn_.end());
}

void SwapWorker::close_lanes(OpenClip& clip) {
  for (std::size_t i = 0; i < clip.lanes.size();) {
    const Outcome<bool> closed = guard<bool>("swap", [&] {
      clip.lanes[i].files->close();
      return true;
    });
    if (const auto end = end_of(closed)) {
      end_lane(clip, i, *end);
    } else {
      ++i;
    }
  }
}

/// Ends the jobs whose lanes have published, those of a clip in their order: which of them bears
/// the time of the pass is no matter of chance. With `wait` the first closed one in any case.
void SwapWorker::collect_ended(bool wait) {
  for (const std::unique_ptr<OpenClip>& clip : closing_) {
    while (!clip->lanes.empty()) {
      JobLane& lane = *clip->lanes.front().files;
      if (!lane.has_ended() && !wait) {
        break;
      }
      wait = false;
      end_lane(*clip, 0, guard<FakeRow>("swap", [&lane] { return lane.finish(); }));
    }
  }
}

void SwapWorker::end_all(const std::vector<JobRow>& jobs, const Outcome<FakeRow>& outcome) {
  for (const JobRow& job : jobs) {
    ended_.push_back({job.id, outcome});
  }
}

void SwapWorker::end_lane(OpenClip& clip, std::size_t lane, Outcome<FakeRow> outcome) {
  if (auto* fake = std::get_if<FakeRow>(&outcome)) {
    StageTimings timings = std::exchange(clip.timings, {});
    for (const StageTiming& timing : fake->timings) {
      timings.add(timing);
    }
    fake->timings = timings.entries();
    fake->face_labels = face_labels(clip.pair);
    fake->source_track = clip.pair.source.stored.track_ids.at(clip.pair.source.track);
  }
  ended_.push_back({clip.lanes[lane].files->job().id, std::move(outcome)});
  clip.lanes.erase(clip.lanes.begin() + static_cast<std::ptrdiff_t>(lane));
}

void SwapWorker::fail_clip(OpenClip& clip, const Failure& failure) {
  clip.is_read = true;
  while (!clip.lanes.empty()) {
    end_lane(clip, 0, failure);
  }
}

void SwapWorker::forget_empty_clips() {
  erase_if(waiting_, [](const std::unique_ptr<OpenClip>& clip) { return clip->jobs.empty(); });
  for (ClipQueue* clips : {&in_turn_, &closing_}) {
    erase_if(*clips, [](const std::unique_ptr<OpenClip>& clip) { return clip->lanes.empty(); });
  }
}

std::string profile_name(const EncodeOptions& encode) {
  return encode.codec == "h264" ? "c" + std::to_string(encode.crf) : "lossless";
}

}  // namespace changeling
