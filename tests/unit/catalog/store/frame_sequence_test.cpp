#include "catalog/store/frame_sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

MediaRow sequence(const std::string& sighting) {
  MediaRow medium;
  medium.kind = std::string(kFrameSequence);
  medium.rel_path = frame_sequence_path("frames/9.png", sighting);
  return medium;
}

SightingRow seen(const std::string& sighting, const std::string& file, std::int64_t place) {
  SightingRow row;
  row.ext_sighting_id = frame_sighting_id(sighting, "frames/" + file);
  row.frame = place;
  return row;
}

TEST(FrameSequence, IsNamedAfterASighting) {
  const MediaRow medium = sequence("100");
  EXPECT_EQ(medium.rel_path, "frames/seq-ad57366865126e55") << "$(printf 100 | sha256sum)";
  EXPECT_TRUE(is_of_sequence(medium, seen("100", "9.png", 0)));
  EXPECT_FALSE(is_of_sequence(medium, seen("200", "9.png", 0)));
  SightingRow plain;
  plain.ext_sighting_id = "100";
  EXPECT_FALSE(is_of_sequence(medium, plain));
}

TEST(FrameSequence, FilesFollowTheirPlaces) {
  const std::vector<SightingRow> rows = {seen("100", "10.png", 1), seen("100", "9.png", 0),
                                         seen("200", "10.png", 1)};
  EXPECT_THAT(frame_files(sequence("100"), rows),
              ElementsAre(Pair(0, "frames/9.png"), Pair(1, "frames/10.png")));
  MediaRow video;
  video.rel_path = "v.mp4";
  EXPECT_THAT(frame_files(video, rows), IsEmpty());
}

TEST(FrameSequence, AFileHasOnePlaceAndAPlaceOneFile) {
  std::string message;
  const auto refuses = [&message](const std::vector<SightingRow>& rows) {
    return kind_thrown_by([&] { (void)frame_files(sequence("100"), rows); }, &message) ==
           ErrorKind::kInput;
  };
  EXPECT_TRUE(refuses({seen("100", "9.png", 0), seen("200", "10.png", 0)}));
  EXPECT_THAT(message, HasSubstr("'9.png' and '10.png' stand at place 0"));
  EXPECT_TRUE(refuses({seen("100", "9.png", 0), seen("200", "9.png", 1)}));
  EXPECT_THAT(message, HasSubstr("'9.png' stands at places 0 and 1"));
}

TEST(FrameSequence, FilesBesideTheRootHaveNoFolder) {
  MediaRow medium;
  medium.kind = std::string(kFrameSequence);
  medium.rel_path = frame_sequence_path("9.png", "100");
  EXPECT_THAT(frame_files(medium, {seen("100", "9.png", 0)}), ElementsAre(Pair(0, "9.png")));
}

TEST(FrameSequence, ItsDigestIsThatOfTheListOfSha256sum) {
  const TempDir dir;
  write_file_atomically(dir / "frames/9.png", "nine");
  write_file_atomically(dir / "frames/10.png", "ten");
  const std::map<std::int64_t, std::string> files = {{0, "frames/9.png"}, {1, "frames/10.png"}};
  const FrameFilesDigest digest = digest_of(dir.path(), files);
  EXPECT_EQ(digest.sha256,
            sha256(sha256("nine").hex() + "  9.png\n" + sha256("ten").hex() + "  10.png\n"));
  EXPECT_EQ(digest.bytes, 7);
  EXPECT_NE(digest_of(dir.path(), {{0, "frames/10.png"}, {1, "frames/9.png"}}).sha256,
            digest.sha256);
  std::filesystem::remove(dir / "frames/10.png");
  EXPECT_EQ(kind_thrown_by([&] { (void)digest_of(dir.path(), files); }), ErrorKind::kInput);
}

}  // namespace
}  // namespace changeling
