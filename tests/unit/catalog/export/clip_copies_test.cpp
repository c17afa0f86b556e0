#include "catalog/export/clip_copies.h"

#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "common/media/own_label.h"
#include "common/media/sound.h"
#include "common/media/video_reader.h"
#include "tests/support/synthetic_clip.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

ItemFile file_of(const fs::path& path) {
  return {path, sha256_file(path), static_cast<std::int64_t>(fs::file_size(path))};
}

class ClipCopiesTest : public testing::Test {
 protected:
  ItemFile clip(const std::string& name, bool has_audio, int n_frames = 5) {
    ClipSpec spec;
    spec.n_frames = n_frames;
    spec.has_audio = has_audio;
    write_clip(folder_ / name, spec);
    return file_of(folder_ / name);
  }

  TempDir folder_, copies_;
};

TEST_F(ClipCopiesTest, ASilentClipIsTakenAsItIs) {
  const ItemFile video = clip("a.mp4", false);
  ClipCopies copies(copies_.path());
  EXPECT_EQ(copies.without_sound(video, ".mp4", sha256("not asked for")).path, video.path);
  EXPECT_TRUE(fs::is_empty(copies_.path()));
}

TEST_F(ClipCopiesTest, ACopyIsMadeOnceAndGoesWithItsMaker) {
  const ItemFile video = clip("a.mp4", true);
  const Digest stream = video_stream_sha256(video.path);
  {
    ClipCopies copies(copies_.path());
    const ItemFile copy = copies.without_sound(video, ".mp4", stream);
    EXPECT_FALSE(has_sound(copy.path));
    EXPECT_EQ(copy.sha256, sha256_file(copy.path));
    EXPECT_EQ(copy.bytes, static_cast<std::int64_t>(fs::file_size(copy.path)));
    fs::remove(video.path);
    EXPECT_EQ(copies.without_sound(video, ".mp4", stream).path, copy.path);
  }
  EXPECT_TRUE(fs::is_empty(copies_.path()));
}

TEST_F(ClipCopiesTest, OfTemporaryCopiesTheLastTwoStayInAFolderOfTheirOwn) {
  const ItemFile a = clip("a.mp4", true), b = clip("b.mkv", true), c = clip("c.mp4", true, 9);
  fs::path folder;
  {
    ClipCopies copies;
    const ItemFile first = copies.without_sound(a, ".mp4", video_stream_sha256(a.path));
    const ItemFile second = copies.without_sound(b, ".mkv", video_stream_sha256(b.path));
    folder = first.path.parent_path();
    EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all) << "nobody else's links";
    EXPECT_TRUE(fs::exists(first.path));
    (void)copies.without_sound(c, ".mp4", video_stream_sha256(c.path));
    EXPECT_FALSE(fs::exists(first.path));
    EXPECT_TRUE(fs::exists(second.path));
  }
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(ClipCopiesTest, AClipOfACorpusGoesOutWithItsLabel) {
  ClipCopies copies(copies_.path());
  for (const std::string extension : {".mp4", ".avi", ".webm", ".flv", ".mpg"}) {
    ClipSpec spec;
    spec.n_frames = 9;
    spec.codec = extension == ".webm"  ? "libvpx-vp9"
                 : extension == ".mpg" ? "mpeg2video"
                                       : "libx264";
    spec.has_audio = extension == ".mp4";
    write_clip(folder_ / ("clip" + extension), spec);
    const ItemFile video = file_of(folder_ / ("clip" + extension));
    Provenance declared(extension == ".avi" ? Label::kReal : Label::kFake);
    declared.job_key = video_stream_sha256(video.path);
    const ItemFile copy = copies.with_label(video, extension, declared);
    EXPECT_NE(copy.path, video.path);
    EXPECT_FALSE(has_sound(copy.path));
    EXPECT_EQ(label_of_clip(copy.path), to_string(declared.label)) << extension;
    EXPECT_EQ(video_stream_sha256(copy.path), declared.job_key) << extension;
  }
}

TEST_F(ClipCopiesTest, WhatItsContainerDoesNotTakeAgainBecomesMatroska) {
  ClipSpec spec;
  spec.n_frames = 9;
  spec.codec = "libx265";
  write_clip(folder_ / "hevc.mp4", spec);
  fs::rename(folder_ / "hevc.mp4", folder_ / "hevc.m4v");  // of which FFmpeg makes no HEVC
  const ItemFile video = file_of(folder_ / "hevc.m4v");
  for (const Label label : {Label::kFake, Label::kReal}) {
    ClipCopies copies(copies_.path());
    Provenance declared(label);
    declared.job_key = video_stream_sha256(video.path);
    const ItemFile copy = copies.with_label(video, ".m4v", declared);
    EXPECT_EQ(copy.path.extension(), ".mkv");
    EXPECT_EQ(label_of_clip(copy.path), to_string(label));
    EXPECT_EQ(video_stream_sha256(copy.path), declared.job_key);
  }
  EXPECT_TRUE(fs::is_empty(copies_.path())) << "what failed, too";
}

TEST_F(ClipCopiesTest, MpegTsUnderAnotherNameBecomesAvi) {
  for (const std::string codec : {"libx264", "libx265"}) {
    ClipSpec spec;
    spec.n_frames = 12;
    spec.codec = codec;
    spec.encoder_options = {"-bf", "2"};
    write_clip(folder_ / (codec + ".ts"), spec);
    fs::rename(folder_ / (codec + ".ts"), folder_ / (codec + ".mp4"));
    const ItemFile video = file_of(folder_ / (codec + ".mp4"));
    ClipCopies copies(copies_.path());
    Provenance declared(Label::kFake);
    declared.job_key = video_stream_sha256(video.path);
    const ItemFile copy = copies.with_label(video, ".mp4", declared);
    EXPECT_EQ(copy.path.extension(), ".avi") << codec;
    EXPECT_EQ(label_of_clip(copy.path), "fake") << codec;
    const auto shown = VideoReader(video.path).next_batch(20);
    EXPECT_TRUE(VideoReader(copy.path).next_batch(20)->frames == shown->frames) << codec;
  }
}

TEST_F(ClipCopiesTest, WhatNoContainerCopiesTrulyIsNamed) {
  ClipSpec spec;  // of which m4v takes no copy, and no other container hides an end
  spec.codec = "libx265";
  write_clip(folder_ / "cut.mp4", spec);
  hide_mp4_end(folder_ / "cut.mp4", 480);
  fs::rename(folder_ / "cut.mp4", folder_ / "cut.m4v");
  const ItemFile video = file_of(folder_ / "cut.m4v");
  ClipCopies copies(copies_.path());
  Provenance declared(Label::kFake);
  declared.job_key = video_stream_sha256(video.path);
  try {
    (void)copies.with_label(video, ".m4v", declared);
    FAIL() << "no copy shows what the clip shows";
  } catch (const UncopiedClip& error) {
    EXPECT_THAT(error.what(), HasSubstr(video.path.string()));
  }
  EXPECT_TRUE(fs::is_empty(copies_.path()));
}

TEST_F(ClipCopiesTest, AnotherStreamIsRefused) {
  ClipCopies copies(copies_.path());
  const ItemFile video = clip("a.mp4", true);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(message_of([&] { (void)copies.without_sound(video, ".mp4", sha256("another")); }),
                HasSubstr("in a copy its video is another"));
  }
}

/// Everything in a catalog has sound, the corpus clips, too.
class SilentExportTest : public testing::Test {
 protected:
  static ExportCatalogSpec loud() {
    ExportCatalogSpec spec;
    spec.parts = {"train", "test"};
    spec.n_frames = 8;
    spec.has_sound = true;
    return spec;
  }

  static DatasetSpec every_format() {
    DatasetSpec spec = small_spec();
    spec.formats.clear();
    for (const ExportFormat& format : builtin_formats()) {
      spec.formats.push_back(format.name);
    }
    return spec;
  }

  [[nodiscard]] bool nothing_is_staged() const { return fs::is_empty(catalog_.blobs().staging()); }

  TempDir base_, out_;
  ExportCatalog catalog_{base_.path(), loud()};
};

TEST_F(SilentExportTest, NoFormatHasAClipWithSound) {
  const ExportResult made = export_into(catalog_, out_.path(), every_format());
  ASSERT_TRUE(made.is_written);
  std::map<std::string, int> clips;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(made.folder)) {
    if (entry.path().extension() == ".mp4") {
      EXPECT_FALSE(has_sound(entry.path())) << entry.path();
      ++clips[*fs::relative(entry.path(), made.folder).begin()];
    }
  }
  for (const char* format : {"videofolder", "ffpp", "dfdc", "celebdf"}) {
    EXPECT_EQ(clips[format], 8) << format;
  }
  EXPECT_EQ(faults_of(made.folder, catalog_.keys()), "") << "of tars and manifests, too";
  EXPECT_TRUE(nothing_is_staged());
}

TEST_F(SilentExportTest, LabelsAndStreamsStay) {
  const ExportResult made = export_into(catalog_, out_.path(), small_spec());
  std::ifstream lines(made.folder / "items.jsonl");
  std::string line;
  int fakes = 0;
  while (std::getline(lines, line)) {
    const json item = json::parse(line);
    const bool is_fake = item.at("label") == "fake";
    const fs::path clip = made.folder / "videofolder" / hub_part(item.at("part")) /
                          (is_fake ? "fake" : "real") /
                          (item.at("key").get<std::string>() + ".mp4");
    EXPECT_EQ(video_stream_sha256(clip).hex(), item.at("stream_sha256"));
    EXPECT_EQ(sha256_file(clip).hex(), item.at("sha256"));
    const auto tags = read_container_tags(clip);
    const std::map<std::string, std::string> by_name(tags.begin(), tags.end());
    EXPECT_EQ(by_name.at("changeling_label"), item.at("label"));
    fakes += is_fake ? 1 : 0;
  }
  EXPECT_EQ(fakes, 4);
}

TEST_F(SilentExportTest, ASecondExportHasTheSameBytes) {
  const fs::path first = export_into(catalog_, out_.path() / "a", every_format()).folder;
  const fs::path second = export_into(catalog_, out_.path() / "b", every_format()).folder;
  EXPECT_EQ(read_file(first / "SHA256SUMS"), read_file(second / "SHA256SUMS"));
}

TEST_F(SilentExportTest, ADryRunLeavesNothing) {
  ExportRequest request;
  request.spec = small_spec();
  request.out = out_.path();
  request.dry_run = true;
  const ExportResult planned =
      run_export(catalog_.database(), catalog_.blobs(), catalog_.roots(), catalog_.keys(), request);
  EXPECT_TRUE(planned.refusals.empty());
  EXPECT_TRUE(fs::is_empty(out_.path()));
  EXPECT_TRUE(nothing_is_staged());
}

}  // namespace
}  // namespace changeling
