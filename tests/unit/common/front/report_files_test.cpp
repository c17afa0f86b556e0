#include "common/front/report_files.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// Files of two pages, which lie in folders of their own.
std::vector<ReportFile> two_pages(const fs::path& folder) {
  return {{folder / "compare-a" / "report.json", "{}"}, {folder / "gate.json", "{}"}};
}

/// 0 where a signal that came before leaves no file of either page.
int exit_code_after_a_signal(const fs::path& folder) {
  install_stop_signal();
  (void)std::raise(SIGTERM);
  try {
    write_files(two_pages(folder));
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kCancelled && fs::is_empty(folder) ? 0 : 1;
  }
  return 2;
}

TEST(ReportFiles, WritesTheFilesOfAllPages) {
  const TempDir folder;
  write_files(two_pages(folder.path()));
  for (const ReportFile& file : two_pages(folder.path())) {
    EXPECT_EQ(read_file(file.path), file.text) << file.path;
  }
}

TEST(ReportFiles, AStopBeforeTheFirstLeavesNoFileOfAnyPage) {
  const TempDir folder;
  EXPECT_EXIT(std::exit(exit_code_after_a_signal(folder.path())), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace changeling
