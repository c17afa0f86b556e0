#include "generator/job/plan_lane.h"

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "tests/support/head_corpus.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/generator/job/tint_method.h"

namespace changeling {
namespace {

class PlanLaneTest : public testing::Test {
 protected:
  PlanLaneTest() { write_head_clip(source_, clip_); }

  std::unique_ptr<PendingPlan> plan(PlanLane& lane) {
    SwapRequest request = request_for(clip_, clip_);
    request.source_frame = {};
    return lane.plan(method_, std::move(request), source_, 6);
  }

  TempDir folder_;
  std::filesystem::path source_ = folder_ / "source.mkv";
  HeadClip clip_ = [] {
    HeadClip clip;
    clip.n_frames = 6;
    return clip;
  }();
  std::shared_ptr<TintLog> log_ = std::make_shared<TintLog>();
  TintMethod method_{{"tint"}, 4, log_};
};

TEST_F(PlanLaneTest, PlansWithTheFramesOfTheFileInTheOrderAskedFor) {
  std::vector<Frame> frames;
  log_->on_plan = [&frames](const SwapRequest& request) {
    frames.push_back(request.source_frame(static_cast<std::int64_t>(frames.size())));
  };
  PlanLane lane;
  const auto first = plan(lane);
  const auto second = plan(lane);
  const MadePlan made = second->take();
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<SwapPlan>>(made.plan));
  ASSERT_EQ(made.timings.entries().size(), 1U);
  EXPECT_EQ(made.timings.entries()[0].stage, "plan");
  EXPECT_EQ(made.timings.entries()[0].frames, 6);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_TRUE(frames[0] == draw(face_at(clip_, 0)));
  EXPECT_TRUE(frames[1] == draw(face_at(clip_, 1)));
}

TEST_F(PlanLaneTest, AFileThatIsNoVideoIsAFailureOfItsPlan) {
  source_ = folder_ / "none.mkv";
  PlanLane lane;
  const MadePlan made = plan(lane)->take();
  ASSERT_TRUE(std::holds_alternative<Failure>(made.plan));
  EXPECT_EQ(std::get<Failure>(made.plan).stage, "plan");
  EXPECT_EQ(std::get<Failure>(made.plan).kind, ErrorKind::kInput);
}

TEST_F(PlanLaneTest, AnswersNotBeforeThePlanIsMade) {
  std::promise<void> gate;
  log_->on_plan = [open = gate.get_future().share()](const SwapRequest&) { open.wait(); };
  PlanLane lane;
  const auto pending = plan(lane);
  EXPECT_FALSE(pending->is_made_within(std::chrono::milliseconds(1)));
  gate.set_value();
  EXPECT_TRUE(pending->is_made_within(std::chrono::seconds(60)));
}

TEST_F(PlanLaneTest, ADroppedPlanIsLeftAtItsNextFrameAndTheOthersAreMade) {
  std::promise<void> gate;
  int frames = 0;
  log_->on_plan = [&frames, open = gate.get_future().share()](const SwapRequest& request) {
    open.wait();
    (void)request.source_frame(0);
    ++frames;
  };
  PlanLane lane;
  auto first = plan(lane);
  auto second = plan(lane);
  const auto third = plan(lane);
  first.reset();  // under way
  second.reset();
  gate.set_value();
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<SwapPlan>>(third->take().plan));
  EXPECT_EQ(frames, 1);
}

TEST_F(PlanLaneTest, APlanMayFetchFramesAfterItWasTaken) {
  FrameFetcher kept;
  log_->on_plan = [&kept](const SwapRequest& request) { kept = request.source_frame; };
  PlanLane lane;
  (void)plan(lane)->take();
  EXPECT_TRUE(kept(3) == draw(face_at(clip_, 3)));
}

TEST_F(PlanLaneTest, TensorsOfAPlanTakeNoFurtherThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  int threads = 0;
  log_->on_plan = [&threads](const SwapRequest&) { threads = at::get_num_threads(); };
  PlanLane lane;
  (void)plan(lane)->take();
  EXPECT_EQ(threads, 1);
  EXPECT_EQ(at::get_num_threads(), 3);
  at::set_num_threads(before);
}

}  // namespace
}  // namespace changeling
