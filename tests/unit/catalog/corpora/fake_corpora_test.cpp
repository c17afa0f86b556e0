// Corpora that ship fakes of their own, and VoxCeleb: every quirk with exact counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/corpora/builtin_corpora.h"
#include "catalog/corpora/celebdf.h"
#include "catalog/corpora/dfdc.h"
#include "catalog/corpora/ffpp.h"
#include "catalog/corpora/outside_fakes.h"
#include "catalog/corpora/probing.h"
#include "catalog/corpora/registration.h"
#include "catalog/corpora/voxceleb.h"
#include "catalog/store/detector_store.h"
#include "catalog/store/run_store.h"
#include "common/base/error.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/catalog/corpora/scan_helpers.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class FakeCorpora : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& text = "no video") {
    write_bytes(root() / path, text);
  }

  template <typename Adapter>
  std::string refusal() {
    return refusal_of<Adapter>(root());
  }

  [[nodiscard]] std::filesystem::path root() const { return dir_ / "corpus"; }

  TempDir dir_;
};

const MediaRow& medium(const CorpusScan& scan, const std::string& rel_path) {
  return *std::find_if(scan.media.begin(), scan.media.end(),
                       [&](const MediaRow& row) { return row.rel_path == rel_path; });
}

/// "role:person" of everybody in a medium.
std::multiset<std::string> roles_in(const CorpusScan& scan, const std::string& rel_path) {
  std::multiset<std::string> roles;
  for (const ScannedSighting& sighting : scan.sightings) {
    if (sighting.rel_path == rel_path) {
      roles.insert(sighting.values.ext_sighting_id + ":" + sighting.subject);
    }
  }
  return roles;
}

TEST_F(FakeCorpora, FfppReadsOriginalsAndLabelsFakes) {
  const std::string base = "FF/data/";  // up to three folders down
  const std::string fakes = base + "manipulated_sequences/";
  write(base + "original_sequences/youtube/c23/videos/033.mp4");
  write(base + "original_sequences/youtube/raw/videos/033.mp4");
  write(base + "original_sequences/youtube/c23/videos/097.MP4");
  write(base + "original_sequences/actors/c23/videos/07__talking.mp4");
  write(fakes + "Deepfakes/c23/videos/033_097.mp4");
  write(fakes + "Deepfakes/masks/videos/033_097.mp4");
  write(fakes + "FaceSwap/c40/videos/097_033.mp4");
  write(fakes + "Face2Face/c40/videos/odd.mp4");
  write(fakes + "DeepFakeDetection/c23/videos/07_12__talking__AB12CD34.mp4");
  write(base + "original_sequences/youtube/c23/stray.mp4");
  const CorpusScan scan = FfppCorpus().scan(root());
  EXPECT_EQ(scan.media.size(), 8U) << "neither the mask nor the stray file";
  EXPECT_THAT(problem_counts(scan.problems),
              UnorderedElementsAre(Pair("no_subject_row", 1), Pair("bad_value", 1)));
  const MediaRow& fake = medium(scan, fakes + "Deepfakes/c23/videos/033_097.mp4");
  EXPECT_EQ(fake.label, "fake");
  EXPECT_EQ(fake.method, "ffpp_deepfakes");
  EXPECT_THAT(roles_in(scan, fake.rel_path), UnorderedElementsAre("target:033", "source:097"));
  EXPECT_EQ(fake.source_clip, "youtube:033") << "that of the footage it was made of";
  EXPECT_EQ(
      medium(scan, fakes + "DeepFakeDetection/c23/videos/07_12__talking__AB12CD34.mp4").source_clip,
      "actors:07__talking");
  EXPECT_EQ(medium(scan, fakes + "Face2Face/c40/videos/odd.mp4").label, "fake")
      << "a fake keeps its label whatever its name is";
  EXPECT_THAT(roles_in(scan, fakes + "DeepFakeDetection/c23/videos/07_12__talking__AB12CD34.mp4"),
              UnorderedElementsAre("target:actor_07", "source:actor_12"));
  const MediaRow& real = medium(scan, base + "original_sequences/youtube/raw/videos/033.mp4");
  EXPECT_EQ(real.label, "real");
  EXPECT_EQ(real.source_clip, "youtube:033");
  EXPECT_NE(find_subject(scan, "actor_07"), nullptr);
  std::map<std::string, std::string> types;
  for (const MethodRow& method : scan.methods) {
    types[method.name] = method.digital_source_type;
  }
  EXPECT_EQ(types["ffpp_faceswap"], "compositeCapture");
  EXPECT_EQ(types["ffpp_deepfakes"], "compositeWithTrainedAlgorithmicMedia");
}

TEST_F(FakeCorpora, FfppPutsTheSevenRecordingsThatStandInTwoPartsIntoTheOneThatMeasures) {
  // Of the public split: each of these pairs is cut from one recording and parted by it.
  const std::vector<std::pair<std::string, std::string>> cut = {
      {"605", "606"}, {"639", "640"}, {"755", "756"}, {"837", "838"},
      {"875", "876"}, {"954", "955"}, {"982", "983"}};
  std::string recordings = R"({"000":"yt0 0","001":"yt1 0","002":"yt2 0","003":"yt2 1")";
  std::string train = R"([["000","001"],["002","003"])";
  std::string test;
  for (const auto& [first, second] : cut) {
    for (const std::string& id : {first, second}) {
      recordings += ",\"" + id + "\":\"yt" + first + " " + (id == first ? "0" : "1") + "\"";
      write("original_sequences/youtube/c23/videos/" + id + ".mp4");
    }
    train += ",[\"" + first + "\",\"000\"]";
    test += (test.empty() ? "" : ",") + std::string("[\"") + second + "\",\"" + second + "\"]";
  }
  for (const char* id : {"000", "001", "002", "003"}) {
    write(std::string("original_sequences/youtube/c23/videos/") + id + ".mp4");
  }
  write("conversion_dict.json", recordings + "}");
  write("splits/train.json", train + "]");
  write("splits/val.json", "[]");
  write("splits/test.json", "[" + test + "]");
  const CorpusScan scan = FfppCorpus().scan(root());
  EXPECT_THAT(problem_counts(scan.problems), ElementsAre(Pair("parted_recording", 7)));
  EXPECT_EQ(scan.problems[0].example, "'605' of train goes with '606' to test");
  EXPECT_TRUE(is_settled(scan.problems[0].kind));
  std::map<std::string, std::string> parts = {
      {"000", "train"}, {"001", "train"}, {"002", "train"}, {"003", "train"}};
  for (const auto& [first, second] : cut) {
    parts[first] = parts[second] = "test";
  }
  EXPECT_EQ(scan.given_parts, parts) << "002 and 003 are one recording, in one part";
}

TEST_F(FakeCorpora, FfppCountsFakesBetweenAMovedRecordingAndThePartItLeft) {
  for (const char* id : {"000", "001", "605", "606"}) {
    write(std::string("original_sequences/youtube/c23/videos/") + id + ".mp4");
  }
  for (const char* pair : {"000_605", "605_000", "000_001", "606_605", "000_002"}) {
    write(std::string("manipulated_sequences/Deepfakes/c23/videos/") + pair + ".mp4");
  }
  write("splits/train.json", R"([["000","605"],["001","001"]])");
  write("splits/test.json", R"([["606","606"]])");
  const CorpusScan scan = FfppCorpus().scan(root());
  EXPECT_THAT(problem_counts(scan.problems),
              ElementsAre(Pair("parted_fake", 2), Pair("parted_recording", 1)))
      << "000_605 and 605_000; 002 is in no part";
  EXPECT_THAT(scan.problems[1].example, HasSubstr("000_605.mp4': '605' of test in train"));
  EXPECT_TRUE(is_settled(scan.problems[1].kind));
}

TEST_F(FakeCorpora, FfppGivesNoPartToARecordingWithAVideoThatIsListedTwice) {
  for (const char* id : {"000", "605", "606"}) {
    write(std::string("original_sequences/youtube/c23/videos/") + id + ".mp4");
  }
  write("splits/train.json", R"([["000","605"]])");
  write("splits/val.json", R"([["605","606"]])");
  const CorpusScan scan = FfppCorpus().scan(root());
  EXPECT_THAT(problem_counts(scan.problems), ElementsAre(Pair("conflicting_part", 1)));
  EXPECT_FALSE(is_settled(scan.problems[0].kind));
  EXPECT_THAT(scan.given_parts, ElementsAre(Pair("000", "train")));
}

TEST_F(FakeCorpora, FfppRefusesWhatIsNoRelease) {
  write("videos/1.mp4");
  EXPECT_THAT(refusal<FfppCorpus>(), HasSubstr("neither original_sequences"));
  write("original_sequences/youtube/c23/videos/1.mp4");
  write("splits/train.json", "[[");
  EXPECT_THAT(refusal<FfppCorpus>(), HasSubstr("splits/train.json' is no JSON"));
  write("splits/train.json", "[[1,\"2\"],{}]");
  EXPECT_THAT(problem_counts(FfppCorpus().scan(root()).problems),
              UnorderedElementsAre(Pair("bad_value", 1), Pair("no_subject_row", 1),
                                   Pair("no_recordings_list", 1)));
}

TEST_F(FakeCorpora, FfppKnowsTheRecordingsThatWereCutWithoutTheirList) {
  const std::string videos = "original_sequences/youtube/c23/videos/";
  for (const char* id : {"604", "605", "606", "685", "686", "687", "1606"}) {
    write(videos + id + ".mp4");
  }
  write("splits/train.json", R"([["604","605"],["685","687"]])");
  write("splits/val.json", R"([["606","606"]])");
  CorpusScan scan = FfppCorpus().scan(root());
  EXPECT_THAT(problem_counts(scan.problems),
              UnorderedElementsAre(Pair("parted_recording", 1), Pair("no_recordings_list", 1)));
  EXPECT_THAT(scan.problems[1].example, HasSubstr("is missing: '1606'"));
  EXPECT_EQ(medium(scan, videos + "606.mp4").source_clip, "youtube:605");
  EXPECT_EQ(medium(scan, videos + "687.mp4").source_clip, "youtube:685");
  EXPECT_EQ(medium(scan, videos + "1606.mp4").source_clip, "youtube:1606");
  EXPECT_EQ(scan.given_parts.at("605"), "val") << "which measures, too";
  EXPECT_EQ(scan.given_parts.at("604"), "train");
  EXPECT_EQ(scan.given_parts.at("687"), "train");
  write("conversion_dict.json", R"({"605":"yt 0","685":"other 0","686":"other 1"})");
  scan = FfppCorpus().scan(root());
  EXPECT_EQ(medium(scan, videos + "606.mp4").source_clip, "youtube:yt") << "a list with gaps";
  EXPECT_THAT(scan.problems[1].example, HasSubstr("does not name '1606'"));
  EXPECT_EQ(scan.problems[1].count, 1) << "604, 606 and 687 are built in";
}

TEST_F(FakeCorpora, CelebDfKnowsThatOneMeansReal) {
  write("Celeb-real/id0_0000.mp4");
  write("Celeb-real/id1_0000.mp4");
  write("YouTube-real/00170.mp4");
  write("Celeb-synthesis/id0_id1_0000.mp4");
  write("Celeb-synthesis/id1_id0_0000.mp4");
  write("Celeb-synthesis/nameless.mp4");
  write("elsewhere.mp4");
  write("List_of_testing_videos.txt",
        "1 YouTube-real/00170.mp4\r\n"
        "0 Celeb-synthesis/id0_id1_0000.mp4\n"
        "0 Celeb-real/id1_0000.mp4\n"  // contradicts its folder
        "1 Celeb-real/missing.mp4\n"
        "x Celeb-real/id0_0000.mp4\n");
  const CorpusScan scan = CelebDfCorpus().scan(root());
  EXPECT_EQ(scan.media.size(), 6U);
  EXPECT_EQ(medium(scan, "Celeb-real/id1_0000.mp4").label, "real") << "the folder counts";
  EXPECT_EQ(medium(scan, "Celeb-synthesis/nameless.mp4").method, "celebdf_synthesis");
  EXPECT_EQ(medium(scan, "Celeb-synthesis/id0_id1_0000.mp4").source_clip,
            medium(scan, "Celeb-real/id0_0000.mp4").source_clip);
  EXPECT_THAT(roles_in(scan, "Celeb-synthesis/id0_id1_0000.mp4"),
              UnorderedElementsAre("target:id0", "source:id1"));
  // id0 and id1 are in test clips and in others; only the YouTube person is in one part.
  EXPECT_THAT(
      problem_counts(scan.problems),
      UnorderedElementsAre(Pair("bad_value", 2), Pair("missing_file", 1), Pair("bad_row", 1),
                           Pair("no_subject_row", 1), Pair("conflicting_part", 2)));
  EXPECT_THAT(scan.given_parts, ElementsAre(Pair("youtube_00170", "test")));
}

TEST_F(FakeCorpora, CelebDfWithoutItsListSaysNothingAboutParts) {
  write("Celeb-DF-v2/Celeb-real/id0_0000.mp4");
  const CorpusScan scan = CelebDfCorpus().scan(root());
  EXPECT_THAT(scan.given_parts, IsEmpty());
  EXPECT_THAT(scan.problems, IsEmpty());
  std::filesystem::remove_all(root());
  write("a.mp4");
  EXPECT_THAT(refusal<CelebDfCorpus>(), HasSubstr("neither Celeb-real"));
}

TEST_F(FakeCorpora, DfdcReadsAllThreeKindsOfLists) {
  write("dfdc_train_part_0/metadata.json",
        R"({"a.mp4":{"label":"REAL","split":"train"},
            "b.mp4":{"label":"FAKE","split":"train","original":"a.mp4"},
            "c.mp4":{"label":"FAKE","split":"train","original":null},
            "d.mp4":{"label":"MAYBE"},
            "gone.mp4":{"label":"REAL","split":"train"},
            "../../out.mp4":{"label":"REAL"}})");
  for (const char* name : {"a", "b", "c", "d"}) {
    write(std::string("dfdc_train_part_0/") + name + ".mp4");
  }
  write("test/labels.csv", "filename,label\ne.mp4,1\nf.mp4,0\ng.mp4,2\nh.mp4\n");
  write("test/videos/e.mp4");
  write("test/f.mp4");
  write("preview/dataset.json",
        R"({"method_A/x.mp4":{"label":"fake","set":"test","target_id":"11","swapped_id":"22"},
            "originals/y.mp4":{"label":"real","set":"train","target_id":"22"}})");
  write("preview/method_A/x.mp4");
  write("preview/originals/y.mp4");
  const CorpusScan scan = DfdcCorpus().scan(root());
  EXPECT_EQ(scan.media.size(), 7U);
  EXPECT_THAT(problem_counts(scan.problems),
              UnorderedElementsAre(Pair("bad_value", 2), Pair("missing_file", 1),
                                   Pair("path_escapes_root", 1), Pair("bad_row", 1),
                                   Pair("no_subject_row", 1), Pair("parted_fake", 1)));
  EXPECT_THAT(roles_in(scan, "dfdc_train_part_0/a.mp4"), ElementsAre("target:original_a"));
  EXPECT_THAT(roles_in(scan, "dfdc_train_part_0/b.mp4"), ElementsAre("target:original_a"));
  EXPECT_EQ(medium(scan, "dfdc_train_part_0/b.mp4").source_clip,
            medium(scan, "dfdc_train_part_0/a.mp4").source_clip);
  EXPECT_THAT(roles_in(scan, "dfdc_train_part_0/c.mp4"),
              ElementsAre("target:?dfdc_train_part_0/c.mp4:1"));
  EXPECT_EQ(medium(scan, "test/videos/e.mp4").method, "dfdc_fake");
  EXPECT_EQ(medium(scan, "test/f.mp4").label, "real");
  EXPECT_THAT(roles_in(scan, "preview/method_A/x.mp4"),
              UnorderedElementsAre("target:11", "source:22"));
  EXPECT_THAT(scan.given_parts,
              ElementsAre(Pair("11", "test"), Pair("22", "train"), Pair("original_a", "train")));
}

TEST_F(FakeCorpora, OfADfdcVideoThatIsListedTwiceTheFirstEntryCounts) {
  write("metadata.json", R"({"a.mp4":{"label":"REAL","split":"train"},
                             "b.mp4":{"label":"FAKE","split":"train","original":"a.mp4"},
                             "b.mp4":{"label":"FAKE","split":"train","original":"c.mp4"},
                             "a.mp4":{"label":"REAL","split":"train"}})");
  write("test/labels.csv", "filename,label\nc.mp4,1\nc.mp4,1\n");
  for (const char* name : {"a.mp4", "b.mp4", "test/c.mp4"}) {
    write(name);
  }
  const CorpusScan scan = DfdcCorpus().scan(root());
  EXPECT_EQ(scan.media.size(), 3U);
  EXPECT_THAT(problem_counts(scan.problems),
              UnorderedElementsAre(Pair("conflicting_medium", 1), Pair("repeated_annotation", 2)));
  EXPECT_EQ(medium(scan, "b.mp4").source_clip, "dfdc:a");
}

TEST_F(FakeCorpora, ADfdcVideoListedAsFakeAndAsRealIsLeftOut) {
  write("metadata.json", R"({"a.mp4":{"label":"REAL","split":"train"},
                             "b.mp4":{"label":"FAKE","split":"train","original":"a.mp4"},
                             "b.mp4":{"label":"REAL","split":"train"},
                             "videos/d.mp4":{"label":"FAKE"},
                             "e.mp4":{"label":"REAL"}})");
  write("labels.csv", "filename,label\nc.mp4,1\nc.mp4,0\nc.mp4,1\nd.mp4,0\ne.mp4,0\n");
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4", "videos/d.mp4", "e.mp4"}) {
    write(name);
  }
  const CorpusScan scan = DfdcCorpus().scan(root());
  EXPECT_THAT(media_paths(scan), ElementsAre("a.mp4", "e.mp4"));
  EXPECT_THAT(problem_counts(scan.problems),
              UnorderedElementsAre(Pair("conflicting_medium", 3), Pair("repeated_annotation", 1)));
}

TEST_F(FakeCorpora, DfdcRefusesBrokenLists) {
  write("a.mp4");
  EXPECT_THAT(refusal<DfdcCorpus>(), HasSubstr("no metadata.json"));
  write("metadata.json", "[1]");
  EXPECT_THAT(refusal<DfdcCorpus>(), HasSubstr("no object of videos"));
  write("metadata.json", "{");
  EXPECT_THAT(refusal<DfdcCorpus>(), HasSubstr("is no JSON"));
  const std::size_t deep = 200'000;
  write("metadata.json", R"({"a.mp4":)" + std::string(deep, '[') + std::string(deep, ']') + "}");
  EXPECT_THAT(refusal<DfdcCorpus>(), HasSubstr("nested too deeply"));
  write("metadata.json", R"({"a.mp4":7})");
  EXPECT_THAT(problem_counts(DfdcCorpus().scan(root()).problems),
              UnorderedElementsAre(Pair("bad_value", 1), Pair("no_subject_row", 1)));
}

TEST_F(FakeCorpora, VoxCelebTakesIdsAndNeverNames) {
  write("dev/mp4/id00012/21Uxsk56VDQ/00001.mp4");
  write("dev/mp4/id00012/21Uxsk56VDQ/00002.mp4");
  write("dev/mp4/id00017/5MkXgwdrmJw/00001.mp4");
  write("vox1/Ann_Lee/21Uxsk56VDQ/00001.mp4");
  write("vox2_meta.csv",
        "VoxCeleb2 ID ,VGGFace2 ID ,Gender ,Set \nid00012 ,n000012 ,m ,dev \n"
        "id00017 ,n000017 ,f ,test \nid00099 ,n000099 ,f ,dev \nAnn_Lee ,n1 ,f ,dev \nid1,x\n");
  const CorpusScan scan = VoxCelebCorpus().scan(root());
  EXPECT_EQ(scan.media.size(), 3U);
  EXPECT_EQ(medium(scan, "dev/mp4/id00012/21Uxsk56VDQ/00001.mp4").source_clip,
            "youtube:21Uxsk56VDQ");
  EXPECT_EQ(find_subject(scan, "id00012")->gender, "m");
  EXPECT_EQ(find_subject(scan, "id00017")->gender, "f");
  EXPECT_EQ(scan.subjects.size(), 2U);
  EXPECT_THAT(scan.given_parts, ElementsAre(Pair("id00012", "train"), Pair("id00017", "test")));
  EXPECT_THAT(
      problem_counts(scan.problems),
      UnorderedElementsAre(Pair("no_subject_row", 1), Pair("bad_value", 1), Pair("bad_row", 1)));
  for (const ScanProblem& problem : scan.problems) {
    EXPECT_THAT(problem.example, ::testing::Not(HasSubstr("Ann"))) << "a name";
  }
}

TEST_F(FakeCorpora, VoxCelebReadsTabsAndRefusesOtherTrees) {
  write("id00001/rec/1.mp4");
  write("vox1_meta.csv",
        "VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet\nid00001\tA_B\tf\tUK\ttest\n");
  EXPECT_THAT(VoxCelebCorpus().scan(root()).given_parts, ElementsAre(Pair("id00001", "test")));
  std::filesystem::remove_all(root());
  write("a.mp4");
  EXPECT_THAT(refusal<VoxCelebCorpus>(), HasSubstr("no video idNNNNN"));
}

constexpr const char* kOutsideHeader =
    "path,method,source_type,licence,consent_basis,redistributable,target,source,label\n";

TEST_F(FakeCorpora, OutsideFakesDeclareEverythingAboutThemselves) {
  write("fakes.csv",
        std::string(kOutsideHeader) +
            "a.mp4,simswap,trainedAlgorithmicMedia,CC-BY-NC-4.0,consented,1,ann,bob,\n"
            "b.mp4,simswap,trainedAlgorithmicMedia,MIT,synthetic,0,,,fake\n"
            "c.mp4,,,MIT,synthetic,1,ann,,real\n"
            "d.mp4,,,MIT,synthetic,1,ann,,\n"                                  // no method
            "e.mp4,simswap,,MIT,synthetic,1,,,\n"                              // no source type
            "f.mp4,Sim Swap,trainedAlgorithmicMedia,MIT,synthetic,1,,,\n"      // no name
            "g.mp4,simswap,trainedAlgorithmicMedia,,synthetic,1,,,\n"          // no licence
            "h.mp4,simswap,trainedAlgorithmicMedia,MIT,asked,1,,,\n"           // no basis
            "i.mp4,simswap,trainedAlgorithmicMedia,MIT,synthetic,yes,,,\n"     // no flag
            "j.mp4,simswap,trainedAlgorithmicMedia,MIT,synthetic,1,,,maybe\n"  // no label
            "k.mp4,simswap,trainedAlgorithmicMedia,MIT,synthetic,1,?x,,\n"     // made-up person
            "l.mp4,simswap,trainedAlgorithmicMedia,MIT,synthetic,1,,,real\n"   // contradicts
            "a.mp4,simswap,trainedAlgorithmicMedia,MIT,synthetic,1,,,\n"       // twice
            "gone.mp4,simswap,trainedAlgorithmicMedia,MIT,synthetic,1,,,\n"
            "../x.mp4,simswap,trainedAlgorithmicMedia,MIT,synthetic,1,,,\n"
            "short\n");
  for (const char name : std::string("abcdefghijkl")) {
    write(std::string(1, name) + ".mp4");
  }
  const CorpusScan scan = OutsideFakesCorpus().scan(root());
  EXPECT_THAT(media_paths(scan), ElementsAre("a.mp4", "b.mp4", "c.mp4"));
  EXPECT_THAT(problem_counts(scan.problems),
              UnorderedElementsAre(Pair("bad_value", 9), Pair("repeated_annotation", 1),
                                   Pair("missing_file", 1), Pair("path_escapes_root", 1),
                                   Pair("bad_row", 1), Pair("no_subject_row", 9)));
  EXPECT_EQ(medium(scan, "a.mp4").method, "declared_simswap");
  EXPECT_EQ(medium(scan, "a.mp4").licence, "CC-BY-NC-4.0");
  EXPECT_EQ(medium(scan, "b.mp4").redistributable, false);
  EXPECT_EQ(medium(scan, "c.mp4").label, "real");
  EXPECT_THAT(roles_in(scan, "a.mp4"), UnorderedElementsAre("target:ann", "source:bob"));
  EXPECT_THAT(roles_in(scan, "b.mp4"), ElementsAre("target:?b.mp4:1"));
  EXPECT_EQ(scan.terms.licence, "mixed, stated per file");
  EXPECT_EQ(scan.terms.consent_basis, "consented");
  EXPECT_FALSE(scan.terms.redistributable) << "the strictest of all";
}

TEST_F(FakeCorpora, OutsideFakesAreNoCaptures) {
  write("fakes.csv", std::string(kOutsideHeader) +
                         "a.mp4,one,digitalCapture,MIT,synthetic,1,,,\n"
                         "b.mp4,two,computationalCapture,MIT,synthetic,1,,,\n"
                         "c.mp4,three,humanEdits,MIT,synthetic,1,,,\n");
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) {
    write(name);
  }
  EXPECT_THAT(media_paths(OutsideFakesCorpus().scan(root())), ElementsAre("c.mp4"));
  write("fakes.csv", std::string(kOutsideHeader) +
                         "a.mp4,one,compositeCapture,MIT,synthetic,1,,,\n"
                         "b.mp4,one,trainedAlgorithmicMedia,MIT,synthetic,1,,,\n");
  EXPECT_THAT(refusal<OutsideFakesCorpus>(),
              AllOf(HasSubstr("line 2"), HasSubstr("line 3"), HasSubstr("two names")));
}

TEST_F(FakeCorpora, OutsideFakesComeAsJsonLinesToo) {
  write("fakes.jsonl",
        R"({"path":"a.mp4","method":"fs","source_type":"compositeCapture","licence":"MIT",)"
        R"("consent_basis":"licensed","redistributable":true,"target":"ann"})"
        "\n\nno json\n[1]\n"
        R"({"path":"b.mp4","method":7})"
        "\n");
  write("a.mp4");
  const CorpusScan scan = OutsideFakesCorpus().scan(root());
  EXPECT_THAT(media_paths(scan), ElementsAre("a.mp4"));
  EXPECT_TRUE(*scan.media[0].redistributable);
  EXPECT_THAT(problem_counts(scan.problems),
              UnorderedElementsAre(Pair("bad_row", 2), Pair("bad_value", 1)));
  write("fakes.csv", kOutsideHeader);
  EXPECT_THAT(refusal<OutsideFakesCorpus>(), HasSubstr("not both"));
  std::filesystem::remove(root() / "fakes.csv");
  std::filesystem::remove(root() / "fakes.jsonl");
  EXPECT_THAT(refusal<OutsideFakesCorpus>(), HasSubstr("must have fakes.csv or fakes.jsonl"));
}

/// Real media in the layout of FF++: registered, probed, and measured as labelled clips.
class RegisteredFakes : public FakeCorpora {
 protected:
  RegisteredFakes()
      : database_(Database::create(dir_ / "catalog.db")), roots_(dir_ / "catalog.db") {
    write_clips(root(),
                {"original_sequences/youtube/c23/videos/000.mp4",
                 "original_sequences/youtube/c23/videos/001.mp4",
                 "manipulated_sequences/Deepfakes/c23/videos/000_001.mp4",
                 "manipulated_sequences/FaceSwap/c23/videos/001_000.mp4"},
                4);
    write("manipulated_sequences/FaceSwap/c23/videos/000_001.mp4");  // cannot be decoded
  }

  StoredScan add() {
    StoredScan scan = register_corpus(database_, roots_, FfppCorpus(), "ffpp", "1", root());
    (void)probe_corpus(corpora_, scan.corpus.id, root(), {});
    return scan;
  }

  Database database_;
  CorpusRoots roots_;
  CorpusStore corpora_{database_};
};

TEST_F(RegisteredFakes, BecomeLabelledClipsOnce) {
  for (const int round : {1, 2}) {
    const StoredScan scan = add();
    EXPECT_EQ(scan.new_media, round == 1 ? 5 : 0);
    const DetectorStore store(database_);
    const std::vector<ClipRow> clips =
        store.clips(store.find_set("corpus:ffpp"), DetectorRole::kScore);
    std::multiset<std::string> found;
    for (const ClipRow& clip : clips) {
      found.insert(*clip.artifact.label + " " + clip.method.value_or("-"));
      EXPECT_EQ(clip.artifact.n_frames, 4);
    }
    EXPECT_THAT(found, UnorderedElementsAre("real -", "real -", "fake ffpp_deepfakes",
                                            "fake ffpp_faceswap"));
    EXPECT_EQ(store.people(clips).size(), 2U);
    EXPECT_THAT(store.clips(store.find_set("corpus:ffpp"), DetectorRole::kFit), IsEmpty());
  }
  EXPECT_EQ(RunStore(database_).find_method("ffpp_deepfakes")->digital_source_type,
            "compositeWithTrainedAlgorithmicMedia");
  EXPECT_THROW((void)DetectorStore(database_).find_set("corpus:none"), Error);
}

TEST_F(RegisteredFakes, TheirTermsAreRestrictedAndNoSettingLoosensThem) {
  add();
  const CorpusRow corpus = *corpora_.find_corpus("ffpp");
  EXPECT_FALSE(corpus.redistributable);
  EXPECT_EQ(corpus.consent_basis, "public-research");
}

}  // namespace
}  // namespace changeling
