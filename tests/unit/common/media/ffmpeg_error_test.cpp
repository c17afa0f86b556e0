#include "common/media/ffmpeg_error.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "common/base/disk_refusal.h"

namespace changeling {
namespace {

/// FFmpeg's codes for errors of the system are their negative numbers.
void fail_to_write(int code) {
  throw_ffmpeg(ErrorKind::kResource, "cannot write", "clip.mp4", code);
}

TEST(ThrowFfmpeg, AFullOrClosedDiskIsARefusal) {
  EXPECT_THROW(fail_to_write(-ENOSPC), DiskRefusal);
  EXPECT_THROW(fail_to_write(-EACCES), DiskRefusal);
}

/// As of a box of 2 GB, which FFmpeg gives to nobody.
TEST(ThrowFfmpeg, ASizeThatNobodyGetsIsAFaultOfTheFile) {
  try {
    throw_ffmpeg(ErrorKind::kInput, "cannot open", "clip.mp4", -ENOMEM);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
  }
}

TEST(ThrowFfmpeg, AMuxersUnnamedErrorIsNone) {
  try {
    fail_to_write(-1);
  } catch (const DiskRefusal& refusal) {
    FAIL() << refusal.what();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResource);
  }
}

}  // namespace
}  // namespace changeling
