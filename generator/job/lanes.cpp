#include "generator/job/lanes.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <utility>

#include <tbb/concurrent_queue.h>

namespace changeling {
namespace {

/// Adds one span of this thread to a lane's timing.
class LaneClock {
 public:
  LaneClock(StageTiming& timing, std::int64_t frames)
      : timing_(timing),
        frames_(frames),
        wall_start_(std::chrono::steady_clock::now()),
        cpu_start_us_(thread_cpu_us()) {}

  ~LaneClock() {
    timing_.frames += frames_;
    timing_.wall_us += std::chrono::duration_cast<std::chrono::microseconds>(
                           std::chrono::steady_clock::now() - wall_start_)
                           .count();
    timing_.cpu_us += thread_cpu_us() - cpu_start_us_;
    timing_.peak_bytes = peak_resident_bytes();
  }

  LaneClock(const LaneClock&) = delete;
  LaneClock& operator=(const LaneClock&) = delete;

  void set_frames(std::int64_t frames) { frames_ = frames; }

 private:
  StageTiming& timing_;
  std::int64_t frames_;
  std::chrono::steady_clock::time_point wall_start_;
  std::int64_t cpu_start_us_;
};

}  // namespace

struct DecodeLane::State {
  /// What travels to the consumer: a batch, the end (neither), or an error.
  struct Item {
    std::optional<FrameBatch> batch;
    std::exception_ptr error;
  };

  explicit State(const std::filesystem::path& path) : reader(path) { timing.stage = "decode"; }

  void run(std::int64_t max_frames, int batch_frames) {
    try {
      std::int64_t left = max_frames > 0 ? max_frames : INT64_MAX;
      while (left > 0 && !stop.load()) {
        const int wanted = static_cast<int>(std::min<std::int64_t>(left, batch_frames));
        std::optional<FrameBatch> batch;
        {
          LaneClock clock(timing, 0);
          batch = reader.next_batch(wanted);
          clock.set_frames(batch ? static_cast<std::int64_t>(batch->frames.size()) : 0);
        }
        if (!batch) {
          break;
        }
        left -= static_cast<std::int64_t>(batch->frames.size());
        queue.push({std::move(batch), nullptr});
      }
      queue.push({});
    } catch (...) {  // what leaves a thread ends the program
      queue.push({std::nullopt, std::current_exception()});
    }
  }

  VideoReader reader;
  StageTiming timing;
  tbb::concurrent_bounded_queue<Item> queue;
  std::thread thread;
  std::atomic<bool> stop{false};
  bool ended = false;  // the consumer has seen the last item
};

DecodeLane::DecodeLane(const std::filesystem::path& path, std::int64_t max_frames, int batch_frames,
                       int queue_frames)
    : state_(std::make_unique<State>(path)) {
  state_->queue.set_capacity(std::max(1, queue_frames / batch_frames));
  state_->thread = std::thread(
      [state = state_.get(), max_frames, batch_frames] { state->run(max_frames, batch_frames); });
}

DecodeLane::~DecodeLane() {
  // The producer may wait for room: drain until it has put its last item.
  state_->stop.store(true);
  while (!state_->ended) {
    State::Item item;
    state_->queue.pop(item);
    state_->ended = !item.batch;
  }
  state_->thread.join();
}

const VideoInfo& DecodeLane::info() const {
  return state_->reader.info();
}

std::optional<FrameBatch> DecodeLane::next() {
  if (state_->ended) {
    return std::nullopt;
  }
  State::Item item;
  state_->queue.pop(item);
  state_->ended = !item.batch;
  if (item.error) {
    std::rethrow_exception(item.error);
  }
  return std::move(item.batch);
}

StageTiming DecodeLane::timing() const {
  return state_->timing;
}

struct OrderedLane::State {
  void run() {
    while (true) {
      std::function<void()> item;
      queue.pop(item);
      if (!item) {
        ended.store(true);
        return;
      }
      if (failed.load()) {
        continue;  // the error is reported; what waits behind it is dropped
      }
      try {
        item();
      } catch (...) {  // as above
        error = std::current_exception();
        failed.store(true);
      }
    }
  }

  void close() {
    if (!std::exchange(closed, true)) {
      queue.push(nullptr);
    }
  }

  void end() {
    close();
    if (thread.joinable()) {
      thread.join();
    }
  }

  void rethrow_if_failed() {
    if (failed.load()) {
      std::rethrow_exception(error);
    }
  }

  tbb::concurrent_bounded_queue<std::function<void()>> queue;
  std::exception_ptr error;  // written before `failed`, read after it
  std::atomic<bool> failed{false};
  std::atomic<bool> ended{false};
  bool closed = false;  // the owner's thread only
  std::thread thread;
};

OrderedLane::OrderedLane(int capacity) : state_(std::make_unique<State>()) {
  state_->queue.set_capacity(capacity);
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

OrderedLane::~OrderedLane() {
  state_->failed.store(true);
  state_->end();
}

void OrderedLane::push(std::function<void()> item) {
  state_->rethrow_if_failed();
  state_->queue.push(std::move(item));
}

void OrderedLane::close() {
  state_->close();
}

bool OrderedLane::has_ended() const {
  return state_->ended.load();
}

void OrderedLane::finish() {
  state_->end();
  state_->rethrow_if_failed();
}

}  // namespace changeling
