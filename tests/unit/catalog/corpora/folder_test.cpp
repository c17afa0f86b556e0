#include "catalog/corpora/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/catalog/corpora/scan_helpers.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const std::string kHeader = std::string(kFolderHeader) + "\n";

class FolderCorpusTest : public ::testing::Test {
 protected:
  CorpusScan scan(const std::string& csv, const std::vector<std::string>& files) {
    write_folder_corpus(root(), csv, files);
    return FolderCorpus().scan(root());
  }

  [[nodiscard]] std::filesystem::path root() const { return dir_ / "corpus"; }

  TempDir dir_;
};

TEST_F(FolderCorpusTest, ReadsTermsPeopleAndPoints) {
  const CorpusScan result = scan(
      "face_y,face_x,path,subject,licence,consent_basis,redistributable,gender,skintone,age_bin,"
      "source_clip\n"
      "20,10.5,a/one.mp4,p1,CC-BY-4.0,consented,1,0,2,3,tape\n"
      ",,a/two.MP4,p2,MIT,public-research,0,m,,0,\n",
      {"a/one.mp4", "a/two.MP4"});
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_THAT(media_paths(result), ElementsAre("a/one.mp4", "a/two.MP4"));
  EXPECT_EQ(result.media[0].licence, "CC-BY-4.0");
  EXPECT_EQ(result.media[0].source_clip, "tape");
  EXPECT_EQ(result.media[0].redistributable, true);
  EXPECT_EQ(find_subject(result, "p1")->gender, "f");
  EXPECT_EQ(find_subject(result, "p1")->age_bin, 3);
  EXPECT_EQ(find_subject(result, "p2")->gender, "m");
  EXPECT_FALSE(find_subject(result, "p2")->skintone);
  EXPECT_FALSE(find_subject(result, "p2")->age_bin);
  EXPECT_EQ(result.sightings[0].values.x, 10.5);
  EXPECT_EQ(result.sightings[0].values.frame, -1);
}

TEST_F(FolderCorpusTest, TakesTheStrictestTermsForTheWhole) {
  const CorpusScan result =
      scan(kHeader + "a.mp4,p,CC0-1.0,synthetic,1\nb.mp4,q,MIT,licensed,0\n", {"a.mp4", "b.mp4"});
  EXPECT_FALSE(result.terms.redistributable);
  EXPECT_EQ(result.terms.consent_basis, "licensed");
  EXPECT_EQ(result.terms.licence, "mixed, stated per file");
  EXPECT_EQ(scan(kHeader + "a.mp4,p,CC0-1.0,synthetic,1\n", {}).terms.licence, "CC0-1.0");
}

TEST_F(FolderCorpusTest, GivesUnknownBystandersAnIdEach) {
  const CorpusScan result =
      scan(kHeader + "a.mp4,p,MIT,licensed,0\na.mp4,?,MIT,licensed,0\na.mp4,?,MIT,licensed,0\n",
           {"a.mp4"});
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_THAT(sightings_in(result, "a.mp4"),
              UnorderedElementsAre("p@-1", "?a.mp4:1@-1", "?a.mp4:2@-1"));
  EXPECT_TRUE(is_pseudo_subject(result.subjects.front().ext_id));
}

TEST_F(FolderCorpusTest, CountsVideosThatNoRowMentions) {
  const CorpusScan result =
      scan(kHeader + "a.mp4,p,MIT,licensed,0\n", {"a.mp4", "deep/b.MKV", "c.webm", "readme.txt"});
  EXPECT_THAT(problem_counts(result.problems), ElementsAre(Pair("no_subject_row", 2)));
  EXPECT_THAT(media_paths(result), ElementsAre("a.mp4"));
}

TEST_F(FolderCorpusTest, RefusesPathsThatLeaveTheRoot) {
  write_bytes(dir_ / "outside.mp4", "x");
  write_bytes(dir_ / "outside/deep.mp4", "x");
  std::filesystem::create_directories(root());
  std::filesystem::create_symlink(dir_ / "outside.mp4", root() / "link.mp4");
  std::filesystem::create_directory_symlink(dir_ / "outside", root() / "folder_link");
  std::filesystem::create_symlink("inside.mp4", root() / "inner_link.mp4");
  const CorpusScan result = scan(kHeader +
                                     "../outside.mp4,p,MIT,licensed,0\n"
                                     "a/../../outside.mp4,p,MIT,licensed,0\n" +
                                     (dir_ / "outside.mp4").string() +
                                     ",p,MIT,licensed,0\n"
                                     "link.mp4,p,MIT,licensed,0\n"
                                     "folder_link/deep.mp4,p,MIT,licensed,0\n"
                                     "a/../inside.mp4,p,MIT,licensed,0\n"
                                     "inner_link.mp4,p,MIT,licensed,0\n",
                                 {"inside.mp4"});
  EXPECT_THAT(problem_counts(result.problems), ElementsAre(Pair("path_escapes_root", 5)));
  EXPECT_THAT(media_paths(result), ElementsAre("inner_link.mp4", "inside.mp4"));
}

TEST_F(FolderCorpusTest, CountsRowsThatCannotBeUsed) {
  const CorpusScan result = scan(
      "path,subject,licence,consent_basis,redistributable,skintone,"
      "start_s,end_s,face_x,face_y\n"
      "gone.mp4,p,MIT,licensed,0,,,,,\n"    // not on disk
      "a.mp4,p,MIT\n"                       // too few fields
      "a.mp4,p,,licensed,0,,,,,\n"          // no licence
      "a.mp4,p,MIT,maybe,0,,,,,\n"          // no such basis
      "a.mp4,p,MIT,licensed,yes,,,,,\n"     // neither 0 nor 1
      "a.mp4,p,MIT,licensed,0,7,,,,\n"      // six levels only
      "a.mp4,p,MIT,licensed,0,,5,2,,\n"     // ends before it begins
      "a.mp4,p,MIT,licensed,0,,,,12,\n"     // half a point
      "a.mp4,p,MIT,licensed,0,,1e300,,,\n"  // no clip is that long
      "a.mp4,?mine,MIT,licensed,0,,,,,\n"   // reserved id
      "a.mp4,p,MIT,licensed,0,,1,2,12,13\n",
      {"a.mp4"});
  EXPECT_THAT(
      problem_counts(result.problems),
      UnorderedElementsAre(Pair("missing_file", 1), Pair("bad_row", 1), Pair("bad_value", 8)));
  EXPECT_THAT(sightings_in(result, "a.mp4"), UnorderedElementsAre("p@-1"));
  EXPECT_EQ(result.sightings.front().start_seconds, 1);
}

TEST_F(FolderCorpusTest, LeavesOutAFileWhoseRowsDisagreeAboutItsTerms) {
  const CorpusScan result =
      scan(kHeader + "a.mp4,p,MIT,licensed,0\na.mp4,q,MIT,licensed,1\nb.mp4,p,MIT,licensed,0\n",
           {"a.mp4", "b.mp4"});
  EXPECT_THAT(problem_counts(result.problems),
              UnorderedElementsAre(Pair("conflicting_medium", 1), Pair("no_subject_row", 1)));
  EXPECT_THAT(media_paths(result), ElementsAre("b.mp4"));
}

TEST_F(FolderCorpusTest, ForgetsAttributesThatRowsDisagreeAbout) {
  const CorpusScan result = scan(
      "path,subject,licence,consent_basis,redistributable,gender,skintone\n"
      "a.mp4,p,MIT,licensed,0,f,2\nb.mp4,p,MIT,licensed,0,m,2\nc.mp4,p,MIT,licensed,0,f,2\n",
      {"a.mp4", "b.mp4", "c.mp4"});
  EXPECT_THAT(problem_counts(result.problems), ElementsAre(Pair("conflicting_attribute", 1)));
  EXPECT_FALSE(find_subject(result, "p")->gender);
  EXPECT_EQ(find_subject(result, "p")->skintone, 2);
}

TEST_F(FolderCorpusTest, CountsARowThatStandsTwice) {
  const CorpusScan result =
      scan(kHeader + "a.mp4,p,MIT,licensed,0\na.mp4,p,MIT,licensed,0\n", {"a.mp4"});
  EXPECT_THAT(problem_counts(result.problems), ElementsAre(Pair("repeated_annotation", 1)));
  EXPECT_EQ(result.sightings.size(), 1U);
}

TEST_F(FolderCorpusTest, NamesWhatIsMissingAltogether) {
  EXPECT_THAT(refusal_of<FolderCorpus>(dir_ / "nowhere"), HasSubstr("does not exist"));
  std::filesystem::create_directories(root());
  EXPECT_THAT(refusal_of<FolderCorpus>(root()), HasSubstr("no subjects.csv"));
  write_folder_corpus(root(), "path,subject,licence\n", {});
  EXPECT_THAT(refusal_of<FolderCorpus>(root()), HasSubstr("'consent_basis', 'redistributable'"));
  write_folder_corpus(root(), kHeader + "a.mp4,\"p\n", {});
  EXPECT_THAT(refusal_of<FolderCorpus>(root()),
              HasSubstr("'subjects.csv' line 3 ends inside a quoted field"));
}

}  // namespace
}  // namespace changeling
