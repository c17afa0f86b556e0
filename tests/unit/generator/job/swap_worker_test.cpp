#include "generator/job/swap_worker.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/own_label.h"
#include "common/media/video_reader.h"
#include "tests/support/head_corpus.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/generator/job/tint_method.h"

namespace changeling {
namespace {

HeadFile head(const std::string& name, int n_frames) {
  HeadFile file;
  file.name = name;
  file.clip.n_frames = n_frames;
  file.clip.face = framed({}, 64, 60, 30);
  return file;
}

/// Clips of 10, 6, 9 and 7 frames: the targets of the three pairs have 6, 9 and 7.
class SwapWorkerTest : public testing::Test {
 protected:
  using Digests = std::map<std::string, Digest>;  // method, pair and kind -> stream

  MethodSet tint(const std::vector<std::string>& names, int batch_frames, int halo = 0) {
    std::vector<std::unique_ptr<SwapMethod>> methods;
    methods.push_back(std::make_unique<TintMethod>(names, batch_frames, log_, halo));
    return MethodSet(std::move(methods));
  }

  /// Runs a new run over all pairs.
  RunProgress run(const MethodSet& methods, int clips_in_turn, int batch_frames = 0,
                  bool trim = false) {
    run_id_ = corpus_.begin_run(methods);
    SwapWorker::Settings settings;
    settings.encode.codec = "ffv1";
    settings.profile = profile_name(settings.encode);
    settings.batch_frames = batch_frames;
    settings.queue_frames = 4;
    settings.trim = trim;
    settings.partial = partial_;
    settings.device = device_;
    settings.stages = stages_;
    settings.clips_in_turn = clips_in_turn;
    PairLoader loader(corpus_.corpora, corpus_.pairs, corpus_.roots, analyses_);
    SwapWorker worker(loader, analyses_, corpus_.blobs, methods, settings);
    OrchestratorOptions options;
    options.run_id = run_id_;
    options.owner = claim_owner();
    options.stop_requested = stop_requested_;
    options.groups_in_flight = clips_to_open(clips_in_turn);
    options.made_together = [&](const std::string& name) { return methods.made_with(name); };
    return run_jobs(corpus_.runs, worker, options);
  }

  Digests digests() {
    Digests found;
    for (const JobRow& job : corpus_.runs.jobs(run_id_)) {
      for (const ArtifactRow& artifact : corpus_.runs.artifacts(job.id)) {
        if (artifact.kind != "sidecar") {
          found[job.method + " " + std::to_string(job.pair_id.value) + " " + artifact.kind] =
              artifact.sha256;
        }
      }
    }
    return found;
  }

  TempDir folder_;
  std::vector<HeadFile> files_ = {head("a", 10), head("b", 6), head("c", 9), head("d", 7)};
  HeadCorpus corpus_{folder_.path(), files_};
  HeadAnalyses analyses_{corpus_, files_};
  std::shared_ptr<TintLog> log_ = std::make_shared<TintLog>();
  std::string run_id_;
  PartialSettings partial_;
  std::string device_ = "cpu";
  StageDump stages_;
  std::function<bool()> stop_requested_;
};

TEST_F(SwapWorkerTest, FilesDoNotDependOnClipsInFlightOrBatch) {
  const MethodSet methods = tint({"tint"}, 1);
  EXPECT_EQ(run(methods, 1).done, 3);
  const Digests serial = digests();
  ASSERT_EQ(serial.size(), 12U);
  EXPECT_EQ(run(methods, 3, 5).done, 3);
  EXPECT_EQ(digests(), serial);
}

TEST_F(SwapWorkerTest, PicturesOfStagesAreLabelledAndChangeNoFake) {
  const MethodSet methods = tint({"tint"}, 3);
  (void)run(methods, 2);
  const Digests without = digests();
  stages_ = {folder_ / "stages", 4};
  EXPECT_EQ(run(methods, 2).done, 3);
  EXPECT_EQ(digests(), without);
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "stages")) {
    names.insert(entry.path().filename().string());
    EXPECT_TRUE(fake_picture_by_own_words(entry.path())) << entry.path();
  }
  EXPECT_EQ(names.size(), 2U + 3U + 2U) << "frames 0, 4 and, of nine, 8";
  const JobRow first = corpus_.runs.jobs(run_id_).front();
  EXPECT_EQ(names.count(first.job_key.hex().substr(0, 16) + "-000004.png"), 1U);
}

TEST_F(SwapWorkerTest, AFolderThatTakesNoPictureFailsNoJob) {
  write_file_atomically(folder_ / "stages", "no folder");
  stages_ = {folder_ / "stages", 4};
  EXPECT_EQ(run(tint({"tint"}, 3), 2).done, 3);
}

TEST_F(SwapWorkerTest, FillsBatchesFromAllClipsInTurn) {
  (void)run(tint({"tint"}, 6), 3);
  const auto& first = log_->calls.front();
  ASSERT_EQ(first.size(), 6U);
  std::map<const SwapPlan*, int> frames;
  for (const auto& [plan, index] : first) {
    ++frames[plan];
  }
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_TRUE(
      std::all_of(frames.begin(), frames.end(), [](const auto& each) { return each.second == 2; }));
  std::size_t swapped = 0;
  for (const auto& call : log_->calls) {
    swapped += call.size();
  }
  EXPECT_EQ(swapped, 6U + 9U + 7U);
}

/// The target's length and the frame of each item of each batch.
std::vector<std::vector<std::pair<std::size_t, std::int64_t>>> batches_of(const TintLog& log) {
  std::vector<std::vector<std::pair<std::size_t, std::int64_t>>> batches;
  for (const auto& call : log.calls) {
    batches.emplace_back();
    for (const auto& [plan, index] : call) {
      batches.back().emplace_back(log.lengths.at(plan), index);
    }
  }
  return batches;
}

TEST_F(SwapWorkerTest, BatchesDoNotDependOnHowLongAPlanTakes) {
  (void)run(tint({"tint"}, 4), 2);
  const auto prompt = batches_of(*log_);
  ASSERT_GT(prompt.size(), 4U);
  for (const std::size_t late : {6U, 9U, 7U}) {
    *log_ = {};
    log_->on_plan = [late](const SwapRequest& request) {
      if (request.target.face().observations.size() == late) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
      }
    };
    EXPECT_EQ(run(tint({"tint"}, 4), 2).done, 3);
    EXPECT_EQ(batches_of(*log_), prompt) << late;
  }
}

TEST_F(SwapWorkerTest, AClipThatEndedLeavesItsPlaceToTheNextOne) {
  (void)run(tint({"tint"}, 4), 2);
  const auto batches = batches_of(*log_);
  using Batch = std::vector<std::pair<std::size_t, std::int64_t>>;
  EXPECT_EQ(batches[2], (Batch{{6, 4}, {9, 4}, {6, 5}, {9, 5}}));
  EXPECT_EQ(batches[3], (Batch{{9, 6}, {9, 7}, {9, 8}})) << "the end of 6 is seen here";
  EXPECT_EQ(batches[4], (Batch{{7, 0}, {7, 1}, {7, 2}, {7, 3}}));
}

TEST_F(SwapWorkerTest, TheNextClipIsPlannedWhileTheOneBeforeIsSwapped) {
  std::promise<void> second_plan;
  int plans = 0;
  log_->on_plan = [&](const SwapRequest&) {
    if (++plans == 2) {
      second_plan.set_value();
    }
  };
  auto begun = second_plan.get_future();
  std::future_status at_first_swap = std::future_status::deferred;
  log_->on_swap = [&] {
    if (log_->calls.empty()) {
      at_first_swap = begun.wait_for(std::chrono::seconds(60));
    }
  };
  EXPECT_EQ(run(tint({"tint"}, 4), 1).done, 3);
  EXPECT_EQ(at_first_swap, std::future_status::ready);
}

TEST_F(SwapWorkerTest, APlanThatFailsEndsItsOwnJob) {
  log_->on_plan = [](const SwapRequest& request) {
    if (request.target.face().observations.size() == 9) {
      (void)request.source_frame(1000);
    }
  };
  const RunProgress progress = run(tint({"tint"}, 4), 2);
  EXPECT_EQ(progress.done, 2);
  EXPECT_EQ(progress.failed, 1);
  const JobRow job = corpus_.runs.jobs(run_id_)[1];
  EXPECT_EQ(job.error_kind, "input");
  EXPECT_EQ(job.error_text, "source frame 1000 was analysed but cannot be decoded");
}

TEST_F(SwapWorkerTest, AStopWhileAClipIsPlannedGivesAllJobsBack) {
  std::atomic<bool> is_planning{false};
  std::atomic<bool> is_given_up{false};
  log_->on_plan = [&](const SwapRequest& request) {
    is_planning = true;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    try {
      while (std::chrono::steady_clock::now() < end) {
        (void)request.source_frame(0);
      }
    } catch (const Error& error) {
      is_given_up = error.kind() == ErrorKind::kCancelled;
      throw;
    }
  };
  stop_requested_ = [&is_planning] { return is_planning.load(); };
  const RunProgress progress = run(tint({"tint"}, 4), 1);
  EXPECT_TRUE(progress.stopped);
  EXPECT_TRUE(is_given_up);
  EXPECT_EQ(progress.open, 3);
  for (const JobRow& job : corpus_.runs.jobs(run_id_)) {
    EXPECT_EQ(job.state, "queued");
    EXPECT_EQ(job.attempts, 0);
  }
}

TEST_F(SwapWorkerTest, GivesEveryFrameItsNeighbours) {
  (void)run(tint({"tint"}, 4, 2), 1);
  const std::vector<std::size_t> first_clip(log_->windows.begin(), log_->windows.begin() + 6);
  EXPECT_EQ(first_clip, (std::vector<std::size_t>{3, 4, 5, 5, 4, 3}));
}

TEST_F(SwapWorkerTest, AVariantIsAJobOfItsOwnFromOnePass) {
  const RunProgress progress = run(tint({"dark", "light"}, 4), 1);
  EXPECT_EQ(progress.done, 6);
  std::size_t swapped = 0;
  for (const auto& call : log_->calls) {
    swapped += call.size();
  }
  EXPECT_EQ(swapped, 6U + 9U + 7U);
  const Digests both = digests();
  EXPECT_EQ(both.size(), 24U);
  EXPECT_NE(both.at("dark 1 fake_video"), both.at("light 1 fake_video"));
}

TEST_F(SwapWorkerTest, WhatIsDoneOnceForTwoVariantsIsTimedOnce) {
  (void)run(tint({"dark", "light"}, 4), 1);
  std::map<std::string, std::int64_t> frames;
  for (const JobRow& job : corpus_.runs.jobs(run_id_)) {
    for (const StageTiming& timing : corpus_.runs.timings(job.id)) {
      frames[timing.stage] += timing.frames;
    }
  }
  EXPECT_EQ(frames["swap (dark, light)"], 6 + 9 + 7);
  EXPECT_EQ(frames.count("swap"), 0U);
  EXPECT_EQ(frames["decode"], 6 + 9 + 7);
  EXPECT_EQ(frames["encode"], 2 * (6 + 9 + 7)) << "publishing is no frame";
  EXPECT_EQ(frames["publish"], 6);
}

TEST_F(SwapWorkerTest, TheFirstJobOfAPassBearsItsTime) {
  (void)run(tint({"dark", "light"}, 4), 3);
  std::map<PairId, JobId> first;
  std::map<PairId, std::set<JobId>> timed;
  for (const JobRow& job : corpus_.runs.jobs(run_id_)) {
    first.emplace(job.pair_id, job.id);
    for (const StageTiming& timing : corpus_.runs.timings(job.id)) {
      if (timing.stage == "decode" || timing.stage == "swap (dark, light)") {
        timed[job.pair_id].insert(job.id);
      }
    }
  }
  ASSERT_EQ(timed.size(), 3U);
  for (const auto& [pair, jobs] : timed) {
    EXPECT_EQ(jobs, std::set<JobId>{first.at(pair)});
  }
}

TEST_F(SwapWorkerTest, APassOfItsOwnIsNamedByNobodyElse) {
  (void)run(tint({"light"}, 4), 1);
  std::set<std::string> stages;
  for (const JobRow& job : corpus_.runs.jobs(run_id_)) {
    for (const StageTiming& timing : corpus_.runs.timings(job.id)) {
      stages.insert(timing.stage);
    }
  }
  EXPECT_EQ(stages, (std::set<std::string>{"decode", "encode", "plan", "publish", "swap"}));
}

TEST_F(SwapWorkerTest, OnlyNetworksSwapOnTheDevice) {
  device_ = "cuda:0";
  const auto devices = [&](const std::string& stage) {
    std::set<std::string> found;
    for (const JobRow& job : corpus_.runs.jobs(run_id_)) {
      for (const StageTiming& timing : corpus_.runs.timings(job.id)) {
        if (timing.stage == stage) {
          found.insert(timing.device);
        }
      }
    }
    return found;
  };
  (void)run(tint({"tint"}, 4), 1);
  EXPECT_EQ(devices("swap"), std::set<std::string>{"cpu"});
  log_->models.resize(1);
  (void)run(tint({"tint"}, 4), 1);
  EXPECT_EQ(devices("swap"), std::set<std::string>{"cuda:0"});
  EXPECT_EQ(devices("decode"), std::set<std::string>{"cpu"});
}

TEST_F(SwapWorkerTest, OnlyTheClipWhoseFrameFailsIsToBlame) {
  log_->poisoned = {9};
  const RunProgress progress = run(tint({"tint"}, 8), 3);
  EXPECT_EQ(progress.done, 2);
  EXPECT_EQ(progress.failed, 1);
  const std::vector<JobRow> jobs = corpus_.runs.jobs(run_id_);
  EXPECT_EQ(jobs[1].state, "failed");
  EXPECT_NE(jobs[1].error_text->find("poisoned"), std::string::npos);
  const Digests with_failure = digests();
  log_->poisoned.clear();
  (void)run(tint({"tint"}, 8), 3);
  const Digests clean = digests();
  for (const auto& [name, digest] : with_failure) {
    EXPECT_EQ(clean.at(name), digest) << name;
  }
}

TEST_F(SwapWorkerTest, AFailedClipLeavesNoUnfinishedFiles) {
  log_->poisoned = {6, 9, 7};
  EXPECT_EQ(run(tint({"tint"}, 8), 3).failed, 3);
  EXPECT_TRUE(std::filesystem::is_empty(corpus_.blobs.staging()));
}

TEST_F(SwapWorkerTest, AnUnreadableTargetFailsItsOwnJob) {
  std::filesystem::remove(folder_.path() / "clips/b.mkv");
  const RunProgress progress = run(tint({"tint"}, 4), 2);
  EXPECT_EQ(progress.done, 1);  // b is the source of the second pair, too
  EXPECT_EQ(progress.failed, 2);
}

TEST_F(SwapWorkerTest, ATargetWhoseFaceIsNeverSwappedIsRefused) {
  analyses_.edit("b.mkv", [](VideoAnalysis& analysis) {
    for (FaceObservation& face : analysis.tracks.front().observations) {
      face.frame_index += 100;
    }
  });
  const RunProgress progress = run(tint({"tint"}, 4), 1);
  EXPECT_EQ(progress.done, 2);
  EXPECT_EQ(corpus_.runs.jobs(run_id_)[0].reject_reason, "no_face");
}

TEST_F(SwapWorkerTest, EveryTargetFrameIsWrittenAtItsTime) {
  analyses_.edit("b.mkv", [](VideoAnalysis& analysis) {
    std::vector<FaceObservation>& faces = analysis.tracks.front().observations;
    faces.erase(faces.begin(), faces.begin() + 3);
  });
  (void)run(tint({"tint"}, 4), 1);
  const std::vector<ArtifactRow> artifacts =
      corpus_.runs.artifacts(corpus_.runs.jobs(run_id_)[0].id);
  VideoReader target(folder_.path() / "clips/b.mkv");
  const FrameBatch expected = *target.next_batch(100);
  for (const ArtifactRow& artifact : artifacts) {
    if (artifact.kind == "sidecar") {
      continue;
    }
    VideoReader written(corpus_.blobs.path(artifact.sha256));
    EXPECT_EQ(written.next_batch(100)->pts_seconds, expected.pts_seconds) << artifact.kind;
  }
}

TEST_F(SwapWorkerTest, JobsNoteTheFacesThatTheyUsed) {
  EXPECT_EQ(run(tint({"tint"}, 4), 2).done, 3);
  for (const JobRow& job : corpus_.runs.jobs(run_id_)) {
    const PairRow pair = corpus_.pairs.pair(job.pair_id);
    EXPECT_EQ(corpus_.corpora.source_track(job.id)->media_id, pair.source_media);
    EXPECT_EQ(corpus_.corpora.swapped_track(job.id)->media_id, pair.target_media);
  }
}

TEST_F(SwapWorkerTest, TrimmedClipsBeginAndEndWithTheFace) {
  analyses_.edit("c.mkv", [](VideoAnalysis& analysis) {
    std::vector<FaceObservation>& faces = analysis.tracks.front().observations;
    faces.erase(faces.begin() + 7, faces.end());    // frames 7 and 8 of c
    faces.erase(faces.begin() + 3);                 // a gap inside stays
    faces.erase(faces.begin(), faces.begin() + 2);  // frames 0 and 1
  });
  EXPECT_EQ(run(tint({"tint"}, 4), 1, 0, true).done, 3);
  const JobId job = corpus_.runs.jobs(run_id_)[1].id;
  const FrameBatch target = *VideoReader(folder_.path() / "clips/c.mkv").next_batch(100);
  for (const ArtifactRow& artifact : corpus_.runs.artifacts(job)) {
    if (artifact.kind == "sidecar") {
      const Sidecar sidecar = sidecar_from_json(corpus_.blobs.read(artifact.sha256));
      EXPECT_EQ(sidecar.provenance.inputs[0].first_frame, 2);
      EXPECT_EQ(sidecar.provenance.inputs[0].last_frame, 6);
      ASSERT_EQ(sidecar.spans.size(), 3U);
      EXPECT_EQ(sidecar.spans[1].first_frame, 1);
    } else if (artifact.kind == "real_control") {
      const FrameBatch written = *VideoReader(corpus_.blobs.path(artifact.sha256)).next_batch(100);
      ASSERT_EQ(written.frames.size(), 5U);
      EXPECT_TRUE(written.frames[0] == target.frames[2]);
      EXPECT_TRUE(written.frames[4] == target.frames[6]);
    }
  }
}

TEST(FaceLabels, ListTheOtherFacesOfTheTargetAsReal) {
  LoadedPair pair;
  pair.target.stored.track_ids = {TrackId{4}, TrackId{5}, TrackId{6}};
  pair.target.track = 1;
  std::vector<std::string> labels;
  for (const FaceLabelRow& label : face_labels(pair)) {
    labels.push_back(label.label);
  }
  EXPECT_EQ(labels, (std::vector<std::string>{"real", "fake", "real"}));
}

TEST_F(SwapWorkerTest, APictureIsAClipOfOneFrameWhateverItsName) {
  const TempDir folder;
  std::vector<HeadFile> files = {head("still", 1), head("clip", 6), head("portrait", 1)};
  files[0].is_picture = true;
  files[2].is_picture = true;
  HeadCorpus corpus(folder.path(), files);
  HeadAnalyses analyses(corpus, files);
  const MethodSet methods = tint({"tint"}, 4);
  const std::string run_id = corpus.begin_run(methods);
  PairLoader loader(corpus.corpora, corpus.pairs, corpus.roots, analyses);
  SwapWorker worker(loader, analyses, corpus.blobs, methods, {});
  OrchestratorOptions options;
  options.run_id = run_id;
  options.owner = claim_owner();
  EXPECT_EQ(run_jobs(corpus.runs, worker, options).done, 2);
  std::vector<std::int64_t> frames;
  for (const ArtifactRow& artifact : corpus.runs.run_artifacts(run_id)) {
    if (artifact.kind == "fake_video") {
      frames.push_back(*artifact.n_frames);
    }
  }
  EXPECT_EQ(frames, (std::vector<std::int64_t>{6, 1}));
}

TEST_F(SwapWorkerTest, DroppedJobsLeaveTheOthersAlone) {
  const MethodSet methods = tint({"tint"}, 1);
  run_id_ = corpus_.begin_run(methods);
  SwapWorker::Settings settings;
  settings.encode.codec = "ffv1";
  settings.profile = "lossless";
  PairLoader loader(corpus_.corpora, corpus_.pairs, corpus_.roots, analyses_);
  SwapWorker worker(loader, analyses_, corpus_.blobs, methods, settings);
  const std::vector<JobRow> jobs = corpus_.runs.jobs(run_id_);
  worker.open({jobs[0]}, [] {});
  worker.open({jobs[1]}, [] {});
  (void)worker.step();
  worker.drop(jobs[0].id);
  std::vector<JobEnd> ends;
  for (int i = 0; i < 20 && ends.empty(); ++i) {
    ends = worker.step();
  }
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].job, jobs[1].id);
  EXPECT_TRUE(std::holds_alternative<FakeRow>(ends[0].outcome));
}

TEST_F(SwapWorkerTest, APartialFakeIsTheTargetOutsideItsParts) {
  partial_ = {1, 0.08, 1};  // two frames
  EXPECT_EQ(run(tint({"dark", "light"}, 4), 2).done, 6);
  std::size_t swapped = 0;
  for (const auto& call : log_->calls) {
    swapped += call.size();
  }
  EXPECT_EQ(swapped, 3U * 2U);  // both variants from one pass, and no other frame was asked for
  for (const JobRow& job : corpus_.runs.jobs(run_id_)) {
    std::map<std::string, ArtifactRow> files;
    for (const ArtifactRow& artifact : corpus_.runs.artifacts(job.id)) {
      files[artifact.kind] = artifact;
    }
    const ArtifactRow& fake = files.at("fake_video");
    EXPECT_EQ(fake.manipulated_frames, 2);
    const auto frames_of = [&](const std::string& kind) {
      return VideoReader(corpus_.blobs.path(files.at(kind).sha256)).next_batch(100)->frames;
    };
    const std::vector<Frame> made = frames_of("fake_video");
    const std::vector<Frame> control = frames_of("real_control");
    std::size_t tiled = 0;
    for (const ManipulatedSpan& span : corpus_.runs.spans(fake.id)) {
      for (std::int64_t i = span.first_frame; i <= span.last_frame; ++i) {
        const auto at = static_cast<std::size_t>(i);
        EXPECT_EQ(made[at] == control[at], span.status == FrameStatus::kPassthrough) << i;
        ++tiled;
      }
    }
    EXPECT_EQ(tiled, made.size());
  }
}

TEST_F(SwapWorkerTest, PartsDoNotDependOnBatchesOrOnTheOtherMethods) {
  partial_ = {0.7, 0.08, 2};
  (void)run(tint({"dark", "light"}, 4), 1);
  const Digests both = digests();
  (void)run(tint({"dark"}, 1), 3, 5);
  for (const auto& [name, digest] : digests()) {
    EXPECT_EQ(both.at(name), digest) << name;
  }
}

}  // namespace
}  // namespace changeling
