#include "generator/train/time_left.h"

namespace changeling {

void TimeLeft::step(std::int64_t step, double now) {
  last_ = step;
  now_ = now;
  if (step == base_steps_) {
    first_.reset();  // the next steps take longer
  } else if (!first_) {
    first_ = {step, now};
  }
}

std::optional<double> TimeLeft::seconds() const {
  if (last_ == steps_) {
    return 0;
  }
  if (!first_ || last_ == first_->step) {
    return std::nullopt;
  }
  const double each = (now_ - first_->time) / static_cast<double>(last_ - first_->step);
  return each * static_cast<double>((is_base() ? base_steps_ : steps_) - last_);
}

}  // namespace changeling
