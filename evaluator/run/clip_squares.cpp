#include "evaluator/run/clip_squares.h"

#include <utility>

namespace changeling {
namespace {

/// Frames of which stretch of which person: the same square of the same picture.
std::string name_of_target(const PersonClip& target) {
  return std::to_string(target.media_id.value) + " " + std::to_string(target.subject_id.value) +
         " " + std::to_string(target.first_frame);
}

/// Fakes of one target have controls of equal packets in files of their own.
std::string name_of_control(const ClipPair& clip) {
  return (clip.control_stream ? clip.control_stream->hex() : clip.control_file.string()) + " " +
         name_of_target(clip.target);
}

SquareNeeds joined(const SquareNeeds& a, const SquareNeeds& b) {
  return {a.brisque || b.brisque, a.features || b.features};
}

bool covers(const SquareNeeds& known, const SquareNeeds& wanted) {
  return (known.brisque || !wanted.brisque) && (known.features || !wanted.features);
}

}  // namespace

bool add_needs(const MetricInfo& info, FrameSquareNeeds& needs) {
  const bool is_brisque = info.scorer == "brisque";
  if (!is_brisque && info.scorer != "feat_iv3n") {
    return false;
  }
  bool SquareNeeds::*const need = is_brisque ? &SquareNeeds::brisque : &SquareNeeds::features;
  needs.fake.*need = true;
  needs.target.*need |= (info.inputs & kTargetInput) != 0;
  needs.control.*need |= (info.inputs & kControlInput) != 0;
  return true;
}

FrameSquares ClipSquares::measure(const ClipPair& clip, std::int64_t index,
                                  const FramePictures& pictures, const FrameSquareNeeds& needs) {
  FrameSquares squares;
  const FaceObservation* face = clip.target.track.find(clip.target.first_frame + index);
  if (face == nullptr) {
    return squares;
  }
  if (needs.fake.any() && pictures.fake) {
    squares.fake = meter_.measure({*pictures.fake, face->landmarks, needs.fake});
  }
  if (needs.target.any() && pictures.target) {
    squares.target = recall(target_, name_of_target(clip.target), index,
                            {*pictures.target, face->landmarks, needs.target});
  }
  if (needs.control.any() && pictures.control) {
    squares.control = recall(control_, name_of_control(clip), index,
                             {*pictures.control, face->landmarks, needs.control});
  }
  return squares;
}

SquareMeasurement ClipSquares::recall(Memory& memory, const std::string& video, std::int64_t index,
                                      const SquareQuery& query) {
  if (memory.video != video) {
    memory = {video, {}};
  }
  Known& known = memory.squares[index];
  if (!known.square.found || !covers(known.needs, query.needs)) {
    known.needs = joined(known.needs, query.needs);
    known.square = meter_.measure({query.frame, query.near, known.needs});
  }
  return known.square;
}

}  // namespace changeling
