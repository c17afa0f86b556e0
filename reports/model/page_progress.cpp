#include "reports/model/page_progress.h"

namespace changeling {

std::function<void(std::int64_t, std::int64_t)> part_of(const PageProgress& progress,
                                                        const std::string& part,
                                                        const std::string& unit) {
  return [progress, part, unit](std::int64_t done, std::int64_t total) {
    if (progress) {
      progress(part, unit, done, total);
    }
  };
}

}  // namespace changeling
