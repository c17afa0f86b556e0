#include "common/front/page_line.h"

#include <memory>
#include <utility>

#include "common/base/error.h"
#include "common/base/stop_signal.h"

namespace changeling {
namespace {

/// The part that the line is about.
struct Part {
  std::string name;
  std::int64_t done = 0;
  std::function<bool(std::int64_t done, std::int64_t total)> tell = {};
};

}  // namespace

PageProgress page_progress(PhaseProgress& line) {
  const auto part = std::make_shared<Part>();  // for all copies of what is returned
  return [&line, part](const std::string& name, const std::string& unit, std::int64_t done,
                       std::int64_t total) {
    if (name != part->name || done < part->done) {
      *part = {name, 0, line.of(name, unit)};
    }
    part->done = done;
    (void)part->tell(done, total);
    check_stop();
  };
}

void check_stop() {
  if (stop_requested() != 0) {
    throw Error(ErrorKind::kCancelled, "stopped by request");
  }
}

}  // namespace changeling
