#include "common/base/provenance.h"

#include <cstdint>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

Provenance example() {
  Provenance provenance(Label::kFake);
  provenance.method = "mesh_swap";
  provenance.digital_source_type = "compositeCapture";
  provenance.job_key = sha256("job");
  provenance.config_sha256 = sha256("config");
  provenance.seed = 18446744073709551615ULL;
  provenance.git_commit = "0123";
  provenance.versions = {{"ffmpeg", "5.1"}};
  provenance.inputs.push_back(
      {"target", "clips@1", "MIT", "licensed", true, sha256("t"), "aa", 0, 9});
  provenance.models.push_back({"lmk68", "pkg", "0.0.1", sha256("m"), "MIT", ""});
  return provenance;
}

TEST(Provenance, RoundTripsThroughJson) {
  const std::string text = to_json(example());
  EXPECT_EQ(to_json(provenance_from_json(text)), text);
}

TEST(Provenance, OneRestrictedInputRestrictsTheClip) {
  Provenance provenance = example();
  EXPECT_TRUE(provenance.redistributable());
  provenance.inputs.push_back(provenance.inputs.front());
  provenance.inputs.back().redistributable = false;
  EXPECT_FALSE(provenance.redistributable());
}

TEST(Provenance, ARestrictedNetworkRestrictsTheClip) {
  Provenance provenance = example();
  provenance.models.push_back({"fsgan_reenactment", "msresunet_v2", "1", sha256("r"),
                               "MIT; of segmentation: research only, Not Redistributable (FASSEG)",
                               ""});
  EXPECT_FALSE(provenance.redistributable());
  EXPECT_TRUE(control_provenance(provenance).redistributable()) << "no network made the control";
}

TEST(Provenance, WithoutInputsNothingIsRedistributable) {
  EXPECT_FALSE(Provenance(Label::kReal).redistributable());
}

TEST(Provenance, DamagedJsonIsAnInputError) {
  EXPECT_THROW((void)provenance_from_json("{}"), Error);
  EXPECT_THROW((void)provenance_from_json("not json"), Error);
}

TEST(Sidecar, RoundTripsThroughJson) {
  Sidecar sidecar(example());
  sidecar.outputs.push_back({"fake_video", "fake", sha256("f"), sha256("s"), 10});
  sidecar.spans = {{0, 3, FrameStatus::kSwapped}, {4, 9, FrameStatus::kPassthrough}};
  const std::string text = to_json(sidecar);
  EXPECT_EQ(to_json(sidecar_from_json(text)), text);
}

TEST(Sidecar, KeepsHowFramesCameAbout) {
  Sidecar sidecar(example());
  EXPECT_EQ(to_json(sidecar).find("frames\":"), std::string::npos);
  sidecar.frames.push_back({7,
                            "",
                            {"pose_clamped"},
                            {1, 2, 30, 30},
                            {10.5F, -3, 0.25F},
                            12.5,
                            {{4, true, 0.75}, {9, false, 0.25}}});
  sidecar.frames.push_back({8, "no_face", {}, {}, {}, 0, {}});
  const Sidecar read = sidecar_from_json(to_json(sidecar));
  ASSERT_EQ(read.frames.size(), 2U);
  EXPECT_EQ(read.frames[0].flags, std::vector<std::string>{"pose_clamped"});
  EXPECT_EQ(read.frames[0].pose_deg.yaw_deg, 10.5F);
  EXPECT_TRUE(read.frames[0].sources[0].is_mirrored);
  EXPECT_EQ(read.frames[0].sources[1].weight, 0.25);
  EXPECT_EQ(read.frames[1].reason, "no_face");
  EXPECT_EQ(to_json(read), to_json(sidecar));
}

TEST(Sidecar, RefusesSpansThatDoNotAscend) {
  Sidecar sidecar(example());
  sidecar.spans = {{2, 0, FrameStatus::kSwapped}};
  EXPECT_THROW((void)sidecar_from_json(to_json(sidecar)), Error);
  sidecar.spans = {{0, 3, FrameStatus::kSwapped}, {3, 4, FrameStatus::kPassthrough}};
  EXPECT_THROW((void)sidecar_from_json(to_json(sidecar)), Error);
  sidecar.spans = {{-1, 3, FrameStatus::kSwapped}};
  EXPECT_THROW((void)sidecar_from_json(to_json(sidecar)), Error);
  sidecar.spans = {{0, INT64_MAX, FrameStatus::kSwapped}};
  EXPECT_THROW((void)sidecar_from_json(to_json(sidecar)), Error);
}

TEST(Spans, GroupEqualNeighbours) {
  const auto spans =
      to_spans({FrameStatus::kPassthrough, FrameStatus::kSwapped, FrameStatus::kSwapped});
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[1].first_frame, 1);
  EXPECT_EQ(spans[1].last_frame, 2);
  EXPECT_EQ(spans[1].status, FrameStatus::kSwapped);
}

}  // namespace
}  // namespace changeling
