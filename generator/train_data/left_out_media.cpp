#include "generator/train_data/left_out_media.h"

#include <utility>

#include "catalog/store/frame_sequence.h"
#include "common/base/log.h"

namespace changeling {

void LeftOutMedia::add(LeftOut reason, std::int64_t count) {
  if (count > 0) {
    counts_[reason] += count;
  }
}

void LeftOutMedia::warn_of(const MediaRow& medium, const Error& error) {
  if (error.kind() != ErrorKind::kInput) {
    throw error;
  }
  log_warn("medium_left_out", {{"media", medium.rel_path}, {"reason", error.what()}});
  if (!can_be_read(medium)) {
    unread_.push_back(medium.id.value);
  }
}

bool LeftOutMedia::can_be_read(const MediaRow& medium) const {
  try {
    if (medium.kind == kFrameSequence) {
      (void)locator_.checked_frames(medium);
    } else {
      (void)locator_.checked_path(medium);
    }
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) {
      throw;
    }
    return false;
  }
}

void LeftOutMedia::restore(std::map<LeftOut, std::int64_t> counts,
                           std::vector<std::int64_t> unread) {
  counts_ = std::move(counts);
  unread_ = std::move(unread);
}

}  // namespace changeling
