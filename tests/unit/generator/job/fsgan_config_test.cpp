#include "generator/job/fsgan_config.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "common/base/error.h"
#include "generator/options/generate_options.h"
#include "tests/support/refusal.h"

namespace changeling {
namespace {

using testing::HasSubstr;

TEST(FsganConfig, SaysWhereTheWeightsWereLookedForAndWhoSaidSo) {
  Config config(collect_options(generate_verb()));
  config.apply_setting("fsgan.weights=no/such/folder", "fsgan.yaml:3");
  const std::string message =
      refusal_of(ErrorKind::kConfig, [&] { (void)make_fsgan(config, {Rung::kBlended}); });
  EXPECT_THAT(message, HasSubstr("fsgan.weights (fsgan.yaml:3)"));
  EXPECT_THAT(message,
              HasSubstr("'" + (std::filesystem::current_path() / "no/such/folder").string() + "'"));
  EXPECT_THAT(message, HasSubstr("starts at the working folder"));
}

}  // namespace
}  // namespace changeling
