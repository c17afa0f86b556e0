// generator/train_data/left_out_media.h: what a preparation leaves out, and which media it could
// not read. Layer 6.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "catalog/store/records.h"
#include "common/base/error.h"
#include "common/clips/media_locator.h"
#include "generator/train_data/found_face.h"

namespace changeling {

/// Counts by reason. Refers to the locator of its constructor.
class LeftOutMedia {
 public:
  explicit LeftOutMedia(const MediaLocator& locator) : locator_(locator) {}

  void add(LeftOut reason, std::int64_t count = 1);

  /// Says in the log that a medium is left out, and notes it where its bytes are not there or not
  /// the probed ones. Throws `error` itself where not only the file is to blame.
  void warn_of(const MediaRow& medium, const Error& error);

  [[nodiscard]] bool can_be_read(const MediaRow& medium) const;

  [[nodiscard]] const std::map<LeftOut, std::int64_t>& counts() const { return counts_; }

  /// Ids of the media that were noted.
  [[nodiscard]] const std::vector<std::int64_t>& unread() const { return unread_; }

  /// Goes on from what counts() and unread() gave.
  void restore(std::map<LeftOut, std::int64_t> counts, std::vector<std::int64_t> unread);

 private:
  const MediaLocator& locator_;
  std::map<LeftOut, std::int64_t> counts_;
  std::vector<std::int64_t> unread_;
};

}  // namespace changeling
