// tests/unit/catalog/export/layouts_fixture.h: one export in every layout, for tests that read it
// back by the rules of its consumers.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "common/media/video_reader.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {

using Items = std::map<std::string, nlohmann::json>;  // by key

/// One export in all formats, three parts of two people, two methods.
class LayoutsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = new TempDir;
    ExportCatalogSpec catalog;
    catalog.methods = {"mesh_swap", "fsgan"};
    catalog.n_frames = 8;
    catalog_ = new ExportCatalog(base_->path(), catalog);
    spec_ = new DatasetSpec(small_spec());
    spec_->shard_bytes = 1;  // a shard for each group
    spec_->formats.clear();
    for (const ExportFormat& format : builtin_formats()) {
      spec_->formats.push_back(format.name);
    }
    folder_ =
        new std::filesystem::path(export_into(*catalog_, base_->path() / "out", *spec_).folder);
    items_ = new Items;
    for (const std::string& line : lines_of(*folder_ / "items.jsonl")) {
      const nlohmann::json item = nlohmann::json::parse(line);
      items_->emplace(item.at("key").get<std::string>(), item);
    }
  }

  static void TearDownTestSuite() {
    delete items_;
    delete folder_;
    delete spec_;
    delete catalog_;
    delete base_;
  }

  static std::string label_of(const std::string& key) { return items_->at(key).at("label"); }

  static std::string part_of(const std::string& key) { return items_->at(key).at("part"); }

  inline static TempDir* base_ = nullptr;
  inline static ExportCatalog* catalog_ = nullptr;
  inline static DatasetSpec* spec_ = nullptr;
  inline static std::filesystem::path* folder_ = nullptr;
  inline static Items* items_ = nullptr;
};

}  // namespace changeling
