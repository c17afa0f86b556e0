// Data sets that leave out what auto_reject rejects.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/export/clip_selection.h"
#include "catalog/export/dataset_version.h"
#include "catalog/export/version_card.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/score_store.h"
#include "tests/support/refusal.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Three people in part train, one method: three fakes, each with its own control.
class RejectedFakes : public testing::Test {
 protected:
  static ExportCatalogSpec small_catalog() {
    ExportCatalogSpec spec;
    spec.parts = {"train"};
    spec.people_per_part = 3;
    spec.n_frames = 6;
    return spec;
  }

  /// A finished evaluation with these rules for the first fakes, by artifact; -1 = no verdict.
  /// Another `limits` is another version.
  void judge(const std::vector<int>& rules, const std::string& limits = "coverage < 0.8") {
    ScoreStore scores(catalog_.database());
    RunStore runs(catalog_.database());
    MetricDefRow definition;
    definition.name = kAutoReject;
    definition.version = limits == "coverage < 0.8" ? 1 : limits == "coverage < 0.9" ? 2 : 3;
    definition.unit = "1";
    definition.direction = "down";
    definition.level = "clip";
    definition.params_json =
        R"({"rules":[{"rejects":"id_margin <= 0"},{"rejects":")" + limits + R"("}]})";
    const MetricId id = scores.ensure_metric(definition);
    RunRow run = new_run("evaluate");
    run.config_json = run.env_json = "{}";
    const std::string run_id = runs.begin(run);
    std::vector<ScoreRow> rows;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      ScoreRow& row = rows.emplace_back();
      row.metric_id = id;
      row.artifact_id = fakes_[i].id;
      if (rules[i] < 0) {
        row.status = "skipped";
      } else {
        row.value = rules[i];
      }
    }
    scores.add_scores(run_id, rows);
    runs.finish(run_id, "ok");
  }

  static DatasetSpec leaving_out() {
    DatasetSpec spec = small_spec();
    spec.select.leaves_out_rejected = true;
    return spec;
  }

  Selection select(const DatasetSpec& spec) { return select_clips(catalog_.database(), spec); }

  static std::map<std::string, int> labels(const Selection& selection) {
    std::map<std::string, int> counts;
    for (const SelectedClip& clip : selection.clips) {
      ++counts[clip.label];
    }
    return counts;
  }

  static std::vector<ArtifactRow> made_fakes(Database& database) {
    std::vector<ArtifactRow> fakes;
    const RunStore runs(database);
    for (const RunRow& run : runs.runs()) {
      for (const ArtifactRow& artifact : runs.run_artifacts(run.run_id)) {
        if (artifact.kind == "fake_video") {
          fakes.push_back(artifact);
        }
      }
    }
    return fakes;
  }

  TempDir folder_;
  ExportCatalog catalog_{folder_.path(), small_catalog()};
  std::vector<ArtifactRow> fakes_ = made_fakes(catalog_.database());
};

TEST_F(RejectedFakes, StayUnlessTheSpecLeavesThemOut) {
  ASSERT_EQ(fakes_.size(), 3U);
  judge({1, 2, 0});
  const Selection kept = select(small_spec());
  EXPECT_EQ(labels(kept), (std::map<std::string, int>{{"fake", 3}, {"real_control", 3}}));
  EXPECT_TRUE(kept.left_out.empty());
  EXPECT_TRUE(kept.rejects.left_out.empty());
}

TEST_F(RejectedFakes, AreLeftOutWithTheirControlsAndCountedByRule) {
  judge({1, 2, 0});
  const Selection selection = select(leaving_out());
  EXPECT_EQ(labels(selection), (std::map<std::string, int>{{"fake", 1}, {"real_control", 1}}));
  EXPECT_EQ(selection.left_out.at("rejected by rule 1 (id_margin <= 0) of auto_reject"), 1);
  EXPECT_EQ(selection.left_out.at("rejected by rule 2 (coverage < 0.8) of auto_reject"), 1);
  EXPECT_EQ(selection.rejects.version, 1);
  EXPECT_EQ(selection.rejects.left_out.at("2 (coverage < 0.8)"), 1);
  EXPECT_EQ(selection.rejects.unjudged, 0);
}

TEST_F(RejectedFakes, SqlDoesNotBringThemBack) {
  judge({1, 2, 0});
  DatasetSpec spec = leaving_out();
  spec.select.sql = "SELECT artifact_id FROM artifact WHERE kind='fake_video'";
  EXPECT_EQ(labels(select(spec)).at("fake"), 1);
}

TEST_F(RejectedFakes, FakesWithoutAVerdictStayAndAreCounted) {
  const Selection before = select(leaving_out());  // the catalog has judged nothing yet
  EXPECT_EQ(labels(before).at("fake"), 3);
  EXPECT_EQ(before.rejects.version, 0);
  EXPECT_EQ(before.rejects.unjudged, 3);
  judge({1, -1, 0});
  const Selection after = select(leaving_out());
  EXPECT_EQ(labels(after).at("fake"), 2);
  EXPECT_EQ(after.rejects.unjudged, 1);
}

TEST_F(RejectedFakes, TheNewestVerdictOfTheNewestVersionCounts) {
  judge({1, 1, 1});
  judge({0, 1, -1});
  EXPECT_EQ(labels(select(leaving_out())).at("fake"), 2);
  judge({0, 0, 2}, "coverage < 0.9");
  judge({1, 1, 1});
  const Selection selection = select(leaving_out());
  EXPECT_EQ(selection.rejects.version, 2);
  EXPECT_EQ(selection.rejects.left_out,
            (std::map<std::string, std::int64_t>{{"2 (coverage < 0.9)", 1}}));
}

TEST_F(RejectedFakes, ANewerVersionLetsNobodyBackInUnasked) {
  judge({1, 1, 1});
  judge({0, -1}, "coverage < 0.9");  // as another run's evaluation, which judged not all fakes
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)select(leaving_out()); }, &message), ErrorKind::kConfig);
  const std::string run = *DatasetStore(catalog_.database()).clip(fakes_[2].id).run_id;
  EXPECT_THAT(message, HasSubstr("version 2 of auto_reject"));
  EXPECT_THAT(message, HasSubstr("again: " + run));
  EXPECT_EQ(labels(select(small_spec())).at("fake"), 3)
      << "nothing is left out, so nothing is asked";
  judge({0, 0, 2}, "coverage < 0.9");
  EXPECT_EQ(labels(select(leaving_out())).at("fake"), 2);
}

TEST_F(RejectedFakes, CardTellsWhatWasLeftOutWhenTheVersionWasFrozen) {
  judge({1, -1, 0});
  DatasetSpec spec = leaving_out();
  const ExportResult result = export_into(catalog_, folder_ / "out", spec);
  EXPECT_EQ(result.unjudged, 1);
  const std::string sentence =
      "Fakes that auto_reject version 1 rejects were left out: 1 (1 by rule 1 (id_margin <= 0)). 1 "
      "fakes are in without a verdict.";
  const std::string readme = read_file(result.folder / "README.md");
  EXPECT_THAT(readme, HasSubstr("left out: 1 (1 by rule 1 (id_margin \\<= 0))"));
  const std::vector<std::string> composition =
      version_card(catalog_.database(), "faces@1.0.0").sections.front().sentences;
  EXPECT_THAT(composition, testing::Contains(HasSubstr(sentence)));
  // Bytes and sentence are those of the freeze, whatever is found later of the same items.
  judge({2, -1, 0});
  EXPECT_EQ(read_file(export_into(catalog_, folder_ / "again", spec).folder / "README.md"), readme);
}

TEST_F(RejectedFakes, AVersionThatWasKilledAfterItsFreezeIsWrittenAsItWasFrozen) {
  judge({1, -1, 0});
  const DatasetSpec spec = leaving_out();
  const ExportResult whole = export_into(catalog_, folder_ / "whole", spec);
  judge({0, 2, 0});                 // other verdicts: another selection
  judge({0, 0}, "coverage < 0.9");  // and one that refuses to select at all
  ExportRequest killed;
  killed.spec = spec;
  killed.out = folder_ / "killed";
  killed.progress = [](std::int64_t, std::int64_t) { return false; };
  const auto stopped = [&] {
    (void)run_export(catalog_.database(), catalog_.blobs(), catalog_.roots(), catalog_.keys(),
                     killed);
  };
  EXPECT_EQ(kind_thrown_by(stopped), ErrorKind::kCancelled);
  const ExportResult again = export_into(catalog_, folder_ / "killed", spec);
  EXPECT_TRUE(again.version_existed);
  EXPECT_EQ(again.left_out, whole.left_out);
  EXPECT_EQ(again.unjudged, whole.unjudged);
  for (const char* file : {"SHA256SUMS", "items.jsonl", "README.md", "dataset.json"}) {
    EXPECT_EQ(read_file(again.folder / file), read_file(whole.folder / file)) << file;
  }
}

TEST_F(RejectedFakes, CardsOfOtherVersionsDoNotSpeakOfThem) {
  judge({1, 2, 0});
  const ExportResult result = export_into(catalog_, folder_ / "out", small_spec());
  const std::string readme = read_file(result.folder / "README.md");
  EXPECT_THAT(readme, Not(HasSubstr("were left out")));
}

TEST_F(RejectedFakes, QualityOfAVersionKnowsTheNewestRulesAlone) {
  judge({2, 2, 0});
  judge({2, 0, 0}, "coverage < 0.9");
  const ExportResult result = export_into(catalog_, folder_ / "out", small_spec());
  judge({2, 2, 2}, "coverage < 0.7");  // after the freeze
  const DatasetStore store(catalog_.database());
  const std::vector<VersionQualityRow> rows = store.quality(*store.find_version("faces", "1.0.0"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].metric_version, 2);
  EXPECT_NEAR(*rows[0].mean, 1.0 / 3, 1e-12);
}

TEST_F(RejectedFakes, QualityOfAVersionIsTheShareOfRejectedFakes) {
  judge({2, 2, 0});
  const ExportResult result = export_into(catalog_, folder_ / "out", small_spec());
  const DatasetStore store(catalog_.database());
  const std::vector<VersionQualityRow> rows = store.quality(*store.find_version("faces", "1.0.0"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].metric, kAutoReject);
  EXPECT_NEAR(*rows[0].mean, 2.0 / 3, 1e-12);
  EXPECT_EQ(rows[0].highest, 1);
  EXPECT_EQ(rows[0].clips, 3);
}

TEST(DatasetSpecOfRejects, SpecsFromBeforeStayWhatTheyAre) {
  DatasetSpec spec = small_spec();
  EXPECT_THAT(spec.to_json(), Not(HasSubstr("auto_reject")));
  EXPECT_FALSE(DatasetSpec::from_json(spec.to_json()).select.leaves_out_rejected);
  spec.select.leaves_out_rejected = true;
  EXPECT_THAT(spec.to_json(), HasSubstr(R"("auto_reject":"leave_out")"));
  EXPECT_TRUE(DatasetSpec::from_json(spec.to_json()).select.leaves_out_rejected);
}

}  // namespace
}  // namespace changeling
