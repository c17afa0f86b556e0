#include "reports/model/page_progress.h"

#include <algorithm>
#include <memory>

namespace changeling {

std::function<void()> count_draws(const PageProgress& progress, const std::string& part,
                                  std::int64_t total) {
  if (!progress) {
    return {};
  }
  const auto done = std::make_shared<std::int64_t>(0);  // for all copies of what is returned
  return [progress, part, total, done] {
    *done = std::min(*done + 1, total);
    progress(part, "draws", *done, total);
  };
}

}  // namespace changeling
