#include "common/front/page_line.h"

#include "common/base/stop_signal.h"

namespace changeling {

PageProgress page_progress(PhaseProgress& line) {
  return [&line](const std::string& name, const std::string& unit, std::int64_t done,
                 std::int64_t total) {
    line.tell(name, unit, done, total);
    check_stop();
  };
}

}  // namespace changeling
