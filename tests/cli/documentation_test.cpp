// configs/README.md and the sample files against the option tables.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/run_program.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

const fs::path kConfigs = fs::path(CHANGELING_SOURCE_DIR) / "configs";

TEST(ConfigReadme, CarriesTheTableOfKeysAsPrintedByTheProgram) {
  std::ostringstream readme;
  readme << std::ifstream(kConfigs / "README.md").rdbuf();
  const std::string table = run_changeling({"config", "keys"}).out;
  ASSERT_NE(table.find("| `generate.crf` |"), std::string::npos);
  EXPECT_NE(readme.str().find(table), std::string::npos)
      << "paste the output of 'changeling config keys' into configs/README.md";
}

TEST(SampleConfigs, AllValidate) {
  int files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(kConfigs)) {
    if (entry.path().extension() == ".yaml" && entry.path().stem() != "models") {
      ++files;
      const ProcessResult result = run_changeling({"config", "validate", entry.path().string()});
      EXPECT_EQ(result.exit_code, 0) << result.err;
    }
  }
  EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace changeling
