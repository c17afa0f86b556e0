// common/base/first_error.h: exceptions out of a parallel loop. Layer 0.
#pragma once

#include <atomic>
#include <exception>

namespace changeling {

/// Keeps the first exception of a loop over threads: one that leaves a pass of an OpenMP loop ends
/// the program. Each pass goes through run(); rethrow() follows the loop.
class FirstError {
 public:
  /// Calls `work`, but no more once a call has thrown. Any thread.
  template <typename Work>
  void run(const Work& work) noexcept {
    if (failed_.load()) {
      return;
    }
    try {
      work();
    } catch (...) {
      if (!failed_.exchange(true)) {
        error_ = std::current_exception();
      }
    }
  }

  /// Throws what was kept, if anything. When all threads have left the loop.
  void rethrow() const {
    if (error_) {
      std::rethrow_exception(error_);
    }
  }

 private:
  std::atomic<bool> failed_{false};
  std::exception_ptr error_;
};

}  // namespace changeling
