// evaluator/scores/score_file.h: scores of outside detectors, as CSV or JSON lines. Layer 3.
// Format: docs/formats/detector-scores.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace changeling {

/// One record as the file has it.
struct ScoreLine {
  std::size_t line = 0;  ///< 1-based
  std::string key;       ///< first 16 hex digits of the stream digest; empty = `artifact` names it
  std::int64_t artifact = 0;
  std::int64_t frame = -1;  ///< 0-based; -1 = the whole clip
  std::string status = "ok";
  std::optional<double> p_fake;  ///< 0..1, exactly when the status is ok
};

/// Reads a file, by its name JSON lines (".jsonl", ".ndjson") or else CSV with a header. Throws
/// Error(kInput) with one line that names file, line and field for: whatever CsvReader refuses, bad
/// JSON, an unknown, missing or doubled field, a key or number that cannot be read, a probability
/// outside 0..1 or none, one beside a status that says there is none, an unknown status, a file
/// without records.
[[nodiscard]] std::vector<ScoreLine> read_score_file(const std::filesystem::path& file);

}  // namespace changeling
