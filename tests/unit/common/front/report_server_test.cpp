#include "common/front/report_server.h"

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

TEST(ReportServerDeathTest, EndsWhenItIsStoppedBeforeItRuns) {
  const TempDir folder;
  { const SimulatedCatalog catalog(folder.path(), 2, 1); }  // none is open when the process forks
  write_file_atomically(folder / "report/index.html", "<p>report</p>");
  EXPECT_EXIT(
      {
        alarm(60);  // or a server that goes on would never end
        serve_report({folder / "report", folder / "catalog.db"}, [](int) { std::raise(SIGTERM); });
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace changeling
