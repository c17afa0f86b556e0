// generator/train/time_left.h: how long a training will take at the speed that it has. Layer 6.
#pragma once

#include <cstdint>
#include <optional>

namespace changeling {

/// Estimates from the steps of one call, one kind of steps at a time: those of the base stage are
/// several times faster than the others. The first step of each kind does not count: on a GPU it
/// tries out kernels. Times are seconds of any clock.
class TimeLeft {
 public:
  /// Of `steps` in all the first `base_steps` train the coarse level alone.
  TimeLeft(std::int64_t steps, std::int64_t base_steps) : steps_(steps), base_steps_(base_steps) {}

  /// The call goes on after `step` steps.
  void begin(std::int64_t step) {
    last_ = step;
    first_.reset();
  }

  /// `step` steps are done at `now`.
  void step(std::int64_t step, double now);

  [[nodiscard]] bool is_base() const { return last_ < base_steps_; }

  /// To the end of the base stage, after it to the end; nullopt before it can be told.
  [[nodiscard]] std::optional<double> seconds() const;

 private:
  struct Moment {
    std::int64_t step = 0;
    double time = 0;
  };

  std::int64_t steps_;
  std::int64_t base_steps_;
  std::int64_t last_ = 0;
  double now_ = 0;
  std::optional<Moment> first_;  ///< when the first step of this kind was done
};

}  // namespace changeling
