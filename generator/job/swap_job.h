// generator/job/swap_job.h: one job, JobRow -> Outcome<FakeRow>: analyse both clips, choose the
// people, plan, swap every frame, write the labelled files. Layer 6. Compute thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "common/media/labeled_video_writer.h"
#include "generator/batch/orchestrator.h"
#include "generator/job/cached_analysis.h"
#include "generator/methods/swap_method.h"

namespace changeling {

class SwapJob {
 public:
  struct Settings {
    EncodeOptions encode;
    std::string profile;  ///< artifact.profile, from profile_name()
    bool keep_audio = true;
    std::int64_t max_frames = 0;  ///< 0 = all
    int queue_frames = 16;
    Digest config_sha256;
    std::uint64_t seed = 0;
  };

  SwapJob(CorpusStore& corpora, const PairStore& pairs, BlobStore& blobs, const CorpusRoots& roots,
          CachedAnalysis& analyses, const SwapMethod& method, Settings settings);

  /// Never throws for one job's sake except through guard() above it; see Outcome.
  [[nodiscard]] Outcome<FakeRow> run(const JobRow& job, const Heartbeat& heartbeat);

 private:
  struct Side;
  Outcome<Side> prepare_side(MediaId media, SubjectId subject, const std::string& role,
                             StageTimings& timings, const Heartbeat& heartbeat);
  Provenance make_provenance(const JobRow& job, const Side& source, const Side& target);
  Outcome<FakeRow> swap_clip(const JobRow& job, Side& source, Side& target, StageTimings& timings,
                             const Heartbeat& heartbeat);

  CorpusStore& corpora_;
  const PairStore& pairs_;
  BlobStore& blobs_;
  const CorpusRoots& roots_;
  CachedAnalysis& analyses_;
  const SwapMethod& method_;
  Settings settings_;
};

/// "c<crf>" for h264, "lossless" for ffv1.
[[nodiscard]] std::string profile_name(const EncodeOptions& encode);

/// Key of a job: SHA-256 over the content of its pair, the method, its parameters and the seed; the
/// same on every machine.
[[nodiscard]] Digest job_key(const CorpusStore& corpora, const PairRow& pair,
                             const SwapMethod::Variant& method, const std::string& params_json,
                             std::uint64_t seed);

}  // namespace changeling
