// evaluator/run/clip_squares.h: squares around the face in the pictures of a clip; those that
// several fakes share are measured once. Layer 6.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "evaluator/metrics/metric.h"
#include "evaluator/run/clip_pair.h"
#include "evaluator/run/motion_meter.h"
#include "evaluator/run/square_meter.h"

namespace changeling {

/// What metrics want of one frame.
struct FrameSquareNeeds {
  SquareNeeds fake;
  SquareNeeds target;
  SquareNeeds control;

  [[nodiscard]] bool any() const { return fake.any() || target.any() || control.any(); }
};

/// Adds those of a metric whose scorer looks at squares, brisque or feat_iv3n; false for others.
bool add_needs(const MetricInfo& info, FrameSquareNeeds& needs);

struct FrameSquares {
  SquareMeasurement fake;
  SquareMeasurement target;
  SquareMeasurement control;
};

/// One thread. Remembers the last target and the last control, 2 MB for each frame asked for.
class ClipSquares {
 public:
  explicit ClipSquares(SquareMeter& meter) : meter_(meter) {}

  /// Of frame `index` of the fake. Nothing is found where the target's track has no face, and of a
  /// picture that could not be decoded.
  [[nodiscard]] FrameSquares measure(const ClipPair& clip, std::int64_t index,
                                     const FramePictures& pictures, const FrameSquareNeeds& needs);

 private:
  struct Known {
    SquareMeasurement square;
    SquareNeeds needs;
  };

  /// Squares of one video, by frame.
  struct Memory {
    std::string video;
    std::map<std::int64_t, Known> squares;
  };

  [[nodiscard]] SquareMeasurement recall(Memory& memory, const std::string& video,
                                         std::int64_t index, const SquareQuery& query);

  SquareMeter& meter_;
  Memory target_;
  Memory control_;
};

}  // namespace changeling
