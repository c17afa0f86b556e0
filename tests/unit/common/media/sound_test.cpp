#include "common/media/sound.h"

#include <string>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

class SoundTest : public testing::Test {
 protected:
  std::filesystem::path write_with_sound(const std::string& name) {
    ClipSpec clip;
    clip.has_audio = true;
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
  write_clip(folder_ / "silent.mp4", ClipSpec());
  EXPECT_FALSE(has_sound(folder_ / "silent.mp4"));
}

TEST_F(SoundTest, AFileThatIsNoVideoIsRefused) {
  write_file_atomically(folder_ / "text.mp4", "no video");
  EXPECT_EQ(kind_thrown_by([&] { (void)has_sound(folder_ / "text.mp4"); }), ErrorKind::kInput);
}

}  // namespace
}  // namespace changeling
