#include "generator/train_data/found_face.h"

#include "common/base/error.h"

namespace changeling {

std::string_view to_string(LeftOut reason) {
  switch (reason) {
    case LeftOut::kWithdrawn:
      return "withdrawn";
    case LeftOut::kBystanderLeak:
      return "bystander_leak";
    case LeftOut::kNoSightingId:
      return "no_sighting_id";
    case LeftOut::kNotProbed:
      return "not_probed";
    case LeftOut::kNotAnalyzed:
      return "not_analyzed";
    case LeftOut::kNoFace:
      return "no_face";
    case LeftOut::kBadLandmarks:
      return "bad_landmarks";
    case LeftOut::kTooSmall:
      return "too_small";
    case LeftOut::kBlurred:
      return "blurred";
    case LeftOut::kNoLabels:
      return "no_labels";
    case LeftOut::kMaskTooSmall:
      return "mask_too_small";
    case LeftOut::kTooFewFrames:
      return "too_few_frames";
    case LeftOut::kNotChosen:
      return "not_chosen";
    case LeftOut::kNotDecoded:
      return "not_decoded";
  }
  throw Error(ErrorKind::kInternal, "unknown reason");
}

}  // namespace changeling
