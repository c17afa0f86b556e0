// common/cli/progress.h: progress of long verbs on stderr: one redrawn line on a terminal, a log
// line every few seconds elsewhere. Layer 1.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/stop_signal.h"

namespace changeling {

/// Safe from any thread. Draws nothing when `enabled` is false.
class Progress {
 public:
  /// `unit` names what is counted, "frames"; `log_every` is the least time between two log lines.
  Progress(std::string title, std::int64_t total, std::string unit, bool enabled,
           std::chrono::seconds log_every = std::chrono::seconds(10));
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::int64_t done);
  void show();  ///< after news worth a log line: ten seconds after the last one it is due
  void set_note(std::string note);  ///< shown behind the figures, for example the current clip

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One line of progress after another, for the phases of a verb.
class PhaseProgress {
 public:
  explicit PhaseProgress(bool enabled) : enabled_(enabled) {}

  /// What is done of a phase and of how much. Another title, or less done than before, begins a
  /// line.
  void tell(const std::string& title, const std::string& unit, std::int64_t done,
            std::int64_t total);

  /// What a phase calls with counts of what is done and in all; false once a signal asked to stop.
  /// Its line begins with the first call. Refers to this; one phase at a time.
  KeepGoing of(std::string title, std::string unit);

  void end() { line_.reset(); }

 private:
  bool enabled_;
  std::string title_;
  std::int64_t done_ = 0;
  std::unique_ptr<Progress> line_;
};

}  // namespace changeling
