// common/base/training_files.h: names of the files that a training leaves in its folder; what they
// hold: docs/training.md. Layer 0.
#pragma once

namespace changeling::training_files {

inline constexpr const char* kCurve = "curve.csv";
inline constexpr const char* kCheckpoint = "checkpoint.safetensors";
inline constexpr const char* kBest = "best.safetensors";
inline constexpr const char* kEnd = "end.json";
inline constexpr const char* kPictures = "pictures";
inline constexpr const char* kPage = "report.html";
inline constexpr const char* kCheckedPacks = "checked-packs.json";

}  // namespace changeling::training_files
