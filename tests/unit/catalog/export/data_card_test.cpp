#include "catalog/export/data_card.h"

#include <algorithm>

#include <fnmatch.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class DataCardTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = new TempDir;
    ExportCatalogSpec spec;
    spec.parts = {"train", "val"};
    spec.n_frames = 6;
    catalog_ = new ExportCatalog(base_->path(), spec);
    score("psnr_bg", 41.5);
    DatasetSpec dataset = small_spec();
    dataset.formats.emplace_back("frames");
    dataset.card.title = "Faces: \"a\" | b";
    dataset.card.licence = "CC-BY-4.0";
    dataset.card.creator = "A laboratory";
    folder_ = new fs::path(export_into(*catalog_, base_->path() / "out", dataset).folder);
    dataset_ = new DatasetSpec(dataset);
  }

  static void TearDownTestSuite() {
    delete dataset_;
    delete folder_;
    delete catalog_;
    delete base_;
  }

  /// A finished evaluation that gives every fake but one this value.
  static void score(const std::string& metric, double value) {
    ScoreStore scores(catalog_->database());
    RunStore runs(catalog_->database());
    MetricDefRow definition;
    definition.name = metric;
    definition.unit = "dB";
    definition.direction = "up";
    definition.level = "frame";
    const MetricId id = scores.ensure_metric(definition);
    RunRow run = new_run("evaluate");
    run.config_json = run.env_json = "{}";
    const std::string run_id = runs.begin(run);
    std::vector<ScoreRow> rows;
    for (const RunRow& generated : runs.runs()) {
      for (const ArtifactRow& artifact : runs.run_artifacts(generated.run_id)) {
        if (artifact.kind == "fake_video") {
          ScoreRow row;
          row.metric_id = id;
          row.artifact_id = artifact.id;
          row.n_asked = 6;
          row.n_ok = rows.empty() ? 0 : 5;
          row.status = rows.empty() ? "no_face" : "ok";
          if (!rows.empty()) {
            row.value = value;
          }
          rows.push_back(row);
        }
      }
    }
    scores.add_scores(run_id, rows);
    runs.finish(run_id, "ok");
  }

  static std::string readme() { return read_file(*folder_ / "README.md"); }

  static json croissant() { return json::parse(read_file(*folder_ / "croissant.json")); }

  static TempDir* base_;
  static ExportCatalog* catalog_;
  static fs::path* folder_;
  static DatasetSpec* dataset_;
};

TempDir* DataCardTest::base_ = nullptr;
ExportCatalog* DataCardTest::catalog_ = nullptr;
fs::path* DataCardTest::folder_ = nullptr;
DatasetSpec* DataCardTest::dataset_ = nullptr;

TEST_F(DataCardTest, HeadTellsHubsWhereThePartsAre) {
  const std::string head = readme().substr(0, readme().find("\n# "));
  EXPECT_THAT(head,
              HasSubstr("---\nlicense: \"cc-by-4.0\"\npretty_name: \"Faces: \\\"a\\\" | b\"\n"));
  EXPECT_THAT(head, HasSubstr("size_categories: [\"n<1K\"]"));
  EXPECT_THAT(
      head,
      HasSubstr("- split: validation\n        path: [\"videofolder/validation/metadata.jsonl\", "
                "\"videofolder/validation/fake/*\", \"videofolder/validation/real/*\"]"));
  EXPECT_THAT(head, HasSubstr("config_name: frames\n    data_files:\n      - split: train\n"
                              "        path: \"frames/train/**\""));
  EXPECT_THAT(head, Not(HasSubstr("webdataset"))) << "the hub's reader refuses mixed samples";
  EXPECT_THAT(head, Not(HasSubstr("split: test")));
}

TEST_F(DataCardTest, AHubDoesNotGuessWhereItsLibraryCannotRead) {
  DatasetSpec tars = small_spec();
  tars.name = "tars";
  tars.formats = {"webdataset"};
  const TempDir out;
  const fs::path folder = export_into(*catalog_, out.path(), tars).folder;
  EXPECT_THAT(read_file(folder / "README.md"), HasSubstr("\nviewer: false\n---\n"));
  EXPECT_THAT(readme(), Not(HasSubstr("viewer:")));
}

TEST_F(DataCardTest, TextsOfOthersAreWordsAndNoMarkup) {
  DatasetSpec spec = small_spec();
  spec.name = "markup";
  spec.card.title = "<img src=x onerror=alert(1)>\n# two";
  spec.card.creator = "[us](javascript:alert(1)) and `code`";
  const TempDir out;
  const std::string text = read_file(export_into(*catalog_, out.path(), spec).folder / "README.md");
  EXPECT_THAT(text, HasSubstr("\n# \\<img src=x onerror=alert(1)> # two\n"));
  EXPECT_THAT(text, HasSubstr("Made by: \\[us](javascript:alert(1)) and \\`code\\`."));
}

TEST_F(DataCardTest, PromisesNoMoreThanTheCatalogDoes) {
  EXPECT_THAT(readme(), HasSubstr("the catalog withdraws the version"));
  EXPECT_THAT(readme(), Not(HasSubstr("version is made without them")));
}

TEST_F(DataCardTest, HasTheSevenPartsOfADatasheet) {
  std::size_t at = 0;
  for (const char* part :
       {"Motivation", "Composition", "Collection process", "Preprocessing, cleaning, labelling",
        "Uses", "Distribution", "Maintenance"}) {
    const std::size_t found = readme().find(std::string("\n## ") + part + "\n");
    ASSERT_NE(found, std::string::npos) << part;
    EXPECT_GT(found, at) << part;
    at = found;
  }
}

TEST_F(DataCardTest, NumbersComeFromTheCatalog) {
  const std::string card = readme();
  EXPECT_THAT(card, HasSubstr("| train | fake | 2 |"));
  EXPECT_THAT(card, HasSubstr("| val | mesh_swap_faces | 2 |"));
  EXPECT_THAT(card, HasSubstr("8 clips with 48 frames, of which 12 are manipulated"));
  EXPECT_THAT(card, HasSubstr("4 people in 4 recordings"));
  EXPECT_THAT(card, HasSubstr("| psnr_bg v1 | dB | 41.5 | 41.5 | 41.5 | 3 | 4 | 15 | 24 |"));
  EXPECT_THAT(card, HasSubstr("| mesh_swap | done |  | 4 |"));
  EXPECT_THAT(card, HasSubstr("| lmk68 | landmarks 1 | "));
  EXPECT_THAT(card, HasSubstr("| MIT | unknown | unknown |\n"));
  for (const char* probe : {"codec", "metadata", "background", "box"}) {
    EXPECT_THAT(card,
                HasSubstr(std::string("| ") + probe + " | too few people | \u2013 | \u2013 |"));
  }
  EXPECT_THAT(card, HasSubstr("unknown for landmarks."));
  EXPECT_THAT(card, HasSubstr("consent basis: consented"));
}

TEST_F(DataCardTest, LaterEvaluationsDoNotChangeAFrozenVersion) {
  const std::string before = readme();
  score("psnr_bg", 12);
  score("ssim_bg", 0.5);
  const TempDir out;
  const ExportResult again = export_into(*catalog_, out.path(), *dataset_);
  EXPECT_EQ(read_file(again.folder / "README.md"), before);
}

TEST_F(DataCardTest, CroissantHasEveryRequiredKey) {
  const json card = croissant();
  for (const char* key : {"@context", "name", "description", "license", "url", "creator",
                          "datePublished", "version", "distribution", "recordSet",
                          "prov:wasDerivedFrom", "prov:wasGeneratedBy", "prov:wasAttributedTo"}) {
    ASSERT_TRUE(card.contains(key)) << key;
    EXPECT_FALSE(card.at(key).empty()) << key;
  }
  EXPECT_EQ(card.at("@type"), "sc:Dataset");
  EXPECT_EQ(card.at("conformsTo"), "http://mlcommons.org/croissant/1.0");
  EXPECT_EQ(card.at("@context").at("conformsTo"), "dct:conformsTo");
  EXPECT_EQ(card.at("license"), "https://spdx.org/licenses/CC-BY-4.0.html");
  for (const char* key :
       {"dataCollection", "dataCollectionType", "dataCollectionRawData",
        "dataPreprocessingProtocol", "dataManipulationProtocol", "dataAnnotationProtocol",
        "machineAnnotationTools", "dataBiases", "dataLimitations", "dataUseCases",
        "personalSensitiveInformation", "dataSocialImpact", "dataReleaseMaintenancePlan"}) {
    EXPECT_FALSE(card.at(std::string("rai:") + key).get<std::string>().empty()) << key;
  }
}

TEST_F(DataCardTest, CroissantDescribesTheFilesThatAreThere) {
  std::size_t tars = 0, clips = 0;
  const json files = croissant().at("distribution");
  for (const json& file : files) {
    if (file.at("@type") == "cr:FileObject") {
      const fs::path path = *folder_ / file.at("contentUrl").get<std::string>();
      EXPECT_EQ(file.at("sha256"), sha256_file(path).hex());
      EXPECT_EQ(file.at("contentSize"), std::to_string(fs::file_size(path)) + " B");
      tars += path.extension() == ".tar" ? 1 : 0;
    } else if (!file.contains("containedIn")) {
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(*folder_)) {
        const std::string name = fs::relative(entry.path(), *folder_);
        clips += std::any_of(file.at("includes").begin(), file.at("includes").end(),
                             [&name](const json& pattern) {
                               return fnmatch(pattern.get<std::string>().c_str(), name.c_str(),
                                              FNM_PATHNAME) == 0;
                             })
                     ? 1
                     : 0;
      }
    }
  }
  EXPECT_EQ(tars, 2U);
  EXPECT_EQ(clips, 8U + 24) << "three crops of each";
}

TEST_F(DataCardTest, CroissantRecordsReadTheColumnsOfItems) {
  const std::string text = read_file(*folder_ / "items.jsonl");
  const json item = json::parse(text.substr(0, text.find('\n')));
  const json records = croissant().at("recordSet");
  ASSERT_EQ(records.size(), 4U);
  for (const json& field : records.at(0).at("field")) {
    EXPECT_TRUE(item.contains(field.at("source").at("extract").at("column").get<std::string>()));
  }
}

}  // namespace
}  // namespace changeling
