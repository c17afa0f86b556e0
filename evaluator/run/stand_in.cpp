#include "evaluator/run/stand_in.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/base/geometry.h"
#include "common/tensor/frame_tensor.h"
#include "common/tensor/image_ops.h"
#include "evaluator/run/frame_stream.h"

namespace changeling {
namespace {

class RealPicture final : public StandIn {
 public:
  explicit RealPicture(bool is_control) : is_control_(is_control) {}

  std::optional<Frame> picture(std::int64_t /*index*/, const FramePictures& others) override {
    return is_control_ ? others.control : others.target;
  }

 private:
  bool is_control_;
};

/// Frames of one person in any order that ascends but for a few steps back; each of those decodes
/// anew.
class DonorStream {
 public:
  DonorStream(const PersonClip& person, std::vector<std::int64_t> indices)
      : person_(person), indices_(std::move(indices)) {}

  std::optional<Frame> next() {
    if (position_ == run_end_) {
      const auto first = indices_.begin() + static_cast<std::ptrdiff_t>(position_);
      const auto last = std::is_sorted_until(first, indices_.end());
      stream_.emplace(person_.file, std::vector<std::int64_t>(first, last));
      run_end_ = static_cast<std::size_t>(last - indices_.begin());
    }
    ++position_;
    return stream_->next();
  }

 private:
  const PersonClip& person_;
  std::vector<std::int64_t> indices_;
  std::optional<FrameStream> stream_;
  std::size_t position_ = 0;
  std::size_t run_end_ = 0;
};

class PastedFace final : public StandIn {
 public:
  /// `donors[i]` is the donor's frame for frame `frames[i]` of the clip.
  PastedFace(const PersonClip& donor, std::vector<std::int64_t> donors, const PersonClip& target)
      : donor_(donor), target_(target), donors_(donors), stream_(donor_, std::move(donors)) {}

  std::optional<Frame> picture(std::int64_t index, const FramePictures& others) override {
    const std::int64_t donor_index = donors_.at(position_++);
    const std::optional<Frame> frame = stream_.next();
    const FaceObservation* from = donor_.track.find(donor_index);
    const FaceObservation* to = target_.track.find(target_.first_frame + index);
    if (!frame || !others.target || !others.alpha) {
      return std::nullopt;
    }
    if (from == nullptr || to == nullptr || from->landmarks.size() != to->landmarks.size()) {
      return others.target;
    }
    return paste_face(*frame, from->landmarks, *others.target, to->landmarks, *others.alpha);
  }

 private:
  PersonClip donor_;
  PersonClip target_;
  std::vector<std::int64_t> donors_;
  DonorStream stream_;
  std::size_t position_ = 0;
};

}  // namespace

std::string_view to_string(Baseline baseline) {
  switch (baseline) {
    case Baseline::kCopyTarget:
      return "copy_target";
    case Baseline::kReencode:
      return "reencode";
    case Baseline::kSelfSwap:
      return "self_swap";
    case Baseline::kCopySource:
      return "copy_source";
  }
  throw Error(ErrorKind::kInternal, "unknown Baseline");
}

ClipPair baseline_clip(ClipPair clip, Baseline baseline) {
  if (baseline == Baseline::kSelfSwap) {
    clip.source = clip.target;
  }
  return clip;
}

std::unique_ptr<StandIn> make_stand_in(Baseline baseline, const ClipPair& clip,
                                       const std::vector<std::int64_t>& frames) {
  if (baseline == Baseline::kCopyTarget || baseline == Baseline::kReencode) {
    return std::make_unique<RealPicture>(baseline == Baseline::kReencode);
  }
  std::vector<std::int64_t> donors;
  for (const std::int64_t frame : frames) {
    donors.push_back(baseline == Baseline::kSelfSwap
                         ? clip.target.first_frame + (frame + clip.n_frames / 2) % clip.n_frames
                         : std::min(clip.source.first_frame + frame, clip.source.last_frame));
  }
  const PersonClip& donor = baseline == Baseline::kSelfSwap ? clip.target : clip.source;
  return std::make_unique<PastedFace>(donor, std::move(donors), clip.target);
}

Frame paste_face(const Frame& donor, const Landmarks& donor_points, const Frame& target,
                 const Landmarks& target_points, const Frame& alpha) {
  const CropTransform onto_target = CropTransform::similarity(donor_points, target_points);
  const int side_px = std::max(target.width_px(), target.height_px());
  const at::Tensor moved = crop(donor, onto_target, side_px)
                               .slice(1, 0, target.height_px())
                               .slice(2, 0, target.width_px())
                               .permute({1, 2, 0})
                               .round();
  const at::Tensor weight = to_tensor(alpha).to(at::kFloat).unsqueeze(2);
  const at::Tensor mixed =
      (weight * moved + (255 - weight) * to_tensor(target).to(at::kFloat)) / 255;
  return to_frame((mixed + 0.5).floor().to(at::kByte).contiguous());
}

}  // namespace changeling
