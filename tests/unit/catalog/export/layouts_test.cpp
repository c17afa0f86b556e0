// Every layout, read back by the rules of its consumer, which are written down here a second time.
#include <regex>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "common/base/png_label.h"
#include "common/media/image_codec.h"
#include "tests/unit/catalog/export/layouts_fixture.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(LayoutsTest, AllAreSound) {
  EXPECT_EQ(items_->size(), 18U) << "six controls, twelve fakes";
  EXPECT_EQ(faults_of(*folder_, catalog_->keys()), "");
}

TEST_F(LayoutsTest, AllHaveTheSameBytesAgain) {
  const TempDir out;
  const fs::path again = export_into(*catalog_, out.path(), *spec_).folder;
  EXPECT_EQ(read_file(again / "SHA256SUMS"), read_file(*folder_ / "SHA256SUMS"));
}

TEST_F(LayoutsTest, AllButTarsHaveADescriptionOfEveryItem) {
  for (const std::string& format : spec_->formats) {
    for (const auto& [key, item] : *items_) {
      if (format != "webdataset") {
        EXPECT_EQ(json::parse(read_file(*folder_ / format / "sidecars" / (key + ".json"))), item);
      }
    }
  }
}

/// FaceForensics++ as its loaders read it: a list's pair (a, b) names the originals a and b and the
/// fakes a_b and b_a, where they are there.
TEST_F(LayoutsTest, FfppListsLeadToEveryVideo) {
  const fs::path root = *folder_ / "ffpp";
  std::set<std::string> seen;
  for (const std::string part : {"train", "val", "test"}) {
    const json pairs = json::parse(read_file(root / "splits" / (part + ".json")));
    EXPECT_FALSE(pairs.empty());
    for (const json& pair : pairs) {
      ASSERT_EQ(pair.size(), 2U);
      const std::string a = pair.at(0), b = pair.at(1);
      for (const std::string& name : {a, b}) {
        EXPECT_TRUE(std::regex_match(name, std::regex("[0-9]{3}")));
        const fs::path video = root / "original_sequences/changeling/c23/videos" / (name + ".mp4");
        const std::string key = stream_key(video);
        EXPECT_EQ(label_of(key), "real_control");
        EXPECT_EQ(part_of(key), part);
        seen.insert(key);
      }
      for (const std::string& name : {a + "_" + b, b + "_" + a}) {
        for (const std::string method : {"Changeling_mesh_swap_faces", "Changeling_fsgan_faces"}) {
          const fs::path home = root / "manipulated_sequences" / method;
          const fs::path video = home / "c23/videos" / (name + ".mp4");
          ASSERT_TRUE(fs::exists(video)) << "people of the fixture lend each other their faces";
          const std::string key = stream_key(video);
          EXPECT_EQ(label_of(key), "fake");
          EXPECT_EQ(part_of(key), part);
          EXPECT_EQ(items_->at(key).at("masks").at("changed"),
                    sha256_file(home / "masks/c23/videos" / (name + ".mkv")).hex());
          const std::string control = stream_key(root / "original_sequences/changeling/c23/videos" /
                                                 (name.substr(0, 3) + ".mp4"));
          EXPECT_EQ(items_->at(key).at("control_key"), control) << "the first number is the target";
          seen.insert(key);
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), items_->size());
}

TEST_F(LayoutsTest, DfdcMetadataNamesOriginalsInTheSameFolder) {
  const fs::path root = *folder_ / "dfdc";
  std::size_t n = 0;
  for (const std::string folder : {"dfdc_train_part_0", "dfdc_val_part_0"}) {
    const json metadata = json::parse(read_file(root / folder / "metadata.json"));
    for (const auto& [name, entry] : metadata.items()) {
      const std::string key = stream_key(root / folder / name);
      EXPECT_EQ(name, key + ".mp4");
      EXPECT_EQ(entry.at("split"), part_of(key));
      EXPECT_EQ(entry.at("label"), label_of(key) == "fake" ? "FAKE" : "REAL");
      EXPECT_EQ(entry.contains("original"), label_of(key) == "fake");
      if (entry.contains("original")) {
        EXPECT_EQ(metadata.at(entry.at("original").get<std::string>()).at("label"), "REAL");
      }
      ++n;
    }
  }
  const std::vector<std::string> labels = lines_of(root / "dfdc_test/labels.csv");
  EXPECT_EQ(labels.front(), "filename,label");
  for (std::size_t i = 1; i < labels.size(); ++i) {
    const std::string key = stream_key(root / "dfdc_test" / labels[i].substr(0, 20));
    EXPECT_EQ(labels[i], key + ".mp4," + (label_of(key) == "fake" ? "1" : "0"));
    EXPECT_EQ(part_of(key), "test");
    ++n;
  }
  EXPECT_EQ(n, items_->size());
}

TEST_F(LayoutsTest, CelebDfListHas1ForReal) {
  const fs::path root = *folder_ / "celebdf";
  std::set<std::string> test;
  for (const std::string& line : lines_of(root / "List_of_testing_videos.txt")) {
    const std::string path = line.substr(2), key = stream_key(root / path);
    EXPECT_EQ(part_of(key), "test");
    EXPECT_EQ(line.substr(0, 2), label_of(key) == "fake" ? "0 " : "1 ");
    test.insert(path);
  }
  EXPECT_EQ(test.size(), 6U);
  std::size_t n = 0;
  const std::regex fake("id([0-9]+)_id([0-9]+)_([0-9]{4,})\\.mp4");
  for (const fs::directory_entry& entry : fs::directory_iterator(root / "Celeb-synthesis")) {
    const std::string name = entry.path().filename();
    std::smatch match;
    ASSERT_TRUE(std::regex_match(name, match, fake)) << name;
    const json& item = items_->at(stream_key(entry.path()));
    EXPECT_EQ(item.at("label"), "fake");
    EXPECT_EQ(test.count("Celeb-synthesis/" + name), item.at("part") == "test" ? 1U : 0U);
    char control[64];
    std::snprintf(control, sizeof control, "id%s_%04d.mp4", match.str(1).c_str(),
                  std::stoi(match.str(3)) % 10000);
    EXPECT_EQ(stream_key(root / "Celeb-real" / control), item.at("control_key"));
    ++n;
  }
  EXPECT_EQ(n, 12U) << "two methods of one clip and person have two numbers";
  for (const fs::directory_entry& entry : fs::directory_iterator(root / "Celeb-real")) {
    const std::string key = stream_key(entry.path()), name = entry.path().filename();
    EXPECT_TRUE(std::regex_match(name, std::regex("id[0-9]+_[0-9]{4}\\.mp4"))) << name;
    EXPECT_EQ(label_of(key), "real_control");
    EXPECT_EQ(test.count("Celeb-real/" + name), part_of(key) == "test" ? 1U : 0U);
    ++n;
  }
  EXPECT_EQ(n, items_->size());
}

/// Hugging Face imagefolder: one level of folders below a part, metadata.jsonl with file_name.
TEST_F(LayoutsTest, FramesAreListedTwiceWithOneLabel) {
  const fs::path root = *folder_ / "frames";
  std::map<std::string, std::string> listed;  // path -> rest of its line
  for (const std::string& line : lines_of(root / "frames.csv")) {
    listed[line.substr(0, line.find(','))] = line.substr(line.find(','));
  }
  EXPECT_EQ(listed.count("path"), 1U);
  std::size_t n = 0;
  std::map<std::string, std::set<int>> frames;
  for (const std::string part : {"train", "validation", "test"}) {
    for (const std::string& line : lines_of(root / part / "metadata.jsonl")) {
      const json value = json::parse(line);
      const fs::path name = value.at("file_name").get<std::string>();
      const std::string key = value.at("key");
      const json& item = items_->at(key);
      EXPECT_EQ(value.at("label"), item.at("label_number"));
      EXPECT_EQ(name.parent_path(), item.at("label") == "fake" ? "fake" : "real");
      const std::string wanted = "," + value.at("label").dump() + "," + part_of(key) + "," + key;
      EXPECT_EQ(listed.at(part + "/" + name.string()).rfind(wanted, 0), 0U);
      const int frame = value.at("frame");
      EXPECT_TRUE(frame > 0 && frame < 6) << "in others nothing was swapped";
      frames[key].insert(frame);
      EXPECT_EQ(read_image(root / part / name).width_px(), 256);
      ++n;
    }
  }
  EXPECT_EQ(n, 18U * 5);
  EXPECT_EQ(listed.size(), n + 1);
  for (const auto& [key, item] : *items_) {
    if (item.at("label") == "fake") {
      EXPECT_EQ(frames.at(key), frames.at(item.at("control_key"))) << "the count tells no class";
    }
  }
}

/// White pixels of a mask as large as a crop, whose other pixels are black.
std::int64_t count_changed(const Frame& mask) {
  EXPECT_EQ(mask.width_px(), 256);
  EXPECT_EQ(mask.height_px(), 256);
  std::int64_t n = 0;
  for (const std::uint8_t value : *mask.storage()) {
    EXPECT_TRUE(value == 0 || value == 255);
    n += value == 255 ? 1 : 0;
  }
  return n / 3;
}

/// DeepfakeBench's loader: dataset_json/<name>.json, label_dict, paths as they are when they begin
/// with a dot, masks and landmarks by replacing every "frames".
TEST_F(LayoutsTest, DeepfakeBenchFindsFramesMasksAndLandmarks) {
  const fs::path root = *folder_ / "deepfakebench";
  std::map<std::string, int> label_dict;
  for (const std::string& line : lines_of(root / "label_dict.yaml")) {
    label_dict[line.substr(0, line.find(':'))] = std::stoi(line.substr(line.find(':') + 1));
  }
  const json data = json::parse(read_file(root / "faces.json"));
  std::set<std::string> videos;
  for (const auto& [label, parts] : data.at("faces").items()) {
    ASSERT_EQ(label_dict.count(label), 1U);
    for (const std::string part : {"train", "val", "test"}) {
      for (const auto& [video, info] : parts.at(part).items()) {
        EXPECT_TRUE(videos.insert(video).second) << "video AUC groups by this name";
        EXPECT_EQ(label_dict.at(info.at("label")), items_->at(video).at("label_number"));
        EXPECT_EQ(part_of(video), part);
        for (const json& frame : info.at("frames")) {
          const std::string path = frame;
          ASSERT_EQ(path.front(), '.');
          EXPECT_EQ(fs::path(path).parent_path().filename(), video);
          EXPECT_NO_THROW((void)std::stoi(fs::path(path).stem()));
          EXPECT_THAT(read_file(root / path),
                      HasSubstr(std::string("changeling_label") + '\0' + label_of(video)));
          const std::string masks = std::regex_replace(path, std::regex("frames"), "masks");
          ASSERT_EQ(fs::exists(root / masks), label_of(video) == "fake");
          if (label_of(video) == "fake") {
            EXPECT_GT(count_changed(read_image(root / masks)), 0) << "only swapped frames go out";
          }
          const std::string points =
              std::regex_replace(std::regex_replace(path, std::regex("frames"), "landmarks"),
                                 std::regex("\\.png$"), ".npy");
          const std::string npy = read_file(root / points);
          EXPECT_EQ(npy.substr(1, 5), "NUMPY");
          EXPECT_THAT(npy, HasSubstr("'shape': (81, 2)"));
          EXPECT_EQ(npy.size(), 128U + 81 * 2 * 4);
        }
      }
    }
  }
  EXPECT_EQ(videos.size(), items_->size());
}

TEST_F(LayoutsTest, DeepfakeBenchRefusesANameThatItsLoaderWouldReplace) {
  const TempDir out;
  DatasetSpec spec = *spec_;
  spec.name = "my-frames";
  spec.formats = {"deepfakebench"};
  EXPECT_THAT(message_of([&] { export_into(*catalog_, out.path(), spec); }),
              HasSubstr("holds 'frames'"));
}

/// A change of one file that a layout's own check must see, even under new digests.
struct Change {
  std::string format;
  std::string file;  ///< below the format's folder
  std::string from, to;
  std::string fault;
};

const Change kChanges[] = {
    {"videofolder", "validation/metadata.jsonl", "\"label\":1", "\"label\":0", "is labelled 0"},
    {"videofolder", "test/metadata.jsonl", "\"mask_path\":\"masks/",
     "\"mask_path\":\"metadata.jsonl\",\"was\":\"", "mask 'changed'"},
    {"ffpp", "index.json", "videos/000.mp4", "videos/001.mp4", "is missing"},
    {"ffpp", "splits/test.json", "\"", "\"9", "in no list of pairs"},
    {"dfdc", "dfdc_val_part_0/metadata.json", "FAKE", "REAL", "is labelled 0"},
    {"dfdc", "dfdc_val_part_0/metadata.json", "\"val\"", "\"train\"", "is in part train"},
    {"dfdc", "dfdc_test/labels.csv", ",1", ",0", "is labelled 0"},
    {"celebdf", "List_of_testing_videos.txt", "0 ", "1 ", "has the other label"},
    {"celebdf", "List_of_testing_videos.txt", "0 Celeb", "0 Other", "is in part train"},
    {"frames", "train/metadata.jsonl", "\"label\":1", "\"label\":0", "another item or label"},
    {"frames", "frames.csv", "train/", "test/", "which is not there"},
    {"deepfakebench", "faces.json", "/frames/", "/", "is missing"},
    {"deepfakebench", "faces.json", "\"./datasets", "\"/datasets", "is not named"},
    {"deepfakebench", "faces.json", "label\":\"faces_Fake\"", "label\":\"faces_Real\"",
     "another label"},
};

/// items.jsonl as a check knows it.
KnownItems known_items(const Items& items) {
  KnownItems known;
  for (const auto& [key, item] : items) {
    KnownItem entry{item.at("label"),
                    item.at("part"),
                    item.at("method"),
                    item.at("control_key"),
                    Digest::from_hex(item.at("sha256").get<std::string>()),
                    {}};
    for (const auto& [layer, digest] : item.at("masks").items()) {
      entry.masks.emplace(layer, Digest::from_hex(digest.get<std::string>()));
    }
    known.emplace(key, std::move(entry));
  }
  return known;
}

TEST_F(LayoutsTest, ACropWithoutItsLabelIsCaught) {
  const KnownItems known = known_items(*items_);
  for (const std::string name : {"frames", "deepfakebench"}) {
    const fs::path root = *folder_ / name;
    const ExportFormat& format = find_format(name);
    fs::path crop;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      const bool is_file = crop.empty() && entry.is_regular_file();
      crop = is_file && label_of_png(read_file(entry.path())) == "fake" ? entry.path() : crop;
    }
    ASSERT_FALSE(crop.empty()) << name;
    const std::string before = read_file(crop), bare = before.substr(before.find("IDAT") - 4);
    std::string after = before;
    write_file_atomically(crop, after.replace(after.find("fake"), 4, "real"));
    EXPECT_THAT(format.check(root, known),
                testing::ElementsAre(HasSubstr("is labelled 'real' in the file")));
    write_file_atomically(crop, before.substr(0, 33) + bare);
    EXPECT_THAT(format.check(root, known),
                testing::ElementsAre(HasSubstr("is labelled '' in the file")));
    write_file_atomically(crop, before);
  }
}

TEST_F(LayoutsTest, EveryChangeIsCaught) {
  const KnownItems known = known_items(*items_);
  for (const Change& change : kChanges) {
    const fs::path root = *folder_ / change.format, file = root / change.file;
    const std::string before = read_file(file);
    const std::size_t at = before.find(change.from);
    ASSERT_NE(at, std::string::npos) << change.format << " " << change.from;
    const ExportFormat& format = find_format(change.format);
    EXPECT_THAT(format.check(root, known), IsEmpty()) << change.format;
    std::string after = before;
    write_file_atomically(file, after.replace(at, change.from.size(), change.to));
    EXPECT_THAT(format.check(root, known), testing::Contains(HasSubstr(change.fault)))
        << change.format << " " << change.file;
    write_file_atomically(file, before);
  }
}

}  // namespace
}  // namespace changeling
