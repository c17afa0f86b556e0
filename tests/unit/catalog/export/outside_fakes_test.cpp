// Fakes that others made, from their list to a checked export.
#include "catalog/corpora/outside_fakes.h"

#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/corpora/probing.h"
#include "catalog/corpora/registration.h"
#include "catalog/export/clip_selection.h"
#include "catalog/export/export_format.h"
#include "catalog/signing/manifest.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "common/media/own_label.h"
#include "common/media/sound.h"
#include "common/media/video_copy.h"
#include "common/media/xmp_box.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/synthetic_clip.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class OutsideFakes : public EmptyCatalog {
 protected:
  /// A fake of ann with bob's face and real footage of cat, registered and probed; both people and
  /// cat in part train of the split "s". With a codec, the fake is of it, and of its six frames
  /// three are shown.
  void add(const std::string& terms, const std::string& codec_of_cut = "",
           const std::string& fake = "fake.mp4") {
    std::filesystem::create_directories(folder_ / "outside");
    ClipSpec clip;
    clip.n_frames = 6;
    clip.has_audio = true;
    for (const char* name : {"fake.mp4", "real.mp4"}) {
      write_clip(folder_ / "outside" / name, clip);
      ++clip.seed;
    }
    if (!codec_of_cut.empty()) {
      clip.codec = codec_of_cut;
      write_clip(folder_ / "outside/fake.mp4", clip);
      hide_mp4_end(folder_ / "outside/fake.mp4", 120);
    }
    std::filesystem::rename(folder_ / "outside/fake.mp4", folder_ / "outside" / fake);
    write_bytes(
        folder_ / "outside/fakes.csv",
        "path,method,source_type,licence,consent_basis,redistributable,target,source,label\n" +
            fake + ",simswap,trainedAlgorithmicMedia," + terms +
            ",ann,bob,fake\n"
            "real.mp4,,,CC0-1.0,consented,1,cat,,real\n");
    const StoredScan scan = register_corpus(database_, roots_, OutsideFakesCorpus(), "others", "1",
                                            folder_ / "outside");
    ASSERT_THAT(scan.problems, IsEmpty());
    CorpusStore corpora(database_);
    ASSERT_EQ(probe_corpus(corpora, scan.corpus.id, folder_ / "outside", {}).probed, 2);
    std::vector<SplitSubjectRow> parts;
    for (const SubjectRow& row : corpora.subjects(scan.corpus.id)) {
      parts.push_back({row.id, row.id.value, "train"});
    }
    PairStore(database_).add_split({{}, "s", "test@1", 1, {}}, parts);
  }

  ExportResult export_all(bool is_public) {
    ExportRequest request;
    request.spec.name = "others";
    request.spec.version = is_public ? "2.0.0" : "1.0.0";
    request.spec.split = "s";
    request.spec.formats = {"videofolder"};
    request.spec.select.sql = "SELECT artifact_id FROM artifact";
    request.spec.is_public = is_public;
    request.out = folder_ / "out";
    return run_export(database_, blobs_, roots_, keys_, request);
  }

  /// The clip of an item in its videofolder.
  static std::filesystem::path clip_of(const ExportResult& result, const json& item) {
    return result.folder / "videofolder/train" / (item.at("label") == "fake" ? "fake" : "real") /
           (item.at("key").get<std::string>() + ".mp4");
  }

  [[nodiscard]] std::vector<json> items(const ExportResult& result) const {
    std::ifstream lines(result.folder / "items.jsonl");
    std::vector<json> items;
    std::string line;
    while (std::getline(lines, line)) {
      items.push_back(json::parse(line));
    }
    return items;
  }
};

TEST_F(OutsideFakes, AreExportedAsDeclaredFakesUnderTheirOwnTerms) {
  add("CC-BY-NC-4.0,consented,0");
  const ExportResult result = export_all(false);
  ASSERT_TRUE(result.is_written);
  EXPECT_EQ(faults_of(result.folder, keys_), "");
  int fakes = 0;
  for (const json& item : items(result)) {
    EXPECT_EQ(item.at("provenance"), "declared");
    if (item.at("label") == "fake") {
      ++fakes;
      EXPECT_EQ(item.at("label_number"), 1);
      EXPECT_EQ(item.at("method"), "declared_simswap");
      EXPECT_EQ(item.at("digital_source_type"), "trainedAlgorithmicMedia");
      EXPECT_EQ(item.at("licence"), json({"CC-BY-NC-4.0"}));
      EXPECT_EQ(item.at("access_class"), "internal");
    }
  }
  EXPECT_EQ(fakes, 1);
  std::ifstream manifests(result.folder / "manifests.jsonl");
  std::string line;
  int claims = 0;
  while (std::getline(manifests, line)) {
    EXPECT_THAT(parse_manifest(line).claim, HasSubstr(R"("provenance":"declared")"));
    ++claims;
  }
  EXPECT_EQ(claims, 2);
}

TEST_F(OutsideFakes, OneThatNoCopyShowsTrulyIsAFinding) {
  add("CC-BY-4.0,consented,1", "libx265", "fake.m4v");  // of which FFmpeg makes no HEVC
  const ExportResult result = export_all(false);
  EXPECT_FALSE(result.is_written);
  ASSERT_EQ(result.refusals.size(), 1U);
  EXPECT_EQ(result.refusals.front().check, "label_coverage");
  EXPECT_THAT(result.refusals.front().offender, HasSubstr("outside/fake.m4v"));
}

TEST_F(OutsideFakes, OneWhoseEndIsCutOffByAnEditListShowsAsMuchInItsCopy) {
  add("CC-BY-4.0,consented,1", "libx264");
  const ExportResult result = export_all(false);
  ASSERT_TRUE(result.is_written);
  for (const json& item : items(result)) {
    const bool is_fake = item.at("label") == "fake";
    EXPECT_EQ(probe_video(clip_of(result, item)).frame_count_from_index, is_fake ? 3 : 6);
    EXPECT_EQ(video_stream_sha256(clip_of(result, item)).hex(), item.at("stream_sha256"));
  }
}

TEST_F(OutsideFakes, ARejectedOneIsLeftOutWhereTheSpecSaysSo) {
  add("CC-BY-4.0,consented,1");
  ScoreStore scores(database_);
  RunStore runs(database_);
  MetricDefRow definition;
  definition.name = kAutoReject;
  definition.unit = "1";
  definition.direction = "down";
  definition.level = "clip";
  ScoreRow verdict;
  verdict.metric_id = scores.ensure_metric(definition);
  DatasetStore(database_).for_each_clip([&](const ClipRow& clip) {
    if (clip.artifact.label == "fake") {
      verdict.artifact_id = clip.artifact.id;
    }
  });
  verdict.value = 1;
  RunRow run = new_run("evaluate");
  run.config_json = run.env_json = "{}";
  scores.add_scores(runs.begin(run), {verdict});
  DatasetSpec spec;
  spec.split = "s";
  spec.select.sql = "SELECT artifact_id FROM artifact";
  EXPECT_EQ(select_clips(database_, spec).clips.size(), 2U);
  spec.select.leaves_out_rejected = true;
  const Selection selection = select_clips(database_, spec);
  ASSERT_EQ(selection.clips.size(), 1U);
  EXPECT_EQ(selection.clips.front().label, "real");
  EXPECT_EQ(selection.rejects.left_out.at("1"), 1);
}

TEST_F(OutsideFakes, FacesOfFootageAreThoseOfTheAnalysisThatCounts) {
  add("MIT,consented,0");
  CorpusStore corpora(database_);
  for (const MediaRow& media : corpora.media(corpora.find_corpus("others")->id)) {
    for (const char* analysis : {"older", "newer"}) {
      const BlobRow blob{sha256(media.rel_path + analysis), 1, "application/json", "external"};
      TrackRow track;
      track.media_id = media.id;
      track.boxes_sha256 = blob.sha256;
      (void)corpora.record_tracks(media.id, blob, {track}, {blob});
    }
  }
  const SigningKey key = keys_.signing_key();
  ItemLoader loader(database_, blobs_, roots_, key);
  for (const std::int64_t id : {1, 2}) {
    const ExportItem item = loader.load(ArtifactId{id}, "train");
    ASSERT_EQ(item.faces.size(), item.is_fake() ? 0U : 1U);
    if (!item.is_fake()) {
      EXPECT_EQ(item.faces.front().boxes_sha256, sha256("real.mp4newer"));
    }
  }
}

TEST_F(OutsideFakes, TheirSoundStaysBehind) {
  add("CC-BY-4.0,consented,1");
  const ExportResult result = export_all(false);
  ASSERT_TRUE(result.is_written);
  for (const json& item : items(result)) {
    EXPECT_FALSE(has_sound(clip_of(result, item)));
    EXPECT_EQ(sha256_file(clip_of(result, item)).hex(), item.at("sha256"));
  }
  EXPECT_EQ(faults_of(result.folder, keys_), "");
}

TEST_F(OutsideFakes, CarryTheirLabelAsTheFootageBesideThem) {
  add("CC-BY-4.0,consented,1");
  const ExportResult result = export_all(false);
  ASSERT_TRUE(result.is_written);
  std::map<std::string, std::vector<std::string>> keys;
  for (const json& item : items(result)) {
    const std::filesystem::path clip = clip_of(result, item);
    const bool is_fake = item.at("label") == "fake";
    EXPECT_EQ(label_of_clip(clip), item.at("label"));
    EXPECT_EQ(fake_by_own_words(clip).has_value(), is_fake);
    EXPECT_EQ(read_xmp_source_type(clip), is_fake ? "trainedAlgorithmicMedia" : "");
    EXPECT_EQ(video_stream_sha256(clip).hex(), item.at("stream_sha256")) << "not encoded again";
    std::map<std::string, std::string> tags;
    for (const auto& [key, value] : read_container_tags(clip)) {
      tags[key] = value;
      keys[item.at("label")].push_back(key);
    }
    EXPECT_EQ(tags.at("changeling_method"), is_fake ? "declared_simswap" : "");
    EXPECT_EQ(tags.at("changeling_job"), item.at("stream_sha256"));
  }
  EXPECT_EQ(keys["fake"], keys["real"]);
}

TEST_F(OutsideFakes, WithoutItsLabelAnExportedClipIsAFault) {
  add("CC-BY-4.0,consented,1");
  const ExportResult result = export_all(false);
  for (const json& item : items(result)) {
    KnownItem known;
    known.label = item.at("label");
    EXPECT_EQ(wrong_label(known, label_of_clip(clip_of(result, item))), "");
    EXPECT_NE(wrong_label(known, ""), "");
  }
}

TEST_F(OutsideFakes, FootageThatTurnsOutToBeALabelledFakeClosesExport) {
  add("CC-BY-4.0,consented,1");
  Provenance fake(Label::kFake);
  copy_with_label(folder_ / "outside/real.mp4", folder_ / "labelled.mp4", fake);
  std::filesystem::rename(folder_ / "labelled.mp4", folder_ / "outside/real.mp4");
  EXPECT_THAT(export_all(false).refusals,
              Contains(testing::AllOf(
                  testing::Field(&GateFinding::check, "label_coverage"),
                  testing::Field(&GateFinding::offender, HasSubstr("would go out as real, but")))));
}

TEST_F(OutsideFakes, ARestrictedOneClosesPublicExport) {
  add("MIT,consented,0");
  const ExportResult result = export_all(true);
  EXPECT_FALSE(result.is_written);
  EXPECT_THAT(result.refusals,
              Contains(testing::AllOf(
                  testing::Field(&GateFinding::check, "licence"),
                  testing::Field(&GateFinding::offender, HasSubstr("others/fake.mp4")))));
}

}  // namespace
}  // namespace changeling
