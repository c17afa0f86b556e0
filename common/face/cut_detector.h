// common/face/cut_detector.h: finds hard cuts between consecutive frames. Layer 3, no Torch.
#pragma once

#include <array>
#include <deque>
#include <optional>

#include "common/base/frame.h"

namespace changeling {

/// Compares a 16 x 12 luma thumbnail and a colour histogram of each frame with those of the frame
/// before. A cut needs both to change much, and the thumbnail far more than it lately did (so that
/// fast motion is no cut). Fades and dissolves are not found. One thread per object.
class CutDetector {
 public:
  /// True when `frame` starts a new shot. The first frame after construction does not.
  [[nodiscard]] bool add(const Frame& frame);

 private:
  static constexpr int kColumns = 16;
  static constexpr int kRows = 12;
  static constexpr int kLevels = 4;  ///< per colour channel

  struct Look {
    std::array<float, kColumns * kRows> luma{};                  ///< 0..255, mean removed
    std::array<float, kLevels * kLevels * kLevels> histogram{};  ///< sums to 1
  };

  [[nodiscard]] static Look look_at(const Frame& frame);
  [[nodiscard]] float usual_change() const;

  std::deque<float> recent_changes_;
  std::optional<Look> previous_;
};

}  // namespace changeling
