#include "common/media/sound.h"

#include <string>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/labeled_video_writer.h"
#include "common/media/video_reader.h"
#include "common/media/xmp_box.h"
#include "tests/support/refusal.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

class SoundTest : public testing::Test {
 protected:
  /// A fake as the generator writes it.
  std::filesystem::path write_fake(const std::string& name, bool has_sound) {
    Provenance fake(Label::kFake);
    fake.method = "mesh_swap";
    fake.digital_source_type = "compositeCapture";
    fake.job_key = sha256("job");
    const ClipSpec clip;
    LabeledVideoWriter::Settings settings;
    settings.width_px = clip.width_px;
    settings.height_px = clip.height_px;
    if (has_sound) {
      write_audio_only(folder_ / "sound.m4a", 2);
      settings.audio_from = folder_ / "sound.m4a";
    }
    LabeledVideoWriter writer(folder_ / name, settings, fake);
    for (int i = 0; i < clip.n_frames; ++i) {
      writer.write(draw_frame(clip, i), i / 25.0);
    }
    return writer.finish().path;
  }

  std::filesystem::path write_with_sound(const std::string& name, int rotation_deg = 0) {
    ClipSpec clip;
    clip.has_audio = true;
    clip.rotation_deg = rotation_deg;
    clip.encoder_options = {"-bf", "2"};
    write_clip(folder_ / name, clip);
    return folder_ / name;
  }

  TempDir folder_;
};

TEST_F(SoundTest, IsFoundInEveryContainer) {
  for (const std::string name : {"a.mp4", "a.mov", "a.mkv", "a.avi", "a.ts"}) {
    EXPECT_TRUE(has_sound(write_with_sound(name))) << name;
  }
  write_clip(folder_ / "silent.ts", ClipSpec());
  EXPECT_FALSE(has_sound(folder_ / "silent.ts"));
  EXPECT_FALSE(has_sound(write_fake("silent.mp4", false)));
}

TEST_F(SoundTest, AMadeClipBecomesWhatItWouldBeWithoutSound) {
  const auto loud = write_fake("loud.mp4", true), silent = write_fake("silent.mp4", false);
  copy_without_sound(loud, folder_ / "copy.mp4");
  EXPECT_FALSE(has_sound(folder_ / "copy.mp4"));
  EXPECT_EQ(read_xmp_source_type(folder_ / "copy.mp4"), "compositeCapture");
  EXPECT_EQ(read_container_tags(folder_ / "copy.mp4"), read_container_tags(silent))
      << "in their order, too";
  EXPECT_EQ(sha256_file(folder_ / "copy.mp4"), sha256_file(silent));
}

TEST_F(SoundTest, TheVideoOfAForeignClipStaysAsItIs) {
  for (const std::string name : {"a.mp4", "a.mov", "a.mkv", "a.avi", "a.ts"}) {
    const std::filesystem::path from = write_with_sound(name), to = folder_ / ("copy_" + name);
    copy_without_sound(from, to);
    EXPECT_FALSE(has_sound(to)) << name;
    const VideoProbe before = probe_video(from), after = probe_video(to);
    EXPECT_EQ(after.stream_sha256, before.stream_sha256) << name;
    EXPECT_EQ(after.frame_count_from_index, before.frame_count_from_index) << name;
    EXPECT_NEAR(after.duration_seconds, before.duration_seconds, 0.002) << name;
  }
}

TEST_F(SoundTest, ATurnedClipStaysTurned) {
  copy_without_sound(write_with_sound("a.mp4", 90), folder_ / "copy.mp4");
  EXPECT_EQ(VideoReader(folder_ / "copy.mp4").info().rotation_deg, 90);
}

TEST_F(SoundTest, WhatCannotBeReadOrHeldIsRefused) {
  write_file_atomically(folder_ / "text.mp4", "no video");
  EXPECT_EQ(kind_thrown_by([&] { (void)has_sound(folder_ / "text.mp4"); }), ErrorKind::kInput);
  const std::filesystem::path clip = write_with_sound("a.mp4");
  for (const std::string name : {"a.unknown", "a.webm"}) {
    EXPECT_EQ(kind_thrown_by([&] { copy_without_sound(clip, folder_ / name); }), ErrorKind::kInput)
        << name;
  }
}

}  // namespace
}  // namespace changeling
