#include "common/base/atomic_file.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/digest.h"
#include "common/base/disk_refusal.h"
#include "common/base/log.h"
#include "common/base/writer_lock.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/refusal.h"

namespace {

/// What the next writes answer: how many bytes they take at most, or an errno below zero.
std::deque<int> answers;

}  // namespace

/// Stands before the one of the C library.
ssize_t write(int fd, const void* bytes, size_t size) {
  if (!answers.empty()) {
    const int answer = answers.front();
    answers.pop_front();
    if (answer <= 0) {
      errno = -answer;
      return answer < 0 ? -1 : 0;
    }
    size = std::min(size, static_cast<std::size_t>(answer));
  }
  return ::syscall(SYS_write, fd, bytes, size);
}

namespace changeling {
namespace {

TEST(AtomicFile, WritesAndMakesFolders) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "atomic/a/b.txt";
  write_file_atomically(path, "one");
  write_file_atomically(path, "two");
  EXPECT_EQ(read_file(path), "two");
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".part"));
}

TEST(AtomicFile, DoesNotWriteThroughALinkInItsWay) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "atomic_link";
  std::filesystem::remove_all(folder);
  write_file_atomically(folder / "victim", "kept");
  std::filesystem::create_symlink(folder / "victim", folder / "file.part");
  write_file_atomically(folder / "file", "new");
  EXPECT_EQ(read_file(folder / "victim"), "kept");
  EXPECT_EQ(read_file(folder / "file"), "new");

  std::filesystem::create_symlink(folder / "victim", folder / "catalog.lock");
  EXPECT_THROW(WriterLock(folder / "catalog", "catalog", ErrorKind::kCatalog, "writer"), Error);
  EXPECT_EQ(read_file(folder / "victim"), "kept");
}

TEST(AtomicFile, APipeHasNoDigest) {  // reading it would wait for ever
  const std::filesystem::path pipe = std::filesystem::path(testing::TempDir()) / "atomic_pipe";
  std::filesystem::remove(pipe);
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW((void)sha256_file(pipe), Error);
}

TEST(AtomicFile, AFullDiskIsAResourceErrorAndLeavesNothing) {
  try {
    write_file_atomically("/dev/full/x", "data");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResource);
  }
}

TEST(AtomicFile, AFullDiskIsToldFromOtherErrors) {
  const int full = ::open("/dev/full", O_WRONLY);
  const int closed = -1;
  const auto refused = [](int fd) {
    try {
      write_all(fd, "data", "x");
    } catch (const DiskRefusal&) {
      return true;
    } catch (const Error&) {
      return false;
    }
    ADD_FAILURE() << "expected an error";
    return false;
  };
  EXPECT_TRUE(refused(full));
  EXPECT_FALSE(refused(closed));
  ::close(full);
}

TEST(AtomicFile, AFolderThatCannotBeWrittenIsNoItemsFault) {
  for (const int error : {ENOSPC, EDQUOT, EROFS, EACCES, EPERM}) {
    EXPECT_THROW(throw_unwritten("cannot write 'x'", error), DiskRefusal) << error;
  }
  EXPECT_EQ(kind_thrown_by([] { throw_unwritten("cannot write 'x'", EIO); }), ErrorKind::kResource);
}

TEST(TryWriteAll, GoesOnAfterAShortWriteAndASignal) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "atomic_short";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  answers = {2, -EINTR, 1};
  EXPECT_EQ(try_write_all(fd, "seven b"), 0);
  ::close(fd);
  EXPECT_EQ(read_file(path), "seven b");
}

TEST(TryWriteAll, ReturnsWhatStoppedIt) {
  const int full = ::open("/dev/full", O_WRONLY);
  EXPECT_EQ(try_write_all(full, "data"), ENOSPC);
  EXPECT_EQ(try_write_all(-1, "data"), EBADF);
  EXPECT_EQ(try_write_all(-1, ""), 0);
  answers = {0};  // nothing is taken, and nothing is said: no reason to ask for ever
  EXPECT_EQ(try_write_all(full, "data"), EIO);
  ::close(full);
}

TEST(AtomicFile, AFolderThatCannotBeMadeIsNamed) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "atomic_folder";
  write_file_atomically(file, "a file");
  EXPECT_EQ(refusal_of(ErrorKind::kResource, [&] { write_file_atomically(file / "a/b", "x"); }),
            "cannot make folder '" + (file / "a").string() + "': Not a directory");
}

TEST(ConfigureLog, AFileThatCannotBeOpenedIsAConfigurationError) {
  const std::string message = refusal_of(ErrorKind::kConfig, [] {
    configure_log(LogLevel::kInfo, LogFormat::kText, "/proc/no/such/log");
  });
  EXPECT_EQ(message.rfind("log.file: ", 0), 0U) << message;
}

TEST(ReadFile, TooFewDescriptorsAreNotTheFilesFault) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "atomic_read";
  write_file_atomically(path, "text");
  std::string message;
  const NoDescriptors none;
  EXPECT_EQ(kind_thrown_by([&] { (void)read_file(path); }, &message), ErrorKind::kResource);
  EXPECT_NE(message.find("Too many open files"), std::string::npos) << message;
}

TEST(ReadFile, AFolderIsAnInputError) {
  EXPECT_THROW((void)read_file("/tmp"), Error);
}

}  // namespace
}  // namespace changeling
