#include "catalog/export/leak_probe.h"

#include <gmock/gmock.h>

#include "catalog/export/export_gate.h"
#include "common/base/digest.h"
#include "tests/support/process.h"
#include "tests/support/synthetic_clip.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

/// A fake and a control of each of 40 people; fakes are `shift` standard deviations away.
ProbeTable noisy_clips(double shift, int people = 40) {
  ProbeTable clips;
  std::uint64_t state = 1;
  const auto noise = [&state] {  // about normal, standard deviation 1
    double sum = -6;
    for (int i = 0; i < 12; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      sum += static_cast<double>(state >> 11) / 9007199254740992.0;
    }
    return sum;
  };
  for (int person = 0; person < people; ++person) {
    for (const bool is_fake : {false, true}) {
      clips.add({{"telling", noise() + (is_fake ? shift : 0)}, {"noise", noise()}}, is_fake,
                "person " + std::to_string(person));
    }
  }
  return clips;
}

TEST(RunProbe, FindsAPlantedShortcutAndNamesIt) {
  int steps = 0;
  const ProbeResult result = run_probe("codec", noisy_clips(3), 0.55, [&steps] { ++steps; });
  EXPECT_EQ(steps, kProbeSteps);
  EXPECT_GT(result.auc.value(), 0.9);
  EXPECT_EQ(result.feature, "telling");
  EXPECT_EQ(result.clips, 40);
  EXPECT_EQ(result.people, 40);
  EXPECT_TRUE(result.fails());
}

TEST(RunProbe, PassesAFairSet) {
  const ProbeResult result = run_probe("codec", noisy_clips(0), 0.55);
  EXPECT_FALSE(result.fails()) << result.auc.value();
}

TEST(RunProbe, ShuffledLabelsTellNothingHoweverTellingTheTrueOnesAre) {
  for (const double shift : {0.0, 3.0}) {
    const ProbeResult result = run_probe("codec", noisy_clips(shift), 0.55);
    EXPECT_NEAR(result.shuffled_auc.value(), 0.5, 0.06) << shift;
    EXPECT_TRUE(result.is_sound()) << shift;
  }
}

TEST(ShuffledAuc, BetraysAJudgeThatHasSeenWhatItJudges) {
  std::vector<LabelledFeatures> table;
  for (int i = 0; i < 60; ++i) {
    LabelledFeatures& row = table.emplace_back();
    for (int f = 0; f < 12; ++f) {
      row.features.push_back(static_cast<double>(sha256(std::to_string(100 * i + f)).bytes[0]));
    }
    row.is_positive = i % 2 == 0;
    row.group = i / 2;
  }
  ProbeResult result;
  result.auc = 0.5;
  result.limit = 0.55;
  result.clips = 30;
  result.shuffled_auc = shuffled_auc("codec", table, [](const auto& rows) {
    const LogisticModel model = fit_logistic(rows);
    std::vector<double> scores;
    for (const LabelledFeatures& row : rows) {
      scores.push_back(model.predict(row.features));
    }
    return scores;
  });
  EXPECT_GT(*result.shuffled_auc, 0.7);
  EXPECT_FALSE(result.is_sound());
  EXPECT_TRUE(result.fails());
  result.shuffled_auc =
      shuffled_auc("codec", table, [](const auto& rows) { return cross_validate_logistic(rows); });
  EXPECT_TRUE(result.is_sound()) << *result.shuffled_auc;
}

TEST(RunProbe, EqualFeaturesTellExactlyNothing) {
  ProbeTable clips;
  for (int i = 0; i < 20; ++i) {
    clips.add({{"same", 7}}, i % 2 == 0, "person " + std::to_string(i / 2));
  }
  EXPECT_DOUBLE_EQ(run_probe("metadata", clips, 0.52).auc.value(), 0.5);
}

TEST(RunProbe, FewPeopleAreNotJudged) {
  const ProbeResult result = run_probe("codec", noisy_clips(9, 9), 0.55);
  EXPECT_FALSE(result.auc);
  EXPECT_FALSE(result.fails());
  EXPECT_EQ(result.people, 9);
}

TEST(RunProbe, AFeatureThatSomeClipsLackCountsAsZero) {
  ProbeTable clips;
  for (int i = 0; i < 20; ++i) {
    clips.add(i % 2 == 0 ? ProbeFeatures{{"tag title", 1}} : ProbeFeatures{}, i % 2 == 0,
              "person " + std::to_string(i / 2));
  }
  const ProbeResult result = run_probe("metadata", clips, 0.52);
  EXPECT_DOUBLE_EQ(result.auc.value(), 1);
  EXPECT_EQ(result.feature, "tag title");
}

TEST(RunProbe, AllowsTheLimitOrChance) {
  ProbeResult result;
  result.limit = 0.55;
  result.clips = 10;
  EXPECT_NEAR(result.allowance(), 0.2593, 1e-4) << "1.96 sqrt(21 / 1200)";
  result.clips = 100000;
  EXPECT_DOUBLE_EQ(result.allowance(), result.limit - 0.5);
}

TEST(MetadataFeatures, SeeTagsAndBoxes) {
  const TempDir folder;
  write_clip(folder / "a.mp4", {});
  write_clip(folder / "b.mp4", {});
  const std::vector<std::string> retag = {
      "ffmpeg",    "-v",         "error",         "-i",        folder / "a.mp4",
      "-c",        "copy",       "-bitexact",     "-metadata", "title=something",
      "-movflags", "+faststart", folder / "c.mp4"};
  ASSERT_EQ(run_process(retag).exit_code, 0);
  const auto features_of = [&folder](const char* name) {
    return metadata_features(VideoReader(folder / name), folder / name);
  };
  const ProbeFeatures a = features_of("a.mp4"), c = features_of("c.mp4");
  EXPECT_EQ(a, features_of("b.mp4"));
  EXPECT_EQ(a.count("tag title"), 0U);
  EXPECT_EQ(c.at("tag title"), 1);
  EXPECT_GT(c.at("bytes of moov/udta"),
            a.count("bytes of moov/udta") > 0 ? a.at("bytes of moov/udta") : 0);
  EXPECT_LT(c.at("place of moov"), c.at("place of mdat"));
  EXPECT_GT(a.at("place of moov"), a.at("place of mdat"));
  EXPECT_EQ(a.count("bytes of mdat"), 0U) << "the codec probe judges sizes of pictures";
}

TEST(CodecFeatures, AreThoseOfTheFile) {
  const TempDir folder;
  ClipSpec clip;
  clip.n_frames = 25;
  write_clip(folder / "a.mp4", clip);
  const ProbeFeatures features = codec_features(VideoReader(folder / "a.mp4"), 5000, 25);
  EXPECT_EQ(features.at("width"), clip.width_px);
  EXPECT_EQ(features.at("frame_rate"), 25);
  EXPECT_EQ(features.at("bytes_per_frame"), 200);
  EXPECT_NEAR(features.at("bit_rate"), 40000, 1);
}

ProbeFeatures features_at(const std::filesystem::path& file, ClipSpec clip, int crf) {
  clip.n_frames = 6;
  clip.encoder_options = {"-crf", std::to_string(crf)};
  write_clip(file, clip);
  return codec_features(VideoReader(file), 1000, 6);
}

TEST(CodecFeatures, TellTheQuantizer) {
  const TempDir folder;
  const double fine = features_at(folder / "a.mp4", {}, 10).at("qp");
  const double coarse = features_at(folder / "b.mp4", {}, 30).at("qp");
  EXPECT_GT(fine, 1);
  EXPECT_NEAR(coarse - fine, 20, 4);
  EXPECT_LT(coarse, 40);
  const ProbeFeatures lossless = features_at(folder / "c.mp4", {}, 0);
  EXPECT_EQ(lossless.at("qp"), 0);
  EXPECT_EQ(lossless.at("qp_is_known"), 1) << "0 is a quantizer as any other";
}

TEST(CodecFeatures, LackTheQuantizerOfACodecThatHasNone) {
  const TempDir folder;
  ClipSpec clip;
  clip.codec = "ffv1";
  write_clip(folder / "a.mkv", clip);
  const ProbeFeatures features = codec_features(VideoReader(folder / "a.mkv"), 1000, 24);
  EXPECT_EQ(features.count("qp") + features.count("qp_is_known"), 0U);
}

/// Probe of the quantizer alone: ten people, a fake and a control each.
ProbeResult probe_quantizers(int crf_of_fakes) {
  const TempDir folder;
  ProbeTable clips;
  for (int person = 0; person < 10; ++person) {
    for (const bool is_fake : {false, true}) {
      ClipSpec clip;
      clip.seed = static_cast<std::uint64_t>(2 * person + (is_fake ? 1 : 0));
      const ProbeFeatures all = features_at(folder / "clip.mp4", clip, is_fake ? crf_of_fakes : 23);
      clips.add({{"qp", all.at("qp")}, {"qp_is_known", all.at("qp_is_known")}}, is_fake,
                "person " + std::to_string(person));
    }
  }
  return run_probe("codec", clips, 0.55);
}

TEST(CodecProbe, FindsAPlantedCrfByTheQuantizerAlone) {
  const ProbeResult planted = probe_quantizers(28);
  EXPECT_GT(planted.auc.value(), 0.9);
  EXPECT_EQ(planted.feature, "qp");
  EXPECT_TRUE(planted.fails());
  const ProbeResult clean = probe_quantizers(23);
  EXPECT_FALSE(clean.fails()) << clean.auc.value();
}

/// Ten people: fakes and controls of the fixture differ in nothing but their pictures.
TEST(ExportProbes, JudgeASetOfTenPeople) {
  const TempDir folder;
  ExportCatalogSpec shape;
  shape.parts = {"train"};
  shape.people_per_part = 10;
  shape.n_frames = 6;
  ExportCatalog catalog(folder.path(), shape);
  const ExportResult result = export_into(catalog, folder.path() / "out", small_spec());
  EXPECT_THAT(result.refusals, IsEmpty());
  ASSERT_EQ(result.probes.size(), 4U);
  EXPECT_DOUBLE_EQ(result.probes[1].auc.value(), 0.5) << "containers are alike: no chance involved";
  EXPECT_THAT(read_file(result.folder / "README.md"), HasSubstr("| metadata | holds | 0.5 |"));
  EXPECT_THAT(read_file(result.folder / "README.md"), HasSubstr("| 0.25928 |"));  // allowed off 0.5
  // What the freeze keeps in the catalog is what this run found.
  const FrozenVersion version = find_frozen_version(catalog.database(), "faces@1.0.0");
  const std::vector<ProbeResult> kept = kept_probes(catalog.database(), version).value();
  ASSERT_EQ(kept.size(), result.probes.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i].auc, result.probes[i].auc);
    EXPECT_EQ(kept[i].interval->low, result.probes[i].interval->low);
    EXPECT_EQ(kept[i].people, 10);
  }
}

}  // namespace
}  // namespace changeling
