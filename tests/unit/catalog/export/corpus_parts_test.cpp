// A corpus with fakes and a split of its own, from its folder to the checks of an export.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/corpora/ffpp.h"
#include "catalog/corpora/probing.h"
#include "catalog/corpora/registration.h"
#include "catalog/export/clip_selection.h"
#include "catalog/store/pair_store.h"
#include "common/media/video_reader.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/synthetic_clip.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

constexpr const char* kVideos = "original_sequences/youtube/c23/videos/";
constexpr const char* kFakes = "manipulated_sequences/Deepfakes/c23/videos/";

/// FaceForensics++ with the recording of 605 and 606, which its split parts; 002 is in no part.
class CorpusParts : public EmptyCatalog {
 protected:
  CorpusParts() {
    std::vector<std::string> files;
    for (const char* id : {"000", "001", "605", "606"}) {
      files.push_back(std::string(kVideos) + id + ".mp4");
    }
    for (const char* pair :
         {"000_605", "605_000", "000_001", "001_000", "606_605", "002_000", "606_002"}) {
      files.push_back(std::string(kFakes) + pair + ".mp4");
    }
    const std::filesystem::path& root = root_;
    write_clips(root, files, 6);
    write_bytes(root / "splits/train.json", R"([["000","605"],["001","001"]])");
    write_bytes(root / "splits/test.json", R"([["606","606"]])");
    const FfppCorpus adapter;
    const StoredScan scan = register_corpus(database_, roots_, adapter, "ffpp", "1", root);
    CorpusStore corpora(database_);
    (void)probe_corpus(corpora, scan.corpus.id, root, {});
    given_ = adapter.scan(root).given_parts;
    std::vector<SplitSubjectRow> parts;
    for (const SubjectRow& row : corpora.subjects(scan.corpus.id)) {
      const auto part = given_.find(row.ext_id);
      if (part != given_.end()) {
        const bool is_one_recording = row.ext_id == "605" || row.ext_id == "606";
        parts.push_back({row.id, is_one_recording ? 0 : row.id.value, part->second});
      }
    }
    PairStore(database_).add_split({{}, "published", "test@1", 1, {}}, parts);
    spec_.name = "ffpp";
    spec_.version = "1.0.0";
    spec_.split = "published";
    spec_.formats = {"videofolder"};
    spec_.select.sql = "SELECT artifact_id FROM artifact";
    spec_.limits.max_class_ratio = 0;
  }

  /// Label and part of each clip that goes out, by the first digits of its stream's digest.
  std::map<std::string, std::pair<std::string, std::string>> expected_items() const {
    std::map<std::string, std::pair<std::string, std::string>> items;
    for (const char* id : {"000", "001", "605", "606"}) {
      items[stream_key(root_ / kVideos / (std::string(id) + ".mp4"))] = {"real", given_.at(id)};
    }
    for (const std::string pair : {"000_001", "001_000", "606_605", "606_002"}) {
      items[stream_key(root_ / kFakes / (pair + ".mp4"))] = {"fake", given_.at(pair.substr(0, 3))};
    }
    return items;
  }

  const std::filesystem::path root_ = folder_ / "ffpp";
  std::map<std::string, std::string> given_;  ///< parts of people, by the corpus's lists
  DatasetSpec spec_;
};

TEST_F(CorpusParts, AFakeIsInThePartOfWhoIsSeenAndInNoneWithAFaceOfAnother) {
  const Selection selection = select_clips(database_, spec_);
  std::map<std::string, std::string> parts;
  const CorpusStore corpora(database_);
  for (const SelectedClip& clip : selection.clips) {
    if (clip.label == "fake") {
      parts[corpora.media_by_id(clip.target_media).rel_path.substr(std::string(kFakes).size())] =
          clip.part;
    }
  }
  EXPECT_THAT(parts,
              UnorderedElementsAre(Pair("000_001.mp4", "train"), Pair("001_000.mp4", "train"),
                                   Pair("606_605.mp4", "test"), Pair("606_002.mp4", "test")));
  EXPECT_THAT(selection.left_out,
              UnorderedElementsAre(Pair("who lent the face is in another part", 2),
                                   Pair("nobody in it is in the split", 1)));
}

TEST_F(CorpusParts, NothingThatMustStayTogetherIsParted) {
  ExportRequest request;
  request.spec = spec_;
  request.out = folder_ / "out";
  const std::set<std::string> leaks = {"leak_group", "person_part", "media_part", "source_clip",
                                       "bystander"};
  for (const GateFinding& finding :
       run_export(database_, blobs_, roots_, keys_, request).refusals) {
    EXPECT_EQ(leaks.count(finding.check), 0U) << finding.check << ": " << finding.offender;
  }
}

/// Clips of one folder of FaceForensics++ that its loaders would take, by their names in a part's
/// list: a pair (a, b) names the originals a and b and the fakes a_b and b_a, where they are there.
std::set<std::string> listed_videos(const std::filesystem::path& folder,
                                    const nlohmann::json& pairs) {
  std::set<std::string> names;
  for (const nlohmann::json& pair : pairs) {
    const auto a = pair.at(0).get<std::string>(), b = pair.at(1).get<std::string>();
    names.insert({a, b, a + "_" + b, b + "_" + a});
  }
  std::set<std::string> videos;
  for (const std::string& name : names) {
    if (std::filesystem::exists(folder / (name + ".mp4"))) {
      videos.insert(folder / (name + ".mp4"));
    }
  }
  return videos;
}

TEST_F(CorpusParts, EveryVideoIsFoundAgainByLoadersOfFaceForensics) {
  ExportRequest request;
  request.spec = spec_;
  request.spec.formats = {"ffpp", "videofolder", "webdataset", "dfdc", "celebdf"};
  request.spec.limits.near_duplicate_bits = 0;  // made clips look alike
  request.out = folder_ / "out";
  const ExportResult result = run_export(database_, blobs_, roots_, keys_, request);
  for (const GateFinding& finding : result.refusals) {
    ADD_FAILURE() << finding.check << ": " << finding.offender;
  }
  ASSERT_TRUE(result.is_written);
  EXPECT_EQ(faults_of(result.folder, keys_), "");
  const std::filesystem::path tree = result.folder / "ffpp";
  std::map<std::string, std::pair<std::string, std::string>> found;
  for (const std::string part : {"train", "val", "test"}) {
    const auto pairs = nlohmann::json::parse(read_file(tree / "splits" / (part + ".json")));
    for (const auto& [folder, label] :
         {std::pair("original_sequences/changeling/asis/videos", "real"),
          std::pair("manipulated_sequences/Changeling_ffpp_deepfakes/asis/videos", "fake")}) {
      for (const std::string& video : listed_videos(tree / folder, pairs)) {
        EXPECT_TRUE(found.emplace(stream_key(video), std::pair(label, part)).second)
            << video << " stands in two places";
        EXPECT_EQ(probe_video(video).frame_count_from_index, 6) << video;
      }
    }
  }
  EXPECT_EQ(found, expected_items());
  EXPECT_FALSE(
      std::filesystem::exists(tree / "manipulated_sequences/Changeling_ffpp_deepfakes/masks"))
      << "the corpus has none";
}

}  // namespace
}  // namespace changeling
