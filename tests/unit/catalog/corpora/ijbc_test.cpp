#include "catalog/corpora/ijbc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/frame_sequence.h"
#include "common/base/error.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/ijbc_fixture.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/catalog/corpora/scan_helpers.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const std::string kRelease = "IJB/IJB-C/";
const std::string kColumns =
    "FILENAME,SUBJECT_ID,SIGHTING_ID,FRAME_NUM,FACE_X,FACE_Y,FACE_WIDTH,FACE_HEIGHT\n";

std::string sequence_path(const std::string& sighting) {
  return frame_sequence_path(kRelease + "images/frames/9.png", sighting);
}

CorpusScan scan(const IjbcFixtureSpec& spec, const IjbcOptions& options = {}) {
  const TempDir dir;
  write_ijbc_fixture(dir.path(), spec);
  return IjbcCorpus(options).scan(dir.path());
}

/// A release of these lists (name below protocols/ -> text) and files, which a scan does not open.
CorpusScan scan_lists(const std::map<std::string, std::string>& lists,
                      const std::vector<std::string>& files) {
  const TempDir dir;
  for (const auto& [name, text] : lists) {
    write_bytes(dir / ("IJB-C/protocols/" + name), text);
  }
  for (const std::string& file : files) {
    write_bytes(dir / ("IJB-C/" + file), "x");
  }
  return IjbcCorpus().scan(dir.path());
}

CorpusScan scan_rows(const std::string& rows, const std::vector<std::string>& files) {
  return scan_lists({{"ijbc_metadata.csv", kColumns + rows}}, files);
}

const ScannedSighting& first_in(const CorpusScan& result, const std::string& rel_path) {
  return *std::find_if(result.sightings.begin(), result.sightings.end(),
                       [&](const auto& sighting) { return sighting.rel_path == rel_path; });
}

TEST(IjbcCorpus, FindsStillsUnderADoubledRootInAnyCase) {
  const CorpusScan result = scan({});
  EXPECT_THAT(media_paths(result),
              UnorderedElementsAre(kRelease + "images/img/1.JPG", kRelease + "images/img/2.png",
                                   kRelease + "images/img/3.jpg", kRelease + "images/img/5.jpg",
                                   sequence_path("100"), sequence_path("200")));
  EXPECT_EQ(result.sightings.size(), 14U);
  EXPECT_EQ(result.subjects.size(), 5U);
}

TEST(IjbcCorpus, CountsEveryPlantedProblem) {
  EXPECT_THAT(
      problem_counts(scan({}).problems),
      UnorderedElementsAre(Pair("path_escapes_root", 1), Pair("missing_file", 1),
                           Pair("no_subject_row", 2), Pair("bad_row", 1), Pair("bad_value", 1),
                           Pair("conflicting_subject", 2), Pair("repeated_annotation", 1)));
}

TEST(IjbcCorpus, HasOnlyUnlistedFilesToReportOfCleanLists) {
  IjbcFixtureSpec spec;
  spec.has_clean_lists = true;
  EXPECT_THAT(problem_counts(scan(spec).problems), ElementsAre(Pair("no_subject_row", 2)));
}

class IjbcRoots : public ::testing::TestWithParam<std::string> {};

TEST_P(IjbcRoots, IsFoundUpToThreeLevelsDown) {
  IjbcFixtureSpec spec;
  spec.release = GetParam();
  EXPECT_EQ(scan(spec).media.size(), 6U);
}

INSTANTIATE_TEST_SUITE_P(Releases, IjbcRoots,
                         ::testing::Values("", "IJB-C", "IJB/IJB-C", "data/IJB/ijb-c"));

TEST(IjbcCorpus, RefusesARootWithoutARelease) {
  const TempDir dir;
  IjbcFixtureSpec spec;
  spec.release = "a/b/c/IJB-C";
  write_ijbc_fixture(dir.path(), spec);
  EXPECT_THROW((void)IjbcCorpus().scan(dir.path()), Error);
}

TEST(IjbcCorpus, PrefersIjbcToItsElderSiblings) {
  const TempDir dir;
  write_ijbc_fixture(dir.path(), {});
  write_bytes(dir / "IJB/IJB-B/protocols/test1/enroll_templates.csv",
              "TEMPLATE_ID,SUBJECT_ID,FILENAME\n1,1,img/1.jpg\n");
  EXPECT_EQ(IjbcCorpus().scan(dir.path()).media.size(), 6U);
}

TEST(IjbcCorpus, ReadsColumnsByNameAndToleratesNan) {
  const CorpusScan result = scan({});
  const SightingRow& first = first_in(result, kRelease + "images/img/1.JPG").values;
  EXPECT_EQ(first.x, 5);
  EXPECT_EQ(first.y, 6);
  EXPECT_EQ(first.w, 30);
  EXPECT_EQ(first.h, 40);
  EXPECT_EQ(first.yaw, 12.5);
  EXPECT_EQ(first.roll, -3);
  EXPECT_EQ(first.occ_mask, 1 << 17);
  EXPECT_EQ(first.indoor, 1);
  const SightingRow& second = first_in(result, kRelease + "images/img/2.png").values;
  EXPECT_FALSE(second.indoor);
  EXPECT_FALSE(second.yaw);
  EXPECT_EQ(second.ext_sighting_id, "20");
}

TEST(IjbcCorpus, KnowsPeopleByFloatIdsAndTakesAgesFromTheSecondList) {
  const CorpusScan result = scan({});
  ASSERT_NE(find_subject(result, "3"), nullptr);
  EXPECT_EQ(find_subject(result, "3.0"), nullptr);
  EXPECT_EQ(find_subject(result, "1")->gender, "f");
  EXPECT_EQ(find_subject(result, "1")->age_bin, 3);
  EXPECT_EQ(find_subject(result, "2")->gender, "m");
  EXPECT_EQ(find_subject(result, "2")->skintone, 5);
}

TEST(IjbcCorpus, MakesBystandersOfPeopleNobodyNames) {
  const CorpusScan result = scan({});
  const std::string unlisted = kRelease + "images/img/2.png";
  EXPECT_THAT(sightings_in(result, unlisted), UnorderedElementsAre("2@0", "?" + unlisted + ":1@0"));
  const std::string without_id = kRelease + "images/img/5.jpg";
  EXPECT_THAT(sightings_in(result, without_id),
              UnorderedElementsAre("3@0", "?" + without_id + ":1@0"));
}

TEST(IjbcCorpus, GathersFramesInOrderOfFrameNumberWithEverybodyInThem) {
  const CorpusScan result = scan({});
  EXPECT_THAT(sightings_in(result, sequence_path("100")),
              UnorderedElementsAre("1@0", "1@1", "1@2", "2@2"));
  EXPECT_THAT(sightings_in(result, sequence_path("200")),
              UnorderedElementsAre("1@0", "2@0", "2@1"));
  EXPECT_EQ(first_in(result, sequence_path("100")).values.ext_sighting_id, "100/9.png");
}

TEST(IjbcCorpus, LinksFramesToAFullMotionVideoBySighting) {
  IjbcFixtureSpec spec;
  spec.has_full_motion = true;
  const CorpusScan result = scan(spec);
  const std::string video = kRelease + "full_motion/500.MP4";
  EXPECT_THAT(sightings_in(result, video),
              UnorderedElementsAre("1@-1", "1@20", "1@40", "1@60", "2@60"));
  EXPECT_THAT(sightings_in(result, sequence_path("200")), UnorderedElementsAre("2@0"));
  EXPECT_EQ(result.media.size(), 6U);
  const auto is_video = [](const MediaRow& medium) { return medium.kind == "video"; };
  EXPECT_EQ(std::count_if(result.media.begin(), result.media.end(), is_video), 1);
}

TEST(IjbcCorpus, TakesVideosByTheConfiguredPatternOnly) {
  IjbcFixtureSpec spec;
  spec.has_full_motion = true;
  IjbcOptions options;
  options.video_glob = "videos/*.mp4";
  const CorpusScan result = scan(spec, options);
  EXPECT_EQ(problem_counts(result.problems)["missing_file"], 2);  // img/6.jpg and the video
  EXPECT_EQ(sightings_in(result, sequence_path("100")).size(), 4U);
}

TEST(IjbcCorpus, TranslatesGenderByTheConfiguredTable) {
  IjbcOptions options;
  options.gender_names = {{"0", "woman"}};
  const CorpusScan result = scan({}, options);
  EXPECT_EQ(find_subject(result, "1")->gender, "woman");
  EXPECT_FALSE(find_subject(result, "2")->gender);
}

TEST(IjbcCorpus, IsNeverRedistributable) {
  IjbcOptions options;
  options.licence = "our agreement";
  const CorpusScan result = scan({}, options);
  EXPECT_EQ(result.terms.licence, "our agreement");
  EXPECT_FALSE(result.terms.redistributable);
}

class IjbcListNames : public ::testing::TestWithParam<std::string> {};

TEST_P(IjbcListNames, AreReadOnTheirOwn) {
  const TempDir dir;
  write_bytes(dir / "IJB-C/images/img/1.jpg", "x");
  write_bytes(dir / ("IJB-C/protocols/" + GetParam()),
              "TEMPLATE_ID,SUBJECT_ID,FILENAME,FACE_X,FACE_Y,FACE_WIDTH,FACE_HEIGHT\n"
              "1,5,img/1.jpg,1,2,3,4\n");
  const CorpusScan result = IjbcCorpus().scan(dir.path());
  EXPECT_THAT(media_paths(result), ElementsAre("IJB-C/images/img/1.jpg"));
  EXPECT_THAT(sightings_in(result, "IJB-C/images/img/1.jpg"), ElementsAre("5@0"));
}

INSTANTIATE_TEST_SUITE_P(
    All, IjbcListNames,
    ::testing::Values("ijbc_metadata.csv", "ijbc_metadata_with_age.csv",
                      "archive/ijbc_metadata.csv", "test1/enroll_templates.csv",
                      "test1/verif_templates.csv", "test2/enroll_templates.csv",
                      "test4/gallery_G1.csv", "test4/gallery_G2.csv", "test4/probes.csv",
                      "ijbc_1N_gallery_G1.csv", "ijbc_1N_gallery_G2.csv", "ijbc_1N_probe_img.csv",
                      "ijbc_1N_probe_mixed.csv", "ijbc_1N_probe_video.csv",
                      "ijbc_11_covariate_probe_reference.csv"));

TEST(IjbcCorpus, NamesTheColumnsThatAKnownListLacks) {
  const TempDir dir;
  write_bytes(dir / "IJB-C/protocols/ijbc_metadata.csv", "SUBJECT,FILENAME\n1,img/1.jpg\n");
  try {
    (void)IjbcCorpus().scan(dir.path());
    FAIL() << "a list without SUBJECT_ID was accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("'SUBJECT_ID'"));
    EXPECT_THAT(error.what(), HasSubstr("ijbc_metadata.csv"));
  }
}

TEST(IjbcCorpus, KeepsEverySightingOfAPersonInAVideo) {
  const CorpusScan result = scan_rows(
      "500.mp4,2,200,,,,,\n"
      "500.mp4,2,201,,,,,\n"
      "frames/9.png,2,200,20,0,0,50,50\n"
      "frames/10.png,2,201,40,0,0,50,50\n",
      {"500.mp4", "images/frames/9.png", "images/frames/10.png"});
  EXPECT_THAT(media_paths(result), ElementsAre("IJB-C/500.mp4"));
  EXPECT_THAT(sightings_in(result, "IJB-C/500.mp4"),
              UnorderedElementsAre("2@-1", "2@-1", "2@20", "2@40"));
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST(IjbcCorpus, PutsAFrameIntoTheSequenceOfEverySightingOfAPerson) {
  const CorpusScan result = scan_rows(
      "frames/9.png,2,200,20,0,0,50,50\n"
      "frames/9.png,2,201,20,0,0,50,50\n",
      {"images/frames/9.png"});
  EXPECT_THAT(media_paths(result),
              UnorderedElementsAre(frame_sequence_path("IJB-C/images/frames/9.png", "200"),
                                   frame_sequence_path("IJB-C/images/frames/9.png", "201")));
}

TEST(IjbcCorpus, KeepsEveryBoxOfAPersonInAVideo) {
  const CorpusScan result = scan_lists(
      {{"ijbc_metadata.csv", kColumns + "500.mp4,1,100,20,0,0,50,50\n"
                                        "500.mp4,1,100,40,9,0,50,50\n"
                                        "500.mp4,nan,,20,90,0,50,50\n"
                                        "500.mp4,nan,,40,90,0,50,50\n"
                                        "500.mp4,2,200,60,0,0,50,50\n"},
       {"test10/enroll_templates.csv", "SUBJECT_ID,FILENAME,SIGHTING_ID\n1,500.mp4,100\n"}},
      {"500.mp4"});
  const std::string bystander = "?IJB-C/500.mp4:";
  EXPECT_THAT(sightings_in(result, "IJB-C/500.mp4"),
              UnorderedElementsAre("1@20", "1@40", "2@60", bystander + "1@20", bystander + "2@40"));
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST(IjbcCorpus, CountsAPersonsSecondBoxOfOneFrame) {
  const CorpusScan result = scan_rows(
      "500.mp4,1,100,20,0,0,50,50\n"
      "500.mp4,1,100,20,60,0,50,50\n",
      {"500.mp4"});
  EXPECT_THAT(sightings_in(result, "IJB-C/500.mp4"), ElementsAre("1@20"));
  EXPECT_THAT(problem_counts(result.problems), ElementsAre(Pair("repeated_annotation", 1)));
}

TEST(IjbcCorpus, KeepsABoxOfAVideoWithoutFrameAsSomewhereInIt) {
  const CorpusScan result = scan_rows(
      "500.mp4,1,100,20,,,,\n"
      "500.mp4,1,100,,5,0,50,50\n",
      {"500.mp4"});
  EXPECT_THAT(sightings_in(result, "IJB-C/500.mp4"), UnorderedElementsAre("1@-1", "1@20"));
  EXPECT_EQ(first_in(result, "IJB-C/500.mp4").values.x, 5);
}

TEST(IjbcCorpus, TakesTheBoxOfAFrameThatTheVideosRowLacks) {
  const CorpusScan result = scan_rows(
      "500.mp4,1,100,20,,,,\n"
      "frames/9.png,1,100,20,5,0,50,50\n",
      {"500.mp4", "images/frames/9.png"});
  EXPECT_THAT(sightings_in(result, "IJB-C/500.mp4"), ElementsAre("1@20"));
  EXPECT_EQ(first_in(result, "IJB-C/500.mp4").values.x, 5);
}

const std::string kFaceColumns = "FILENAME,X,Y,W,H,IGNORE\n";

TEST(IjbcCorpus, PlacesBystandersByTheFrameNumberOfTheirFile) {
  const CorpusScan result = scan_lists(
      {{"ijbc_metadata.csv", kColumns + "500.mp4,1,100,,,,,\n"
                                        "frames/9.png,1,100,20,0,0,50,50\n"
                                        "frames/9.png,2,,,60,0,50,50\n"},
       {"ijbc_face_detection_ground_truth.csv", kFaceColumns + "frames/9.png,0,60,50,50,0\n"}},
      {"500.mp4", "images/frames/9.png"});
  EXPECT_THAT(sightings_in(result, "IJB-C/500.mp4"),
              UnorderedElementsAre("1@-1", "1@20", "2@20", "?IJB-C/500.mp4:1@20"));
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST(IjbcCorpus, KeepsFramesInOrderWhenSomebodyInThemHasNoFrameNumber) {
  const CorpusScan result = scan_lists(
      {{"ijbc_metadata.csv", kColumns + "frames/9.png,1,100,20,0,0,50,50\n"
                                        "frames/10.png,1,100,40,0,0,50,50\n"
                                        "frames/11.png,1,100,60,0,0,50,50\n"},
       {"ijbc_face_detection_ground_truth.csv", kFaceColumns + "frames/11.png,60,0,50,50,0\n"}},
      {"images/frames/9.png", "images/frames/10.png", "images/frames/11.png"});
  const std::string path = frame_sequence_path("IJB-C/images/frames/9.png", "100");
  EXPECT_EQ(first_in(result, path).values.ext_sighting_id, "100/9.png");
  EXPECT_THAT(sightings_in(result, path),
              UnorderedElementsAre("1@0", "1@1", "1@2", "?" + path + ":1@2"));
}

TEST(IjbcCorpus, SkipsRowsWithoutPersonAndFace) {
  const CorpusScan result = scan_rows(
      "500.mp4,1,100,,,,,\n"
      "frames/9.png,1,100,20,0,0,50,50\n"
      "frames/9.png,nan,nan,20,nan,nan,nan,nan\n"
      "nonfaces/5.png,nan,nan,nan,nan,nan,nan,nan\n",
      {"500.mp4", "images/frames/9.png", "images/nonfaces/5.png"});
  EXPECT_THAT(media_paths(result), ElementsAre("IJB-C/500.mp4"));
  EXPECT_THAT(sightings_in(result, "IJB-C/500.mp4"), UnorderedElementsAre("1@-1", "1@20"));
  EXPECT_THAT(problem_counts(result.problems), ElementsAre(Pair("nobody_seen", 2)));
}

class IjbcForeignLists : public ::testing::TestWithParam<std::string> {};

TEST_P(IjbcForeignLists, AreCountedWhenTheyCannotBeRead) {
  const CorpusScan result = scan_lists(
      {{"ijbc_metadata.csv", kColumns + "img/1.jpg,1,,,0,0,50,50\n"}, {"ours.csv", GetParam()}},
      {"images/img/1.jpg"});
  EXPECT_THAT(sightings_in(result, "IJB-C/images/img/1.jpg"), ElementsAre("1@0"));
  ASSERT_THAT(problem_counts(result.problems), ElementsAre(Pair("unreadable_list", 1)));
  EXPECT_THAT(result.problems.front().example, HasSubstr("IJB-C/protocols/ours.csv"));
}

INSTANTIATE_TEST_SUITE_P(All, IjbcForeignLists,
                         ::testing::Values("0,0,1\n", "", "name,5\" disk\n",
                                           "SUBJECT_ID,FILENAME\n1,img/1.jpg\n1,\"img"));

TEST(IjbcCorpus, NamesTheListThatCannotBeReadWhereThereIsNoOther) {
  try {
    (void)scan_lists({{"ijbc_ours.csv", "SUBJECT_ID,FILENAME\n1,\"img"}}, {"images/img/1.jpg"});
    FAIL() << "a release without annotations was accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("'ijbc_ours.csv' line 2 ends inside a quoted field"));
  }
}

TEST(IjbcCorpus, RefusesABrokenListOfKnownName) {
  EXPECT_THROW(scan_lists({{"ijbc_metadata.csv", kColumns + "img/1.jpg,1,,,0,0,50,50\n"},
                           {"test1/enroll_templates.csv", "0,0,1\n"}},
                          {"images/img/1.jpg"}),
               Error);
}

}  // namespace
}  // namespace changeling
