// generator/train_data/sequence_plan.h: which media make up which sequence of whom. Layer 6, no
// Torch.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/frame_sequence.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/records.h"
#include "common/packs/frame_pack.h"

namespace changeling {

/// One person in one video, or in the stills of one recording.
struct PlannedSequence {
  CorpusRow corpus;
  SubjectRow subject;
  std::string part;
  std::string video;            ///< key of the recording
  std::vector<MediaRow> media;  ///< one video or frame sequence, or stills by path

  [[nodiscard]] bool is_video() const { return media.front().kind == "video"; }

  [[nodiscard]] bool is_frame_sequence() const { return media.front().kind == kFrameSequence; }

  /// "corpus/person".
  [[nodiscard]] std::string person() const { return corpus.name + "/" + subject.ext_id; }
};

struct SequencePlan {
  std::vector<PlannedSequence> sequences;  ///< by corpus, person and recording
  /// Showing somebody of the split, and somebody who took back their consent or the bytes of such a
  /// medium.
  std::int64_t withdrawn_media = 0;
  std::int64_t leaking_media = 0;  ///< showing people of two parts: nobody may be trained on them
  /// Frames of others' usable sequences in which a person of the split has no SIGHTING_ID, and that
  /// no sequence of theirs has; a frame counts once for each such person.
  std::int64_t frames_without_sighting = 0;
};

/// Real media of the people of a split: stills that share a source_clip are one sequence, every
/// other medium is one by itself; a frame sequence only of whom it is named after, since others
/// seen in its files have one of their own or are counted. `corpora`: names, empty = all. Throws
/// Error(kConfig) for an unknown split or corpus, or when no medium of the split's people can be
/// used.
[[nodiscard]] SequencePlan plan_sequences(const CorpusStore& store, const PairStore& pairs,
                                          const std::string& split,
                                          const std::vector<std::string>& corpora);

/// Names a split and who of `corpora` is in which part of it; people of other corpora may come and
/// go. Throws Error(kConfig) for an unknown split.
[[nodiscard]] std::string split_text(const CorpusStore& store, const PairStore& pairs,
                                     const std::string& split,
                                     const std::set<std::string>& corpora);

/// The terms of a medium: its own, or those of its corpus.
[[nodiscard]] PackTerms terms_of(const CorpusRow& corpus, const MediaRow& medium);

}  // namespace changeling
