// common/base/ids.h: typed row ids, so that a media id cannot be passed as a subject id. Layer 0.
#pragma once

#include <cstdint>

namespace changeling {

/// A positive SQLite row id of the table that Tag names; 0 = not stored yet.
template <typename Tag>
struct Id {
  std::int64_t value = 0;

  explicit operator bool() const { return value > 0; }

  friend bool operator==(Id a, Id b) { return a.value == b.value; }

  friend bool operator!=(Id a, Id b) { return a.value != b.value; }

  friend bool operator<(Id a, Id b) { return a.value < b.value; }
};

using CorpusId = Id<struct CorpusTag>;
using SubjectId = Id<struct SubjectTag>;
using MediaId = Id<struct MediaTag>;
using TrackId = Id<struct TrackTag>;
using SplitId = Id<struct SplitTag>;
using PairListId = Id<struct PairListTag>;
using PairId = Id<struct PairTag>;
using JobId = Id<struct JobTag>;
using ModelId = Id<struct ModelTag>;
using ArtifactId = Id<struct ArtifactTag>;
using MetricId = Id<struct MetricTag>;
using VersionId = Id<struct VersionTag>;

}  // namespace changeling
