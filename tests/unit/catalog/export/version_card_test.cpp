#include "catalog/export/version_card.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/export/probe_json.h"
#include "catalog/store/audit_log.h"
#include "catalog/store/erasure.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"
#include "tests/support/card_rows.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHostile = "<img src=x onerror=alert(1)> | [a](b)";

/// Two parts of two people, a fake and a control of each; frozen as faces@1.0.0.
class VersionCard : public testing::Test {
 protected:
  VersionCard() {
    ExportCatalogSpec spec;
    spec.parts = {"train", "val"};
    spec.n_frames = 6;
    catalog_ = std::make_unique<ExportCatalog>(folder_.path(), spec);
    DatasetSpec dataset = small_spec();
    dataset.card.title = kHostile;
    folder_of_export_ = export_into(*catalog_, out_.path(), dataset).folder;
  }

  [[nodiscard]] CardModel card() const { return version_card(catalog_->database(), "faces@1.0.0"); }

  TempDir folder_, out_;
  std::unique_ptr<ExportCatalog> catalog_;
  fs::path folder_of_export_;
};

TEST_F(VersionCard, SaysWhatTheCardOfTheExportSays) {
  const std::string readme = read_file(folder_of_export_ / "README.md");
  const std::string page = render_markdown(card());
  for (const char* line :
       {"| train | fake | 2 |", "| val | real_control | 2 |", "| val | mesh_swap_faces | 2 |",
        "| target gender | unknown | 4 |", "| mesh_swap | done |  | 4 |",
        "8 clips with 48 frames, of which 12 are manipulated"}) {
    EXPECT_THAT(readme, HasSubstr(line));
    EXPECT_THAT(page, HasSubstr(line));
  }
}

TEST_F(VersionCard, CountsByHand) {
  const CardModel model = card();
  const json figures = json::parse(render_json(model)).at("figures");
  EXPECT_EQ(figures.at(0).at("value"), 4);   // fakes
  EXPECT_EQ(figures.at(1).at("value"), 4);   // controls
  EXPECT_EQ(figures.at(2).at("value"), 4);   // people
  EXPECT_EQ(figures.at(3).at("value"), 12);  // three frames of each fake
  EXPECT_EQ(card_rows(model, "networks").size(), 1U);
  EXPECT_EQ(card_rows(model, "networks").at(0).at("overlap"), "unknown");
  EXPECT_EQ(card_rows(model, "runs").size(), 1U);
  EXPECT_EQ(card_rows(model, "scorers").size(), 0U);
}

TEST_F(VersionCard, ProbesAreThoseOfTheDayOfFreezing) {
  const json probes = card_rows(card(), "probes");
  ASSERT_EQ(probes.size(), 4U);
  EXPECT_EQ(probes.at(0).at("probe"), "codec");
  EXPECT_EQ(probes.at(2).at("probe"), "background");
  EXPECT_EQ(probes.at(3).at("probe"), "box");
  EXPECT_EQ(probes.at(0).at("verdict"), "too few people");
  EXPECT_EQ(probes.at(0).at("auc"), nullptr);
  EXPECT_EQ(probes.at(0).at("clips"), 4);
  EXPECT_EQ(probes.at(0).at("people"), 4);
}

TEST_F(VersionCard, AFreezeOfAnEarlierProgramKeptNoProbes) {
  FrozenVersion version = find_frozen_version(catalog_->database(), "faces@1.0.0");
  EXPECT_TRUE(kept_probes(catalog_->database(), version).has_value());
  AuditLog(catalog_->database()).append("changeling", "freeze", "faces@1.0.0", R"({"items": 8})");
  EXPECT_FALSE(kept_probes(catalog_->database(), version).has_value());
  EXPECT_THAT(render_markdown(card()), HasSubstr("The catalog keeps no results"));
  version.row.name = "nobody";
  EXPECT_FALSE(kept_probes(catalog_->database(), version).has_value());
}

TEST_F(VersionCard, NeedsNoFileAndGivesTheSameBytes) {
  const CardModel before = card();
  fs::remove_all(objects_folder(catalog_->file()));
  const CardModel after = card();
  EXPECT_EQ(render_json(before), render_json(after));
  EXPECT_EQ(render_markdown(before), render_markdown(after));
  EXPECT_EQ(render_html(before), render_html(after));
}

TEST_F(VersionCard, TextsOfTheSpecAreNoMarkup) {
  const std::string html = render_html(card());
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("&lt;img src=x onerror=alert(1)&gt;"));
  EXPECT_THAT(render_markdown(card()),
              HasSubstr("# \\<img src=x onerror=alert(1)> \\| \\[a](b)\n"));
}

TEST_F(VersionCard, AWithdrawnVersionSaysSoFirst) {
  EXPECT_FALSE(card().is_barred);
  (void)forget_subject(catalog_->database(), catalog_->blobs(),
                       {"faces", "person-0", "they asked", false, false});
  const CardModel model = card();
  EXPECT_TRUE(model.is_barred);
  EXPECT_THAT(model.headline, HasSubstr("Withdrawn on "));
  EXPECT_EQ(card_rows(model, "labels"), card_rows(card(), "labels"));
}

TEST_F(VersionCard, UnknownVersionsAreRefused) {
  for (const char* name : {"faces@9.9.9", "faces", "", "@", "nobody@1.0.0", "x\ny@1"}) {
    EXPECT_EQ(kind_thrown_by([&] { (void)version_card(catalog_->database(), name); }),
              ErrorKind::kConfig)
        << name;
  }
}

TEST(ProbeJson, ComesBackAsItWas) {
  ProbeResult probe;
  probe.name = "codec";
  probe.limit = 0.55;
  probe.auc = 0.61;
  probe.interval = {0.5, 0.7};
  probe.shuffled_auc = 0.5;
  probe.clips = 40;
  probe.people = 12;
  probe.feature = "qp";
  EXPECT_EQ(probe_json(probe_from_json(probe_json(probe))), probe_json(probe));
  probe.auc.reset();
  probe.interval.reset();
  EXPECT_EQ(probe_json(probe_from_json(probe_json(probe))), probe_json(probe));
  EXPECT_EQ(kind_thrown_by([] { (void)probe_from_json(R"({"name": 3})"); }), ErrorKind::kCatalog);
}

}  // namespace
}  // namespace changeling
