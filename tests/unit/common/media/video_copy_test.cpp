#include "common/media/video_copy.h"

#include <map>
#include <string>

#include <gmock/gmock.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/container_boxes.h"
#include "common/media/own_label.h"
#include "common/media/sound.h"
#include "common/media/video_reader.h"
#include "common/media/xmp_box.h"
#include "tests/support/labeled_clip.h"
#include "tests/support/process.h"
#include "tests/support/refusal.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class VideoCopyTest : public testing::Test {
 protected:
  /// A fake as the generator writes it.
  std::filesystem::path write_fake(const std::string& name, bool has_sound) {
    Provenance fake(Label::kFake);
    fake.method = "mesh_swap";
    fake.digital_source_type = "compositeCapture";
    fake.job_key = sha256("job");
    std::optional<std::filesystem::path> sound;
    if (has_sound) {
      sound = folder_ / "sound.m4a";
      write_audio_only(*sound, 2);
    }
    return write_labeled_clip(folder_ / name, draw_frames({}), fake, "h264", sound).path;
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

TEST_F(VideoCopyTest, AMadeClipBecomesWhatItWouldBeWithoutSound) {
  const auto loud = write_fake("loud.mp4", true), silent = write_fake("silent.mp4", false);
  copy_without_sound(loud, folder_ / "copy.mp4");
  EXPECT_FALSE(has_sound(folder_ / "copy.mp4"));
  EXPECT_EQ(read_xmp_source_type(folder_ / "copy.mp4"), "compositeCapture");
  EXPECT_EQ(read_container_tags(folder_ / "copy.mp4"), read_container_tags(silent))
      << "in their order, too";
  EXPECT_EQ(sha256_file(folder_ / "copy.mp4"), sha256_file(silent));
}

TEST_F(VideoCopyTest, TheVideoOfAForeignClipStaysAsItIs) {
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

TEST_F(VideoCopyTest, ATurnedClipStaysTurned) {
  copy_without_sound(write_with_sound("a.mp4", 90), folder_ / "copy.mp4");
  EXPECT_EQ(VideoReader(folder_ / "copy.mp4").info().rotation_deg, 90);
}

TEST_F(VideoCopyTest, ACopyShowsNoFrameThatTheEditListHides) {
  const std::filesystem::path clip = folder_ / "a.mp4";
  write_clip(clip, ClipSpec());
  run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-ss", "0.5", "-i", clip.string(), "-c",
                "copy", "-bitexact", (folder_ / "late.mp4").string()});
  copy_without_sound(folder_ / "late.mp4", folder_ / "copy.mp4");
  const std::int64_t shown = probe_video(folder_ / "late.mp4").frame_count_from_index;
  EXPECT_LT(shown, 24);
  EXPECT_EQ(probe_video(folder_ / "copy.mp4").frame_count_from_index, shown);

  hide_mp4_end(clip, 480);
  ASSERT_EQ(probe_video(clip).frame_count_from_index, 12);
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { copy_without_sound(clip, folder_ / "copy.mkv"); }, &message),
            ErrorKind::kInput);
  EXPECT_THAT(message, HasSubstr("a.mp4': it shows 12 frames, a copy 24"));
}

TEST_F(VideoCopyTest, AnMp4WhoseEndAnEditListHidesKeepsItHidden) {
  for (const char* b_frames : {"0", "3"}) {
    for (const std::string name : {"a.mp4", "a.mov", "a.m4v"}) {
      ClipSpec spec;
      spec.frame_rate = {24, 1};  // no frame begins at a whole millisecond
      spec.encoder_options = {"-bf", b_frames, "-g", "100"};
      const std::filesystem::path clip = folder_ / name, copy = folder_ / ("copy_" + name);
      write_clip(clip, spec);
      hide_mp4_end(clip, 460);
      copy_without_sound(clip, copy);
      const VideoProbe before = probe_video(clip), after = probe_video(copy);
      EXPECT_LT(before.frame_count_from_index, 24) << name;
      EXPECT_EQ(after.frame_count_from_index, before.frame_count_from_index) << name;
      EXPECT_EQ(after.stream_sha256, before.stream_sha256) << name << ": all packets stay";
      const auto shown = VideoReader(clip).next_batch(30), again = VideoReader(copy).next_batch(30);
      EXPECT_TRUE(shown->frames == again->frames) << name;
    }
  }
}

TEST_F(VideoCopyTest, AnAviHasTheFrameRateOfItsClip) {
  copy_without_sound(write_with_sound("a.ts"), folder_ / "copy.avi");
  const VideoInfo info = VideoReader(folder_ / "copy.avi").info();
  EXPECT_EQ(info.frame_rate.numerator, 25 * info.frame_rate.denominator);
}

TEST_F(VideoCopyTest, WhatCannotBeReadOrHeldIsRefused) {
  const std::filesystem::path clip = write_with_sound("a.mp4");
  for (const std::string name : {"a.unknown", "a.webm"}) {
    EXPECT_EQ(kind_thrown_by([&] { copy_without_sound(clip, folder_ / name); }), ErrorKind::kInput)
        << name;
  }
}

Provenance declared(Label label) {
  Provenance provenance(label);
  provenance.job_key = sha256("stream");
  if (label == Label::kFake) {
    provenance.method = "declared_Face2Face";
    provenance.digital_source_type = "compositeCapture";
  }
  return provenance;
}

TEST_F(VideoCopyTest, ACorpusClipGetsItsLabelAndKeepsItsVideo) {
  for (const std::string name : {"a.mp4", "a.mov", "a.m4v", "a.mkv", "a.avi"}) {
    const std::filesystem::path from = write_with_sound(name), to = folder_ / ("copy_" + name);
    for (const Label label : {Label::kFake, Label::kReal}) {
      copy_with_label(from, to, declared(label));
      EXPECT_EQ(label_of_clip(to), to_string(label)) << name;
      EXPECT_EQ(video_stream_sha256(to), video_stream_sha256(from)) << name;
      EXPECT_EQ(fake_by_own_words(to).has_value(), label == Label::kFake) << name;
      EXPECT_FALSE(has_sound(to)) << name;
    }
  }
}

TEST_F(VideoCopyTest, DeclaredFakesAndFootageDifferInWordsAlone) {
  const std::filesystem::path clip = write_with_sound("a.mp4");
  copy_with_label(clip, folder_ / "fake.mp4", declared(Label::kFake));
  copy_with_label(clip, folder_ / "real.mp4", declared(Label::kReal));
  EXPECT_EQ(read_xmp_source_type(folder_ / "fake.mp4"), "compositeCapture");
  EXPECT_EQ(read_xmp_source_type(folder_ / "real.mp4"), "");
  const auto boxes = [&](const char* name) {
    std::string text;
    for (const ContainerBox& box : container_boxes(folder_ / name)) {
      text += box.path + " " + std::to_string(box.at) + " " + std::to_string(box.bytes) + "\n";
    }
    return text;
  };
  EXPECT_EQ(boxes("fake.mp4"), boxes("real.mp4"));
  const ContainerTags fake = read_container_tags(folder_ / "fake.mp4");
  const ContainerTags real = read_container_tags(folder_ / "real.mp4");
  ASSERT_EQ(fake.size(), real.size());
  for (std::size_t i = 0; i < fake.size(); ++i) {
    EXPECT_EQ(fake[i].first, real[i].first);
  }
}

TEST_F(VideoCopyTest, ALabelledCopyHasNoTagOfItsCorpus) {
  ClipSpec spec;
  spec.encoder_options = {"-metadata", "location=+52.5+013.4/", "-metadata", "title=Ann"};
  write_clip(folder_ / "a.mp4", spec);
  copy_with_label(folder_ / "a.mp4", folder_ / "copy.mp4", declared(Label::kReal));
  for (const auto& [key, value] : read_container_tags(folder_ / "copy.mp4")) {
    EXPECT_NE(key, "title");
    EXPECT_NE(key.substr(0, 8), "location");
  }
}

}  // namespace
}  // namespace changeling
