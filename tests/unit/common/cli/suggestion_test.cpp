#include "common/cli/suggestion.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

TEST(EditDistance, CountsEachKindOfEdit) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("corpus", "corpus"), 0);
  EXPECT_EQ(edit_distance("corps", "corpus"), 1);    // insert
  EXPECT_EQ(edit_distance("ccorpus", "corpus"), 1);  // remove
  EXPECT_EQ(edit_distance("korpus", "corpus"), 1);   // replace
  EXPECT_EQ(edit_distance("corpsu", "corpus"), 1);   // swap of neighbours
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
}

TEST(EditDistance, IgnoresLetterCase) {
  EXPECT_EQ(edit_distance("CRF", "crf"), 0);
}

TEST(Nearest, PicksTheFewestEdits) {
  EXPECT_EQ(nearest("generat", {"evaluate", "generate", "general"}), "generate");
}

TEST(Nearest, FindsARightNameInTheWrongGroup) {
  EXPECT_EQ(nearest("max_frames", {"seed", "generate.max_frames"}), "generate.max_frames");
}

TEST(Nearest, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest("zzzzzz", {"generate", "corpus"}), "");
  EXPECT_EQ(did_you_mean("zzzzzz", {"generate"}), "");
}

TEST(DidYouMean, AddsThePrefixInsideTheQuotes) {
  EXPECT_EQ(did_you_mean("crff", {"crf"}, "--"), "; did you mean '--crf'?");
}

}  // namespace
}  // namespace changeling
