#include "common/cli/man_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/common/cli/sample_verbs.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ManPage, OfTheProgramListsVerbsAndCommonFlags) {
  const Verb root = sample_verbs();
  const std::string page = man_page(root);
  EXPECT_THAT(page, testing::StartsWith(".TH \"tool\" 1"));
  EXPECT_THAT(page, HasSubstr("\ntool \\- Tests\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n.B \"generate run\"\nRun it\n"));
  EXPECT_THAT(page, HasSubstr(".B \"\\-\\-seed INT\"\n"));
  EXPECT_THAT(page, HasSubstr("\ntool\\-generate(1)\n"));
}

TEST(ManPage, OfAVerbHoldsAllBelowIt) {
  const Verb root = sample_verbs();
  EXPECT_EQ(man_page_name(root, &root.sub_verbs.front()), "tool-generate");
  const std::string page = man_page(root, &root.sub_verbs.front());
  EXPECT_THAT(page, HasSubstr("tool generate run LIST [FLAGS]\ntool generate join OUT [IN...]"));
  EXPECT_THAT(page, HasSubstr(".SH \"tool generate run LIST [FLAGS]\"\n"));
  EXPECT_THAT(page, HasSubstr(".B \"\\-\\-codec h264|\\:ffv1\"\nHelp of generate.codec."));
  EXPECT_THAT(page, HasSubstr("\ntool(1)\n"));
  EXPECT_THAT(page, Not(HasSubstr("\\-\\-seed"))) << "common flags stand in the program's page";
}

TEST(ManPage, TextIsNoRoff) {
  Verb root = sample_verbs();
  root.sub_verbs.front().description = ".so /etc/passwd";
  root.sub_verbs.front().summary = "a \\ and a \"quote\"";
  root.sub_verbs.front().examples = {"'quoted' line"};
  const std::string page = man_page(root, &root.sub_verbs.front());
  EXPECT_THAT(page, HasSubstr("\n\\&.so /etc/passwd\n"));
  EXPECT_THAT(page, HasSubstr("a \\e and a \"quote\""));
  EXPECT_THAT(page, HasSubstr("\n\\&'quoted' line\n"));
}

}  // namespace
}  // namespace changeling
