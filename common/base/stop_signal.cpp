#include "common/base/stop_signal.h"

#include <atomic>
#include <csignal>

#include <unistd.h>

#include "common/base/error.h"

namespace changeling {
namespace {

std::atomic<int> stop_signal_number{0};
static_assert(std::atomic<int>::is_always_lock_free, "the handler may not take a lock");

void on_signal(int number) {
  int none = 0;
  if (!stop_signal_number.compare_exchange_strong(none, number)) {
    _exit(128 + number);  // the second one means it
  }
}

}  // namespace

void install_stop_signal() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int stop_requested() {
  return stop_signal_number.load();
}

void throw_stopped() {
  throw Error(ErrorKind::kCancelled, "stopped by request");
}

void check_stop() {
  if (stop_requested() != 0) {
    throw_stopped();
  }
}

void check_going(const KeepGoing& keep_going, std::int64_t done, std::int64_t total) {
  if (keep_going && !keep_going(done, total)) {
    throw_stopped();
  }
}

}  // namespace changeling
