// evaluator/scores/score_table.h: scores of a detector beside the truth about the clips. Layer 3.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/detector_store.h"
#include "evaluator/scores/score_file.h"

namespace changeling {

/// A clip of the set with what is known about it.
struct TruthClip {
  ArtifactId artifact;
  std::string key;  ///< first 16 hex digits of the stream digest
  bool is_fake = false;
  std::string method;  ///< empty for real clips
  /// Who is seen; clips of one person are not independent. Clips of unknown people stand alone, by
  /// negative numbers.
  std::int64_t person = 0;
  std::optional<std::int64_t> source;  ///< of a fake: the other person, where known
  std::int64_t n_frames = 0;
  std::vector<ManipulatedSpan> spans;         ///< of a fake
  std::map<std::string, std::string> slices;  ///< "pose" -> "0-15 degrees"; of the person seen
};

[[nodiscard]] std::vector<TruthClip> truth_of(Database& database,
                                              const std::vector<ClipRow>& clips);

/// The lines as rows of the clips in `truth`, plus a clip row for each clip that lacks one:
/// pool_frames of its frames, or `no_face` when the file does not name the clip at all. Equal
/// streams are one clip: its first artifact. Throws Error(kInput) with file and line for a clip
/// that is not among them, a frame outside its clip, or a record that stands twice.
[[nodiscard]] std::vector<DetectorScoreRow> resolve_scores(const std::string& file,
                                                           const std::vector<ScoreLine>& lines,
                                                           const std::vector<TruthClip>& truth);

/// Clip row of frame rows: mean of the ok ones when they are half or more, else the reason that
/// most of the others give (of equal ones the first by name). Needs a row.
[[nodiscard]] DetectorScoreRow pool_frames(const std::vector<DetectorScoreRow>& frames);

}  // namespace changeling
