#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/corpora/builtin_corpora.h"
#include "catalog/corpora/fasseg.h"
#include "catalog/corpora/ytf_keypoints.h"
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

/// `count` columns "0,1,2,..", as the list's header and, with `first` other than 0, as points.
std::string numbers(int first, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "," + std::to_string(first + i);
  }
  return text + "\n";
}

class YtfKeypoints : public ::testing::Test {
 protected:
  void write(const std::string& rows, const std::vector<std::string>& pictures) {
    write_bytes(root() / "training_frames_keypoints.csv", numbers(0, 136) + rows);
    for (const std::string& name : pictures) {
      write_bytes(root() / name, "x");
    }
  }

  std::string refusal() { return refusal_of<YtfKeypointsCorpus>(root()); }

  [[nodiscard]] std::filesystem::path root() const { return dir_ / "corpus"; }

  TempDir dir_;
};

TEST_F(YtfKeypoints, NamesPersonAndClip) {
  write("Ann_Lee_00.jpg" + numbers(10, 136) + "Ann_Lee_21.jpg" + numbers(10, 136) + "Bo_10.jpg" +
            numbers(10, 136),
        {"Ann_Lee_00.jpg", "Ann_Lee_21.jpg", "Bo_10.jpg"});
  const CorpusScan scan = YtfKeypointsCorpus().scan(root());
  EXPECT_THAT(scan.problems, IsEmpty());
  EXPECT_THAT(media_paths(scan), ElementsAre("Ann_Lee_00.jpg", "Ann_Lee_21.jpg", "Bo_10.jpg"));
  EXPECT_EQ(scan.media[0].source_clip, "Ann_Lee_0");
  EXPECT_EQ(scan.media[1].source_clip, "Ann_Lee_2");
  EXPECT_EQ(scan.media[0].kind, "image");
  EXPECT_THAT(sightings_in(scan, "Ann_Lee_21.jpg"), UnorderedElementsAre("Ann_Lee@-1"));
  EXPECT_EQ(scan.subjects.size(), 2U);
  EXPECT_FALSE(scan.terms.redistributable);
}

TEST_F(YtfKeypoints, GivesLandmarksWithPixelCentresAtHalves) {
  write("Bo_10.jpg" + numbers(10, 136), {"Bo_10.jpg"});
  const std::vector<StillAnnotation> all = YtfKeypointsCorpus().annotations(root());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].rel_path, "Bo_10.jpg");
  ASSERT_EQ(all[0].landmarks_px.size(), 68U);
  EXPECT_EQ(all[0].landmarks_px[1].x, 12.5F);
  EXPECT_EQ(all[0].landmarks_px[1].y, 13.5F);
  EXPECT_EQ(all[0].label_path, "");
}

TEST_F(YtfKeypoints, CountsWhatItCannotUse) {
  std::string bad = numbers(10, 136);
  bad.replace(1, 2, "nan");
  write("Bo_10.jpg" + numbers(10, 136) + "Bo_10.jpg" + numbers(10, 136) + "Bo_11.jpg" + bad +
            "Bo_12.jpg,1\nCy_10.jpg" + numbers(10, 136) + "plain.jpg" + numbers(10, 136) +
            "../out_10.jpg" + numbers(10, 136),
        {"Bo_10.jpg", "Bo_11.jpg", "Bo_12.jpg", "Di_00.jpg", "plain.jpg"});
  const CorpusScan scan = YtfKeypointsCorpus().scan(root());
  EXPECT_THAT(problem_counts(scan.problems),
              UnorderedElementsAre(Pair("bad_row", 1), Pair("bad_value", 2),
                                   Pair("missing_file", 1), Pair("path_escapes_root", 1),
                                   Pair("repeated_annotation", 1), Pair("no_subject_row", 3)));
  EXPECT_THAT(media_paths(scan), ElementsAre("Bo_10.jpg"));
}

TEST_F(YtfKeypoints, RefusesAnotherLayout) {
  std::filesystem::create_directories(root());
  EXPECT_THAT(refusal(), HasSubstr("has no training_frames_keypoints.csv"));
  write_bytes(root() / "training_frames_keypoints.csv", numbers(0, 10));
  EXPECT_THAT(refusal(), HasSubstr("11 columns, expected"));
}

class Fasseg : public ::testing::Test {
 protected:
  void write(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      write_bytes(dir_ / name, "x");
    }
  }

  TempDir dir_;
};

TEST_F(Fasseg, NamesThePersonOfMultiposePicturesOnly) {
  write({"frontal02_train_3.jpg", "frontal02_train_3_cls.png",
         "multipose01_train_yaw+15_personne01147p0p15.jpg",
         "multipose01_train_yaw+15_personne01147p0p15_cls.png",
         "multipose01_train_yaw-30_personne01247p0-30.jpg",
         "multipose01_train_yaw-30_personne01247p0-30_cls.png", "notes.txt"});
  const CorpusScan scan = FassegCorpus().scan(dir_.path());
  EXPECT_THAT(scan.problems, IsEmpty());
  EXPECT_EQ(scan.media.size(), 3U);
  EXPECT_NE(find_subject(scan, "frontal02_train_3"), nullptr);
  EXPECT_NE(find_subject(scan, "multipose01_01"), nullptr);
  EXPECT_EQ(scan.subjects.size(), 2U);
}

TEST_F(Fasseg, AnnotationsSayWhatTheClassesAre) {
  write({"frontal02_train_3.jpg", "frontal02_train_3_cls.png"});
  const std::vector<StillAnnotation> all = FassegCorpus().annotations(dir_.path());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].label_path, "frontal02_train_3_cls.png");
  EXPECT_THAT(all[0].landmarks_px, IsEmpty());
  ASSERT_EQ(all[0].label_parts.size(), 6U);
  EXPECT_EQ(all[0].label_parts[0], FacePart::kBackground);
  EXPECT_EQ(all[0].label_parts[1], FacePart::kHair);
  EXPECT_EQ(all[0].label_parts[5], FacePart::kFeature);
}

TEST_F(Fasseg, LeavesOutPicturesWithoutTheirOwnLabels) {
  write({"frontal02_test_1.jpg", "frontal02_test_2.jpg", "frontal02_test_2_cls.png",
         "multipose01_test_yaw+30_personne15248p0p30.jpg",
         "multipose01_test_yaw+30_personne15248p0p30_cls.png"});
  const CorpusScan scan = FassegCorpus().scan(dir_.path());
  EXPECT_THAT(media_paths(scan), ElementsAre("frontal02_test_2.jpg"));
  EXPECT_THAT(problem_counts(scan.problems),
              UnorderedElementsAre(Pair("bad_value", 1), Pair("missing_file", 1)));
}

TEST_F(Fasseg, RefusesAFolderWithoutLabels) {
  write({"a.jpg"});
  EXPECT_THROW((void)FassegCorpus().scan(dir_.path()), Error);
}

TEST(BuiltinCorpora, AllNamesMakeAnAdapterOfThatName) {
  for (const std::string& name : corpus_adapter_names()) {
    EXPECT_EQ(make_corpus(name)->describe().name, name);
  }
}

}  // namespace
}  // namespace changeling
