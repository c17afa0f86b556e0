#include "evaluator/metrics/metric.h"

#include "common/base/error.h"

namespace changeling {

std::string_view to_string(MetricDirection direction) {
  switch (direction) {
    case MetricDirection::kUp:
      return "up";
    case MetricDirection::kDown:
      return "down";
    case MetricDirection::kToZero:
      return "to_zero";
    case MetricDirection::kToOne:
      return "to_one";
  }
  throw Error(ErrorKind::kInternal, "unknown MetricDirection");
}

std::string_view to_string(MetricLevel level) {
  switch (level) {
    case MetricLevel::kFrame:
      return "frame";
    case MetricLevel::kClip:
      return "clip";
    case MetricLevel::kSet:
      return "set";
  }
  throw Error(ErrorKind::kInternal, "unknown MetricLevel");
}

std::string_view to_string(SampleStatus status) {
  switch (status) {
    case SampleStatus::kOk:
      return "ok";
    case SampleStatus::kNoFace:
      return "no_face";
    case SampleStatus::kDecodeError:
      return "decode_error";
    case SampleStatus::kNan:
      return "nan";
    case SampleStatus::kSkipped:
      return "skipped";
  }
  throw Error(ErrorKind::kInternal, "unknown SampleStatus");
}

}  // namespace changeling
