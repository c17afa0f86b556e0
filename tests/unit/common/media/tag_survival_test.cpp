// What is left of a fake's labels after what people do with clips. The table in
// docs/formats/sidecar.md says the same, row by row.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/container_boxes.h"
#include "common/media/video_reader.h"
#include "tests/support/labeled_clip.h"
#include "tests/support/process.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using Tags = std::map<std::string, std::string>;

/// Options between input and output, and the suffix of the output.
struct Treatment {
  std::vector<std::string> options;
  std::string suffix;
};

const std::vector<Treatment>& treatments() {
  static const std::vector<Treatment> all = {
      {{"-c", "copy"}, ".mp4"},
      {{"-c", "copy", "-movflags", "use_metadata_tags"}, ".mp4"},
      {{"-c", "copy", "-map_metadata", "-1"}, ".mp4"},
      {{"-c", "copy"}, ".mkv"},
      {{"-c", "copy", "-t", "0.4"}, ".mp4"},
      {{"-c:v", "libx264", "-crf", "28"}, ".mp4"},
      {{"-c:v", "libx264", "-crf", "28"}, ".mkv"},
      {{"-c:v", "libx265", "-vf", "scale=64:-2"}, ".mp4"},
  };
  return all;
}

Tags tags_of(const std::filesystem::path& file) {
  const auto tags = read_container_tags(file);
  return {tags.begin(), tags.end()};
}

WrittenVideo write_video(const std::filesystem::path& path, const Provenance& provenance) {
  return write_labeled_clip(path, draw_frames({}), provenance);
}

WrittenVideo write_fake(const std::filesystem::path& path) {
  Provenance fake(Label::kFake);
  fake.method = "mesh_swap";
  fake.digital_source_type = "compositeCapture";
  fake.job_key = sha256("job");
  return write_video(path, fake);
}

/// The text of the XMP element; nullopt = there is none.
std::optional<std::string> xmp_source_type(const std::filesystem::path& file) {
  const std::string bytes = read_file(file), name = "Iptc4xmpExt:DigitalSourceType>";
  const std::size_t first = bytes.find("<" + name), last = bytes.find("</" + name);
  if (first == std::string::npos || last == std::string::npos) {
    return std::nullopt;
  }
  return bytes.substr(first + name.size() + 1, last - first - name.size() - 1);
}

std::string word(bool is_kept) {
  return is_kept ? "kept" : "lost";
}

/// A row of the table: what was done, then what is left.
std::string measured_row(const TempDir& folder, const Treatment& treatment,
                         const WrittenVideo& fake) {
  const std::filesystem::path out = folder / ("out" + treatment.suffix);
  std::vector<std::string> argv = {"ffmpeg", "-v", "error", "-y", "-i", fake.path};
  argv.insert(argv.end(), treatment.options.begin(), treatment.options.end());
  argv.push_back(out);
  run_or_throw(argv);
  std::string options;
  for (const std::string& option : treatment.options) {
    options += option + " ";
  }
  const Tags before = tags_of(fake.path), after = tags_of(out);
  const auto keeps = [&](const std::string& key) {
    const auto found = after.find(key);
    return found != after.end() && found->second == before.at(key);
  };
  const std::vector<std::string> own = {"changeling_label", "changeling_method", "changeling_job",
                                        "changeling_source_type"};
  const auto n_kept = std::count_if(own.begin(), own.end(), keeps);
  EXPECT_TRUE(n_kept == 0 || n_kept == 4) << "they stay or go together";
  return "| `" + options + "OUT" + treatment.suffix + "` | " + word(keeps("comment")) + " | " +
         word(n_kept == 4) + " | " + word(xmp_source_type(out).has_value()) + " | " +
         word(video_stream_sha256(out) == fake.stream_sha256) + " |";
}

TEST(TagSurvival, IsAsTheTableSays) {
  const TempDir folder;
  const WrittenVideo fake = write_fake(folder / "fake.mp4");
  ASSERT_EQ(tags_of(fake.path).count("changeling_source_type"), 1U);
  std::string table;
  for (const Treatment& treatment : treatments()) {
    table += measured_row(folder, treatment, fake) + "\n";
  }
  const std::string page = read_file(CHANGELING_SOURCE_DIR "/docs/formats/sidecar.md");
  EXPECT_NE(page.find(table), std::string::npos) << "docs/formats/sidecar.md must hold\n" << table;
}

TEST(XmpLabel, NamesTheSourceInABoxOfItsOwn) {
  const TempDir folder;
  const WrittenVideo fake = write_fake(folder / "fake.mp4");
  EXPECT_EQ(xmp_source_type(fake.path),
            "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture");
  EXPECT_EQ(container_boxes(fake.path).back().path, "uuid");
  EXPECT_EQ(probe_video(fake.path).frame_count_from_index, ClipSpec().n_frames);
}

/// Same element, same size: the box of a control must not tell it from a fake.
TEST(XmpLabel, OfAControlIsEmptyAndAsLong) {
  const TempDir folder;
  const WrittenVideo fake = write_fake(folder / "fake.mp4");
  const WrittenVideo control = write_video(folder / "b.mp4", Provenance(Label::kRealControl));
  EXPECT_EQ(xmp_source_type(control.path), "");
  EXPECT_EQ(control.bytes, fake.bytes) << "equal frames, so equal files but for values";
  EXPECT_EQ(control.stream_sha256, fake.stream_sha256);
}

TEST(XmpLabel, RefusesWhatIsNoTerm) {
  const TempDir folder;
  Provenance fake(Label::kFake);
  fake.digital_source_type = "a</b>";
  EXPECT_THROW(write_video(folder / "a.mp4", fake), Error);
}

/// The comment alone tells what the clip is and which job made it.
TEST(TagSurvival, TheCommentLeadsToTheSidecar) {
  const TempDir folder;
  const WrittenVideo fake = write_fake(folder / "fake.mp4");
  run_or_throw({"ffmpeg", "-v", "error", "-i", fake.path, "-c", "copy", folder / "out.mp4"});
  const std::string comment = tags_of(folder / "out.mp4").at("comment");
  EXPECT_NE(comment.find("label=fake"), std::string::npos);
  EXPECT_NE(comment.find("job=" + sha256("job").hex()), std::string::npos);
}

}  // namespace
}  // namespace changeling
