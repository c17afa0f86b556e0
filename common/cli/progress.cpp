#include "common/cli/progress.h"

#include <chrono>
#include <cstdio>
#include <mutex>
#include <utility>

#include <unistd.h>

#include "common/base/log.h"
#include "common/cli/terminal.h"

namespace changeling {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRedrawEvery{100};
constexpr std::chrono::seconds kNewsEvery{10};

/// "1:05", "2:03:09".
std::string clock_text(double seconds) {
  char text[48];
  const auto whole = static_cast<long long>(seconds + 0.5);
  if (whole < 3600) {
    std::snprintf(text, sizeof(text), "%lld:%02lld", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof(text), "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  }
  return text;
}

}  // namespace

struct Progress::State {
  std::string title, unit, note;
  std::int64_t total = 0, done = 0;
  bool enabled = false, live = false;
  Clock::duration log_every{};
  Clock::time_point start = Clock::now(), last_shown = start;
  std::mutex mutex;

  [[nodiscard]] double rate_per_second() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return seconds > 0 ? static_cast<double>(done) / seconds : 0;
  }

  /// Empty when nothing tells it.
  [[nodiscard]] std::string time_left() const {
    const double rate = rate_per_second();
    return rate > 0 && total > done ? clock_text(static_cast<double>(total - done) / rate)
                                    : std::string();
  }

  [[nodiscard]] std::string figures() const {
    char text[160];
    const int percent = total > 0 ? static_cast<int>(100 * done / total) : 0;
    std::snprintf(text, sizeof(text), "%lld/%lld %s (%d %%), %.1f %s/s",
                  static_cast<long long>(done), static_cast<long long>(total), unit.c_str(),
                  percent, rate_per_second(), unit.c_str());
    const std::string left = time_left();
    return left.empty() ? text : text + (", " + left) + " left";
  }

  void draw() const {
    const std::string line = title + ": " + figures() + (note.empty() ? "" : "  " + note);
    std::fprintf(stderr, "\r\x1b[K%.*s", 110, line.c_str());
    std::fflush(stderr);
  }

  void log() const {
    LogFields fields = {{"what", title},
                        {"done", std::to_string(done)},
                        {"total", std::to_string(total)},
                        {"unit", unit}};
    if (const std::string left = time_left(); !left.empty()) {
      fields.emplace_back("left", left);
    }
    fields.emplace_back("note", note);
    log_info("progress", fields);
  }

  /// `apart`: least time since the last log line.
  void show_if_due(Clock::duration apart) {
    const Clock::time_point now = Clock::now();
    if (!enabled || now - last_shown < (live ? Clock::duration(kRedrawEvery) : apart)) {
      return;
    }
    last_shown = now;
    if (live) {
      draw();
    } else {
      log();
    }
  }
};

Progress::Progress(std::string title, std::int64_t total, std::string unit, bool enabled,
                   std::chrono::seconds log_every)
    : state_(std::make_unique<State>()) {
  state_->title = std::move(title);
  state_->total = total;
  state_->unit = std::move(unit);
  state_->enabled = enabled;
  state_->log_every = log_every;
  state_->live = is_live_terminal(STDERR_FILENO);
}

Progress::~Progress() {
  if (state_->enabled && state_->live) {
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
  }
}

void Progress::add(std::int64_t done) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->done += done;
  state_->show_if_due(state_->log_every);
}

void Progress::show() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->show_if_due(kNewsEvery);
}

void Progress::set_note(std::string note) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->note = std::move(note);
}

void PhaseProgress::tell(const std::string& title, const std::string& unit, std::int64_t done,
                         std::int64_t total) {
  if (!line_ || title != title_ || done < done_) {
    end();
    line_ = std::make_unique<Progress>(title, total, unit, enabled_);
    title_ = title;
    done_ = 0;
  }
  line_->add(done - std::exchange(done_, done));
}

KeepGoing PhaseProgress::of(std::string title, std::string unit) {
  return [this, title = std::move(title), unit = std::move(unit)](std::int64_t done,
                                                                  std::int64_t total) {
    tell(title, unit, done, total);
    return stop_requested() == 0;
  };
}

}  // namespace changeling
