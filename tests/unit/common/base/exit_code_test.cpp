#include "common/base/exit_code.h"

#include <csignal>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "common/base/stop_signal.h"
#include "tests/support/refusal.h"

namespace changeling {
namespace {

TEST(ExitCode, FollowsTheKindOfTheError) {
  EXPECT_EQ(exit_code_for(ErrorKind::kConfig), ExitCode::kUsage);
  EXPECT_EQ(exit_code_for(ErrorKind::kInput), ExitCode::kUsage);
  EXPECT_EQ(exit_code_for(ErrorKind::kCatalog), ExitCode::kCatalogBusy);
  EXPECT_EQ(exit_code_for(ErrorKind::kModel), ExitCode::kRuntimeError);
  EXPECT_EQ(exit_code_for(ErrorKind::kResource), ExitCode::kRuntimeError);
  EXPECT_EQ(exit_code_for(ErrorKind::kInternal), ExitCode::kRuntimeError);
  EXPECT_EQ(exit_code_for(ErrorKind::kCancelled), ExitCode::kInterrupted);
}

TEST(ExitCode, HasTheDocumentedNumbers) {
  EXPECT_EQ(static_cast<int>(ExitCode::kOk), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::kRuntimeError), 1);
  EXPECT_EQ(static_cast<int>(ExitCode::kUsage), 2);
  EXPECT_EQ(static_cast<int>(ExitCode::kSomeItemsFailed), 3);
  EXPECT_EQ(static_cast<int>(ExitCode::kGateFailed), 4);
  EXPECT_EQ(static_cast<int>(ExitCode::kCatalogBusy), 5);
  EXPECT_EQ(static_cast<int>(ExitCode::kRetry), 75);
  EXPECT_EQ(static_cast<int>(ExitCode::kInterrupted), 130);
  EXPECT_EQ(static_cast<int>(ExitCode::kTerminated), 143);
}

TEST(ExitCodeDeathTest, AStopIsNamedByItsSignalAndMayBeGoneOnWith) {
  EXPECT_EQ(exit_code_of_stop(), ExitCode::kRetry) << "a limit of time";
  for (const auto& [number, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 75)}) {
    EXPECT_EXIT(
        {
          install_stop_signal();
          raise(number);
          _exit(static_cast<int>(exit_code_of_stop()));
        },
        testing::ExitedWithCode(code), "");
  }
}

TEST(CheckGoing, StopsWhereTheHookSaysNo) {
  EXPECT_NO_THROW(check_going({}, 1, 2)) << "nobody to ask";
  const KeepGoing until_two = [](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 9);
    return done < 2;
  };
  EXPECT_NO_THROW(check_going(until_two, 1, 9));
  EXPECT_EQ(kind_thrown_by([&] { check_going(until_two, 2, 9); }), ErrorKind::kCancelled);
}

TEST(StopSignalDeathTest, FirstSignalSetsTheFlagSecondEndsTheProcess) {
  EXPECT_EXIT(
      {
        install_stop_signal();
        raise(SIGTERM);
        const bool asked = stop_requested() == SIGTERM &&
                           exit_code_for(ErrorKind::kCancelled) == ExitCode::kTerminated;
        _exit(asked ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_EXIT(
      {
        install_stop_signal();
        raise(SIGINT);
        raise(SIGINT);
        _exit(0);
      },
      testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace changeling
