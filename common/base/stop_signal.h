// common/base/stop_signal.h: SIGINT and SIGTERM as a flag that is polled between batches. Layer 0.
#pragma once

#include <cstdint>
#include <functional>

namespace changeling {

/// Installs the handlers once. The first signal sets the flag, the second ends the process at once.
void install_stop_signal();

/// 0, or the number of the signal that asked to stop.
[[nodiscard]] int stop_requested();

/// Throws Error(kCancelled): what was asked to stop does.
[[noreturn]] void throw_stopped();

/// The same once a signal asked to stop.
void check_stop();

/// Told what is done and of how much; false = stop. Empty = go on.
using KeepGoing = std::function<bool(std::int64_t done, std::int64_t total)>;

/// Throws as throw_stopped where `keep_going` says no.
void check_going(const KeepGoing& keep_going, std::int64_t done, std::int64_t total);

}  // namespace changeling
