#include "generator/job/job_outputs.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/media/video_reader.h"
#include "generator/methods/compositor.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

Frame flat(std::uint8_t value) {
  return {32, 32, PixelFormat::kRgb24, std::vector<std::uint8_t>(32 * 32 * 3, value)};
}

/// A mask that is `value` in the right half.
Frame half_mask(std::uint8_t value) {
  std::vector<std::uint8_t> pixels(32 * 32, 0);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = i % 32 >= 16 ? value : 0;
  }
  return {32, 32, PixelFormat::kGray8, pixels};
}

Provenance fake_provenance() {
  Provenance provenance(Label::kFake);
  provenance.method = "mesh_swap";
  provenance.digital_source_type = "compositeCapture";
  provenance.job_key = sha256("job");
  provenance.inputs.push_back({"target", "c@1", "MIT", "licensed", true, sha256("t"), "aa", 0, 2});
  provenance.inputs.push_back({"source", "c@1", "NC", "licensed", false, sha256("s"), "bb", 0, 2});
  return provenance;
}

JobOutputs::Settings settings() {
  JobOutputs::Settings result;
  result.name = "job";
  result.profile = "lossless";
  result.video.width_px = 32;
  result.video.height_px = 32;
  result.video.encode.codec = "ffv1";
  return result;
}

class JobOutputsTest : public testing::Test {
 protected:
  FakeRow write_three_frames() {
    JobOutputs outputs(blobs_, settings(), fake_provenance());
    outputs.write(flat(10), composite(flat(10), flat(200), half_mask(255)), 0.0);
    outputs.write(flat(20), pass_through(flat(20)), 0.04);
    outputs.write(flat(30), composite(flat(30), flat(90), half_mask(128)), 0.08);
    return outputs.publish();
  }

  const ArtifactRow& artifact(const FakeRow& row, const std::string& kind) {
    return *std::find_if(row.artifacts.begin(), row.artifacts.end(),
                         [&](const ArtifactRow& each) { return each.kind == kind; });
  }

  Frame frame_of(const Digest& digest, std::int64_t index) {
    VideoReader reader(blobs_.path(digest));
    reader.seek(index);
    return reader.next_batch(1)->frames.front();
  }

  TempDir folder_;
  BlobStore blobs_{folder_.path() / "objects"};
};

TEST_F(JobOutputsTest, WritesFiveFilesWithTheirFrameCounts) {
  const FakeRow row = write_three_frames();
  EXPECT_EQ(row.artifacts.size(), 5U);
  EXPECT_EQ(artifact(row, "fake_video").n_frames, 3);
  EXPECT_EQ(artifact(row, "fake_video").manipulated_frames, 2);
  EXPECT_EQ(artifact(row, "mask_alpha").n_frames, 3);
  for (const ArtifactRow& each : row.artifacts) {
    EXPECT_TRUE(blobs_.contains(each.sha256)) << each.kind;
  }
}

TEST_F(JobOutputsTest, SpansFollowTheFrameStatuses) {
  const FakeRow row = write_three_frames();
  ASSERT_EQ(row.spans.size(), 3U);
  EXPECT_EQ(row.spans[1].status, FrameStatus::kPassthrough);
  EXPECT_EQ(row.spans[1].first_frame, 1);
}

TEST_F(JobOutputsTest, AFrameInWhichNothingIsSeenIsNoSwappedOne) {
  JobOutputs outputs(blobs_, settings(), fake_provenance());
  outputs.write(flat(10), composite(flat(10), flat(200), half_mask(255)), 0.0);
  outputs.write(flat(20), composite(flat(20), flat(200), half_mask(10)), 0.04);  // 7 levels
  const FakeRow row = outputs.publish();
  EXPECT_EQ(artifact(row, "fake_video").manipulated_frames, 1);
  ASSERT_EQ(row.spans.size(), 2U);
  EXPECT_EQ(row.spans[1].status, FrameStatus::kPassthrough);
  EXPECT_TRUE(frame_of(artifact(row, "fake_video").sha256, 1) == flat(20));
  for (const char* mask : {"mask_alpha", "mask_changed"}) {
    const Frame frame = frame_of(artifact(row, mask).sha256, 1);
    EXPECT_TRUE(std::all_of(frame.data(), frame.data() + frame.size_bytes(),
                            [](std::uint8_t value) { return value == 0; }))
        << mask;
  }
}

TEST_F(JobOutputsTest, ControlIsTheTargetAndFakeEqualsItOutsideAlpha) {
  const FakeRow row = write_three_frames();
  const Frame control = frame_of(artifact(row, "real_control").sha256, 0);
  const Frame fake = frame_of(artifact(row, "fake_video").sha256, 0);
  EXPECT_TRUE(control == flat(10));
  EXPECT_EQ(fake.data()[0], 10);
  EXPECT_EQ(fake.data()[31 * 3], 200);
}

TEST_F(JobOutputsTest, SidecarNamesFakeAndControlByLabel) {
  const FakeRow row = write_three_frames();
  const Sidecar sidecar = sidecar_from_json(blobs_.read(artifact(row, "sidecar").sha256));
  EXPECT_EQ(sidecar.provenance.label, Label::kFake);
  ASSERT_EQ(sidecar.outputs.size(), 4U);
  EXPECT_EQ(sidecar.outputs[0].label, "fake");
  EXPECT_EQ(sidecar.outputs[1].label, "real_control");
  EXPECT_EQ(sidecar.outputs[2].label, "");
}

TEST_F(JobOutputsTest, RecordsStandInTheSidecarAsIfItWereWrittenAtOnce) {
  Sidecar whole(fake_provenance());
  JobOutputs outputs(blobs_, settings(), fake_provenance());
  for (int i = 0; i < 3; ++i) {
    ComposedFrame frame = composite(flat(10), flat(200), half_mask(255));
    frame.record = FrameRecord{};
    frame.record->frame_index = i;
    frame.record->flags = {"interpolated"};
    frame.record->sources = {{7, true, 0.25}, {9, false, 0.75}};
    whole.frames.push_back(*frame.record);
    outputs.write(flat(10), frame, i / 25.0);
  }
  const FakeRow row = outputs.publish();
  const std::string written = blobs_.read(artifact(row, "sidecar").sha256);
  const Sidecar read = sidecar_from_json(written);
  whole.outputs = read.outputs;
  whole.spans = row.spans;
  EXPECT_EQ(written, to_json(whole));
  EXPECT_TRUE(std::filesystem::is_empty(blobs_.staging()));
}

TEST_F(JobOutputsTest, TheSameJobGivesTheSameDigests) {
  const FakeRow first = write_three_frames();
  const FakeRow second = write_three_frames();
  for (std::size_t i = 0; i < first.artifacts.size(); ++i) {
    EXPECT_EQ(first.artifacts[i].sha256, second.artifacts[i].sha256) << first.artifacts[i].kind;
  }
}

TEST_F(JobOutputsTest, APixelChangedOutsideAlphaStopsTheJob) {
  ComposedFrame strayed = composite(flat(10), flat(200), half_mask(255));
  std::vector<std::uint8_t> pixels(strayed.frame.data(),
                                   strayed.frame.data() + strayed.frame.size_bytes());
  pixels[0] ^= 1;
  strayed.frame = Frame(32, 32, PixelFormat::kRgb24, pixels);
  JobOutputs outputs(blobs_, settings(), fake_provenance());
  EXPECT_THROW(outputs.write(flat(10), strayed, 0.0), Error);
}

TEST(ControlProvenance, KeepsTheTargetAloneAndItsLicence) {
  const Provenance control = control_provenance(fake_provenance());
  EXPECT_EQ(control.label, Label::kRealControl);
  ASSERT_EQ(control.inputs.size(), 1U);
  EXPECT_EQ(control.inputs[0].role, "target");
  EXPECT_TRUE(control.redistributable());
  EXPECT_TRUE(control.method.empty());
}

}  // namespace
}  // namespace changeling
