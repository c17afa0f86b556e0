// FaceForensics++'s tree of clips in several encodings, walked as its loaders do: for one
// compression at a time, from the lists of pairs.
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "common/media/video_reader.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class FfppLadder : public testing::Test {
 protected:
  void SetUp() override {
    ExportCatalogSpec shape;
    shape.methods = {"mesh_swap", "fsgan"};
    shape.people_per_part = 3;
    shape.n_frames = 8;
    ExportCatalog catalog(folder_.path(), shape);
    DatasetSpec spec = small_spec();
    spec.formats = {"ffpp"};
    spec.ladder = {"as_made", "c40", "tiny"};
    spec.profiles = {{"tiny", "SIZE:24 X264:30"}};
    const ExportResult result = export_into(catalog, folder_.path() / "out", spec);
    EXPECT_EQ(faults_of(result.folder, catalog.keys()), "");
    root_ = fs::path(result.folder) / "ffpp";
    const json index = json::parse(read_file(root_ / "index.json"));
    for (const auto& [path, entry] : index.items()) {
      item_of_[path] = json::parse(
          read_file(root_ / "sidecars" / (entry.at("key").get<std::string>() + ".json")));
    }
  }

  /// The item at a path of the tree; counted as found.
  const json& item(const std::string& path) {
    static const json kNothing;
    EXPECT_TRUE(fs::exists(root_ / path)) << path;
    found_.insert(path);
    const auto entry = item_of_.find(path);
    return entry == item_of_.end() ? kNothing : entry->second;
  }

  TempDir folder_;
  fs::path root_;
  std::map<std::string, json> item_of_;  // by path
  std::set<std::string> found_;
};

TEST_F(FfppLadder, ListsLeadToEveryVideoOfEveryCompression) {
  std::map<std::string, std::string> clip_of;  // number -> the one clip that it stands for
  for (const std::string part : {"train", "val", "test"}) {
    const json pairs = json::parse(read_file(root_ / "splits" / (part + ".json")));
    EXPECT_EQ(pairs.size(), 3U) << part << ": three people, each with the face of another";
    for (const json& pair : pairs) {
      const std::string target = pair.at(0), source = pair.at(1);
      for (const std::string compression : {"c23", "c40", "tiny"}) {
        const std::string videos = "/" + compression + "/videos/";
        for (const std::string& number : {target, source}) {
          const json& real = item("original_sequences/changeling" + videos + number + ".mp4");
          const std::string clip = real.at("target_clip_key");
          EXPECT_EQ(clip_of.emplace(number, clip).first->second, clip)
              << number << " is another clip in " << compression;
        }
        for (const std::string method : {"mesh_swap_faces", "fsgan_faces"}) {
          const json& fake = item("manipulated_sequences/Changeling_" + method + videos + target +
                                  "_" + source + ".mp4");
          EXPECT_EQ(fake.at("profile"), compression);
          EXPECT_EQ(fake.at("target_clip_key"), clip_of.at(target));
          EXPECT_EQ(fake.at("source_clip_key"), clip_of.at(source));
        }
      }
    }
  }
  EXPECT_EQ(found_.size(), item_of_.size());
}

}  // namespace
}  // namespace changeling
