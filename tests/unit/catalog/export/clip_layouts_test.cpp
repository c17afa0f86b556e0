// Layouts that loaders of Hugging Face and WebDataset read, back by their rules.
#include <set>

#include <gmock/gmock.h>

#include "tests/unit/catalog/export/layouts_fixture.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

/// The type that the loader below infers of a value.
std::string hub_type(const json& value) {
  if (value.is_array()) {
    return "list of " + (value.empty() ? "null" : hub_type(value.front()));
  }
  return value.is_null()             ? "null"
         : value.is_string()         ? "string"
         : value.is_number_integer() ? "int"
                                     : "other";
}

/// Columns of a part and their types, by the rules of folder_based_builder in Hugging Face's
/// `datasets`: what tells no type takes that of other rows, and columns named *file_name name files
/// in every row.
std::map<std::string, std::string> hub_columns(const fs::path& part) {
  std::map<std::string, std::string> columns;
  for (const std::string& line : lines_of(part / "metadata.jsonl")) {
    const json row = json::parse(line);
    for (const auto& [name, value] : row.items()) {
      const std::string type = hub_type(value);
      std::string& known = columns.emplace(name, type).first->second;
      known = known.find("null") == std::string::npos ? known : type;
      const std::string end = "file_name";
      if (name.size() >= end.size() && name.substr(name.size() - end.size()) == end) {
        EXPECT_EQ(type, "string") << name << " of " << line;
        EXPECT_TRUE(type == "string" && fs::is_regular_file(part / value.get<std::string>()));
      }
    }
  }
  return columns;
}

/// One type for a column in all parts, and no column without one.
void expect_hub_reads(const fs::path& root) {
  const std::map<std::string, std::string> train = hub_columns(root / "train");
  EXPECT_EQ(train.count("file_name"), 1U);
  for (const char* part : {"train", "validation", "test"}) {
    EXPECT_EQ(hub_columns(root / part), train) << part;
  }
  for (const auto& [name, type] : train) {
    EXPECT_THAT(type, testing::Not(HasSubstr("null"))) << name;
  }
}

TEST_F(LayoutsTest, AHubReadsFoldersOfClipsAndOfCrops) {
  expect_hub_reads(*folder_ / "videofolder");
  expect_hub_reads(*folder_ / "frames");
}

TEST_F(LayoutsTest, AHubReadsThemWithAPartWithoutFakes) {
  DatasetSpec spec = *spec_;
  spec.name = "few";
  spec.formats = {"videofolder", "frames"};
  spec.limits.max_class_ratio = 0;
  spec.select.sql =
      "SELECT a.artifact_id FROM artifact a JOIN job j ON j.job_id = a.job_id JOIN pair p ON "
      "p.pair_id = j.pair_id WHERE a.kind = 'real_control' OR (a.kind = 'fake_video' AND p.part = "
      "'train')";
  const TempDir out;
  const fs::path folder = export_into(*catalog_, out.path(), spec).folder;
  for (const std::string& line : lines_of(folder / "videofolder/validation/metadata.jsonl")) {
    EXPECT_EQ(json::parse(line).at("label"), 0);
  }
  expect_hub_reads(folder / "videofolder");
  expect_hub_reads(folder / "frames");
}

TEST_F(LayoutsTest, VideofolderHasEveryClipUnderItsLabel) {
  std::set<std::string> seen;
  for (const char* part : {"train", "validation", "test"}) {
    const fs::path root = *folder_ / "videofolder" / part;
    for (const std::string& line : lines_of(root / "metadata.jsonl")) {
      const json row = json::parse(line);
      const fs::path name = row.at("file_name").get<std::string>();
      const std::string key = stream_key(root / name);
      const json& item = items_->at(key);
      EXPECT_EQ(row.at("label"), item.at("label_number"));
      EXPECT_EQ(name.parent_path(), item.at("label") == "fake" ? "fake" : "real");
      EXPECT_EQ(part_of(key), std::string(part) == "validation" ? "val" : part);
      EXPECT_EQ(row.at("control_key"), item.at("control_key"));
      if (item.at("label") == "fake") {
        const fs::path mask = root / row.at("mask_path").get<std::string>();
        EXPECT_EQ(sha256_file(mask).hex(), item.at("masks").at("changed"));
      }
      EXPECT_TRUE(seen.insert(key).second);
    }
  }
  EXPECT_EQ(seen.size(), items_->size());
}

TEST_F(LayoutsTest, VideofolderTellsMasksAndSpansInText) {
  for (const char* part : {"train", "validation", "test"}) {
    const fs::path root = *folder_ / "videofolder" / part;
    for (const std::string& line : lines_of(root / "metadata.jsonl")) {
      const json row = json::parse(line);
      const bool is_fake = row.at("label") == 1;
      EXPECT_EQ(json::parse(row.at("spans").get<std::string>()),
                is_fake ? json::parse("[[1,5]]") : json::array());
      const std::string mask = row.at("mask_path");
      EXPECT_EQ(mask.empty(), !is_fake);
      EXPECT_TRUE(mask.empty() || fs::is_regular_file(root / mask));
    }
  }
}

/// A file in a tar, by POSIX's ustar header alone.
struct TarMember {
  std::string name, bytes;
};

std::string tar_text(const std::string& header, std::size_t at, std::size_t size) {
  return header.substr(at, size).c_str();  // up to the first zero
}

std::vector<TarMember> tar_members(const fs::path& file) {
  constexpr std::size_t kBlock = 512;
  const std::string tar = read_file(file);
  std::vector<TarMember> members;
  for (std::size_t at = 0; at + kBlock <= tar.size() && tar[at] != '\0';) {
    const std::string header = tar.substr(at, kBlock);
    EXPECT_EQ(tar_text(header, 257, 6), "ustar");
    EXPECT_EQ(header[156], '0') << "a plain file";
    EXPECT_EQ(std::stoi(tar_text(header, 136, 12), nullptr, 8), 0) << "mtime";
    const std::size_t size = std::stoul(tar_text(header, 124, 12), nullptr, 8);
    members.push_back({tar_text(header, 0, 100), tar.substr(at + kBlock, size)});
    at += kBlock + (size + kBlock - 1) / kBlock * kBlock;
  }
  return members;
}

/// Samples as the library `webdataset` groups them: adjacent members whose names agree up to the
/// first dot; what follows it is the field.
std::vector<std::pair<std::string, std::map<std::string, std::string>>> samples_of(
    const fs::path& tar) {
  std::vector<std::pair<std::string, std::map<std::string, std::string>>> samples;
  for (const TarMember& member : tar_members(tar)) {
    const std::size_t dot = member.name.find('.');
    const std::string key = member.name.substr(0, dot);
    if (samples.empty() || samples.back().first != key) {
      samples.push_back({key, {}});
    }
    EXPECT_TRUE(samples.back().second.emplace(member.name.substr(dot + 1), member.bytes).second)
        << member.name << " stands twice in its sample";
  }
  return samples;
}

TEST_F(LayoutsTest, WebdatasetSamplesHoldClipDescriptionAndMasks) {
  const fs::path root = *folder_ / "webdataset";
  const json index = json::parse(read_file(root / "index.json"));
  EXPECT_GT(index.size(), 3U) << "a part has several shards";
  std::set<std::string> seen;
  for (const json& shard : index) {
    const auto tar = shard.at("tar").get<std::string>();
    const auto part = shard.at("part").get<std::string>();
    EXPECT_EQ(tar.rfind("faces-" + part + "-", 0), 0U) << tar;
    const auto samples = samples_of(root / tar);
    EXPECT_EQ(samples.size(), shard.at("samples"));
    std::set<std::string> keys;
    for (const auto& [key, fields] : samples) {
      const json& item = items_->at(key);
      EXPECT_TRUE(seen.insert(key).second) << "in two places";
      keys.insert(key);
      EXPECT_EQ(json::parse(fields.at("json")), item);
      EXPECT_EQ(item.at("part"), part);
      EXPECT_EQ(sha256(fields.at("mp4")).hex(), item.at("sha256"));
      const bool is_fake = item.at("label") == "fake";
      EXPECT_EQ(fields.size(), is_fake ? 4U : 2U);
      if (is_fake) {
        EXPECT_EQ(sha256(fields.at("mask.mkv")).hex(), item.at("masks").at("changed"));
        EXPECT_EQ(sha256(fields.at("alpha.mkv")).hex(), item.at("masks").at("alpha"));
      }
    }
    for (const std::string& key : keys) {
      const auto control = items_->at(key).at("control_key").get<std::string>();
      EXPECT_TRUE(control.empty() || keys.count(control) > 0) << "its control is in another shard";
    }
  }
  EXPECT_EQ(seen.size(), items_->size());
}

}  // namespace
}  // namespace changeling
